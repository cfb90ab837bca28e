// How a surface scatters: glTF's metallic-roughness model with transmission, in a local frame with
// the shading normal at +z and wo.z > 0. Directions point away from the surface.
//
//   metal       GGX, Schlick's Fresnel from base colour
//   dielectric  GGX, exact Fresnel, over a base that is diffuse or transmits
//   diffuse     Lambert, coupled with the coat so that the two together never exceed 1 and f stays
//               reciprocal (Kulla and Conty 2017; smooth-coat albedo)
//   transmission  rough refraction (Walter et al. 2007); thin: straight through
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
    F metallic, alpha, specular, transmission;
    F ior;      // of the material, for the coat over the diffuse base
    F eta;      // index behind the boundary over index in front, as wo sees it
    F cos_thin; // |cos| of wo to the geometric normal: what thin transmission is a function of
    Mask<F> delta, thin;
    F p_specular, p_diffuse, p_transmit; // chance of each lobe; sum 1, or all 0 = black
};

template <class F>
JUGGLER_FN F schlick_weight(F cos_theta) {
    const F m = clamp(F(1) - cos_theta, F(0), F(1));
    const F m2 = m * m;
    return m2 * m2 * m;
}
template <class F>
JUGGLER_FN F dielectric_reflectance(const Bsdf<F>& b, F cos_i) {
    const F fresnel = fresnel_dielectric(cos_i, b.eta);
    return select(fresnel < F(1), b.specular * fresnel, fresnel);
}
// Fresnel reflectance averaged over the cosine-weighted hemisphere, 1/3 <= eta <= 3 (the fits of
// Kulla and Conty 2017).
template <class F>
JUGGLER_FN F fresnel_average(F eta) {
    const F outside = (eta - F(1)) / (F(4.08567f) + F(1.00071f) * eta);
    const F inside =
        F(0.997118f) + eta * (F(0.1014f) + eta * (F(-0.965241f) + eta * F(-0.130607f)));
    return select(eta < F(1), inside, outside);
}
// dielectric_reflectance averaged likewise: `specular` does not scale total reflection, which fills
// 1 - eta^2 of the hemisphere.
template <class F>
JUGGLER_FN F average_reflectance(const Bsdf<F>& b) {
    const F total = max(F(1) - b.eta * b.eta, F(0));
    return total + b.specular * (fresnel_average(b.eta) - total);
}

// `cos_ng` is the cosine of wo to the geometric normal's outside; negative inside.
template <class F>
JUGGLER_FN Bsdf<F> make_bsdf(const MaterialPoint<F>& m, Vec3<F> wo, F cos_ng) {
    using U = Uint<F>;
    Bsdf<F> b;
    b.wo = wo;
    b.base = m.base;
    b.metallic = m.metallic;
    b.alpha = max(m.alpha, F(1e-4f));
    b.delta = m.alpha < F(delta_alpha);
    b.specular = m.specular;
    b.transmission = m.transmission;
    b.thin = (m.flags & U(material_thin)) != U(0);
    const auto inside = (cos_ng < F(0)) & !b.thin & (b.transmission > F(0));
    b.eta = select(inside, F(1) / m.ior, m.ior);
    b.cos_thin = absolute(cos_ng);
    const F dielectric = F(1) - b.metallic;
    F Fd = dielectric_reflectance(b, wo.z);
    // Where the mean facet reflects everything, others of a rough surface still transmit.
    Fd = select(b.delta | (b.transmission <= F(0)), Fd, min(Fd, F(0.75f)));
    const F Fm = luminance(b.base) + (F(1) - luminance(b.base)) * schlick_weight(wo.z);
    const F under = dielectric * (F(1) - Fd) * luminance(b.base);
    const F specular = b.metallic * Fm + dielectric * Fd;
    const F diffuse = under * (F(1) - b.transmission);
    const F transmit = under * b.transmission;
    const F sum = (specular + diffuse) + transmit;
    const F scale = select(sum > F(0), F(1) / max(sum, F(1e-30f)), F(0));
    b.p_specular = specular * scale;
    b.p_diffuse = diffuse * scale;
    b.p_transmit = transmit * scale;
    return b;
}

// f |cos| and the density `sample_bsdf` has there, both without perfect lobes.
template <class F>
struct BsdfValue {
    Vec3<F> f_cos;
    F pdf;
};

