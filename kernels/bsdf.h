// How a surface scatters: glTF's material model in a local frame with the shading normal at +z, the
// tangent at +x and wo.z > 0. Directions point away from the surface.
//
//   metal       GGX, Schlick's Fresnel from base colour
//   dielectric  GGX, exact Fresnel, over a base that is diffuse or transmits
//   diffuse     Lambert, coupled with the reflection so that the two together never exceed 1 and f
//               stays reciprocal (Kulla and Conty 2017; smooth-surface albedo)
//   transmission  rough refraction (Walter et al. 2007); thin: straight through
//   compensation  what rough metal and rough glass lose in one bounce comes back as a nearly
//               diffuse lobe (kernels/albedo.h)
//   sheen       fibres above all that; the rest is scaled by what they leave (glTF's rule)
//   coat        GGX dielectric on top, with a normal of its own
//
// GGX alpha below `delta_alpha` makes reflection and transmission perfect: they are sampled, but
// `eval_bsdf` does not see them.
#pragma once

#include "kernels/sampling.h"
#include "kernels/surface.h"

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct Bsdf {
    Vec3<F> wo, base;
    Boundary<F> boundary;
    F metallic, alpha, transmission;
    F eta;       // index behind the boundary over index in front, as wo sees it
    F cos_thin;  // |cos| of wo to the geometric normal: what thin transmission is a function of
    F through_o; // share of light from wo that reaches the base
    F coupling;  // over the share that reaches it on average
    Mask<F> delta, thin;
    F p_specular, p_diffuse, p_transmit; // chance of each lobe; sum 1, or all 0 = black
    // The rest is valid where `features` has it.
    uint32_t features;
    const float* albedo;
    F alpha_x, alpha_y; // feature_anisotropy
    // feature_compensation: factors of the shares that the facets lose at wi, on either side.
    F ior, roughness;
    Mask<F> inside, solid;
    Vec3<F> lost_reflected, lost_passed; // metal and thin glass
    F glass_reflected;
    Vec3<F> glass_passed;
    F p_through; // cosine-weighted on the far side
    // feature_sheen
    Vec3<F> sheen;
    SheenShare<F> sheen_o;
    F sheen_max, sheen_roughness, sheen_through_o, p_sheen;
    // feature_coat; the frame is in local coordinates
    Basis<F> coat_frame;
    Vec3<F> coat_wo;
    Mask<F> coat_delta;
    F coat, coat_alpha, coat_through_o, p_coat;
    F straight_layers; // what sheen and coat leave of light that passes straight
};

// Whether light spreads, so that a direction chosen elsewhere has a value.
template <class F>
JUGGLER_FN Mask<F> spreads(const Bsdf<F>& b) {
    auto yes = (b.p_diffuse > F(0)) | (!b.delta & (b.p_specular + b.p_transmit > F(0)));
    if (b.features & feature_compensation) yes = yes | (b.p_through > F(0));
    if (b.features & feature_sheen) yes = yes | (b.p_sheen > F(0));
    if (b.features & feature_coat) yes = yes | (!b.coat_delta & (b.p_coat > F(0)));
    return yes;
}

// ---- what facets lose ----------------------------------------------------------------------

