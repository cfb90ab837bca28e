// Which glTF extensions this program knows, and what it does about the others.
#pragma once

#include <string>
#include <vector>

namespace juggler::gltf {

// Refuses required extensions that are not supported, by name.
void check_required(const std::vector<std::string>& required);

// Appends a note for every used extension whose absence changes the picture.
void note_left_out(const std::vector<std::string>& used, std::vector<std::string>& notes);

} // namespace juggler::gltf
