// The parts of the JSON scene reader; host/scene/json_timeline.cpp puts them together. Each
// function reads one field into the description and reports what is wrong with it.
#pragma once

#include "host/base/files.h"
#include "host/gltf/gltf.h"
#include "host/scene/description.h"
#include "host/scene/json_field.h"
#include "host/scene/load.h"
#include "host/scene/reach.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace juggler {

// A glTF file that objects name, and its meshes in the description: further objects share them.
struct UsedModel {
    std::shared_ptr<const GltfModel> model; // null: it cannot be used, and somebody was told
    GltfPlaces places;
};

// What names stand for, in one description.
struct SceneNames {
    std::unordered_map<std::string, int> materials, images;
    std::unordered_map<std::string, std::vector<int>> meshes;
    std::map<std::string, UsedModel> models;                  // by file and scene number
    std::vector<std::string_view> material_names, mesh_names; // in the order of the file
    int default_material = -1;
    uint64_t image_bytes = 0;
    std::unordered_map<int, Bounds> bounds; // of meshes that somebody asked for
    std::map<std::string, std::optional<Shared<LightMapDescription>>> light_maps; // none: refused
};

struct SceneReading {
    SceneDescription& scene;
    SceneNames& names;
    const LoadOptions& options;
    const std::filesystem::path& folder_path; // of the scene file; nothing outside it is opened
    const Folder& folder;
    double time = 0; // seconds of the animation, for what moves by itself

    // Of a mesh of the scene, measured when it is first asked for.
    const Bounds& bounds(int mesh) {
        const auto [known, is_new] = names.bounds.try_emplace(mesh);
        if (is_new) known->second = bounds_of(scene.meshes[static_cast<size_t>(mesh)]);
        return known->second;
    }
};

void read_image_settings(const Field& image, ImageSettings& settings);
CameraDescription read_camera(const Field& camera);
SkyDescription read_sky(SceneReading& reading, const Field& sky);
void read_light(SceneReading& reading, const Field& light);
MaterialDescription read_material(SceneReading& reading, const std::string& name,
                                  const Field& material);

} // namespace juggler
