// A scene's triangles as a binary glTF file, so that reading one can be timed.
#pragma once

#include "host/scene/description.h"

#include <filesystem>

namespace juggler {

// The first triangle part of the first mesh, and the first camera. Throws Error(Exit::output).
void write_glb(const SceneDescription& scene, const std::filesystem::path& file);

} // namespace juggler
