// Vertices moved by skins and morph targets.
#pragma once

#include "host/gltf/accessor.h"
#include "host/scene/description.h"

#include <vector>

namespace juggler::gltf {

// One matrix a joint, from the pose in which the mesh was bound to the world.
std::vector<Affine> pose_skin(const tinygltf::Model& model, int skin,
                              const std::vector<Affine>& to_world, MemoryBudget& budget);

// Adds weight times difference to positions, normals and tangents, target by target.
void apply_morph_targets(const tinygltf::Model& model, const tinygltf::Primitive& primitive,
                         const std::vector<double>& weights, const std::string& pointer,
                         MemoryBudget& budget, TrianglePart& part);

// Moves each vertex by the weighted mean of its joints' matrices.
void apply_skin(const tinygltf::Model& model, const tinygltf::Primitive& primitive,
                const std::vector<Affine>& joints, const std::string& pointer, MemoryBudget& budget,
                TrianglePart& part);

} // namespace juggler::gltf
