// Reads Wavefront OBJ files, with the MTL materials they name, into a scene description.
#pragma once

#include "host/scene/description.h"
#include "host/scene/load.h"

#include <filesystem>

namespace juggler {

// One mesh, at the origin, as large as its numbers are in metres. Files it names are read in its
// folder only. Throws InputError naming what is at fault; also where the program was built without
// tinyobjloader.
SceneDescription read_obj(const std::filesystem::path& file, const LoadOptions& options);

} // namespace juggler
