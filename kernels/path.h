// The path: a state and the steps between its rays. The steps never trace; a backend owns the
// loop, and asks:
//
//   state = begin_path(...)
//   while alive:  hit = closest hit of next_ray(state)
//                 ray = after_hit(state, hit)
//                 if state.shadow:  after_shadow(state, channels visible along ray)
//   add state.L to the film
//
// Unidirectional path tracing (Kajiya 1986) with next-event estimation, multiple importance
// sampling by the power heuristic (Veach and Guibas 1995) and Russian roulette.
#pragma once

#include "kernels/bsdf.h"
#include "kernels/camera.h"
#include "kernels/film.h"
#include "kernels/filter.h"
#include "kernels/light.h"

namespace juggler::inline JUGGLER_ISA {

// Pairs of random dimensions (kernels/sampler.h): three for the camera, then eight an event.
inline constexpr uint32_t pair_filter = 0, pair_lens = 1, pair_time = 2, pair_first_event = 4;
inline constexpr uint32_t pairs_an_event = 8;
inline constexpr uint32_t pair_bsdf = 0, pair_light = 1, pair_choice = 2, pair_roulette = 3,
                          pair_color = 4;

inline constexpr uint32_t roulette_depth = 3; // bounces before Russian roulette starts
// Surfaces a path may pass straight through, beyond its bounces.
inline constexpr uint32_t max_straight_events = 64;

template <class F>
struct PathState {
    Uint<F> key, sample;  // whose random numbers
    Uint<F> depth, event; // bounces so far; surfaces met so far
    Vec3<F> beta, L;      // throughput; radiance gathered
    Vec3<F> o, d;         // next ray, d of unit length
    F time;
    Vec3<F> from;   // where the path last changed direction
    F pdf;          // density of d there; 0 = a perfect lobe or the camera
    Uint<F> medium; // material of the solid entered last and not left yet, `none` outside
    F eta2;         // product of squared relative indices: undoes refraction's scaling of beta
    Mask<F> alive;
    // Light waiting for what its shadow ray finds.
    Mask<F> shadow;
    Vec3<F> shadow_L;
};

template <class F>
JUGGLER_FN Bits2<Uint<F>> draw_bits(const PathState<F>& s, Uint<F> event, uint32_t pair) {
    using U = Uint<F>;
    return sample_2d_bits(s.key, s.sample, event * U(pairs_an_event) + U(pair_first_event + pair));
}
template <class F>
JUGGLER_FN Sample2<F> draw(const PathState<F>& s, Uint<F> event, uint32_t pair) {
    const Bits2<Uint<F>> bits = draw_bits(s, event, pair);
    return {unit_float<F>(bits.x), unit_float<F>(bits.y)};
}

// How far from the pixel's left or upper edge, in pixels, a sample lies by the frame's filter.
template <class F>
JUGGLER_FN F filter_offset(const FrameView& frame, F u) {
    if (frame.pixel_filter == filter_box) return u;
    const auto before = u < F(0.5f);
    const F share = F(2) * select(before, u, F(1) - u);
    const F s = square_root(square_root(share)) * F(float(filter_steps));
    const F step = min(round_down(s), F(float(filter_steps - 1)));
    const Uint<F> i = truncate_to_int(step);
    const F a = gather(frame.filter_reach, i), b = gather(frame.filter_reach + 1, i);
    const F f = s - step;
    const F reach = (F(1) - f) * a + f * b;
    return F(0.5f) + select(before, F(0) - reach, reach);
}

// The start of sample `sample` of the pixel at column x, row y (row 0 at the top).
template <class F>
JUGGLER_FN_LARGE PathState<F> begin_path(const FrameView& frame, Uint<F> x, Uint<F> y,
                                         Uint<F> sample) {
    using U = Uint<F>;
    PathState<F> s;
    s.key = pixel_key(frame_key(frame.seed, frame.frame), y * U(frame.width) + x);
    s.sample = sample;
    s.depth = s.event = U(0);
    s.beta = splat3(F(1));
    s.L = splat3(F(0));
    const Sample2<F> filter = sample_2d<F>(s.key, sample, U(pair_filter));
    const F in_x = filter_offset(frame, filter.x), in_y = filter_offset(frame, filter.y);
    const F px = (int_to_float(x) + in_x) * F(2 / static_cast<float>(frame.width)) - F(1);
    const F py = F(1) - (int_to_float(y) + in_y) * F(2 / static_cast<float>(frame.height));
    Sample2<F> lens = {F(0), F(0)};
    if (has_lens(frame)) lens = sample_2d<F>(s.key, sample, U(pair_lens));
    s.time = F(frame.shutter_open);
    if (frame.shutter_close > frame.shutter_open) {
        const F shutter(frame.shutter_close - frame.shutter_open);
        s.time = s.time + shutter * sample_2d<F>(s.key, sample, U(pair_time)).x;
    }
    const CameraRay<F> ray = camera_ray(frame, s.time, px, py, lens.x, lens.y);
    s.o = ray.o;
    s.d = ray.d;
    s.from = ray.o;
    s.pdf = F(0);
    s.medium = U(none);
    s.eta2 = F(1);
    s.alive = Mask<F>(true);
    s.shadow = Mask<F>(false);
    s.shadow_L = splat3(F(0));
    return s;
}

template <class F>
JUGGLER_FN Uint<F> filter_key(const PathState<F>& s, Uint<F> event, RayKind kind) {
    using U = Uint<F>;
    return hash_combine(hash_combine(s.key, s.sample), event * U(2) + U(kind));
}
template <class F>
JUGGLER_FN Ray<F> next_ray(const PathState<F>& s) {
    return {s.o, s.d, F(ray_infinity), s.time, filter_key(s, s.event, ray_closest)};
}

// Takes what the shadow ray of after_hit found: bits r = 1, g = 2, b = 4 of the channels that
// arrive.
template <class F>
JUGGLER_FN void after_shadow(PathState<F>& s, Uint<F> visible) {
    using U = Uint<F>;
    const Vec3<F> lit = s.L + s.shadow_L;
    s.L.x = select(s.shadow & ((visible & U(1)) != U(0)), lit.x, s.L.x);
    s.L.y = select(s.shadow & ((visible & U(2)) != U(0)), lit.y, s.L.y);
    s.L.z = select(s.shadow & ((visible & U(4)) != U(0)), lit.z, s.L.z);
    s.shadow = Mask<F>(false);
}

// What `distance` metres of a solid leave of light; all of it where `medium` is `none`.
template <class F>
JUGGLER_FN Vec3<F> transmittance(const SceneView& scene, Uint<F> medium, F distance) {
    using U = Uint<F>;
    const auto within = medium != U(none);
    if (!any(within)) return splat3(F(1));
    const Vec3<F> sigma =
        material_color<F>(scene.materials->attenuation, select(within, medium, U(0)));
    const F way = select(within, distance, F(0));
    return {exp(F(0) - sigma.x * way), exp(F(0) - sigma.y * way), exp(F(0) - sigma.z * way)};
}

// Light along the ray from a surface that emits, or from outside the scene.
template <class F>
JUGGLER_FN void gather_emission(const SceneView& scene, const Hit<F>& hit, const Surface<F>& at,
                                const Rows<MaterialView, F>& values, Mask<F> found,
                                bool lights_sampled, PathState<F>& s) {
    const Vec3<F> Le = emitted<F>(scene, at.material, values, at.tc);
    const auto glows = found & (max_component(Le) > F(0));
    if (!any(glows)) return;
    F weight(1);
    const auto weighed = glows & (s.pdf > F(0));
    if (lights_sampled && any(weighed)) {
        const F light = light_pdf<F>(scene, hit.instance, at, s.from, s.d);
        weight = select(weighed, power_heuristic(select(weighed, s.pdf, F(1)), light), weight);
    }
    s.L = select(glows, s.L + weight * (s.beta * Le), s.L);
}

// The frame in which the material scatters: z is the normal, x the direction in which an
// anisotropic one is smeared.
template <class F>
JUGGLER_FN Basis<F> shading_frame(const Surface<F>& at, const MaterialPoint<F>& material,
                                  Vec3<F> normal) {
    Basis<F> basis = make_basis(normal);
    if (!(material.features & feature_anisotropy)) return basis;
    const LobesPoint<F>& lobes = material.lobes;
    const Vec3<F> along = lobes.anisotropy_cos * at.tangent + lobes.anisotropy_sin * at.bitangent;
    const Vec3<F> across = along - dot(along, normal) * normal;
    const auto turned = (lobes.anisotropy > F(0)) & (dot(across, across) > F(1e-6f));
    basis.x = select(turned, normalize(across), basis.x);
    basis.y = select(turned, cross(normal, basis.x), basis.y);
    return basis;
}

// How much of what the shading normal reflects towards wi is kept, so that light fades out where it
// comes to graze the geometry instead of ending at the edges of its triangles (Chiang, Li and
// Burley 2019, "Taming the Shadow Terminator"). Both normals are on the side of wo.
template <class F>
JUGGLER_FN F terminator(Vec3<F> geometric, Vec3<F> shading, Vec3<F> wi) {
    const F between = dot(geometric, shading);
    const auto bent = between < F(0.9999f);
    if (!any(bent)) return F(1);
    const F cos_i = dot(shading, wi);
    const F g = clamp(dot(geometric, wi) / max(cos_i * between, F(1e-6f)), F(0), F(1));
    return select(bent & (cos_i > F(0)), g + g * g * (F(1) - g), F(1));
}

// Where the index of a solid depends on the colour, a path that meets it goes on with one channel,
// picked at random and three times as strong, or with the only one it still has. Indices are those
// of KHR_materials_dispersion.
template <class F>
JUGGLER_FN_LARGE void part_colors(const SceneView& scene, Uint<F> which, Mask<F> solid,
                                  MaterialPoint<F>& material, PathState<F>& s) {
    const F dispersion = JUGGLER_FIELD(scene.lobes, which, dispersion);
    const auto parted = solid & (dispersion > F(0));
    if (!any(parted)) return;
    const auto red = s.beta.x > F(0), green = s.beta.y > F(0), blue = s.beta.z > F(0);
    const auto several = (red & green) | (green & blue) | (blue & red);
    const F u = draw(s, s.event, pair_color).x;
    const auto is_red = (several & (u < F(1.0f / 3))) | (!several & red);
    const auto is_blue = (several & (u >= F(2.0f / 3))) | (!several & blue);
    const F strength = select(several, F(3), F(1));
    const Vec3<F> one = {select(is_red, strength * s.beta.x, F(0)),
                         select(is_red | is_blue, F(0), strength * s.beta.y),
                         select(is_blue, strength * s.beta.z, F(0))};
    s.beta = select(parted, one, s.beta);
    const F spread = (material.ior - F(1)) * (F(0.025f) * dispersion);
    const F moved = material.ior + select(is_red, F(0) - spread, select(is_blue, spread, F(0)));
    material.ior = select(parted, max(moved, F(1)), material.ior);
}

// The solids on the path's own side of a surface and on the other, as PathState::medium.
template <class F>
struct Media {
    Uint<F> here, beyond;
};

// Next-event estimation: sets a shadow ray where a light can contribute, and what it would.
template <class F>
JUGGLER_FN void sample_direct(const SceneView& scene, const Hit<F>& hit, const Bsdf<F>& bsdf,
                              const Basis<F>& frame, const Surface<F>& at, Vec3<F> ng_o,
                              Uint<F> pick_bits, const Media<F>& media, Mask<F> active,
                              PathState<F>& s, Ray<F>& ray) {
    using U = Uint<F>;
    const Bits2<U> place = draw_bits(s, s.event, pair_light);
    const LightSample<F> light = sample_light<F>(scene, at.p, pick_bits, place);
    const Vec3<F> wi = to_local(frame, light.wi);
    // Shading and geometric normal must agree on the side, or light leaks through.
    const auto same_side = (wi.z > F(0)) == (dot(light.wi, ng_o) > F(0));
    // A sphere does not light its own outside, though rounding may put the point within it.
    const auto itself = at.sphere & (light.instance == hit.instance) &
                        (light.primitive == hit.primitive) & (dot(light.wi, at.ng) > F(0));
    const auto useful =
        active & same_side & !itself & (light.pdf > F(0)) & (max_component(light.L) > F(0));
    if (!any(useful)) return;
    BsdfValue<F> value = eval_bsdf(bsdf, wi);
    value.f_cos = terminator(ng_o, frame.z, light.wi) * value.f_cos;
    const F pdf = select(useful, light.pdf, F(1));
    const F weight = select(light.delta, F(1), power_heuristic(pdf, value.pdf));
    const Vec3<F> unabsorbed = (weight / pdf) * (s.beta * value.f_cos * light.L);
    const auto far = light.distance > F(1e18f);
    const auto medium = select(far, U(none), select(wi.z > F(0), media.here, media.beyond));
    const Vec3<F> L = unabsorbed * transmittance(scene, medium, light.distance);
    const auto lit = useful & (max_component(L) > F(0));
    if (!any(lit)) return;
    s.shadow = s.shadow | lit;
    // From the moved origin to the very point that was sampled: along light.wi the ray would pass
    // a sphere beside it, and near its rim run into the sphere itself.
    const Vec3<F> o = offset_origin(at, light.wi);
    const F reach = select(far, F(0), light.distance);
    const Vec3<F> to = (at.p - o) + reach * light.wi;
    const F distance = select(far, light.distance, length(to));
    const Vec3<F> d = select(far, light.wi, (F(1) / max(distance, F(1e-18f))) * to);
    s.shadow_L = select(lit, L, s.shadow_L);
    ray = {o, d, F(0.9999f) * distance, s.time, filter_key(s, s.event, ray_shadow)};
}

// Takes the closest hit of next_ray(s): gathers light there and chooses how the path goes on.
// Returns the ray to the light that was asked, good where s.shadow.
template <class F>
JUGGLER_FN_LARGE Ray<F> after_hit(const SceneView& scene, const FrameView& frame, Hit<F> hit,
                                  PathState<F>& s) {
    using U = Uint<F>;
    Ray<F> shadow_ray{splat3(F(0)), splat3(F(0)), F(0), F(0), U(0)};
    const bool lights_sampled = scene.light_count > 0 && !(frame.flags & frame_no_light_sampling);
    const auto escaped = s.alive & (hit.instance == U(none));
    auto active = s.alive & !escaped;

    // Leaving the scene: the sky and the suns.
    if (any(escaped)) {
        Vec3<F> L =
            sky_radiance<F>(scene.sky, s.d) + sun_radiance<F>(scene, s.d, s.pdf, lights_sampled);
        if (scene.sky.kind == sky_image)
            L = L + environment_light<F>(scene, s.d, s.pdf, lights_sampled);
        s.L = select(escaped, s.L + s.beta * L, s.L);
    }
    s.alive = active;
    if (!any(active)) return shadow_ray;
    hit.instance = select(active, hit.instance, U(0));
    hit.primitive = select(active, hit.primitive, U(0));
    const Ray<F> ray{s.o, s.d, F(ray_infinity), s.time, U(0)}; // nothing is filtered with it
    const Surface<F> at = make_surface<F>(scene, ray, hit);
    const auto& values = gather_record(scene.materials, at.material);
    MaterialPoint<F> material = material_at<F>(scene, at.material, values, at.tc, at.vertex_rgba);
    const Vec3<F> wo = negate(s.d);
    const F cos_ng = dot(wo, at.ng);

    // Absorption on the way here, which lay in the solid whose back face this is, or else in the
    // one that was entered last.
    const auto solid =
        active & (material.transmission > F(0)) & ((material.flags & U(material_thin)) == U(0));
    const auto front = cos_ng >= F(0);
    Media<F> media;
    media.here = select(solid & !front, at.material, select(active, s.medium, U(none)));
    media.beyond = select(solid, select(front, at.material, U(none)), media.here);
    s.beta = s.beta * transmittance(scene, media.here, hit.t);

    gather_emission<F>(scene, hit, at, values, active, lights_sampled, s);

    // Unlit surfaces show their colour and end the path; so does the last bounce.
    const auto unlit = active & ((material.flags & U(material_unlit)) != U(0));
    s.L = select(unlit, s.L + s.beta * material.base, s.L);
    active = active & !unlit & (s.depth < U(frame.max_depth)) &
             (s.event < U(frame.max_depth + max_straight_events));
    s.alive = active;
    if (!any(active)) return shadow_ray;
    if (features_of(scene) & feature_dispersion)
        part_colors(scene, at.material, active & solid, material, s);

    // The shading frame, turned to the side the path came from.
    const Vec3<F> ng_o = select(front, at.ng, negate(at.ng));
    Vec3<F> ns_o = select(front, at.ns, negate(at.ns));
    ns_o = select(dot(wo, ns_o) > F(1e-4f), ns_o, ng_o);
    const Basis<F> basis = shading_frame(at, material, ns_o);
    Vec3<F> wo_local = to_local(basis, wo);
    wo_local.z = max(wo_local.z, F(1e-6f));
    Vec3<F> coat_normal = {F(0), F(0), F(1)};
    if (features_of(scene) & feature_coat)
        coat_normal = to_local(basis, select(front, at.nc, negate(at.nc)));
    const Bsdf<F> bsdf = make_bsdf(material, wo_local, cos_ng, coat_normal);

    // Light from a sampled light.
    const Bits2<U> choice = draw_bits(s, s.event, pair_choice);
    const auto samples_light = active & spreads(bsdf);
    if (lights_sampled && any(samples_light))
        sample_direct<F>(scene, hit, bsdf, basis, at, ng_o, choice.y, media, samples_light, s,
                         shadow_ray);

    // The next direction.
    const Sample2<F> u = draw(s, s.event, pair_bsdf);
    const BsdfSample<F> next = sample_bsdf(bsdf, unit_float<F>(choice.x), u.x, u.y);
    const Vec3<F> wi = select(next.straight, s.d, normalize(to_world(basis, next.wi)));
    const auto same_side = (next.wi.z > F(0)) == (dot(wi, ng_o) > F(0));
    active = active & next.valid & (same_side | next.straight);
    const F kept = select(next.pdf > F(0), terminator(ng_o, ns_o, wi), F(1));
    s.beta = select(active, kept * (s.beta * next.weight), s.beta);
    s.o = select(active, offset_origin(at, wi), s.o);
    s.d = select(active, wi, s.d);
    s.medium = select(active, select(next.wi.z > F(0), media.here, media.beyond), s.medium);
    const auto turned = active & !next.straight;
    s.from = select(turned, at.p, s.from);
    s.pdf = select(turned, next.pdf, s.pdf);
    s.eta2 = select(turned, s.eta2 * next.eta2, s.eta2);
    s.depth = select(turned, s.depth + U(1), s.depth);
    const F strongest = max_component(s.beta);
    active = active & (strongest > F(0));

    // Russian roulette on what the path can still carry.
    const F q = min(F(1), strongest * s.eta2);
    const auto gamble = active & (s.depth > U(roulette_depth)) & (q < F(1));
    if (any(gamble)) {
        const F r = draw(s, s.event, pair_roulette).x;
        const auto survives = !gamble | (r < q);
        s.beta = select(gamble & survives, (F(1) / max(q, F(1e-30f))) * s.beta, s.beta);
        active = active & survives;
    }
    s.event = s.event + U(1);
    s.alive = active;
    return shadow_ray;
}

} // namespace juggler::inline JUGGLER_ISA
