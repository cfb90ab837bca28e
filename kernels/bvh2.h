// The walk of the binary tree, one ray at a time: what `sequential` runs, and the plainest
// statement of which hit is the answer. Every other walk finds the same one.
#pragma once

#include "kernels/filter.h"

namespace juggler::inline JUGGLER_ISA {

// No path from a root is longer; builders keep to it.
inline constexpr int bvh2_max_depth = 64;

struct Bvh2Entry {
    float near;
    uint32_t child, count;
};

// A ray in the space of one mesh.
struct MeshRay {
    Vec3<float> o, d, r;
};
JUGGLER_FN MeshRay make_mesh_ray(Vec3<float> o, Vec3<float> d) {
    return {o, d, slab_reciprocal(d)};
}

JUGGLER_FN Vec3<float> permute(const float v[3], Vec3<float> o, const Shear& s) {
    const float c[3] = {v[0] - o.x, v[1] - o.y, v[2] - o.z};
    return {component(c, s.kx), component(c, s.ky), component(c, s.kz)};
}

// Whether `t` of (instance, primitive) comes before the best hit so far.
JUGGLER_FN bool comes_first(float t, uint32_t instance, uint32_t primitive,
                            const Hit<float>& best) {
    if (t != best.t) return t < best.t;
    return instance != best.instance ? instance < best.instance : primitive < best.primitive;
}

// What a walk carries: the ray in world space, the best hit, and for shadow rays the channels that
// still pass.
struct Walk {
    Ray<float> ray;
    Hit<float> best;  // best.t is the walk's limit; shadow rays keep it at ray.t_max
    uint32_t visible; // bits r = 1, g = 2, b = 4
};

// Takes a candidate whose own box passed. True if the walk can stop.
template <RayKind kind>
JUGGLER_FN bool accept(const SceneView& scene, Walk& walk, bool filtered, const Hit<float>& hit) {
    if (kind == ray_closest && !comes_first(hit.t, hit.instance, hit.primitive, walk.best))
        return false;
    uint32_t transmitted = 0;
    if (filtered) {
        const FilterResult<float> f = filter_hit<float>(scene, kind, walk.ray, hit);
        if (!f.there) return false;
        transmitted = f.transmitted;
    }
    if (kind == ray_shadow) {
        walk.visible &= transmitted;
        return walk.visible == 0;
    }
    walk.best = hit;
    return false;
}

template <RayKind kind>
JUGGLER_FN bool visit_triangles(const SceneView& scene, const LeafTriangle* leaf, uint32_t count,
                                const MeshView& mesh, uint32_t instance, float near_instance,
                                const MeshRay& m, const Shear& shear, Walk& walk) {
    for (uint32_t i = 0; i < count; ++i) {
        float v[3][3];
        const float(*start)[3] = leaf[i].v;
        const float(*end)[3] = nullptr;
        const float s = walk.ray.time, q = 1 - s;
        if (mesh.flags & mesh_moves) {
            end = leaf[i + mesh.leaf_data_end].v;
            for (int k = 0; k < 3; ++k)
                for (int axis = 0; axis < 3; ++axis)
                    v[k][axis] = lerp(start[k][axis], end[k][axis], q, s);
            start = v;
        }
        const TriangleHit<float> th =
            intersect_triangle<float>(permute(start[0], m.o, shear), permute(start[1], m.o, shear),
                                      permute(start[2], m.o, shear), shear.sx, shear.sy, shear.sz);
        if (!th.hit || th.t > walk.best.t) continue;
        Box<float> box;
        if (end) {
            const float(*first)[3] = leaf[i].v;
            const Box<float> b0 = triangle_box(load3<float>(first[0]), load3<float>(first[1]),
                                               load3<float>(first[2]));
            const Box<float> b1 =
                triangle_box(load3<float>(end[0]), load3<float>(end[1]), load3<float>(end[2]));
            box = {lerp(b0.lo, b1.lo, q, s), lerp(b0.hi, b1.hi, q, s)};
        } else {
            box = triangle_box(load3<float>(start[0]), load3<float>(start[1]),
                               load3<float>(start[2]));
        }
        const Interval<float> own = intersect_box(m.o, m.r, box.lo, box.hi);
        const float t = max(max(th.t, own.near), near_instance);
        if (!(own.near <= own.far) || t > walk.best.t) continue;
        if (accept<kind>(scene, walk, (mesh.flags & mesh_has_filter) != 0,
                         {t, th.u, th.v, instance, leaf[i].primitive}))
            return true;
    }
    return false;
}

template <RayKind kind>
JUGGLER_FN bool visit_spheres(const SceneView& scene, const LeafSphere* leaf, uint32_t count,
                              const MeshView& mesh, uint32_t instance, float near_instance,
                              const MeshRay& m, Walk& walk) {
    for (uint32_t i = 0; i < count; ++i) {
        Vec3<float> center = load3<float>(leaf[i].center);
        float radius = leaf[i].radius;
        Box<float> box = sphere_box(center, radius);
        if (mesh.flags & mesh_moves) {
            const LeafSphere& end = leaf[i + mesh.leaf_data_end];
            const float s = walk.ray.time, q = 1 - s;
            const Box<float> b1 = sphere_box(load3<float>(end.center), end.radius);
            box = {lerp(box.lo, b1.lo, q, s), lerp(box.hi, b1.hi, q, s)};
            center = lerp(center, load3<float>(end.center), q, s);
            radius = lerp(radius, end.radius, q, s);
        }
        const Interval<float> own = intersect_box(m.o, m.r, box.lo, box.hi);
        if (!(own.near <= min(own.far, walk.best.t))) continue;
        const SphereHit<float> sh = intersect_sphere<float>(m.o, m.d, center, radius);
        if (!sh.hit) continue;
        const float floor_t = max(own.near, near_instance);
        const float crossing[2] = {sh.near, sh.far};
        for (int k = 0; k < 2; ++k) {
            const float t = max(crossing[k], floor_t);
            if (!(crossing[k] > 0) || t > walk.best.t) continue;
            if (accept<kind>(scene, walk, (mesh.flags & mesh_has_filter) != 0,
                             {t, static_cast<float>(k), 0, instance, leaf[i].primitive}))
                return true;
        }
    }
    return false;
}

// Where, counted in floats from Bvh2Node::lo, the planes lie that a ray meets first: the low ones
// of an axis it climbs, the high ones of an axis it descends.
struct NearPlanes {
    uint32_t x, y, z;
};
JUGGLER_FN NearPlanes near_planes(Vec3<float> r) {
    return {r.x < 0 ? 6u : 0u, r.y < 0 ? 7u : 1u, r.z < 0 ? 8u : 2u};
}
// intersect_box for child k, without sorting the planes: the same interval, but for the sign of a
// zero.
JUGGLER_FN Interval<float> intersect_child(const Bvh2Node& node, uint32_t k, Vec3<float> o,
                                           Vec3<float> r, NearPlanes n) {
    const float* planes = &node.lo[0][0] + 3 * k;
    const float x0 = (planes[n.x] - o.x) * r.x, x1 = (planes[6 - n.x] - o.x) * r.x;
    const float y0 = (planes[n.y] - o.y) * r.y, y1 = (planes[8 - n.y] - o.y) * r.y;
    const float z0 = (planes[n.z] - o.z) * r.z, z1 = (planes[10 - n.z] - o.z) * r.z;
    return {max(max(x0, y0), max(z0, 0.0f)), min(min(x1, y1), z1) * slab_pad};
}

// Walks from (root, root_count) down, nearer child first. `leaf(first, count)` visits a leaf and
// returns true to stop; `limit()` is the distance beyond which nothing matters.
template <class Leaf, class Limit>
JUGGLER_FN bool walk_tree(const Bvh2Node* nodes, uint32_t nodes_end, float time, uint32_t root,
                          uint32_t root_count, Vec3<float> o, Vec3<float> r, const Leaf& leaf,
                          const Limit& limit) {
    const NearPlanes near = near_planes(r);
    Bvh2Entry stack[bvh2_max_depth];
    int size = 0;
    uint32_t child = root, count = root_count;
    for (;;) {
        if (count != 0) {
            if (leaf(child, count)) return true;
        } else {
            const Bvh2Node& node = nodes[child];
            Interval<float> hit[2];
            for (uint32_t k = 0; k < 2; ++k) {
                if (nodes_end == 0) {
                    hit[k] = intersect_child(node, k, o, r, near);
                    continue;
                }
                const Bvh2Node& end = nodes[child + nodes_end];
                hit[k] = intersect_box(
                    o, r, lerp(load3<float>(node.lo[k]), load3<float>(end.lo[k]), 1 - time, time),
                    lerp(load3<float>(node.hi[k]), load3<float>(end.hi[k]), 1 - time, time));
            }
            const float t = limit();
            const bool first = hit[0].near <= min(hit[0].far, t);
            const bool second = hit[1].near <= min(hit[1].far, t);
            if (first || second) {
                const int nearer = first && (!second || hit[0].near <= hit[1].near) ? 0 : 1;
                if (first && second) {
                    const int other = 1 - nearer;
                    stack[size++] = {hit[other].near, node.child[other], node.count[other]};
                }
                child = node.child[nearer];
                count = node.count[nearer];
                continue;
            }
        }
        do {
            if (size == 0) return false;
            --size;
        } while (stack[size].near > limit());
        child = stack[size].child;
        count = stack[size].count;
    }
}

template <RayKind kind>
JUGGLER_FN bool visit_instance(const SceneView& scene, const Bvh2View& bvh, uint32_t index,
                               Vec3<float> world_r, Walk& walk) {
    const InstanceView& instance = scene.instances[index];
    const Interval<float> w = intersect_box(walk.ray.o, world_r, load3<float>(instance.box_lo),
                                            load3<float>(instance.box_hi));
    if (!(w.near <= min(w.far, walk.best.t))) return false;
    MeshRay ray{walk.ray.o, walk.ray.d, world_r};
    if (!(instance.flags & instance_identity)) {
        const Transform<float> m = world_to_object<float>(scene, index, walk.ray.time);
        ray = make_mesh_ray(transform_point(m, ray.o), transform_vector(m, ray.d));
    }
    const MeshView& mesh = scene.meshes[instance.mesh];
    const auto walk_mesh = [&](const auto& leaf) {
        return walk_tree(bvh.nodes, mesh.nodes_end, walk.ray.time, mesh.root, mesh.root_count,
                         ray.o, ray.r, leaf, [&] { return walk.best.t; });
    };
    if (mesh.kind == mesh_spheres)
        return walk_mesh([&](uint32_t first, uint32_t count) {
            return visit_spheres<kind>(scene, bvh.leaf_spheres + mesh.leaf_data + first, count,
                                       mesh, index, w.near, ray, walk);
        });
    const Shear shear = make_shear(ray.d);
    return walk_mesh([&](uint32_t first, uint32_t count) {
        return visit_triangles<kind>(scene, bvh.leaf_triangles + mesh.leaf_data + first, count,
                                     mesh, index, w.near, ray, shear, walk);
    });
}

template <RayKind kind>
JUGGLER_FN void walk_scene(const SceneView& scene, const Bvh2View& bvh, Walk& walk) {
    if (bvh.root_count == none) return;
    const Vec3<float> r = slab_reciprocal(walk.ray.d);
    const auto leaf = [&](uint32_t first, uint32_t count) {
        for (uint32_t i = 0; i < count; ++i)
            if (visit_instance<kind>(scene, bvh, bvh.leaf_instances[first + i], r, walk))
                return true;
        return false;
    };
    walk_tree(bvh.nodes, 0, 0, bvh.root, bvh.root_count, walk.ray.o, r, leaf,
              [&] { return walk.best.t; });
}

// The first hit along the ray, or instance `none`.
JUGGLER_FN_LARGE Hit<float> closest_hit(const SceneView& scene, const Bvh2View& bvh,
                                        const Ray<float>& ray) {
    Walk walk{ray, {ray.t_max, 0, 0, none, none}, 7};
    walk_scene<ray_closest>(scene, bvh, walk);
    return walk.best;
}

// Which channels reach the end of the ray: bits r = 1, g = 2, b = 4; 0 = blocked.
JUGGLER_FN_LARGE uint32_t visible_channels(const SceneView& scene, const Bvh2View& bvh,
                                           const Ray<float>& ray) {
    Walk walk{ray, {ray.t_max, 0, 0, none, none}, 7};
    walk_scene<ray_shadow>(scene, bvh, walk);
    return walk.visible;
}

} // namespace juggler::inline JUGGLER_ISA
