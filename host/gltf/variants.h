// KHR_materials_variants: other materials for the same meshes.
#pragma once

#include "host/gltf/tiny.h"

#include <string>
#include <vector>

namespace juggler::gltf {

// Gives each primitive the material that the variant called `wanted` has for it. Without a name the
// file's own materials stay, and a note names the variants there are. Throws Refusal, and Error if
// there is no such variant.
void choose_variant(tinygltf::Model& model, const std::string& wanted,
                    std::vector<std::string>& notes);

} // namespace juggler::gltf
