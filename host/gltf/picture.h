// The pictures a file holds or names.
#pragma once

#include "host/base/files.h"
#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"
#include "host/scene/description.h"

namespace juggler::gltf {

// Decodes image `number` of the file, from a buffer, a data URI or a file beside it. Its texels
// come out of the budget. Refuses by the image's pointer.
ImageDescription read_picture(const tinygltf::Model& model, int number, const Folder& folder,
                              MemoryBudget& budget);

} // namespace juggler::gltf