// Factors of the lobes that put multiple scattering back, and the shares of light at wo in them.
template <class F>
JUGGLER_FN_LARGE void add_compensation(const MaterialPoint<F>& m, Bsdf<F>& b, F& diffuse,
                                       F& through) {
    const F dielectric = F(1) - b.metallic;
    const auto rough = !b.delta;
    b.roughness = square_root(b.alpha);
    if (b.features & feature_anisotropy)
        b.roughness = square_root(square_root(b.alpha_x * b.alpha_y));
    b.lost_reflected = b.lost_passed = b.glass_passed = splat3(F(0));
    b.glass_reflected = F(0);
    const F thin_share = select(b.thin, dielectric * b.transmission, F(0));
    const auto facets = rough & ((b.metallic > F(0)) | (thin_share > F(0)));
    if (any(facets)) {
        const F lost = ggx_missing(b.albedo, b.roughness, b.wo.z);
        const F average = ggx_missing_average(b.albedo, b.roughness);
        // Light that bounces on: each further bounce is absorbed as the average one.
        const F kept = F(1) - average;
        const Vec3<F> once = b.base + F(1.0f / 21) * (splat3(F(1)) - b.base);
        const Vec3<F> further = {once.x * once.x * kept / (F(1) - once.x * average),
                                 once.y * once.y * kept / (F(1) - once.y * average),
                                 once.z * once.z * kept / (F(1) - once.z * average)};
        const F mirrored = m.specular * m.fresnel_average;
        const Vec3<F> reflected = b.metallic * further + splat3(thin_share * mirrored);
        const Vec3<F> passed = (thin_share * (F(1) - mirrored)) * b.base;
        const F share = select(facets, lost, F(0));
        const F factor = F(inv_pi) * share / max(average, F(1e-6f));
        b.lost_reflected = factor * reflected;
        b.lost_passed = factor * passed;
        diffuse = diffuse + share * luminance(reflected);
        through = through + share * luminance(passed);
    }
    const auto glass = b.solid & rough;
    if (any(glass)) {
        const F lost = glass_missing(b.albedo, b.inside, b.ior, b.roughness, b.wo.z);
        const F here = glass_missing_average(b.albedo, b.inside, b.ior, b.roughness);
        const F beyond = glass_missing_average(b.albedo, !b.inside, b.ior, b.roughness);
        // Passed on like the average light, but so that the two ways through are reciprocal and
        // neither is more than everything.
        const F crossing_out = (F(1) - m.fresnel_average) / (b.ior * b.ior);
        const F crossing = select(b.inside, crossing_out, F(1) - m.fresnel_average);
        const F passed = crossing * min(F(1), beyond / max(here, F(1e-6f)));
        const F share = select(glass, dielectric * b.transmission * lost, F(0));
        b.glass_reflected = F(inv_pi) * share * (F(1) - passed) / max(here, F(1e-6f));
        b.glass_passed = (F(inv_pi) * share * passed / max(beyond, F(1e-6f))) * b.base;
        diffuse = diffuse + share * (F(1) - passed);
        through = through + share * passed * luminance(b.base);
    }
}

// Their value times |cos|, as power: not yet scaled by the squared index.
template <class F>
JUGGLER_FN_LARGE Vec3<F> compensation(const Bsdf<F>& b, Mask<F> reflected, F cos_i) {
    Vec3<F> f = splat3(F(0));
    const auto facets = max_component(b.lost_reflected) + max_component(b.lost_passed) > F(0);
    if (any(facets)) {
        const F lost = ggx_missing(b.albedo, b.roughness, cos_i) * cos_i;
        f = lost * select(reflected, b.lost_reflected, b.lost_passed);
    }
    const auto glass = b.glass_reflected + max_component(b.glass_passed) > F(0);
    if (any(glass)) {
        const auto within = b.inside == reflected;
        const F lost = glass_missing(b.albedo, within, b.ior, b.roughness, cos_i) * cos_i;
        const F passed = select(b.solid, F(1) / (b.eta * b.eta), F(1));
        f = f + lost * select(reflected, splat3(b.glass_reflected), passed * b.glass_passed);
    }
    return f;
}

// ---- layers above the base -----------------------------------------------------------------

template <class F>
JUGGLER_FN F coat_through(const Bsdf<F>& b, F cos_theta) {
    return F(1) - b.coat * fresnel_dielectric(absolute(cos_theta), F(coat_ior));
}

