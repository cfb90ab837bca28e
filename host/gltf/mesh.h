// Meshes: from primitives of accessors to parts of triangles.
#pragma once

#include "host/gltf/material.h"
#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"
#include "host/scene/description.h"

#include <string>
#include <vector>

namespace juggler::gltf {

// Primitives that are left out, or whose last vertices are.
struct PrimitiveCounts {
    size_t points_and_lines = 0, without_positions = 0, incomplete = 0;

    [[nodiscard]] std::vector<std::string> notes() const;
};
void count_primitives(const tinygltf::Model& model, int mesh, PrimitiveCounts& counts);

class MeshReader {
public:
    MeshReader(const tinygltf::Model& model, const std::vector<MaterialUse>& materials,
               MemoryBudget& budget);

    // `morph_weights` may be shorter than there are targets; `joints` is empty or one matrix each.
    MeshDescription read(int mesh, const std::vector<double>& morph_weights,
                         const std::vector<Affine>& joints);

    // In what was read so far: of length 0, those of the faces in their place.
    [[nodiscard]] size_t missing_normals() const noexcept { return missing_normals_; }

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
    bool quantized_;             // KHR_mesh_quantization is in use
    size_t missing_normals_ = 0; // of length 0
};

} // namespace juggler::gltf
