// glTF animations: poses against closed forms, skins and morph targets that move, clips and frames.
#include "host/scene/timeline.h"
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juggler {
namespace {

constexpr double pi_d = 3.14159265358979323846;

const std::filesystem::path assets = JUGGLER_ASSET_DIR;
#define JUGGLER_SKIP_WITHOUT_ASSETS()                                                              \
    if (!std::filesystem::exists(assets)) GTEST_SKIP() << assets << " is not here"

// Adds a channel to the file's only animation; values are laid out as the specification says.
void animate(GltfFile& file, int node, const std::string& path, const std::vector<float>& times,
             const std::vector<float>& values, const std::string& type,
             const std::string& interpolation = "LINEAR") {
    const int input = file.add_accessor(times, "SCALAR");
    const int output = file.add_accessor(values, type);
    Json& animation = file.json["animations"][0];
    const size_t sampler = animation["samplers"].size();
    animation["samplers"].push_back(
        {{"input", input}, {"output", output}, {"interpolation", interpolation}});
    animation["channels"].push_back(
        {{"sampler", sampler}, {"target", {{"node", node}, {"path", path}}}});
}

// The file at ten frames a second.
class Played {
public:
    explicit Played(const GltfFile& file, double shutter = 0) {
        LoadOptions options;
        options.fps = 10;
        options.shutter = shutter;
        timeline_.emplace(folder_.write("test.gltf", file.text()), options);
    }
    [[nodiscard]] SceneDescription at(uint32_t frame) const { return timeline_->at(frame); }
    [[nodiscard]] uint32_t frames() const { return timeline_->animation().frames; }
    [[nodiscard]] Affine placed(uint32_t frame) const {
        return at(frame).instances.at(0).transform;
    }

private:
    TempFolder folder_;
    std::optional<SceneTimeline> timeline_;
};

TEST(GltfAnimation, LinearTranslationsAndScalesAreStraightAndStayAtTheirEnds) {
    GltfFile file = one_triangle();
    animate(file, 0, "translation", {0.5f, 1.5f}, {1, 0, 0, 3, 4, 0}, "VEC3");
    animate(file, 0, "scale", {0, 2}, {1, 1, 1, 3, 5, 1}, "VEC3");
    const Played played(file);
    EXPECT_EQ(played.frames(), 20u);
    EXPECT_EQ(played.placed(1).m[3], 1);
    EXPECT_NEAR(played.placed(11).m[3], 2, 1e-12);
    EXPECT_NEAR(played.placed(11).m[7], 2, 1e-12);
    EXPECT_NEAR(played.placed(11).m[0], 2, 1e-12);
    EXPECT_NEAR(played.placed(11).m[5], 3, 1e-12);
    EXPECT_EQ(played.placed(20).m[7], 4);
}

TEST(GltfAnimation, LinearRotationsAreSpherical) {
    GltfFile file = one_triangle();
    const float h = 0.70710678f;
    animate(file, 0, "rotation", {0, 1}, {0, 0, 0, 1, 0, 0, -h, -h}, "VEC4");
    const Played played(file);
    for (uint32_t frame = 1; frame <= 10; ++frame) {
        const double angle = pi_d / 2 * (frame - 1) / 10;
        EXPECT_NEAR(played.placed(frame).m[0], std::cos(angle), 1e-7) << frame;
        EXPECT_NEAR(played.placed(frame).m[4], std::sin(angle), 1e-7) << frame;
    }
}

TEST(GltfAnimation, StepsHold) {
    GltfFile file = one_triangle();
    animate(file, 0, "translation", {0, 0.5f, 1}, {1, 0, 0, 2, 0, 0, 3, 0, 0}, "VEC3", "STEP");
    const Played played(file, 1);
    EXPECT_EQ(played.placed(5).m[3], 1);
    EXPECT_EQ(played.placed(6).m[3], 2);
    EXPECT_EQ(played.placed(10).m[3], 2);
}

TEST(GltfAnimation, CubicSplinesAreHermiteCurves) {
    GltfFile file = one_triangle();
    // x = t^3 from 0 to 2: value and slope at the keys.
    animate(file, 0, "translation", {0, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 8, 0, 0, 0, 0, 0},
            "VEC3", "CUBICSPLINE");
    const Played played(file);
    for (uint32_t frame = 1; frame <= 20; ++frame) {
        const double t = (frame - 1) / 10.0;
        EXPECT_NEAR(played.placed(frame).m[3], t * t * t, 1e-6) << frame;
    }
}

TEST(GltfAnimation, ChildrenGoWithTheirParents) {
    GltfFile file = one_triangle();
    file.json["nodes"].push_back({{"children", {0}}, {"translation", {0, 0, 7}}});
    file.json["scenes"][0]["nodes"] = {1};
    animate(file, 1, "scale", {0, 1}, {1, 1, 1, 2, 2, 2}, "VEC3");
    file.json["nodes"][0]["translation"] = {3, 0, 0};
    const SceneDescription scene = Played(file).at(6);
    EXPECT_NEAR(scene.instances.at(0).transform.m[3], 4.5, 1e-12);
    EXPECT_EQ(scene.instances[0].transform.m[11], 7);
    EXPECT_TRUE(scene.instances[0].changes);
}

TEST(GltfAnimation, MorphWeightsMoveVerticesOverTheShutter) {
    GltfFile file = one_triangle();
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    const int up = file.add_accessor<float>({0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3");
    const int right = file.add_accessor<float>({2, 0, 0, 2, 0, 0, 2, 0, 0}, "VEC3");
    primitive["targets"] = {{{"POSITION", up}}, {{"POSITION", right}}};
    animate(file, 0, "weights", {0, 1}, {0, 1, 1, 0}, "SCALAR");
    const SceneDescription scene = Played(file, 0.5).at(6);
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    EXPECT_NEAR(part.positions[0][2], 0.5, 1e-6);
    EXPECT_NEAR(part.positions[0][0], 1, 1e-6);
    ASSERT_EQ(part.positions_end.size(), 3u);
    EXPECT_NEAR(part.positions_end[0][2], 0.55, 1e-6);
    EXPECT_TRUE(scene.meshes[0]->changes);
    EXPECT_TRUE(scene.instances.at(0).motion.empty());
}

TEST(GltfAnimation, JointsMoveTheirSkin) {
    GltfFile file = one_triangle();
    Json& attributes = file.json["meshes"][0]["primitives"][0]["attributes"];
    attributes["JOINTS_0"] =
        file.add_accessor<uint8_t>({0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}, "VEC4");
    attributes["WEIGHTS_0"] =
        file.add_accessor<float>({1, 0, 0, 0, 0.5f, 0.5f, 0, 0, 0, 1, 0, 0}, "VEC4");
    file.json["nodes"][0]["skin"] = 0;
    file.json["nodes"].push_back(Json::object());
    file.json["nodes"].push_back(Json::object());
    file.json["skins"] = {{{"joints", {1, 2}}}};
    file.json["scenes"][0]["nodes"] = {0, 1, 2};
    animate(file, 2, "translation", {0, 1}, {0, 0, 0, 0, 0, 4}, "VEC3");
    const SceneDescription scene = Played(file, 1).at(6);
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    EXPECT_NEAR(part.positions[0][2], 0, 1e-6);
    EXPECT_NEAR(part.positions[1][2], 1, 1e-6);
    EXPECT_NEAR(part.positions[2][2], 2, 1e-6);
    EXPECT_NEAR(part.positions_end.at(2)[2], 2.4, 1e-6);
}

TEST(GltfAnimation, NodesAreKeyedOverTheShutterAndWhatRestsIsShared) {
    GltfFile file = one_triangle();
    file.json["nodes"].push_back({{"mesh", 0}});
    file.json["scenes"][0]["nodes"] = {0, 1};
    animate(file, 0, "translation", {0, 1}, {0, 0, 0, 8, 0, 0}, "VEC3");
    const Played played(file, 1);
    const SceneDescription a = played.at(2), b = played.at(7);
    ASSERT_EQ(a.instances.size(), 2u);
    ASSERT_EQ(a.instances[0].motion.size(), 9u);
    for (size_t k = 0; k < 9; ++k)
        EXPECT_NEAR(a.instances[0].motion[k].m[3], 0.8 + 0.1 * double(k), 1e-6);
    EXPECT_FALSE(a.instances[1].changes);
    EXPECT_TRUE(a.instances[1].motion.empty());
    EXPECT_EQ(a.meshes.at(0), b.meshes.at(0));
}

TEST(GltfAnimation, ClipsAreChosenByNameOrNumber) {
    GltfFile file = one_triangle();
    animate(file, 0, "translation", {0, 1}, {1, 0, 0, 1, 0, 0}, "VEC3");
    Json second = file.json["animations"][0];
    second["name"] = "two";
    second["samplers"][0]["output"] = file.add_accessor<float>({2, 0, 0, 2, 0, 0}, "VEC3");
    file.json["animations"].push_back(second);
    const TempFolder folder;
    const auto path = folder.write("a.gltf", file.text());
    const auto x_of = [&](const std::string& clip) {
        LoadOptions options;
        options.clip = clip;
        return load_scene(path, options).instances.at(0).transform.m[3];
    };
    EXPECT_EQ(x_of(""), 1);
    EXPECT_EQ(x_of("1"), 1);
    EXPECT_EQ(x_of("two"), 2);
    EXPECT_EQ(x_of("2"), 2);
    EXPECT_EQ(x_of("none"), 0);
    EXPECT_THROW(x_of("three"), Error);
}

TEST(GltfAnimation, AScenePlaysAClipOfAModelInLoops) {
    GltfFile file = one_triangle();
    animate(file, 0, "translation", {0, 1}, {0, 0, 0, 10, 0, 0}, "VEC3");
    const TempFolder folder;
    folder.write("m.gltf", file.text());
    const auto x_at = [&](const std::string& members, uint32_t frame) {
        LoadOptions options;
        options.frame = frame;
        const auto scene = load_scene(
            folder.write("s.json", "{ \"juggler\": 1, \"objects\": [ { \"gltf\": { \"file\": "
                                   "\"m.gltf\"" +
                                       members +
                                       " }, \"translate\": [0, 1, 0] } ], \"animation\": { "
                                       "\"fps\": 10, \"frames\": 40 } }"),
            options);
        EXPECT_EQ(scene.instances.at(0).transform.m[7], 1);
        return scene.instances[0].transform.m[3];
    };
    EXPECT_EQ(x_at("", 6), 0);
    EXPECT_NEAR(x_at(", \"clip\": 1", 6), 5, 1e-6);
    EXPECT_NEAR(x_at(", \"clip\": 1", 26), 5, 1e-6);
    EXPECT_NEAR(x_at(", \"clip\": 1, \"loop\": false", 26), 10, 1e-6);
    EXPECT_THROW(x_at(", \"clip\": 2", 1), Error);
    EXPECT_THROW(x_at(", \"clip\": \"x\"", 1), Error);
}

TEST(GltfAnimation, WrongSamplersAreRefusedByTheirPointers) {
    const auto refusal = [](const std::vector<float>& times, const std::vector<float>& values,
                            const std::string& type, const std::string& interpolation) {
        GltfFile file = one_triangle();
        animate(file, 0, "translation", times, values, type, interpolation);
        try {
            (void)load(file);
        } catch (const InputError& error) {
            return error.diagnostics().at(0).pointer + " " + error.diagnostics()[0].message;
        }
        return std::string();
    };
    EXPECT_NE(refusal({0, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0}, "VEC3", "LINEAR").find("later"),
              std::string::npos);
    EXPECT_NE(refusal({0, 1}, {0, 0, 0}, "VEC3", "LINEAR").find("need 2"), std::string::npos);
    EXPECT_NE(refusal({0, 1}, {0, 0, 0, 0, 0, 0}, "VEC3", "CUBICSPLINE").find("need 6"),
              std::string::npos);
    EXPECT_NE(refusal({0}, {0, 0, 0, 1}, "VEC4", "STEP").find("does not fit"), std::string::npos);
    EXPECT_NE(refusal({0}, {0, 0, 0}, "VEC3", "SLOW").find("CUBICSPLINE"), std::string::npos);
}

// ---- files that others made ---------------------------------------------------------------------

TEST(GltfAnimation, TheTexturedBoxTurnsAndJumps) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    const SceneTimeline timeline(assets / "own/animated_textured_box_2s.glb");
    EXPECT_EQ(timeline.animation().frames, 48u);
    EXPECT_NE(timeline.at(1).instances.at(0).transform, timeline.at(13).instances[0].transform);
}

TEST(GltfAnimation, EveryAnimatedModelMovesAndStaysInRange) {
    JUGGLER_SKIP_WITHOUT_ASSETS();
    for (const char* name :
         {"Fox/Fox.glb", "SimpleSkin/SimpleSkin.gltf", "AnimatedMorphCube/AnimatedMorphCube.gltf",
          "robot/robot.glb", "blender-io/03_animated_cube/03_animated_cube.gltf"}) {
        LoadOptions options;
        options.shutter = 0.5;
        const SceneTimeline timeline(assets / name, options);
        const uint32_t frames = timeline.animation().frames;
        EXPECT_GT(frames, 1u) << name;
        bool moves = false;
        const SceneDescription first = timeline.at(1);
        for (const uint32_t frame : {frames / 3 + 1, 2 * frames / 3 + 1}) {
            const SceneDescription scene = timeline.at(frame);
            ASSERT_EQ(scene.meshes.size(), first.meshes.size()) << name;
            for (size_t i = 0; i < scene.meshes.size(); ++i)
                for (size_t k = 0; k < scene.meshes[i]->triangles.size(); ++k) {
                    const TrianglePart& part = scene.meshes[i]->triangles[k];
                    moves |= part.positions != first.meshes[i]->triangles.at(k).positions;
                    for (const auto& p : part.positions)
                        for (const float x : p)
                            ASSERT_LT(std::fabs(x), 1000.0f) << name;
                }
            moves |= scene.instances != first.instances;
        }
        EXPECT_TRUE(moves) << name;
    }
}

} // namespace
} // namespace juggler