// Layers lie on the outside; from within a solid they are met only by light that leaves it.
template <class F>
JUGGLER_FN_LARGE void add_layers(const MaterialPoint<F>& m, Vec3<F> coat_normal, Bsdf<F>& b) {
    if (b.features & feature_sheen) {
        b.sheen = m.lobes.sheen;
        b.sheen_max = max_component(b.sheen);
        b.sheen_roughness = m.lobes.sheen_roughness;
        b.sheen_o = sheen_share(b.albedo, b.sheen_roughness, b.wo.z);
        b.sheen_through_o = select(b.inside, F(1), F(1) - b.sheen_max * b.sheen_o.albedo);
    }
    if (b.features & feature_coat) {
        b.coat = m.lobes.coat;
        b.coat_alpha = max(m.lobes.coat_alpha, F(1e-4f));
        b.coat_delta = m.lobes.coat_alpha < F(delta_alpha);
        const auto faces = dot(b.wo, coat_normal) > F(1e-4f);
        b.coat_frame = make_basis(select(faces, coat_normal, Vec3<F>{F(0), F(0), F(1)}));
        b.coat_wo = to_local(b.coat_frame, b.wo);
        b.coat_through_o = select(b.inside, F(1), coat_through(b, b.coat_wo.z));
    }
    b.straight_layers = layers_transmittance(m, b.cos_thin);
}

// Chances of the lobes that few materials have; the others arrive as the light at wo they would
// take without layers, and leave as what is left to them.
template <class F>
JUGGLER_FN void share_layers(Bsdf<F>& b, F& specular, F& diffuse, F& transmit, F& through) {
    F left(1);
    if (b.features & feature_coat) {
        b.p_coat = F(1) - b.coat_through_o;
        left = b.coat_through_o;
    }
    if (b.features & feature_sheen) {
        const F taken = b.sheen_o.albedo * luminance(b.sheen);
        b.p_sheen = select(b.inside, F(0), left * taken);
        left = left * b.sheen_through_o;
    }
    specular = specular * left;
    diffuse = diffuse * left;
    transmit = transmit * left;
    through = through * left;
}

// ---- the whole -----------------------------------------------------------------------------

// `cos_ng` is the cosine of wo to the geometric normal's outside; negative inside. `coat_normal` is
// in the local frame.
template <class F>
JUGGLER_FN Bsdf<F> make_bsdf(const MaterialPoint<F>& m, Vec3<F> wo, F cos_ng,
                             Vec3<F> coat_normal = {F(0), F(0), F(1)}) {
    using U = Uint<F>;
    Bsdf<F> b;
    b.wo = wo;
    b.base = m.base;
    b.metallic = m.metallic;
    b.alpha = max(m.alpha, F(1e-4f));
    b.delta = m.alpha < F(delta_alpha);
    b.transmission = m.transmission;
    b.features = m.features;
    b.albedo = m.albedo;
    b.ior = m.ior;
    b.thin = (m.flags & U(material_thin)) != U(0);
    b.solid = !b.thin & (b.transmission > F(0));
    b.inside = (cos_ng < F(0)) & b.solid;
    set_boundary(m, b.inside, b.boundary);
    b.eta = b.boundary.eta;
    b.cos_thin = absolute(cos_ng);
    const F dielectric = F(1) - b.metallic;
    F Fd = blocked(b.boundary, wo.z);
    b.through_o = F(1) - Fd;
    // From within, where reflection may be total, the base gets no second chance.
    F average = m.specular * m.fresnel_average;
    if (b.features & feature_tint) {
        const F tint = max_component(b.boundary.f0_tinted);
        const F along = (m.fresnel_average - b.boundary.f0) / (F(1) - b.boundary.f0);
        average = select(b.boundary.iridescence > F(0), F(0),
                         m.specular * (tint + along * (F(1) - tint)));
    }
    b.coupling = select(b.inside, F(1), F(1) / (F(1) - average));
    // Where the mean facet reflects everything, others of a rough surface still transmit.
    Fd = select(b.delta | (b.transmission <= F(0)), Fd, min(Fd, F(0.75f)));
    const F Fm = luminance(b.base) + (F(1) - luminance(b.base)) * schlick_weight(wo.z);
    const F under = dielectric * (F(1) - Fd) * luminance(b.base);
    F specular = b.metallic * Fm + dielectric * Fd;
    F diffuse = under * (F(1) - b.transmission);
    F transmit = under * b.transmission;
    F others(0);
    b.p_through = b.p_sheen = b.p_coat = F(0);
    if (b.features & feature_anisotropy) {
        const F k = m.lobes.anisotropy * m.lobes.anisotropy;
        b.alpha_x = b.alpha + k * (F(1) - b.alpha);
        b.alpha_y = b.alpha;
    }
    if (b.features != 0) {
        F through(0);
        if (b.features & feature_compensation) add_compensation(m, b, diffuse, through);
        if (b.features & (feature_sheen | feature_coat)) {
            add_layers(m, coat_normal, b);
            share_layers(b, specular, diffuse, transmit, through);
            others = b.p_sheen + b.p_coat;
        }
        b.p_through = through;
        others = others + through;
    }
    const F sum = ((specular + diffuse) + transmit) + others;
    const F scale = select(sum > F(0), F(1) / max(sum, F(1e-30f)), F(0));
    b.p_specular = specular * scale;
    b.p_diffuse = diffuse * scale;
    b.p_transmit = transmit * scale;
    if (b.features != 0) {
        b.p_through = b.p_through * scale;
        b.p_sheen = b.p_sheen * scale;
        b.p_coat = b.p_coat * scale;
    }
    return b;
}

