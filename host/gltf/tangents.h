// Changes to a part's vertices: tangent frames for normal maps, and what they need.
#pragma once

#include "host/scene/description.h"

namespace juggler::gltf {

// Gives every corner of every triangle a vertex of its own; afterwards indices count 0, 1, 2 ...
void unshare_vertices(TrianglePart& part);

// Keeps the vertices that some triangle uses, in their order.
void drop_unused_vertices(TrianglePart& part);

// One tangent a vertex from positions, normals and the texture coordinates of `set`, weighted by
// triangle area, at right angles to the normal. Vertices where a texture meets its mirror image are
// doubled. Without normals, vertices are unshared and tangents fit the flat faces.
void generate_tangents(TrianglePart& part, size_t set);

} // namespace juggler::gltf
