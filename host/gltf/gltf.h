// Reads glTF 2.0 files, .gltf and .glb, into a scene description.
#pragma once

#include "host/scene/description.h"
#include "host/scene/load.h"

#include <filesystem>

namespace juggler {

struct GltfOptions {
    Affine placement;    // of the file's world in the scene's
    int scene = -1;      // which of the file's scenes, -1 = the one it names as its own
    bool lights = true;  // add the file's lights
    bool cameras = true; // add the file's cameras
};

// Appends what the file shows to `into`: indices into its lists go on counting from what is there.
// Files it names are read in its folder only. Throws InputError naming the value at fault; `into`
// may then hold a part of the file.
void append_gltf(SceneDescription& into, const std::filesystem::path& file,
                 const LoadOptions& options, const GltfOptions& gltf = {});

} // namespace juggler