// GGX of the facets: density of normals at h, and the roots of ggx_root for wo and wi.
template <class F>
struct Facets {
    F D, root_o, root_i;
};
template <class F>
JUGGLER_FN Facets<F> facets_at(const Bsdf<F>& b, Vec3<F> h, Vec3<F> wi, F cos_i) {
    if (b.features & feature_anisotropy)
        return {ggx_d(h, b.alpha_x, b.alpha_y), ggx_root(b.wo, b.alpha_x, b.alpha_y),
                ggx_root(wi, b.alpha_x, b.alpha_y)};
    return {ggx_d(h, b.alpha), ggx_root(b.wo.z, b.alpha), ggx_root(cos_i, b.alpha)};
}

// f |cos| and the density `sample_bsdf` has there, both without perfect lobes.
template <class F>
struct BsdfValue {
    Vec3<F> f_cos;
    F pdf;
};

// What sheen and coat do to the value of what is below them, and their own.
template <class F>
JUGGLER_FN_LARGE void apply_layers(const Bsdf<F>& b, Vec3<F> wi, F cos_i, BsdfValue<F>& value) {
    const auto reflected = wi.z > F(0);
    const auto outside_o = !b.inside;
    const auto outside_i = !b.solid | (reflected == outside_o);
    if (b.features & feature_sheen) {
        const SheenShare<F> share = sheen_share(b.albedo, b.sheen_roughness, cos_i);
        const F through_i = select(outside_i, F(1) - b.sheen_max * share.albedo, F(1));
        value.f_cos = min(b.sheen_through_o, through_i) * value.f_cos;
        const auto lit = reflected & outside_o & (b.p_sheen > F(0));
        if (any(lit)) {
            const F cos_h = (b.wo.z + wi.z) / max(length(b.wo + wi), F(1e-18f));
            const F f = (b.sheen_o.scale * share.scale) *
                        sheen_value(b.sheen_roughness, cos_h, b.wo.z, cos_i);
            value.f_cos = select(lit, value.f_cos + (f * cos_i) * b.sheen, value.f_cos);
            value.pdf = select(lit, value.pdf + b.p_sheen * pdf_cone(F(1)), value.pdf);
        }
    }
    if (b.features & feature_coat) {
        const Vec3<F> local = to_local(b.coat_frame, wi);
        const F through_i = select(outside_i, coat_through(b, local.z), F(1));
        value.f_cos = (b.coat_through_o * through_i) * value.f_cos;
        const auto lit =
            reflected & outside_o & !b.coat_delta & (b.p_coat > F(0)) & (local.z > F(0));
        if (any(lit)) {
            const Vec3<F> sum = b.coat_wo + local;
            const F D = ggx_d(normalize(sum), b.coat_alpha);
            const F root_o = ggx_root(b.coat_wo.z, b.coat_alpha);
            const F root_i = ggx_root(local.z, b.coat_alpha);
            const F visibility = F(0.5f) / max(local.z * root_o + b.coat_wo.z * root_i, F(1e-30f));
            const F fresnel = fresnel_dielectric(F(0.5f) * length(sum), F(coat_ior));
            const F f = b.coat * fresnel * (D * visibility * local.z);
            const F pdf = D * F(0.5f) / (b.coat_wo.z + root_o);
            value.f_cos = select(lit, value.f_cos + splat3(f), value.f_cos);
            value.pdf = select(lit, value.pdf + b.p_coat * pdf, value.pdf);
        }
    }
}

