// Primitives of a mesh as a walk wants them: vertices and numbers side by side.
#pragma once

#include "kernels/portable.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

JUGGLER_FN const Geometry& geometry_of(const SceneView& scene, const MeshView& mesh,
                                       uint32_t primitive) {
    return scene.geometries[mesh.geometry_of == none
                                ? mesh.first_geometry
                                : scene.primitive_geometry[mesh.geometry_of + primitive]];
}

// At shutter open, or at shutter close if `end`.
JUGGLER_FN LeafTriangle make_leaf_triangle(const SceneView& scene, const MeshView& mesh,
                                           uint32_t primitive, bool end) {
    const Geometry& g = geometry_of(scene, mesh, primitive);
    const float* positions = scene.attributes + (end ? g.position_end : g.position);
    const uint32_t* index =
        scene.indices + g.first_index + size_t(3) * (primitive - g.first_primitive);
    LeafTriangle t;
    for (int k = 0; k < 3; ++k) {
        const float* position = positions + size_t(3) * index[k];
        for (int axis = 0; axis < 3; ++axis)
            t.v[k][axis] = position[axis];
    }
    t.primitive = primitive;
    return t;
}

JUGGLER_FN LeafSphere make_leaf_sphere(const SceneView& scene, const MeshView& mesh,
                                       uint32_t primitive, bool end) {
    const Geometry& g = geometry_of(scene, mesh, primitive);
    const float* s = scene.attributes + (end ? g.position_end : g.position) +
                     size_t(4) * (primitive - g.first_primitive);
    return {{s[0], s[1], s[2]}, s[3], primitive};
}

} // namespace juggler::inline JUGGLER_ISA
