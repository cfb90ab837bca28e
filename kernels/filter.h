// Hits that count only in part: cut-out and blended surfaces, and thin transmissive ones for
// shadow rays. Decided inside the walk by a hash of path, ray and primitive, so that no new ray
// starts and no order matters.
#pragma once

#include "kernels/sampler.h"
#include "kernels/surface.h"

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct FilterResult {
    Mask<F> there;       // the surface is there for this ray
    Uint<F> transmitted; // shadow rays: bits r = 1, g = 2, b = 4 that pass nevertheless
};

template <class F>
JUGGLER_FN_LARGE FilterResult<F> filter_hit(const SceneView& scene, RayKind kind, const Ray<F>& ray,
                                            const Hit<F>& hit) {
    using U = Uint<F>;
    const PrimitiveRef<F> ref = find_primitive<F>(scene, hit.instance, hit.primitive);
    const U material = ref.geometry.material;
    const auto& values = gather_record(scene.materials, material);
    const auto partly = (values.flags & U(material_mask | material_blend)) != U(0);
    const U thin_bits(material_thin | material_transmissive);
    const auto thin = (values.flags & thin_bits) == thin_bits;
    FilterResult<F> result{Mask<F>(true), U(0)};
    const bool shadow = kind == ray_shadow;
    if (!any(partly) && !(shadow && any(thin))) return result;

    TexCoords<F> tc;
    Rgba<F> vertex{splat3(F(1)), F(1)};
    F cos_i(1);
    // Spheres: u tells the crossing; the two crossings draw different hashes.
    const U crossing = select(ref.sphere & (hit.u > F(0)), U(0x80000000u), U(0));
    if (shadow || any(ref.sphere)) {
        const Surface<F> s = make_surface<F>(scene, ray, hit);
        tc = s.tc;
        vertex = s.vertex_rgba;
        cos_i = absolute(dot(s.ng, normalize(ray.d)));
    } else {
        const VertexIndices<F> vi = vertex_indices<F>(scene, ref);
        tc = triangle_texcoords<F>(scene, ref.geometry, vi, hit.u, hit.v);
        vertex = vertex_color<F>(scene, ref.geometry, vi, hit.u, hit.v);
    }
    const U key =
        hash_combine(hash_combine(ray.filter_key, hit.instance), hit.primitive ^ crossing);
    if (any(partly)) {
        const F share = coverage<F>(scene, material, values, tc, vertex);
        result.there = (unit_float<F>(key) < share) | !partly;
    }
    if (shadow && any(thin)) {
        const Vec3<F> T =
            thin_transmittance(material_at<F>(scene, material, values, tc, vertex), cos_i);
        const U k1 = hash32(key ^ U(0x68bc21ebu)), k2 = hash32(k1 ^ U(0x02e5be93u)),
                k3 = hash32(k2 ^ U(0x967a889bu));
        const U bits = select(unit_float<F>(k1) < T.x, U(1), U(0)) |
                       select(unit_float<F>(k2) < T.y, U(2), U(0)) |
                       select(unit_float<F>(k3) < T.z, U(4), U(0));
        result.transmitted = select(thin, bits, U(0));
    }
    return result;
}

} // namespace juggler::inline JUGGLER_ISA
