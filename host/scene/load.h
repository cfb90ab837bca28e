// One way in for every scene format.
#pragma once

#include "host/scene/description.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace juggler {

struct LoadOptions {
    uint32_t frame = 1;                            // 1-based frame of the animation to load
    std::vector<std::string> set;                  // "/json/pointer=value", applied before reading
    uint64_t max_memory_bytes = uint64_t(8) << 30; // decoded images and geometry may not need more
    bool default_light_and_camera = true;          // add a sky and a framed camera where missing
    std::string sky; // "none": no sky, whatever the file says; "" = as it says
};

// Reads a .json scene, a .gltf or a .glb; "-" is a JSON scene on standard input, read once however
// often it is loaded, whose files are looked for in the current folder. Throws InputError
// (host/scene/diagnostics.h).
SceneDescription load_scene(const std::filesystem::path& file, const LoadOptions& options = {});

} // namespace juggler
