// Meshes that a file holds compressed: KHR_draco_mesh_compression and EXT_meshopt_compression, each
// where its library was there to build with.
#pragma once

#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"

namespace juggler::gltf {

bool reads_draco();
bool reads_meshopt();

// Puts what compressed buffer views and primitives hold into buffers of their own, to which views
// and accessors then point as in any file. Refuses, by the extension's pointer, what is damaged or
// of another size than the file says.
void decompress(tinygltf::Model& model, MemoryBudget& budget);

} // namespace juggler::gltf