template <class F>
JUGGLER_FN_LARGE BsdfValue<F> eval_bsdf(const Bsdf<F>& b, Vec3<F> wi) {
    BsdfValue<F> value{splat3(F(0)), F(0)};
    const F dielectric = F(1) - b.metallic;
    const F cos_o = b.wo.z;
    const F cos_i = absolute(wi.z);
    const auto reflected = wi.z > F(0);
    const auto rough = !b.delta;

    // Diffuse base under the coat.
    const F diffuse = dielectric * (F(1) - b.transmission);
    const auto is_diffuse = reflected & (diffuse > F(0));
    if (any(is_diffuse)) {
        const F through = (F(1) - dielectric_reflectance(b, cos_i)) *
                          (F(1) - dielectric_reflectance(b, cos_o)) /
                          (F(1) - average_reflectance(b));
        const F f = diffuse * through * (F(inv_pi) * cos_i);
        value.f_cos = select(is_diffuse, f * b.base, value.f_cos);
        value.pdf = select(is_diffuse, b.p_diffuse * pdf_cosine(cos_i), value.pdf);
    }

    // Reflection, and transmission through thin surfaces, which is reflection turned around.
    const auto through_thin = !reflected & b.thin & (b.transmission > F(0));
    const auto mirrored = rough & (reflected | through_thin);
    if (any(mirrored)) {
        const Vec3<F> up = {wi.x, wi.y, cos_i};
        const Vec3<F> sum = b.wo + up;
        const Vec3<F> h = normalize(sum);
        const F cos_h = F(0.5f) * length(sum); // to both directions, so that f is reciprocal
        const F D = ggx_d(h, b.alpha);
        const F root_o = ggx_root(cos_o, b.alpha), root_i = ggx_root(cos_i, b.alpha);
        const F visibility = F(0.5f) / max(cos_i * root_o + cos_o * root_i, F(1e-30f));
        const F lobe = D * visibility * cos_i;
        const F pdf = D * F(0.5f) / (cos_o + root_o);
        const F Fd = dielectric_reflectance(b, cos_h);
        const F schlick = schlick_weight(cos_h);
        const Vec3<F> Fm = b.base + schlick * (splat3(F(1)) - b.base);
        const Vec3<F> reflect = b.metallic * Fm + splat3(dielectric * Fd);
        const Vec3<F> pass = (dielectric * b.transmission * (F(1) - Fd)) * b.base;
        const Vec3<F> color = lobe * select(reflected, reflect, pass);
        value.f_cos = select(mirrored, value.f_cos + color, value.f_cos);
        value.pdf = select(
            mirrored, value.pdf + select(reflected, b.p_specular, b.p_transmit) * pdf, value.pdf);
    }

    // Refraction into or out of a solid.
    const auto refracted = rough & !reflected & !b.thin & (b.transmission > F(0));
    if (any(refracted)) {
        const Vec3<F> sum = b.wo + b.eta * wi;
        Vec3<F> h = normalize(sum);
        h = select(h.z < F(0), negate(h), h);
        const F o_h = dot(b.wo, h), i_h = dot(wi, h);
        const auto possible = refracted & (o_h > F(0)) & (i_h < F(0));
        const F denominator = o_h + b.eta * i_h;
        const F jacobian =
            b.eta * b.eta * absolute(i_h) / max(denominator * denominator, F(1e-20f));
        const F D = ggx_d(h, b.alpha);
        const F root_o = ggx_root(cos_o, b.alpha), root_i = ggx_root(cos_i, b.alpha);
        // Height-correlated masking, 2 ci co / (ci ro + co ri), over cos_o.
        const F masking = F(2) * cos_i / max(cos_i * root_o + cos_o * root_i, F(1e-30f));
        const F share = dielectric * b.transmission * (F(1) - dielectric_reflectance(b, o_h));
        const F f = share * D * masking * o_h * jacobian / (b.eta * b.eta);
        const F visible = F(2) * D * o_h / (cos_o + root_o);
        value.f_cos = select(possible, f * b.base, value.f_cos);
        value.pdf = select(possible, b.p_transmit * visible * jacobian, value.pdf);
    }
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
JUGGLER_FN_LARGE BsdfSample<F> sample_bsdf(const Bsdf<F>& b, F u_lobe, F u, F v) {
    BsdfSample<F> s;
    s.eta2 = F(1);
    s.pdf = F(0);
    const auto specular = u_lobe < b.p_specular;
    const auto diffuse = !specular & (u_lobe < b.p_specular + b.p_diffuse);
    const auto transmit = !specular & !diffuse & (b.p_transmit > F(0));
    const F dielectric = F(1) - b.metallic;

    // The facet that reflects or refracts.
    const auto facet = specular | transmit;
    Vec3<F> h = {F(0), F(0), F(1)};
    if (any(facet & !b.delta)) h = select(b.delta, h, sample_ggx_visible(b.wo, b.alpha, u, v));
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

    // Perfect lobes.
    const auto perfect = facet & b.delta;
    s.weight = splat3(F(0));
    if (any(perfect)) {
        const F cos_fresnel = select(straight, b.cos_thin, b.wo.z);
        const F Fd = dielectric_reflectance(b, cos_fresnel);
        const F schlick = schlick_weight(b.wo.z);
        const Vec3<F> Fm = b.base + schlick * (splat3(F(1)) - b.base);
        const Vec3<F> reflect =
            (F(1) / max(b.p_specular, F(1e-30f))) * (b.metallic * Fm + splat3(dielectric * Fd));
        const F share =
            dielectric * b.transmission * (F(1) - Fd) / (max(b.p_transmit, F(1e-30f)) * s.eta2);
        s.weight = select(specular, reflect, share * b.base);
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
