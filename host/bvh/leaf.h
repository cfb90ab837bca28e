// Primitives of a mesh as a walk wants them: vertices and numbers side by side.
#pragma once

#include "kernels/views.h"

#include <algorithm>

namespace juggler {

inline const Geometry& geometry_of(const SceneView& scene, const MeshView& mesh,
                                   uint32_t primitive) {
    return scene.geometries[mesh.geometry_of == none
                                ? mesh.first_geometry
                                : scene.primitive_geometry[mesh.geometry_of + primitive]];
}

// At shutter open, or at shutter close if `end`.
inline LeafTriangle make_leaf_triangle(const SceneView& scene, const MeshView& mesh,
                                       uint32_t primitive, bool end) {
    const Geometry& g = geometry_of(scene, mesh, primitive);
    const float* positions = scene.attributes + (end ? g.position_end : g.position);
    const uint32_t* index =
        scene.indices + g.first_index + size_t(3) * (primitive - g.first_primitive);
    LeafTriangle t;
    for (int k = 0; k < 3; ++k)
        std::copy_n(positions + size_t(3) * index[k], 3, t.v[k]);
    t.primitive = primitive;
    return t;
}

inline LeafSphere make_leaf_sphere(const SceneView& scene, const MeshView& mesh, uint32_t primitive,
                                   bool end) {
    const Geometry& g = geometry_of(scene, mesh, primitive);
    const float* s = scene.attributes + (end ? g.position_end : g.position) +
                     size_t(4) * (primitive - g.first_primitive);
    return {{s[0], s[1], s[2]}, s[3], primitive};
}

} // namespace juggler
