// Cameras and lights that nodes carry.
#pragma once

#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <optional>

namespace juggler::gltf {

// `to_world` is the node's; a camera keeps its place and directions and drops any scale.
CameraDescription read_camera(const tinygltf::Model& model, int camera, const Affine& to_world);

// Candela and lux are taken as W/sr and W/m^2, as nits of emission are taken as radiance: all
// lights of a file keep their ratios. nullopt if the node's scale leaves it no direction.
std::optional<LightDescription> read_light(const tinygltf::Model& model, int light,
                                           const Affine& to_world);

} // namespace juggler::gltf
