// Meshes: from primitives of accessors to parts of triangles.
#pragma once

#include "host/gltf/material.h"
#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <string>
#include <vector>

namespace juggler::gltf {

class MeshReader {
public:
    MeshReader(const tinygltf::Model& model, const std::vector<MaterialUse>& materials,
               MemoryBudget& budget);

    // `morph_weights` may be shorter than there are targets; `joints` is empty or one matrix each.
    MeshDescription read(int mesh, const std::vector<double>& morph_weights,
                         const std::vector<Affine>& joints);

    void add_notes(std::vector<std::string>& notes) const;

private:
    TrianglePart read_primitive(const tinygltf::Primitive& primitive, const std::string& pointer,
                                const std::vector<double>& morph_weights,
                                const std::vector<Affine>& joints);
    void read_attributes(const tinygltf::Primitive& primitive, const std::string& pointer,
                         const MaterialUse& use, TrianglePart& part);
    void read_triangles(const tinygltf::Primitive& primitive, const std::string& pointer,
                        TrianglePart& part);
    void read_texcoords(const tinygltf::Primitive& primitive, const std::string& pointer,
                        const MaterialUse& use, TrianglePart& part);
    void read_colors(const tinygltf::Primitive& primitive, const std::string& pointer,
                     TrianglePart& part);

    const tinygltf::Model& model_;
    const std::vector<MaterialUse>& materials_;
    MemoryBudget& budget_;
    bool quantized_; // KHR_mesh_quantization is in use
    size_t points_and_lines_ = 0, without_positions_ = 0, incomplete_ = 0;
    size_t missing_normals_ = 0; // of length 0
};

} // namespace juggler::gltf
