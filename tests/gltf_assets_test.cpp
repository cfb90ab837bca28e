// Models of other people's tools. They are not part of the sources: without the folder, these
// cases are skipped.
#include "host/gltf/gltf.h"
#include "host/gltf/tangents.h"
#include "host/scene/diagnostics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace juggler {
namespace {

const std::filesystem::path assets = JUGGLER_ASSET_DIR;

#define JUGGLER_SKIP_WITHOUT_ASSETS()                                                              \
    if (!std::filesystem::exists(assets)) GTEST_SKIP() << "no test models in " << assets

SceneDescription load(const std::filesystem::path& file) {
    SceneDescription scene;
    append_gltf(scene, file, {}, {});
    return scene;
}

uint64_t triangle_count(const SceneDescription& scene) {
    uint64_t count = 0;
    for (const InstanceDescription& instance : scene.instances)
        for (const TrianglePart& part :
             scene.meshes.at(static_cast<size_t>(instance.mesh))->triangles)
            count += part.indices.size() / 3;
    return count;
}

// What every consumer may rely on.
void expect_sound(const SceneDescription& scene, const std::filesystem::path& file) {
    for (const MeshDescription& mesh : scene.meshes) {
        for (const TrianglePart& part : mesh.triangles) {
            const size_t count = part.positions.size();
            const auto fits = [&](const auto& values) {
                return values.empty() || values.size() == count;
            };
            EXPECT_TRUE(fits(part.normals) && fits(part.tangents) && fits(part.colors) &&
                        fits(part.texcoords[0]) && fits(part.texcoords[1]))
                << file;
            EXPECT_EQ(part.indices.size() % 3, 0u) << file;
            EXPECT_TRUE(std::all_of(part.indices.begin(), part.indices.end(), [&](uint32_t v) {
                return v < count;
            })) << file;
            ASSERT_LT(static_cast<size_t>(part.material), scene.materials.size()) << file;
            const auto& material = scene.materials[static_cast<size_t>(part.material)];
            EXPECT_TRUE(material.normal_texture.image < 0 || !part.tangents.empty()) << file;
            for (const auto& n : part.normals)
                ASSERT_NEAR(n[0] * n[0] + n[1] * n[1] + n[2] * n[2], 1, 1e-5) << file;
        }
    }
    for (const MaterialDescription& m : scene.materials)
        for (const TextureUse* use : {&m.base_texture, &m.metallic_roughness_texture,
                                      &m.normal_texture, &m.emission_texture})
            EXPECT_LT(use->image, static_cast<int>(scene.images.size())) << file;
}

TEST(GltfAssets, every_model_loads_or_is_refused_by_the_extension_it_requires) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    size_t loaded = 0;
    std::vector<std::string> refused;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(assets)) {
        const auto extension = entry.path().extension();
        const bool is_big = entry.is_regular_file() && entry.file_size() > 10'000'000;
        if ((extension != ".gltf" && extension != ".glb") || is_big) continue;
        try {
            const SceneDescription scene = load(entry.path());
            expect_sound(scene, entry.path());
            EXPECT_GT(triangle_count(scene), 0u) << entry.path();
            ++loaded;
        } catch (const InputError& error) {
            refused.push_back(entry.path().filename().string());
            EXPECT_NE(std::string(error.what()).find("/extensionsRequired/"), std::string::npos)
                << error.what();
        }
    }
    EXPECT_GT(loaded, 40u);
    EXPECT_EQ(refused, std::vector<std::string>{});
}

TEST(GltfAssets, a_box_is_the_same_in_all_three_encodings) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    const auto glb = load(assets / "Box/Box.glb");
    for (const char* name : {"Box/separate/Box.gltf", "Box/Box-embedded.gltf"}) {
        const auto other = load(assets / name);
        ASSERT_EQ(other.meshes.size(), 1u);
        const TrianglePart& a = glb.meshes.at(0)->triangles.at(0);
        const TrianglePart& b = other.meshes[0]->triangles.at(0);
        EXPECT_EQ(a.positions, b.positions);
        EXPECT_EQ(a.normals, b.normals);
        EXPECT_EQ(a.indices, b.indices);
        EXPECT_EQ(glb.instances.at(0).transform.m, other.instances.at(0).transform.m);
        EXPECT_EQ(glb.materials.at(0).base_color, other.materials.at(0).base_color);
    }
}

