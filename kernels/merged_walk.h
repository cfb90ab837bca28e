// The walk of the binary tree for grids of threads: the hits of kernels/bvh2.h by one loop over
// both levels, with one stack, for both kinds of rays. So there is one copy of each test, lanes
// with different rays share it, and what a thread keeps on the way is small.
#pragma once

#include "kernels/bvh2.h"

namespace juggler::inline JUGGLER_ISA {

// A child that waits: which one of which node, and where the ray enters it.
struct MergedEntry {
    float near;
    uint32_t place; // 2 * node + child
};

// For bounds that are only compared: how they treat NaN and the sign of zero does not matter.
JUGGLER_FN float lesser(float a, float b) {
#ifdef __CUDA_ARCH__
    return fminf(a, b);
#else
    return a < b ? a : b;
#endif
}
JUGGLER_FN float greater(float a, float b) {
#ifdef __CUDA_ARCH__
    return fmaxf(a, b);
#else
    return a > b ? a : b;
#endif
}

// A node in as few loads as there can be.
JUGGLER_FN Bvh2Node load_node(const Bvh2Node* nodes, uint32_t index) {
#ifdef __CUDA_ARCH__
    const float4* words = reinterpret_cast<const float4*>(nodes + index); // 64-byte aligned
    const float4 a = __ldg(words), b = __ldg(words + 1), c = __ldg(words + 2);
    const uint4 d = __ldg(reinterpret_cast<const uint4*>(words + 3));
    return {{{a.x, a.y, a.z}, {a.w, b.x, b.y}},
            {{b.z, b.w, c.x}, {c.y, c.z, c.w}},
            {d.x, d.y},
            {d.z, d.w}};
#else
    return nodes[index];
#endif
}

// intersect_box, up to the sign of a zero.
JUGGLER_FN Interval<float> intersect_bounds(Vec3<float> o, Vec3<float> r, const float lo[3],
                                            const float hi[3]) {
    const float x0 = ((r.x < 0 ? hi[0] : lo[0]) - o.x) * r.x;
    const float x1 = ((r.x < 0 ? lo[0] : hi[0]) - o.x) * r.x;
    const float y0 = ((r.y < 0 ? hi[1] : lo[1]) - o.y) * r.y;
    const float y1 = ((r.y < 0 ? lo[1] : hi[1]) - o.y) * r.y;
    const float z0 = ((r.z < 0 ? hi[2] : lo[2]) - o.z) * r.z;
    const float z1 = ((r.z < 0 ? lo[2] : hi[2]) - o.z) * r.z;
    return {greater(greater(x0, y0), greater(z0, 0.0f)), lesser(lesser(x1, y1), z1) * slab_pad};
}

// accept, for a kind known only at run time.
JUGGLER_FN bool accept_either(const SceneView& scene, RayKind kind, Walk& walk, bool filtered,
                              const Hit<float>& hit) {
    const bool shadow = kind == ray_shadow;
    if (!shadow && !comes_first(hit.t, hit.instance, hit.primitive, walk.best)) return false;
    uint32_t transmitted = 0;
    if (filtered) {
        const FilterResult<float> f = filter_hit<float>(scene, kind, walk.ray, hit);
        if (!f.there) return false;
        transmitted = f.transmitted;
    }
    if (shadow) {
        walk.visible &= transmitted;
        return walk.visible == 0;
    }
    walk.best = hit;
    return false;
}

// A candidate of a leaf: `t` is no_candidate if the ray misses it.
inline constexpr float no_candidate = -1;
struct Candidate {
    float t, u, v;
};

// As in visit_triangles.
JUGGLER_FN Candidate test_triangle(const LeafTriangle* leaf, const MeshView& mesh, float time,
                                   const MeshRay& m, const Shear& shear, float near_instance) {
    float v[3][3];
    Box<float> box =
        triangle_box(load3<float>(leaf->v[0]), load3<float>(leaf->v[1]), load3<float>(leaf->v[2]));
    for (int k = 0; k < 3; ++k)
        for (int axis = 0; axis < 3; ++axis)
            v[k][axis] = leaf->v[k][axis];
    if (mesh.flags & mesh_moves) {
        const LeafTriangle* end = leaf + mesh.leaf_data_end;
        const float q = 1 - time;
        const Box<float> b1 =
            triangle_box(load3<float>(end->v[0]), load3<float>(end->v[1]), load3<float>(end->v[2]));
        box = {lerp(box.lo, b1.lo, q, time), lerp(box.hi, b1.hi, q, time)};
        for (int k = 0; k < 3; ++k)
            for (int axis = 0; axis < 3; ++axis)
                v[k][axis] = lerp(v[k][axis], end->v[k][axis], q, time);
    }
    const TriangleHit<float> hit =
        intersect_triangle<float>(permute(v[0], m.o, shear), permute(v[1], m.o, shear),
                                  permute(v[2], m.o, shear), shear.sx, shear.sy, shear.sz);
    const Interval<float> own = intersect_box(m.o, m.r, box.lo, box.hi);
    if (!hit.hit || !(own.near <= own.far)) return {no_candidate, 0, 0};
    return {max(max(hit.t, own.near), near_instance), hit.u, hit.v};
}

// As in visit_spheres; both crossings, `far` has the later one.
struct SphereCandidates {
    float near, far;
};
JUGGLER_FN SphereCandidates test_sphere(const LeafSphere* leaf, const MeshView& mesh, float time,
                                        const MeshRay& m, float near_instance) {
    Vec3<float> center = load3<float>(leaf->center);
    float radius = leaf->radius;
    Box<float> box = sphere_box(center, radius);
    if (mesh.flags & mesh_moves) {
        const LeafSphere* end = leaf + mesh.leaf_data_end;
        const float q = 1 - time;
        const Box<float> b1 = sphere_box(load3<float>(end->center), end->radius);
        box = {lerp(box.lo, b1.lo, q, time), lerp(box.hi, b1.hi, q, time)};
        center = lerp(center, load3<float>(end->center), q, time);
        radius = lerp(radius, end->radius, q, time);
    }
    const Interval<float> own = intersect_box(m.o, m.r, box.lo, box.hi);
    if (!(own.near <= own.far)) return {no_candidate, no_candidate};
    const SphereHit<float> hit = intersect_sphere<float>(m.o, m.d, center, radius);
    if (!hit.hit) return {no_candidate, no_candidate};
    const float floor_t = max(own.near, near_instance);
    return {hit.near > 0 ? max(hit.near, floor_t) : no_candidate,
            hit.far > 0 ? max(hit.far, floor_t) : no_candidate};
}

// One mesh of one instance, as a ray sees it.
struct MeshVisit {
    MeshRay ray;
    Shear shear;
    uint32_t instance, mesh;
    float near; // where the ray enters the instance's world box
};

// The primitives of a leaf. True if the walk can stop. A sphere takes two turns, one a crossing, so
// that hits are asked in one place.
JUGGLER_FN bool visit_leaf(const SceneView& scene, const Bvh2View& bvh, RayKind kind,
                           const MeshVisit& visit, uint32_t first, uint32_t count, Walk& walk) {
    const MeshView& mesh = scene.meshes[visit.mesh];
    const bool spheres = mesh.kind == mesh_spheres;
    const bool filtered = (mesh.flags & mesh_has_filter) != 0;
    float later = no_candidate; // the second crossing of the sphere at `i`
    for (uint32_t i = 0; i < count;) {
        Candidate c{later, 1, 0};
        const uint32_t at = mesh.leaf_data + first + i;
        uint32_t primitive;
        if (spheres) {
            const LeafSphere* leaf = bvh.leaf_spheres + at;
            primitive = leaf->primitive;
            const bool second = later != no_candidate;
            later = no_candidate;
            if (!second) {
                const SphereCandidates both =
                    test_sphere(leaf, mesh, walk.ray.time, visit.ray, visit.near);
                c = {both.near, 0, 0};
                later = both.far;
                if (c.t == no_candidate) {
                    c = {later, 1, 0};
                    later = no_candidate;
                }
            }
        } else {
            JUGGLER_COUNT(triangles);
            const LeafTriangle* leaf = bvh.leaf_triangles + at;
            primitive = leaf->primitive;
            c = test_triangle(leaf, mesh, walk.ray.time, visit.ray, visit.shear, visit.near);
        }
        if (later == no_candidate) ++i;
        if (c.t == no_candidate || c.t > walk.best.t) continue;
        if (accept_either(scene, kind, walk, filtered, {c.t, c.u, c.v, visit.instance, primitive}))
            return true;
    }
    return false;
}

// Prepares the visit of an instance; false if the ray passes its world box.
JUGGLER_FN bool enter_instance(const SceneView& scene, uint32_t index, Vec3<float> world_r,
                               const Walk& walk, MeshVisit& visit) {
    const InstanceView& instance = scene.instances[index];
    const Interval<float> w = intersect_box(walk.ray.o, world_r, load3<float>(instance.box_lo),
                                            load3<float>(instance.box_hi));
    if (!(w.near <= min(w.far, walk.best.t))) return false;
    visit.instance = index;
    visit.mesh = instance.mesh;
    visit.near = w.near;
    visit.ray = {walk.ray.o, walk.ray.d, world_r};
    if (!(instance.flags & instance_identity)) {
        const Transform<float> m = world_to_object<float>(scene, index, walk.ray.time);
        visit.ray =
            make_mesh_ray(transform_point(m, visit.ray.o), transform_vector(m, visit.ray.d));
    }
    visit.shear = make_shear(visit.ray.d);
    return true;
}

// A walk under way, apart from its stack. An array in here would keep the rest out of registers.
struct MergedWalker {
    using Entry = MergedEntry;
    static constexpr uint32_t stack_entries = 2 * bvh2_max_depth;
    Walk walk;
    MeshVisit visit;
    uint32_t size, floor; // of the stack; entries below `floor` belong to the top level
    uint32_t child, count, nodes_end;
    uint32_t waiting, waiting_end; // instances of a top-level leaf that are still to enter
    bool inside;                   // of an instance
};

// False if there is nothing to walk through.
JUGGLER_FN bool begin_walk(const Bvh2View& bvh, const Ray<float>& ray, MergedWalker& w) {
    w.walk = {ray, {ray.t_max, 0, 0, none, none}, 7};
    w.visit = {{ray.o, ray.d, slab_reciprocal(ray.d)}, {}, none, 0, 0};
    w.size = w.floor = w.nodes_end = w.waiting = w.waiting_end = 0;
    w.child = bvh.root;
    w.count = bvh.root_count;
    w.inside = false;
    return bvh.root_count != none;
}

// Down to the next leaf and through it. False where the walk is over: it has found what
// walk_scene<kind> finds.
JUGGLER_FN bool step_walk(const SceneView& scene, const Bvh2View& bvh, RayKind kind,
                          MergedWalker& w, MergedEntry* stack) {
    Walk& walk = w.walk;
    MeshVisit& visit = w.visit;
    bool at_leaf = true;
    while (w.count == 0) {
        JUGGLER_COUNT(nodes);
        const Bvh2Node node = load_node(bvh.nodes, w.child);
        Interval<float> hit[2];
        for (uint32_t k = 0; k < 2; ++k)
            hit[k] = intersect_bounds(visit.ray.o, visit.ray.r, node.lo[k], node.hi[k]);
        if (w.nodes_end != 0) {
            const Bvh2Node end = load_node(bvh.nodes, w.child + w.nodes_end);
            const float s = walk.ray.time, q = 1 - s;
            for (uint32_t k = 0; k < 2; ++k)
                hit[k] =
                    intersect_box(visit.ray.o, visit.ray.r,
                                  lerp(load3<float>(node.lo[k]), load3<float>(end.lo[k]), q, s),
                                  lerp(load3<float>(node.hi[k]), load3<float>(end.hi[k]), q, s));
        }
        const bool first = hit[0].near <= lesser(hit[0].far, walk.best.t);
        const bool second = hit[1].near <= lesser(hit[1].far, walk.best.t);
        if (!first && !second) {
            at_leaf = false;
            break;
        }
        const bool take_second = second && (!first || hit[1].near < hit[0].near);
        if (first && second)
            stack[w.size++] = {take_second ? hit[0].near : hit[1].near,
                               2 * w.child + (take_second ? 0u : 1u)};
        w.child = take_second ? node.child[1] : node.child[0];
        w.count = take_second ? node.count[1] : node.count[0];
    }
    if (at_leaf && w.inside) {
        if (visit_leaf(scene, bvh, kind, visit, w.child, w.count, walk)) return false;
    } else if (at_leaf) {
        w.waiting = w.child;
        w.waiting_end = w.child + w.count;
    }
    // What comes next: of this level, then of the top level.
    for (;;) {
        if (w.inside || w.waiting == w.waiting_end) {
            while (w.size > w.floor) {
                const MergedEntry entry = stack[--w.size];
                if (entry.near > walk.best.t) continue;
                const Bvh2Node& node = bvh.nodes[entry.place / 2];
                w.child = node.child[entry.place % 2];
                w.count = node.count[entry.place % 2];
                return true;
            }
            if (!w.inside) return false;
            w.inside = false;
            w.floor = w.nodes_end = 0;
            visit.ray = {walk.ray.o, walk.ray.d, slab_reciprocal(walk.ray.d)};
        }
        if (w.waiting == w.waiting_end) continue;
        const uint32_t instance = bvh.leaf_instances[w.waiting++];
        // Outside of instances, the visit's ray is the world's.
        if (!enter_instance(scene, instance, visit.ray.r, walk, visit)) continue;
        const MeshView& mesh = scene.meshes[visit.mesh];
        w.inside = true;
        w.floor = w.size;
        w.nodes_end = mesh.nodes_end;
        w.child = mesh.root;
        w.count = mesh.root_count;
        return true;
    }
}

// The whole of a walk.
template <class Walker>
JUGGLER_FN void walk_through(const SceneView& scene, const Bvh2View& bvh, RayKind kind,
                             const Ray<float>& ray, Walker& walker) {
    typename Walker::Entry stack[Walker::stack_entries];
    if (!begin_walk(bvh, ray, walker)) return;
    while (step_walk(scene, bvh, kind, walker, stack)) {
    }
}

} // namespace juggler::inline JUGGLER_ISA
