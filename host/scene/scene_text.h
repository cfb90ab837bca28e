// What a scene's file is, before anything of it is read.
#pragma once

#include <filesystem>
#include <string>

namespace juggler {

// The name by which messages call it: "-" is standard input.
std::filesystem::path scene_file(const std::filesystem::path& name);

// By its name.
bool is_gltf_name(const std::filesystem::path& file);
bool is_obj_name(const std::filesystem::path& file);

// The text of a JSON scene. Throws InputError for a file of another kind.
std::string read_scene_text(const std::filesystem::path& file);

} // namespace juggler
