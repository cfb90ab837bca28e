// The memory behind the views of a compiled scene.
#pragma once

#include "host/bvh/wide.h"
#include "host/scene/compile.h"

#include <optional>
#include <vector>

namespace juggler {

struct CompiledScene::Arrays {
    std::vector<float> attributes;
    std::vector<uint32_t> indices;
    std::vector<Geometry> geometries;
    std::vector<uint32_t> primitive_geometry;
    std::vector<MeshView> meshes;
    std::vector<InstanceView> instances;
    std::vector<float> transforms;
    std::vector<uint32_t> texels;
    std::vector<TextureView> textures;
    std::vector<MaterialView> materials;
    std::vector<LightView> lights;
    LargeVector<Bvh2Node> nodes;
    LargeVector<LeafTriangle> leaf_triangles;
    LargeVector<LeafSphere> leaf_spheres;
    std::vector<uint32_t> leaf_instances;
    std::vector<uint32_t> leaf_order;
    std::optional<WideTree> wide;
    SceneView scene{};
    Bvh2View bvh{};
    SceneFacts facts;

    // Points the views at the arrays; to be called after any of them changed.
    void connect();
};

} // namespace juggler
