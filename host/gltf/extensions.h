// Which glTF extensions this program knows, and what it does about the others.
#pragma once

#include "host/gltf/tiny.h"

#include <string>
#include <vector>

namespace juggler::gltf {

// Refuses a required extension that is not supported, by name. Appends a note for every used one
// whose absence changes the picture.
void check_extensions(const tinygltf::Model& model, std::vector<std::string>& notes);

} // namespace juggler::gltf
