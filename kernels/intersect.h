// Rays against boxes, triangles and spheres. The rules here make a hit a property of the ray and
// the set of primitives, whatever tree is walked in whatever order (docs/exactness.md):
//
// - One slab expression, (b - o) * r, monotone in b: the computed interval of a box contains the
//   computed interval of every box inside it.
// - A primitive counts only if its own box passes the slab test, and its distance is no less than
//   that box's entry. So no valid hit is ever culled with a node that contains it.
// - The smallest (t, instance, primitive) wins.
#pragma once

#include "kernels/vec3.h"

namespace juggler::inline JUGGLER_ISA {

// Four ulps over 1: rounding of the reciprocal direction (Ize 2013, "Robust BVH Ray Traversal").
inline constexpr float slab_pad = 0x1.000008p0f;
inline constexpr float ray_infinity = 3.0e38f;

enum RayKind : uint32_t { ray_closest = 0, ray_shadow = 1 };

template <class F>
struct Ray {
    Vec3<F> o, d;       // d need not be of unit length
    F t_max;            // hits lie in (0, t_max]
    F time;             // [0, 1] of the motion in the scene views
    Uint<F> filter_key; // of the hashes that decide partial coverage
};

// One finite reciprocal a component: 1/d, with |d| kept above 1e-18.
template <class F>
JUGGLER_FN F slab_reciprocal(F d) {
    const F tiny = select(d < F(0), F(-1e-18f), F(1e-18f));
    return F(1) / select(absolute(d) < F(1e-18f), tiny, d);
}
template <class F>
JUGGLER_FN Vec3<F> slab_reciprocal(Vec3<F> d) {
    return {slab_reciprocal(d.x), slab_reciprocal(d.y), slab_reciprocal(d.z)};
}

// Entry and exit distance; the box is hit if near <= far.
template <class F>
struct Interval {
    F near, far;
};
template <class F>
JUGGLER_FN Interval<F> intersect_box(Vec3<F> o, Vec3<F> r, Vec3<F> lo, Vec3<F> hi) {
    const F x0 = (lo.x - o.x) * r.x, x1 = (hi.x - o.x) * r.x;
    const F y0 = (lo.y - o.y) * r.y, y1 = (hi.y - o.y) * r.y;
    const F z0 = (lo.z - o.z) * r.z, z1 = (hi.z - o.z) * r.z;
    const F near = max(max(min(x0, x1), min(y0, y1)), max(min(z0, z1), F(0)));
    const F far = min(min(max(x0, x1), max(y0, y1)), max(z0, z1));
    return {near, far * F(slab_pad)};
}

// Which axis is `z` after the shear of a ray, and the shear (Woop, Benthin and Wald 2013,
// "Watertight Ray/Triangle Intersection"). For one ray.
struct Shear {
    uint32_t kx, ky, kz;
    float sx, sy, sz;
};
// c[k]; an index known only at run time would put an array of a device thread into memory.
JUGGLER_FN float component(const float c[3], uint32_t k) {
#ifdef __CUDA_ARCH__
    return k == 0 ? c[0] : k == 1 ? c[1] : c[2];
#else
    return c[k];
#endif
}
JUGGLER_FN Shear make_shear(Vec3<float> d) {
    const float c[3] = {d.x, d.y, d.z};
    const float ax = absolute(d.x), ay = absolute(d.y), az = absolute(d.z);
    Shear s;
    s.kz = ax > ay ? (ax > az ? 0u : 2u) : (ay > az ? 1u : 2u);
    s.kx = s.kz == 2 ? 0 : s.kz + 1;
    s.ky = s.kx == 2 ? 0 : s.kx + 1;
    const float z = component(c, s.kz);
    if (z < 0) { // keeps the winding
        const uint32_t k = s.kx;
        s.kx = s.ky;
        s.ky = k;
    }
    s.sx = component(c, s.kx) / z;
    s.sy = component(c, s.ky) / z;
    s.sz = 1 / z;
    return s;
}

// `hit` says nothing yet of the own box or of other hits; u, v weigh the second and third vertex.
template <class F>
struct TriangleHit {
    Mask<F> hit;
    F t, u, v;
};

// The watertight test of Woop et al., zero-inclusive, without their double fallback: the sign of
// fl(a*b) - fl(c*d) is never wrong, only possibly zero, and a shared edge is the exact negation
// in the neighbour. a, b, c: vertices minus ray origin, components permuted to (kx, ky, kz).
template <class F>
JUGGLER_FN TriangleHit<F> intersect_triangle(Vec3<F> a, Vec3<F> b, Vec3<F> c, F sx, F sy, F sz) {
    const F ax = a.x - sx * a.z, ay = a.y - sy * a.z;
    const F bx = b.x - sx * b.z, by = b.y - sy * b.z;
    const F cx = c.x - sx * c.z, cy = c.y - sy * c.z;
    const F u = cx * by - cy * bx;
    const F v = ax * cy - ay * cx;
    const F w = bx * ay - by * ax;
    const F zero(0);
    const Mask<F> negative = (u < zero) | (v < zero) | (w < zero);
    const Mask<F> positive = (u > zero) | (v > zero) | (w > zero);
    const F det = (u + v) + w;
    const F t_scaled = (u * (sz * a.z) + v * (sz * b.z)) + w * (sz * c.z);
    const F inv = F(1) / select(det != zero, det, F(1));
    const F t = t_scaled * inv;
    const Mask<F> hit = (negative != positive) & (det != zero) & (t > zero);
    return {hit, t, v * inv, w * inv};
}

// Both crossings of a sphere, near <= far. d need not be of unit length; the discriminant keeps
// its digits for far or huge spheres (Haines, Guenther and Akenine-Moeller, "Precision
// Improvements for Ray/Sphere Intersection", Ray Tracing Gems, ch. 7).
template <class F>
struct SphereHit {
    Mask<F> hit;
    F near, far;
};
template <class F>
JUGGLER_FN SphereHit<F> intersect_sphere(Vec3<F> o, Vec3<F> d, Vec3<F> center, F radius) {
    const Vec3<F> oc = o - center;
    const F a = dot(d, d);
    const F b = F(0) - dot(oc, d);
    const Vec3<F> chord = oc + (b / a) * d;
    const F disc = radius * radius - dot(chord, chord);
    if (!any(disc > F(0))) return {disc > F(0), F(0), F(0)};
    const F root = square_root(max(disc, F(0)) * a);
    const F q = select(b > F(0), b + root, b - root);
    const F c = dot(oc, oc) - radius * radius;
    const F q_safe = select(q != F(0), q, F(1e-30f));
    const F t0 = c / q_safe, t1 = q / a;
    return {disc > F(0), min(t0, t1), max(t0, t1)};
}

template <class F>
struct Box {
    Vec3<F> lo, hi;
};
template <class F>
JUGGLER_FN Box<F> triangle_box(Vec3<F> a, Vec3<F> b, Vec3<F> c) {
    return {{min(min(a.x, b.x), c.x), min(min(a.y, b.y), c.y), min(min(a.z, b.z), c.z)},
            {max(max(a.x, b.x), c.x), max(max(a.y, b.y), c.y), max(max(a.z, b.z), c.z)}};
}
// Padded by a millionth, so that rounding of the crossing does not clip the silhouette.
template <class F>
JUGGLER_FN Box<F> sphere_box(Vec3<F> center, F radius) {
    const F r = radius * F(1.000001f);
    return {center - splat3(r), center + splat3(r)};
}

// a at s = 0, b at s = 1, with q = 1 - s formed once. Monotone in a and b, so the interpolated box
// contains the interpolated primitive.
template <class F>
JUGGLER_FN F lerp(F a, F b, F q, F s) {
    return q * a + s * b;
}
template <class F>
JUGGLER_FN Vec3<F> lerp(Vec3<F> a, Vec3<F> b, F q, F s) {
    return {lerp(a.x, b.x, q, s), lerp(a.y, b.y, q, s), lerp(a.z, b.z, q, s)};
}

// Where a ray met the scene. For spheres u is 0 for the entry and 1 for the exit.
template <class F>
struct Hit {
    F t, u, v;
    Uint<F> instance, primitive; // instance `none`: a miss
};

} // namespace juggler::inline JUGGLER_ISA
