// One way in for every scene format.
#pragma once

#include "host/scene/description.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace juggler {

struct LoadOptions {
    uint32_t frame = 1;                            // of the animation, from 1
    std::vector<std::string> set;                  // "/json/pointer=value", applied before reading
    uint64_t max_memory_bytes = uint64_t(8) << 30; // decoded images and geometry may not need more
    bool default_light_and_camera = true;          // add a sky and a framed camera where missing
    std::string sky;           // "none": no sky, whatever the file says; "" = as it says
    std::filesystem::path env; // a picture that takes the sky's place; "" = none
    double env_rotate_deg = 0; // as SkyDescription
    float env_strength = 1;
    // Of glTF files: the animation to play, by name or number from 1; "none" = the resting pose,
    // "" = the first. Scenes say it themselves.
    std::string clip;
    std::string variant;       // of glTF files: which of their KHR_materials_variants, "" = none
    std::optional<double> fps; // of its frames, above 0; else 24
    std::optional<double> shutter; // else the scene's, or 0. From 0 to 1
};

// Reads a .json scene, a .gltf, a .glb or an .obj; "-" is a JSON scene on standard input, read once
// however often it is loaded, whose files are looked for in the current folder. Throws InputError
// (host/scene/diagnostics.h).
SceneDescription load_scene(const std::filesystem::path& file, const LoadOptions& options = {});

} // namespace juggler
