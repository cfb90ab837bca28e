// Coherent rays, a pack at a time: rays of one origin and one octant are walked as one, by the
// intervals of their reciprocal directions. Rounding is monotone, so the interval of a child holds
// every ray's own interval of it: nothing is culled that a ray of the pack would have met, and by
// the rules of kernels/intersect.h extra visits cannot change a hit.
#pragma once

#include "kernels/wide.h"

namespace juggler::inline JUGGLER_ISA {

// Leaves a pack may visit before its rays are better off alone.
inline constexpr uint32_t packet_leaf_limit = 32;
inline constexpr uint32_t packet_stack_size = 256;

// What the rays of a pack have in common.
struct PacketBounds {
    float o[3];
    float r_min[3], r_max[3];
    uint32_t octant, kx, ky, kz; // axes of the shear, in the order of an upward ray
};

// False if the rays do not start in one point, differ in octant, or differ in the axis of their
// shear.
template <class F>
JUGGLER_FN bool bound_packet(const Ray<F>& ray, Vec3<F> r, PacketBounds& b) {
    const Vec3<F> first = {F(lane(ray.o.x, 0)), F(lane(ray.o.y, 0)), F(lane(ray.o.z, 0))};
    if (!all((ray.o.x == first.x) & (ray.o.y == first.y) & (ray.o.z == first.z))) return false;
    const F zero(0);
    const auto down_x = r.x < zero, down_y = r.y < zero, down_z = r.z < zero;
    if ((any(down_x) && !all(down_x)) || (any(down_y) && !all(down_y)) ||
        (any(down_z) && !all(down_z)))
        return false;
    const Shear s = make_shear({lane(ray.d.x, 0), lane(ray.d.y, 0), lane(ray.d.z, 0)});
    const F ax = absolute(ray.d.x), ay = absolute(ray.d.y), az = absolute(ray.d.z);
    // As make_shear decides it, for every ray.
    const auto x_over_y = ax > ay;
    const auto is_x = x_over_y & (ax > az), is_y = !x_over_y & (ay > az);
    const auto agree = s.kz == 0 ? is_x : s.kz == 1 ? is_y : !is_x & !is_y;
    if (!all(agree)) return false;
    const F rows[3] = {r.x, r.y, r.z};
    for (int axis = 0; axis < 3; ++axis) {
        b.r_min[axis] = least_lane(rows[axis]);
        b.r_max[axis] = greatest_lane(rows[axis]);
    }
    b.o[0] = lane(ray.o.x, 0);
    b.o[1] = lane(ray.o.y, 0);
    b.o[2] = lane(ray.o.z, 0);
    b.octant = (any(down_x) ? 1u : 0u) | (any(down_y) ? 2u : 0u) | (any(down_z) ? 4u : 0u);
    b.kx = s.kx;
    b.ky = s.ky;
    b.kz = s.kz;
    return true;
}

// Interval that holds the intervals of all rays of the pack, for W boxes by rows.
template <int W>
JUGGLER_FN Interval<PackFloat<W>> intersect_packet_boxes(const PacketBounds& b,
                                                         const float* const near_rows[3],
                                                         const float* const far_rows[3]) {
    using F = PackFloat<W>;
    F near(0), far(ray_infinity);
    for (int axis = 0; axis < 3; ++axis) {
        const F o(b.o[axis]), r0(b.r_min[axis]), r1(b.r_max[axis]);
        const F n = load_row<W>(near_rows[axis]) - o, f = load_row<W>(far_rows[axis]) - o;
        near = max(near, min(n * r0, n * r1));
        far = min(far, max(f * r0, f * r1));
    }
    return {near, far * F(slab_pad)};
}

// Takes candidates of all lanes.
template <class F>
JUGGLER_FN void accept_packet(const SceneView& scene, const Ray<F>& ray, bool filtered,
                              Mask<F> candidate, F t, F u, F v, uint32_t instance,
                              uint32_t primitive, Hit<F>& best) {
    using U = Uint<F>;
    const U i(instance), p(primitive);
    const auto first =
        (t < best.t) |
        ((t == best.t) & ((i < best.instance) | ((i == best.instance) & (p < best.primitive))));
    auto taken = candidate & first;
    if (!any(taken)) return;
    if (filtered) {
        const Hit<F> hit{t, u, v, i, p};
        taken = taken & filter_hit<F>(scene, ray_closest, ray, hit).there;
    }
    best.t = select(taken, t, best.t);
    best.u = select(taken, u, best.u);
    best.v = select(taken, v, best.v);
    best.instance = select(taken, i, best.instance);
    best.primitive = select(taken, p, best.primitive);
}

template <int W, class F>
JUGGLER_FN void packet_triangles(const SceneView& scene, const WideView& tree,
                                 const PacketBounds& b, const WideTriangles<W>& leaf, bool filtered,
                                 const Ray<F>& ray, Vec3<F> r, Vec3<F> shear, Hit<F>& best) {
    // Which triangles' own boxes any ray of the pack may meet.
    using B = PackFloat<W>;
    const Box<B> boxes = triangle_box<B>(
        {load_row<W>(leaf.v[0][0]), load_row<W>(leaf.v[0][1]), load_row<W>(leaf.v[0][2])},
        {load_row<W>(leaf.v[1][0]), load_row<W>(leaf.v[1][1]), load_row<W>(leaf.v[1][2])},
        {load_row<W>(leaf.v[2][0]), load_row<W>(leaf.v[2][1]), load_row<W>(leaf.v[2][2])});
    alignas(64) float bounds[6][W];
    store_row(bounds[0], boxes.lo.x);
    store_row(bounds[1], boxes.hi.x);
    store_row(bounds[2], boxes.lo.y);
    store_row(bounds[3], boxes.hi.y);
    store_row(bounds[4], boxes.lo.z);
    store_row(bounds[5], boxes.hi.z);
    const uint32_t nx = b.octant & 1, ny = (b.octant >> 1) & 1, nz = b.octant >> 2;
    const float* near_rows[3] = {bounds[nx], bounds[2 + ny], bounds[4 + nz]};
    const float* far_rows[3] = {bounds[1 - nx], bounds[3 - ny], bounds[5 - nz]};
    const Interval<B> own = intersect_packet_boxes<W>(b, near_rows, far_rows);
    uint32_t bits = lane_bits(own.near <= min(own.far, B(greatest_lane(best.t))));
    const F o[3] = {ray.o.x, ray.o.y, ray.o.z};
    for (; bits != 0; bits &= bits - 1) {
        const int i = __builtin_ctz(bits);
        Vec3<F> p[3];
        for (int k = 0; k < 3; ++k)
            p[k] = {F(leaf.v[k][b.kx][i]) - o[b.kx], F(leaf.v[k][b.ky][i]) - o[b.ky],
                    F(leaf.v[k][b.kz][i]) - o[b.kz]};
        const TriangleHit<F> hit =
            intersect_triangle<F>(p[0], p[1], p[2], shear.x, shear.y, shear.z);
        const auto candidate = hit.hit & (hit.t <= best.t);
        if (!any(candidate)) continue;
        const Interval<F> box =
            intersect_box<F>(ray.o, r, {F(bounds[0][i]), F(bounds[2][i]), F(bounds[4][i])},
                             {F(bounds[1][i]), F(bounds[3][i]), F(bounds[5][i])});
        const F t = max(hit.t, box.near);
        accept_packet<F>(scene, ray, filtered, candidate & (box.near <= box.far) & (t <= best.t), t,
                         hit.u, hit.v, tree.world_triangles, leaf.primitive[i], best);
    }
}

template <int W, class F>
JUGGLER_FN void packet_spheres(const SceneView& scene, const WideView& tree,
                               const WideSpheres<W>& leaf, bool filtered, const Ray<F>& ray,
                               Vec3<F> r, Hit<F>& best) {
    for (int i = 0; i < W && leaf.radius[i] > 0; ++i) {
        const Vec3<F> center = {F(leaf.center[0][i]), F(leaf.center[1][i]), F(leaf.center[2][i])};
        const F radius(leaf.radius[i]);
        const Box<F> box = sphere_box(center, radius);
        const Interval<F> own = intersect_box(ray.o, r, box.lo, box.hi);
        const auto near_enough = own.near <= min(own.far, best.t);
        if (!any(near_enough)) continue;
        const SphereHit<F> hit = intersect_sphere<F>(ray.o, ray.d, center, radius);
        const F crossing[2] = {hit.near, hit.far};
        for (int k = 0; k < 2; ++k) {
            const F t = max(crossing[k], own.near);
            accept_packet<F>(
                scene, ray, filtered, near_enough & hit.hit & (crossing[k] > F(0)) & (t <= best.t),
                t, F(static_cast<float>(k)), F(0), tree.world_spheres, leaf.primitive[i], best);
        }
    }
}

// The closest hits of a pack of rays, in a tree that is plain (WideView::plain). False, with
// `best` of no meaning, if these rays do not walk well together.
template <int W, class F>
JUGGLER_FN_LARGE bool walk_packet(const SceneView& scene, const WideView& tree, const Ray<F>& ray,
                                  Hit<F>& best) {
    using B = PackFloat<W>;
    using U = Uint<F>;
    const Vec3<F> r = slab_reciprocal(ray.d);
    PacketBounds b;
    if (tree.stack_need > packet_stack_size || !bound_packet(ray, r, b)) return false;
    const F d[3] = {ray.d.x, ray.d.y, ray.d.z};
    const Vec3<F> shear = {d[b.kx] / d[b.kz], d[b.ky] / d[b.kz], F(1) / d[b.kz]};
    best = {ray.t_max, F(0), F(0), U(none), U(none)};
    const uint32_t nx = b.octant & 1, ny = (b.octant >> 1) & 1, nz = b.octant >> 2;
    alignas(64) float near[packet_stack_size];
    alignas(64) uint32_t child[packet_stack_size];
    uint32_t size = 0, leaves = 0;
    float limit = greatest_lane(best.t);
    uint32_t word = tree.root;
    if (word >> wide_value_bits == wide_return) return true;
    for (;;) {
        const uint32_t what = word >> wide_value_bits;
        if (what == wide_node) {
            const WideNode<W>& node = *wide_block<WideNode<W>>(tree, word);
            const float* near_rows[3] = {node.bounds[nx], node.bounds[2 + ny], node.bounds[4 + nz]};
            const float* far_rows[3] = {node.bounds[1 - nx], node.bounds[3 - ny],
                                        node.bounds[5 - nz]};
            const Interval<B> in = intersect_packet_boxes<W>(b, near_rows, far_rows);
            const PackUint<W> order =
                (load_row<W>(node.order) >> static_cast<int>(b.octant * wide_log2<W>)) &
                PackUint<W>(W - 1);
            const B near_ordered = permute_lanes(in.near, order);
            const B far_ordered = permute_lanes(in.far, order);
            const uint32_t bits = lane_bits(near_ordered <= min(far_ordered, B(limit)));
            const Compressor<W> c = make_compressor<W>(bits);
            store_row(near + size, compress(c, near_ordered));
            store_row(child + size, compress(c, permute_lanes(load_row<W>(node.child), order)));
            size += static_cast<uint32_t>(__builtin_popcount(bits));
        } else {
            if (++leaves > packet_leaf_limit) return false;
            if (what <= wide_triangles_filtered)
                packet_triangles<W, F>(scene, tree, b, *wide_block<WideTriangles<W>>(tree, word),
                                       what == wide_triangles_filtered, ray, r, shear, best);
            else
                packet_spheres<W, F>(scene, tree, *wide_block<WideSpheres<W>>(tree, word),
                                     what == wide_spheres_filtered, ray, r, best);
            limit = greatest_lane(best.t);
        }
        do {
            if (size == 0) return true;
            --size;
        } while (near[size] > limit);
        word = child[size];
    }
}

} // namespace juggler::inline JUGGLER_ISA
