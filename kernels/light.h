// Lights that next-event estimation picks, and what rays find that leave the scene.
#pragma once

#include "kernels/environment.h"
#include "kernels/sampling.h"
#include "kernels/surface.h"

namespace juggler::inline JUGGLER_ISA {

// Light arriving at a point from one sampled direction.
template <class F>
struct LightSample {
    Vec3<F> wi;    // unit length, towards the light
    F distance;    // metres; ray_infinity for suns
    Vec3<F> L;     // radiance; for point lights W/sr/m^2, to be divided by `pdf` alike
    F pdf;         // solid-angle density times the chance of picking the light
    Mask<F> delta; // no other technique can find it
    Uint<F> instance, primitive; // of emissive geometry, else `none`
};

template <class F>
JUGGLER_FN F solid_angle_pdf(F area, F distance2, F cos_light) {
    return distance2 / max(area * absolute(cos_light), F(1e-30f));
}

inline constexpr float least_cone = 1e-30f; // 1 - cos below which a cone counts as no narrower

// 1 - cos of the cone a sphere fills as seen from a point at squared distance d2 of its centre;
// 2 = all directions, from inside.
template <class F>
JUGGLER_FN F sphere_cone(F radius, F d2) {
    const F sin2 = radius * radius / max(d2, F(1e-30f));
    const F cos_max = square_root(max(F(1) - sin2, F(0)));
    return select(sin2 < F(1), sin2 / (F(1) + cos_max), F(2));
}

// `bits` are a random number as a fraction of 2^32. Times the number of lights, its whole part is
// an entry of the alias table and the rest, the lower half of the product, chooses within the
// entry. A float would be coarser than the entries of a scene of many lights.
template <class F>
JUGGLER_FN Uint<F> pick_light(const SceneView& scene, Uint<F> bits) {
    using U = Uint<F>;
    const U count(scene.light_count);
    const U entry = multiply_high(bits, count);
    const F fraction = unit_float<F>(bits * count);
    const auto& at = gather_record(scene.lights, entry);
    return select(fraction < at.alias_threshold, entry, at.alias);
}

// Emission of sampled geometry at barycentrics (s, t), or with normal n on a sphere, where it
// depends on the place; where the surface is there only in part, that part of it, which is what
// paths find on average.
template <class F>
JUGGLER_FN Vec3<F> light_emission(const SceneView& scene, Uint<F> instance, Uint<F> primitive, F s,
                                  F t, Vec3<F> n) {
    using U = Uint<F>;
    const PrimitiveRef<F> ref = find_primitive<F>(scene, instance, primitive);
    const U material = ref.geometry.material;
    const auto& values = gather_record(scene.materials, material);
    const auto partly = (values.flags & U(material_mask | material_blend)) != U(0);
    const VertexIndices<F> vertices = vertex_indices<F>(scene, ref);
    TexCoords<F> tc = triangle_texcoords<F>(scene, ref.geometry, vertices, s, t);
    if (any(ref.sphere)) {
        const TexCoords<F> round = sphere_texcoords(n);
        for (int set = 0; set < 2; ++set) {
            tc.u[set] = select(ref.sphere, round.u[set], tc.u[set]);
            tc.v[set] = select(ref.sphere, round.v[set], tc.v[set]);
        }
    }
    const Vec3<F> Le = emitted<F>(scene, material, values, tc);
    if (!any(partly)) return Le;
    const Rgba<F> vertex = vertex_color<F>(scene, ref.geometry, vertices, s, t);
    return select(partly, coverage<F>(scene, material, values, tc, vertex) * Le, Le);
}

// A direction from `p` to the light picked by `pick_bits`, to the place on it that `place` picks;
// all are fractions of 2^32. There must be a light.
template <class F>
JUGGLER_FN_LARGE LightSample<F> sample_light(const SceneView& scene, Vec3<F> p, Uint<F> pick_bits,
                                             Bits2<Uint<F>> place) {
    using U = Uint<F>;
    const F u = unit_float<F>(place.x), v = unit_float<F>(place.y);
    const auto& light = gather_record(scene.lights, pick_light<F>(scene, pick_bits));
    const Vec3<F> a = vector_of(light.a);
    const auto triangle = light.kind == U(light_triangle);
    const auto sphere = light.kind == U(light_sphere);
    const auto sun = light.kind == U(light_sun);
    const auto spot = light.kind == U(light_spot);
    const auto point = spot | (light.kind == U(light_point));

    LightSample<F> s;
    s.delta = point;
    s.L = vector_of(light.value);
    s.pdf = light.pick;
    s.instance = light.instance;
    s.primitive = light.primitive;
    // Points: towards `a`, falling with the square of the distance.
    const Vec3<F> to_a = a - p;
    const F d2 = dot(to_a, to_a);
    s.distance = square_root(d2);
    s.wi = (F(1) / max(s.distance, F(1e-18f))) * to_a;
    if (any(point)) {
        const F ratio2 = d2 / max(light.range * light.range, F(1e-30f));
        const F window =
            select(light.range > F(0), clamp(F(1) - ratio2 * ratio2, F(0), F(1)), F(1));
        F share = window / max(d2, F(1e-12f));
        if (any(spot)) {
            const F cos_axis = F(0) - dot(s.wi, vector_of(light.b));
            const F width = max(light.cos_inner - light.cos_outer, F(1e-3f));
            const F x = clamp((cos_axis - light.cos_outer) / width, F(0), F(1));
            share = select(spot, share * (x * x), share);
        }
        s.L = select(point, share * s.L, s.L);
    }
    const auto around = light.kind == U(light_environment);
    if (any(around)) {
        const EnvironmentView& map = scene.environment;
        const Vec3<F> wi = sample_environment<F>(map, place);
        const MapPoint<F> at = map_point(map, wi);
        s.wi = select(around, wi, s.wi);
        s.distance = select(around, F(ray_infinity), s.distance);
        s.L = select(around, environment_radiance(map, at), s.L);
        s.pdf = select(around, light.pick * environment_pdf(map, at), s.pdf);
    }
    F bary_s(0), bary_t(0);
    Vec3<F> normal = splat3(F(0));
    if (any(triangle)) {
        const Vec3<F> b = vector_of(light.b), c = vector_of(light.c);
        const Sample2<F> st = sample_triangle(u, v);
        const Vec3<F> to = (to_a + st.x * b) + st.y * c;
        const Vec3<F> n = cross(b, c);
        const F twice_area = length(n);
        const F distance2 = dot(to, to);
        const F distance = square_root(distance2);
        const Vec3<F> wi = (F(1) / max(distance, F(1e-18f))) * to;
        const F cos_light = dot(n, wi) / max(twice_area, F(1e-30f));
        const F pdf = light.pick * solid_angle_pdf(F(0.5f) * twice_area, distance2, cos_light);
        s.wi = select(triangle, wi, s.wi);
        s.distance = select(triangle, distance, s.distance);
        s.pdf = select(triangle, select(distance2 > F(0), pdf, F(0)), s.pdf);
        bary_s = st.x;
        bary_t = st.y;
    }
    const auto cone = sphere | sun;
    if (any(cone)) {
        const F radius = light.radius;
        const F spread = select(sun, radius, sphere_cone(radius, d2));
        const Vec3<F> axis = select(sun, a, s.wi);
        const Vec3<F> local = sample_cone(u, v, spread);
        const auto sharp = spread <= F(0);
        const Vec3<F> wi = select(sharp, axis, to_world(make_basis(axis), local));
        s.wi = select(cone, wi, s.wi);
        // Distance to the sphere along wi: near crossing from outside, far from inside. A point of
        // the sphere itself can only see its far side, whichever way its rounding went.
        const F along = s.distance * local.z;
        // The sine from across: the cosine of a narrow cone has no digits left for it.
        const F sin2 = local.x * local.x + local.y * local.y;
        const F chord2 = radius * radius - d2 * sin2;
        const F chord = square_root(max(chord2, F(0)));
        const auto outside = d2 > F(1.00001f) * (radius * radius);
        const F reach = max(along + select(outside, F(0) - chord, chord), F(0));
        normal = select(sphere, normalize(reach * wi - to_a), normal);
        s.distance = select(sun, F(ray_infinity), select(sphere, reach, s.distance));
        s.pdf = select(cone & !sharp, light.pick * pdf_cone(max(spread, F(least_cone))), s.pdf);
        s.delta = s.delta | (sun & sharp);
    }
    const auto uneven = light.material != U(none);
    if (any(uneven)) {
        const U instance = select(uneven, s.instance, U(0));
        const U primitive = select(uneven, s.primitive, U(0));
        const Vec3<F> Le = light_emission<F>(scene, instance, primitive, bary_s, bary_t, normal);
        s.L = select(uneven, Le, s.L);
    }
    return s;
}

// Density with which `sample_light` from `from` would have found the hit of an emissive surface;
// 0 if that surface is not among the lights.
template <class F>
JUGGLER_FN_LARGE F light_pdf(const SceneView& scene, Uint<F> instance, const Surface<F>& s,
                             Vec3<F> from, Vec3<F> d) {
    using U = Uint<F>;
    const U first = JUGGLER_FIELD(scene.instances, instance, first_emitter);
    const auto emitter = (first != U(none)) & (s.emitter != U(none));
    if (!any(emitter)) return F(0);
    const auto& light =
        gather_record(scene.lights, select(emitter, first + s.emitter + s.local, U(0)));
    const Vec3<F> to = s.p - from;
    const F area = F(0.5f) * length(cross(vector_of(light.b), vector_of(light.c)));
    F pdf = solid_angle_pdf(area, dot(to, to), dot(s.ng, d));
    if (any(s.sphere)) {
        const Vec3<F> to_center = vector_of(light.a) - from;
        const F spread = sphere_cone(light.radius, dot(to_center, to_center));
        pdf = select(s.sphere, pdf_cone(max(spread, F(least_cone))), pdf);
    }
    return select(emitter, light.pick * pdf, F(0));
}

// Radiance of the environment in direction d, weighed against light sampling as suns are below.
template <class F>
JUGGLER_FN Vec3<F> environment_light(const SceneView& scene, Vec3<F> d, F pdf,
                                     bool lights_sampled) {
    const EnvironmentView& map = scene.environment;
    const MapPoint<F> at = map_point(map, d);
    const Vec3<F> L = environment_radiance(map, at);
    const auto both = (pdf > F(0)) & Mask<F>(lights_sampled && map.light != none);
    if (!any(both)) return L;
    const F light = F(scene.lights[map.light].pick) * environment_pdf(map, at);
    return select(both, power_heuristic(select(both, pdf, F(1)), light), F(1)) * L;
}

// Radiance of a plain sky in direction d. It is found by BSDF sampling alone: these skies are
// smooth, and sampling their whole sphere would only add variance and a shadow ray.
template <class F>
JUGGLER_FN Vec3<F> sky_radiance(const SkyView& sky, Vec3<F> d) {
    const Vec3<F> horizon = load3<F>(sky.horizon);
    if (sky.kind != sky_gradient) return sky.kind == sky_constant ? horizon : splat3(F(0));
    const F up = clamp(d.y, F(0), F(1)), down = clamp(F(0) - d.y, F(0), F(1));
    return ((F(1) - up) - down) * horizon + (up * load3<F>(sky.top) + down * load3<F>(sky.bottom));
}

// Radiance of the suns that lie in direction d, each weighed against its light sampling; `pdf` is
// the density of d, 0 = only this technique can find them.
template <class F>
JUGGLER_FN Vec3<F> sun_radiance(const SceneView& scene, Vec3<F> d, F pdf, bool lights_sampled) {
    Vec3<F> L = splat3(F(0));
    for (uint32_t i = 0; i < scene.sun_count; ++i) {
        const LightView& sun = scene.lights[scene.first_sun + i];
        // |d - axis|^2 = 2 (1 - cos), without the cancellation of the cosine.
        const Vec3<F> off = d - load3<F>(sun.a);
        const auto in_disk = dot(off, off) < F(2 * sun.radius);
        if (!any(in_disk)) continue;
        const F light = F(sun.pick) * pdf_cone(F(sun.radius));
        const auto both = (pdf > F(0)) & Mask<F>(lights_sampled);
        const F weight = select(both, power_heuristic(select(both, pdf, F(1)), light), F(1));
        L = select(in_disk, L + weight * load3<F>(sun.value), L);
    }
    return L;
}

} // namespace juggler::inline JUGGLER_ISA
