// The node hierarchy: who stands where, and which nodes a scene shows.
#pragma once

#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace juggler::gltf {

// What an animation says of a node's place among its parent's; else the node's own value counts.
struct LocalTransform {
    std::optional<std::array<double, 3>> translation, scale;
    std::optional<std::array<double, 4>> rotation; // quaternion x, y, z, w
};

// To-world transforms of all nodes, in the file's own world; `locals` is empty or one a node.
// Refuses cycles, nodes with two parents and matrices that are no affine maps.
std::vector<Affine> place_nodes(const tinygltf::Model& model,
                                const std::vector<LocalTransform>& locals = {});

// The nodes that scene `choice` shows, parents before children, each once even if the file lists
// it twice; -1 = the file's own choice. Without scenes, every node, and a note.
std::vector<int> shown_nodes(const tinygltf::Model& model, int choice,
                             std::vector<std::string>& notes);

// Translation, rotation (a quaternion) and scale, applied in the order scale first.
Affine compose(const std::array<double, 3>& t, const std::array<double, 4>& r,
               const std::array<double, 3>& s);

} // namespace juggler::gltf