struct Box {
    std::array<double, 3> lo{1e30, 1e30, 1e30}, hi{-1e30, -1e30, -1e30};
};

Box world_box(const SceneDescription& scene) {
    Box box;
    for (const InstanceDescription& instance : scene.instances)
        for (const TrianglePart& part : scene.meshes[static_cast<size_t>(instance.mesh)]->triangles)
            for (const auto& v : part.positions) {
                const auto p = transform_point(instance.transform, {v[0], v[1], v[2]});
                for (size_t c = 0; c < 3; ++c) {
                    box.lo[c] = std::min(box.lo[c], p[c]);
                    box.hi[c] = std::max(box.hi[c], p[c]);
                }
            }
    return box;
}

TEST(GltfAssets, a_quantized_helmet_equals_the_plain_one_within_its_precision) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    const auto plain = load(assets / "FlightHelmet/FlightHelmet.gltf");
    const auto quantized = load(assets / "FlightHelmet-quantized/FlightHelmet_quantized.glb");
    EXPECT_EQ(triangle_count(plain), triangle_count(quantized));
    const Box a = world_box(plain), b = world_box(quantized);
    for (size_t c = 0; c < 3; ++c) {
        const double step =
            (a.hi[c] - a.lo[c]) / 4096; // gltfpack keeps 14 bits of the longest side
        EXPECT_NEAR(a.lo[c], b.lo[c], step);
        EXPECT_NEAR(a.hi[c], b.hi[c], step);
    }
}

TEST(GltfAssets, ten_thousand_nodes_and_as_many_gpu_instances_stand_alike) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    const auto nodes = load(assets / "own/instances_10k_nodes.glb");
    const auto gpu = load(assets / "instances-gpu/instances_10k_gpu_instancing.glb");
    EXPECT_EQ(nodes.instances.size(), 10000u);
    EXPECT_EQ(gpu.instances.size(), 10000u);
    EXPECT_EQ(nodes.meshes.size(), 1u);
    const Box a = world_box(nodes), b = world_box(gpu);
    for (size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(a.lo[c], b.lo[c], 0.01 * (a.hi[c] - a.lo[c]));
        EXPECT_NEAR(a.hi[c], b.hi[c], 0.01 * (a.hi[c] - a.lo[c]));
    }
}

TEST(GltfAssets, children_that_are_listed_as_roots_too_are_drawn_once) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    EXPECT_EQ(triangle_count(load(assets / "kenney/alien.glb")), 292u);
    EXPECT_EQ(triangle_count(load(assets / "kenney/cakeBirthday.glb")), 1332u);
    EXPECT_EQ(triangle_count(load(assets / "kenney/tile.glb")), 20u);
}

TEST(GltfAssets, a_fox_stands_in_its_bind_pose) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    const Box box = world_box(load(assets / "Fox/Fox.glb"));
    EXPECT_NEAR(box.hi[1] - box.lo[1], 78.9, 2);
    EXPECT_NEAR(box.hi[2] - box.lo[2], 154, 5);
}

TEST(GltfAssets, generated_tangents_agree_with_those_of_a_modelling_tool) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    auto scene = load(assets / "FlightHelmet/FlightHelmet.gltf");
    size_t vertices = 0, alike = 0;
    for (Shared<MeshDescription>& mesh : scene.meshes)
        for (TrianglePart& part : mesh.change().triangles) {
            const auto given = part.tangents;
            gltf::generate_tangents(part, 0);
            vertices += given.size();
            for (size_t v = 0; v < given.size(); ++v) {
                const auto& a = given[v];
                const auto& b = part.tangents[v];
                const bool same_side = (a[3] < 0) == (b[3] < 0);
                alike += same_side && a[0] * b[0] + a[1] * b[1] + a[2] * b[2] > 0.95f ? 1 : 0;
            }
        }
    EXPECT_GT(vertices, 50000u);
    EXPECT_GT(double(alike), 0.97 * double(vertices));
}

} // namespace
} // namespace juggler
