// The definition of a hit, without a tree: every primitive of every instance is asked.
#pragma once

#include "kernels/bvh2.h"

namespace juggler::test {

// Calls `visit(candidate walk)` with each primitive alone: as if the scene held nothing else.
template <RayKind kind, class Visit>
void for_each_primitive(const SceneView& scene, const Bvh2View& bvh, const Ray<float>& ray,
                        const Visit& visit) {
    const Vec3<float> r = slab_reciprocal(ray.d);
    for (uint32_t index = 0; index < scene.instance_count; ++index) {
        const InstanceView& instance = scene.instances[index];
        const Interval<float> w =
            intersect_box(ray.o, r, load3<float>(instance.box_lo), load3<float>(instance.box_hi));
        if (!(w.near <= min(w.far, ray.t_max))) continue;
        Vec3<float> o = ray.o, d = ray.d;
        if (!(instance.flags & instance_identity)) {
            const Transform<float> m = world_to_object<float>(scene, index, ray.time);
            o = transform_point(m, o);
            d = transform_vector(m, d);
        }
        const MeshView& mesh = scene.meshes[instance.mesh];
        const MeshRay mesh_ray = make_mesh_ray(o, d);
        for (uint32_t i = 0; i < mesh.primitive_count; ++i) {
            Walk walk{ray, {ray.t_max, 0, 0, none, none}, 7};
            if (mesh.kind == mesh_triangles)
                visit_triangles<kind>(scene, bvh.leaf_triangles + mesh.leaf_data + i, 1, mesh,
                                      index, w.near, mesh_ray, make_shear(d), walk);
            else
                visit_spheres<kind>(scene, bvh.leaf_spheres + mesh.leaf_data + i, 1, mesh, index,
                                    w.near, mesh_ray, walk);
            visit(walk);
        }
    }
}

inline Hit<float> brute_force_closest(const SceneView& scene, const Bvh2View& bvh,
                                      const Ray<float>& ray) {
    Hit<float> best{ray.t_max, 0, 0, none, none};
    for_each_primitive<ray_closest>(scene, bvh, ray, [&](const Walk& walk) {
        if (walk.best.instance != none &&
            comes_first(walk.best.t, walk.best.instance, walk.best.primitive, best))
            best = walk.best;
    });
    return best;
}

inline uint32_t brute_force_visible(const SceneView& scene, const Bvh2View& bvh,
                                    const Ray<float>& ray) {
    uint32_t visible = 7;
    for_each_primitive<ray_shadow>(scene, bvh, ray,
                                   [&](const Walk& walk) { visible &= walk.visible; });
    return visible;
}

} // namespace juggler::test
