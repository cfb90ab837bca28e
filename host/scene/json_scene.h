// The parts of the JSON scene reader; host/scene/load_json.cpp puts them together. Each function
// reads one field into the description and reports what is wrong with it.
#pragma once

#include "host/base/files.h"
#include "host/scene/description.h"
#include "host/scene/json_field.h"
#include "host/scene/load.h"
#include "host/scene/reach.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace juggler {

// What a glTF file brought in when an object first named it: further objects share its meshes.
struct PlacedFile {
    size_t first_instance, end_instance, first_light, end_light;
    Affine placement;
};

struct SceneReading {
    SceneDescription& scene;
    const LoadOptions& options;
    const std::filesystem::path& folder_path; // of the scene file; nothing outside it is opened
    const Folder& folder;
    std::unordered_map<std::string, int> materials, images;
    std::unordered_map<std::string, std::vector<int>> meshes;
    std::map<std::string, PlacedFile> placed_files;
    std::vector<std::string_view> material_names, mesh_names; // in the order of the file
    int default_material = -1;
    uint64_t image_bytes = 0;
    std::unordered_map<int, Bounds> known_bounds;

    // Of a mesh of the scene, measured when it is first asked for.
    const Bounds& bounds(int mesh) {
        const auto [known, is_new] = known_bounds.try_emplace(mesh);
        if (is_new) known->second = bounds_of(scene.meshes[static_cast<size_t>(mesh)]);
        return known->second;
    }
};

void read_image_settings(const Field& image, ImageSettings& settings);
CameraDescription read_camera(const Field& camera);
SkyDescription read_sky(const Field& sky);
void read_light(SceneReading& reading, const Field& light);
void read_material(SceneReading& reading, const std::string& name, const Field& material);
void read_mesh(SceneReading& reading, const std::string& name, const Field& mesh);
void read_objects(SceneReading& reading, const Field& objects);

} // namespace juggler
