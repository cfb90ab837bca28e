// Light from all directions that a file brings along (EXT_lights_image_based).
#pragma once

#include "host/base/files.h"
#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <optional>

namespace juggler::gltf {

// The sky of the scene that shown_nodes would show, nullopt if it names no such light: the sharpest
// of its cube maps in latitude and longitude, rotation included, or what its nine coefficients say
// where it has no cube map.
std::optional<SkyDescription> read_image_light(const tinygltf::Model& model, int choice,
                                               const Folder& folder, MemoryBudget& budget);

} // namespace juggler::gltf
