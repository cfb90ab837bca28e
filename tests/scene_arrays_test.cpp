// Compiled scenes: what their hashes cover, how large they may be, and how much memory they are
// said to take before they take it.
#include "host/base/error.h"
#include "host/scene/arrays.h"
#include "host/scene/memory.h"
#include "tests/support/golden_scenes.h"
#include "tests/support/random.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <string>

namespace juggler {
namespace {

SceneDescription golden(std::string_view name) {
    for (const test::GoldenScene& scene : test::golden_scenes())
        if (scene.name == name) return scene.make();
    throw std::runtime_error("no such scene");
}

// ---- hashes ------------------------------------------------------------------------------------

const TreeLayouts all_trees{true, 8};
const TreeLayouts with_compressed{true, 0, TreeQuality::high, true};

struct Hashes {
    uint64_t scene, trees;
};
Hashes hashes(const CompiledScene& scene) { return {scene.hash(), scene.trees_hash()}; }

// Every entry's first byte changed, one at a time in a few places, must change `hash` and come
// back.
template <class Vector, class Hash>
void expect_covered(Vector& v, const char* what, const Hash& hash) {
    ASSERT_GT(v.size(), 1u) << what << " are not in the test's scenes";
    const uint64_t before = hash();
    for (const size_t i : {size_t(0), (v.size() - 1) / 2}) {
        auto* byte = reinterpret_cast<unsigned char*>(&v[i]);
        *byte ^= 1;
        EXPECT_NE(hash(), before) << what << ' ' << i;
        *byte ^= 1;
    }
    EXPECT_EQ(hash(), before) << what;
}

TEST(Compiled, HashesCoverEveryArrayOfTheViews) {
    CompiledScene textured = compile_scene(golden("textures"), all_trees);
    CompiledScene moving = compile_scene(golden("motion"), all_trees);
    CompiledScene lit = compile_scene(golden("lights"), all_trees);
    const auto scene_of = [](const CompiledScene& s) { return [&s] { return s.hash(); }; };
    const auto trees_of = [](const CompiledScene& s) { return [&s] { return s.trees_hash(); }; };
    CompiledScene::Arrays& a = textured.arrays();
    expect_covered(a.texels, "texels", scene_of(textured));
    expect_covered(a.textures, "textures", scene_of(textured));
    CompiledScene::Arrays& m = moving.arrays();
    expect_covered(m.attributes, "attributes", scene_of(moving));
    expect_covered(m.indices, "indices", scene_of(moving));
    expect_covered(m.meshes, "meshes", scene_of(moving));
    expect_covered(m.instances, "instances", scene_of(moving));
    expect_covered(m.transforms, "transforms", scene_of(moving));
    expect_covered(m.materials, "materials", scene_of(moving));
    CompiledScene::Arrays& l = lit.arrays();
    expect_covered(l.geometries, "geometries", scene_of(lit));
    expect_covered(l.primitive_geometry, "primitive geometry", scene_of(lit));
    expect_covered(l.lights, "lights", scene_of(lit));
    expect_covered(m.nodes, "nodes", trees_of(moving));
    expect_covered(m.leaf_triangles, "leaf triangles", trees_of(moving));
    expect_covered(m.leaf_spheres, "leaf spheres", trees_of(moving));
    expect_covered(m.leaf_instances, "leaf instances", trees_of(moving));

    const Hashes before = hashes(moving);
    MeshView& mesh = m.meshes.at(0);
    ++mesh.root;
    EXPECT_NE(moving.trees_hash(), before.trees);
    EXPECT_EQ(moving.hash(), before.scene) << "where a tree begins is no part of the scene";
    --mesh.root;
    m.scene.sky.top[1] += 1;
    EXPECT_NE(moving.hash(), before.scene);
}

TEST(Compiled, TheSceneHashIsTheSameWithAnyTrees) {
    const auto compiled = [](const TreeLayouts& layouts) {
        return hashes(compile_scene(golden("instances"), layouts));
    };
    const Hashes both = compiled({true, 8}), again = compiled({true, 8});
    EXPECT_EQ(both.scene, again.scene);
    EXPECT_EQ(both.trees, again.trees);
    for (const TreeLayouts& layouts :
         {TreeLayouts{true, 0}, TreeLayouts{false, 8}, TreeLayouts{false, 16}, with_compressed}) {
        EXPECT_EQ(compiled(layouts).scene, both.scene);
        EXPECT_NE(compiled(layouts).trees, both.trees);
    }
}

// ---- limits ------------------------------------------------------------------------------------

// What a scene of at most `max_words` words an array is refused for, or "".
std::string refusal(SceneDescription&& scene, uint64_t max_words) {
    scene.name = "s.json";
    try {
        (void)compile_scene(std::move(scene), {}, max_words);
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::input);
        return error.what();
    }
    return "";
}

// One triangle, in `count` places.
SceneDescription copies(int count) {
    SceneDescription scene;
    MeshDescription mesh;
    mesh.triangles.push_back(
        test::quad({0, 0, 0}, {1, 0, 0}, {0, 1, 0}, test::add_material(scene, test::lambert(1))));
    scene.meshes.push_back(mesh);
    for (int i = 0; i < count; ++i)
        scene.instances.push_back({0, translation(i, 0, 0), {}});
    return scene;
}

TEST(Compiled, MoreThanCanBeNumberedIsRefusedByName) {
    EXPECT_EQ(refusal(copies(100), 100 * 24 + 1), "");
    EXPECT_EQ(
        refusal(copies(101), 100 * 24 + 1),
        "s.json: has more than 2400 numbers in the transforms of instances, the most that can "
        "be numbered; leave some out");
    SceneDescription moving = copies(100);
    moving.instances[99].motion.assign(8, Affine{});
    EXPECT_NE(refusal(std::move(moving), 100 * 24 + 1).find("transforms"), std::string::npos);
    const auto one = [](TrianglePart part) {
        SceneDescription scene = copies(1);
        scene.meshes[0].change().triangles = {std::move(part)};
        return scene;
    };
    TrianglePart part = copies(1).meshes[0]->triangles[0];
    for (int i = 0; i < 100; ++i)
        part.indices.insert(part.indices.end(), {0, 1, 2});
    EXPECT_EQ(refusal(one(part), 308), "");
    EXPECT_NE(refusal(one(part), 307).find("more than 306 triangle corners"), std::string::npos);
    part.positions.resize(103);
    part.texcoords[0].clear();
    EXPECT_EQ(refusal(one(part), 311), "");
    EXPECT_NE(refusal(one(part), 310).find("vertex attribute values"), std::string::npos);
    SceneDescription scene = copies(1);
    scene.materials.resize(100);
    EXPECT_NE(refusal(std::move(scene), 5000).find("materials"), std::string::npos);
}

// ---- memory ------------------------------------------------------------------------------------

// A rough terrain of 2 n^2 triangles.
MeshDescription terrain(uint32_t n) {
    MeshDescription mesh;
    TrianglePart& part = mesh.triangles.emplace_back();
    test::Random random(3);
    for (uint32_t y = 0; y <= n; ++y)
        for (uint32_t x = 0; x <= n; ++x)
            part.positions.push_back({float(x), 2 * random.unit(), float(y)});
    for (uint32_t y = 0; y < n; ++y)
        for (uint32_t x = 0; x < n; ++x) {
            const uint32_t a = y * (n + 1) + x;
            for (const uint32_t i : {a, a + n + 1, a + 1, a + 1, a + n + 1, a + n + 2})
                part.indices.push_back(i);
        }
    return mesh;
}

TEST(Compiled, TheMemoryOfASceneIsKnownBeforeItIsTaken) {
    for (const TreeLayouts& layouts :
         {TreeLayouts{true, 0}, TreeLayouts{false, 8}, TreeLayouts{false, 16}, with_compressed}) {
        for (const bool spheres : {false, true}) {
            SceneDescription scene;
            test::add_material(scene, test::lambert(0.5f));
            test::place(scene, terrain(200));
            if (spheres) {
                MeshDescription balls;
                SpherePart& part = balls.spheres.emplace_back();
                test::Random random(4);
                for (int i = 0; i < 50000; ++i) {
                    const auto p = random.point(100);
                    part.spheres.push_back({p[0], p[1], p[2], 0.5f});
                }
                test::place(scene, std::move(balls));
            }
            ImageDescription image;
            image.width = image.height = 100;
            image.texels.resize(10000);
            scene.images.push_back(image);
            scene.materials[0].base_texture.image = 0;
            const SceneMemory memory = estimate_memory(scene, layouts);
            EXPECT_EQ(memory.textures, 40000u);
            const SceneFacts facts = compile_scene(std::move(scene), layouts).facts();
            EXPECT_EQ(facts.texture_bytes, 40000u);
            EXPECT_GE(memory.geometry, facts.geometry_bytes);
            EXPECT_LE(double(memory.geometry), 1.3 * double(facts.geometry_bytes));
            EXPECT_GE(memory.trees, facts.tree_bytes);
            EXPECT_LE(double(memory.trees), 3.0 * double(facts.tree_bytes));
        }
    }
}

} // namespace
} // namespace juggler