template <class F>
JUGGLER_FN_LARGE BsdfValue<F> eval_bsdf(const Bsdf<F>& b, Vec3<F> wi) {
    BsdfValue<F> value{splat3(F(0)), F(0)};
    const F dielectric = F(1) - b.metallic;
    const F cos_o = b.wo.z;
    const F cos_i = absolute(wi.z);
    const auto reflected = wi.z > F(0);
    const auto rough = !b.delta;

    // Diffuse base under the boundary.
    const F diffuse = dielectric * (F(1) - b.transmission);
    const auto is_diffuse = reflected & (b.p_diffuse > F(0));
    if (any(is_diffuse)) {
        const F through = (F(1) - blocked(b.boundary, cos_i)) * b.through_o * b.coupling;
        const F f = diffuse * through * (F(inv_pi) * cos_i);
        value.f_cos = select(is_diffuse, f * b.base, value.f_cos);
        value.pdf = select(is_diffuse, b.p_diffuse * pdf_cosine(cos_i), value.pdf);
    }

    // Reflection, and transmission through thin surfaces, which is reflection turned around.
    const auto through_thin = !reflected & b.thin & (b.transmission > F(0));
    const auto lambert = (b.metallic == F(0)) & never_mirrors(b.boundary) & !through_thin;
    const auto mirrored = rough & (reflected | through_thin) & !lambert;
    if (any(mirrored)) {
        const Vec3<F> up = {wi.x, wi.y, cos_i};
        const Vec3<F> sum = b.wo + up;
        const Vec3<F> h = normalize(sum);
        const F cos_h = F(0.5f) * length(sum); // to both directions, so that f is reciprocal
        const Facets<F> facets = facets_at(b, h, up, cos_i);
        const F visibility =
            F(0.5f) / max(cos_i * facets.root_o + cos_o * facets.root_i, F(1e-30f));
        const F lobe = facets.D * visibility * cos_i;
        const F pdf = facets.D * F(0.5f) / (cos_o + facets.root_o);
        const Reflectance<F> r = reflectance(b.boundary, cos_h);
        const Vec3<F> reflect = b.metallic * r.metal + dielectric * r.dielectric;
        const Vec3<F> pass = (dielectric * b.transmission * (F(1) - r.blocked)) * b.base;
        const Vec3<F> color = lobe * select(reflected, reflect, pass);
        value.f_cos = select(mirrored, value.f_cos + color, value.f_cos);
        value.pdf = select(
            mirrored, value.pdf + select(reflected, b.p_specular, b.p_transmit) * pdf, value.pdf);
    }

    // Refraction into or out of a solid.
    const auto refracted = rough & !reflected & b.solid;
    if (any(refracted)) {
        const Vec3<F> sum = b.wo + b.eta * wi;
        Vec3<F> h = normalize(sum);
        h = select(h.z < F(0), negate(h), h);
        const F o_h = dot(b.wo, h), i_h = dot(wi, h);
        const auto possible = refracted & (o_h > F(0)) & (i_h < F(0));
        const F denominator = o_h + b.eta * i_h;
        const F jacobian =
            b.eta * b.eta * absolute(i_h) / max(denominator * denominator, F(1e-20f));
        const Facets<F> facets = facets_at(b, h, wi, cos_i);
        // Height-correlated masking, 2 ci co / (ci ro + co ri), over cos_o.
        const F masking =
            F(2) * cos_i / max(cos_i * facets.root_o + cos_o * facets.root_i, F(1e-30f));
        const F share = dielectric * b.transmission * (F(1) - blocked(b.boundary, o_h));
        const F f = share * facets.D * masking * o_h * jacobian / (b.eta * b.eta);
        const F visible = F(2) * facets.D * o_h / (cos_o + facets.root_o);
        value.f_cos = select(possible, f * b.base, value.f_cos);
        value.pdf = select(possible, b.p_transmit * visible * jacobian, value.pdf);
    }
    if (b.features & feature_compensation) {
        value.f_cos = value.f_cos + compensation(b, reflected, cos_i);
        value.pdf = select(reflected, value.pdf, value.pdf + b.p_through * pdf_cosine(cos_i));
    }
    if (b.features & (feature_sheen | feature_coat)) apply_layers(b, wi, cos_i, value);
    return value;
}

