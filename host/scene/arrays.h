// The memory behind the views of a compiled scene.
#pragma once

#include "host/bvh/compressed.h"
#include "host/bvh/wide.h"
#include "host/scene/compile.h"
#include "kernels/intersect.h"

#include <optional>
#include <utility>
#include <vector>

namespace juggler {

// What the meshes that rest are made of: equal keys, equal arrays. Holding the meshes keeps their
// places in memory from being given to others.
struct RestingKey {
    struct Material {
        uint32_t flags;
        bool emits;
        bool operator==(const Material&) const = default;
    };
    std::vector<std::pair<Shared<MeshDescription>, Affine>> flattened;
    std::vector<Shared<MeshDescription>> instanced; // in the order of first use
    std::vector<Material> materials;
    bool operator==(const RestingKey&) const = default;
};

// How much of each array belongs to the meshes that rest.
struct RestingPart {
    RestingKey key;
    size_t attributes = 0, indices = 0, geometries = 0, primitive_geometry = 0, meshes = 0,
           nodes = 0, leaf_triangles = 0, leaf_spheres = 0, leaf_order = 0;
    uint32_t world_meshes = 0; // the first of the meshes: those in world space
    uint64_t triangle_count = 0, sphere_count = 0;
};

// A mesh's nodes in the binary tree. Trees of equal topology are equal but for boxes, and for the
// vertices of their leaf entries. The areas of their boxes together over that of the root, now
// and when they were built, 0 = not measured yet.
struct MeshTree {
    size_t first_node = 0, node_count = 0;
    float area = 0, built_area = 0;
    uint64_t topology = 0;
};

struct CompiledScene::Arrays {
    std::vector<float> attributes;
    std::vector<uint32_t> indices;
    std::vector<Geometry> geometries;
    std::vector<uint32_t> primitive_geometry;
    std::vector<MeshView> meshes;
    std::vector<Box<float>> mesh_boxes; // over the whole shutter
    std::vector<MeshTree> mesh_trees;
    std::vector<InstanceView> instances;
    std::vector<float> transforms;
    std::vector<uint32_t> texels;
    std::vector<TextureView> textures;
    std::vector<MaterialView> materials;
    std::vector<MaterialLobes> lobes; // empty if no material has any
    std::vector<LightView> lights;
    // What EnvironmentView points to, and what it was made of.
    std::vector<float> environment_texels; // and one word more
    std::vector<uint32_t> environment_row_sums, environment_column_sums;
    std::vector<float> environment_density, environment_caps;
    double environment_light = 0; // integral of luminance over all directions
    std::pair<std::optional<Shared<LightMapDescription>>, float> environment_key;
    LargeVector<Bvh2Node> nodes;
    LargeVector<LeafTriangle> leaf_triangles;
    LargeVector<LeafSphere> leaf_spheres;
    std::vector<uint32_t> leaf_instances;
    std::vector<uint32_t> leaf_order;
    std::optional<WideTree> wide;
    std::optional<CompressedTree> compressed;
    SceneView scene{};
    Bvh2View bvh{};
    SceneFacts facts;
    RestingPart resting;

    // Points the views at the arrays; to be called after any of them changed.
    void connect();
    // The arrays as they are now, as a resting part without a key.
    [[nodiscard]] RestingPart extent() const;
    // Copies the resting part of the arrays of another frame into these, which are empty.
    void take_over(const Arrays& from);
};

} // namespace juggler