template <class F>
struct BsdfSample {
    Vec3<F> wi;
    Vec3<F> weight;          // f |cos| / density
    F pdf;                   // 0: a perfect lobe, or no sample
    Mask<F> valid, straight; // straight: passes a thin surface in its own direction
    F eta2;                  // of a refraction: (index behind / index in front)^2, else 1
};

template <class F>
struct ChosenLobes {
    Mask<F> through, sheen, coat;
};

template <class F>
JUGGLER_FN_LARGE BsdfSample<F> sample_bsdf(const Bsdf<F>& b, F u_lobe, F u, F v) {
    BsdfSample<F> s;
    s.eta2 = F(1);
    s.pdf = F(0);
    const auto specular = u_lobe < b.p_specular;
    const auto diffuse = !specular & (u_lobe < b.p_specular + b.p_diffuse);
    auto transmit = !specular & !diffuse & (b.p_transmit > F(0));
    const F dielectric = F(1) - b.metallic;
    ChosenLobes<F> other{Mask<F>(false), Mask<F>(false), Mask<F>(false)};
    if (b.features != 0) {
        auto left = !specular & !diffuse;
        F end = (b.p_specular + b.p_diffuse) + b.p_through;
        other.through = left & (u_lobe < end);
        left = left & !other.through;
        if (b.features & (feature_sheen | feature_coat)) {
            end = end + b.p_sheen;
            other.sheen = left & (u_lobe < end);
            left = left & !other.sheen;
            other.coat = left & (u_lobe < end + b.p_coat);
            left = left & !other.coat;
        }
        transmit = left & (b.p_transmit > F(0));
    }

    // The facet that reflects or refracts.
    const auto facet = specular | transmit;
    Vec3<F> h = {F(0), F(0), F(1)};
    if (any(facet & !b.delta)) {
        const Vec3<F> visible = b.features & feature_anisotropy
                                    ? sample_ggx_visible(b.wo, b.alpha_x, b.alpha_y, u, v)
                                    : sample_ggx_visible(b.wo, b.alpha, u, v);
        h = select(b.delta, h, visible);
    }
    const F o_h = dot(b.wo, h);
    s.wi = F(2) * o_h * h - b.wo;
    const auto straight = transmit & b.thin & b.delta;
    s.straight = straight;
    s.valid = (specular | diffuse | transmit) & (!specular | (s.wi.z > F(0)));
    if (any(diffuse)) s.wi = select(diffuse, sample_cosine(u, v), s.wi);
    if (any(transmit)) {
        const F sin2_t = (F(1) - o_h * o_h) / (b.eta * b.eta);
        const F cos_t = square_root(max(F(1) - sin2_t, F(0)));
        const Vec3<F> refracted = (F(1) / b.eta) * (negate(b.wo) + o_h * h) - cos_t * h;
        const Vec3<F> flipped = {s.wi.x, s.wi.y, F(0) - s.wi.z};
        const auto solid = transmit & !b.thin;
        s.valid = s.valid & (!transmit | b.thin | ((sin2_t < F(1)) & (refracted.z < F(0))));
        s.valid = s.valid & (!(transmit & b.thin) | (flipped.z < F(0)));
        s.wi = select(solid, normalize(refracted), select(transmit, flipped, s.wi));
        s.wi = select(straight, negate(b.wo), s.wi);
        s.eta2 = select(solid, b.eta * b.eta, s.eta2);
    }
    if (any(other.through | other.sheen | other.coat)) {
        const Vec3<F> up = sample_cosine(u, v);
        s.wi = select(other.through, Vec3<F>{up.x, up.y, F(0) - up.z}, s.wi);
        s.eta2 = select(other.through & b.solid, b.eta * b.eta, s.eta2);
        if (any(other.sheen)) s.wi = select(other.sheen, sample_cone(u, v, F(1)), s.wi);
        if (any(other.coat)) {
            const Vec3<F> n = select(b.coat_delta, Vec3<F>{F(0), F(0), F(1)},
                                     sample_ggx_visible(b.coat_wo, b.coat_alpha, u, v));
            const Vec3<F> reflected = F(2) * dot(b.coat_wo, n) * n - b.coat_wo;
            s.wi = select(other.coat, to_world(b.coat_frame, reflected), s.wi);
            s.valid = s.valid | (other.coat & (reflected.z > F(0)) & (s.wi.z > F(0)));
        }
        s.valid = s.valid | other.through | (other.sheen & (s.wi.z > F(0)));
    }

    // Perfect lobes.
    auto perfect = facet & b.delta;
    s.weight = splat3(F(0));
    if (any(perfect)) {
        const F cos_fresnel = select(straight, b.cos_thin, b.wo.z);
        const Reflectance<F> r = reflectance(b.boundary, cos_fresnel);
        const Vec3<F> reflect = (F(1) / max(b.p_specular, F(1e-30f))) *
                                (b.metallic * r.metal + dielectric * r.dielectric);
        const F share = dielectric * b.transmission * (F(1) - r.blocked) /
                        (max(b.p_transmit, F(1e-30f)) * s.eta2);
        s.weight = select(specular, reflect, share * b.base);
        if (b.features & (feature_sheen | feature_coat)) {
            BsdfValue<F> below{s.weight, F(0)};
            Bsdf<F> layers = b; // without their own light
            layers.p_sheen = layers.p_coat = F(0);
            apply_layers(layers, s.wi, absolute(s.wi.z), below);
            s.weight = select(straight, b.straight_layers * s.weight, below.f_cos);
        }
    }
    if (b.features & feature_coat) {
        const auto mirror = other.coat & b.coat_delta;
        const F share = (F(1) - b.coat_through_o) / max(b.p_coat, F(1e-30f));
        s.weight = select(mirror, splat3(share), s.weight);
        perfect = perfect | mirror;
    }
    const auto spread = s.valid & !perfect;
    if (any(spread)) {
        const BsdfValue<F> value = eval_bsdf(b, s.wi);
        s.pdf = select(perfect, F(0), value.pdf);
        const auto usable = value.pdf > F(0);
        s.weight =
            select(perfect, s.weight, (F(1) / select(usable, value.pdf, F(1))) * value.f_cos);
        s.valid = s.valid & (perfect | usable);
    }
    return s;
}

} // namespace juggler::inline JUGGLER_ISA
