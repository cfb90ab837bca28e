#include "host/image/png.h"
#include "host/scene/defaults.h"
#include "host/scene/diagnostics.h"
#include "host/scene/load.h"
#include "host/scene/load_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace juggler {
namespace {

SceneDescription read(const std::string& members, const LoadOptions& options = {}) {
    return load_json_scene("test.json", "{ \"juggler\": 1, " + members + "}", options);
}

// A scene file in a folder of its own.
class Files : public testing::Test {
protected:
    Files() { std::filesystem::create_directories(folder_); }
    ~Files() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) /
        ("scene_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST(JsonScene, TheSmallestSceneLoads) {
    const SceneDescription scene = read("\"objects\": []");
    EXPECT_EQ(scene.name, "test.json");
    EXPECT_TRUE(scene.instances.empty());
    ASSERT_EQ(scene.notes.size(), 1u);
    EXPECT_EQ(scene.notes[0], "no objects, only the sky can be seen");
}

TEST(JsonScene, ImageSettingsAreRead) {
    const ImageSettings image =
        read("\"image\": { \"width\": 65536, \"height\": 4096, \"spp\": 65536, "
             "\"max_depth\": 3, \"seed\": 4294967295, "
             "\"tonemap\": \"reinhard\", \"exposure\": -1.5 }")
            .image;
    EXPECT_EQ(image.width, 65536u);
    EXPECT_EQ(image.height, 4096u);
    EXPECT_EQ(image.spp, 65536u);
    EXPECT_EQ(image.max_depth, 3u);
    EXPECT_EQ(image.seed, 4294967295u);
    EXPECT_EQ(image.tone_map, ToneMap::reinhard);
    EXPECT_EQ(image.exposure, -1.5f);
}

TEST(JsonScene, NormalsOfAnyLengthButZeroAreMadeUnit) {
    const SceneDescription scene =
        read("\"objects\": [ { \"triangles\": { \"positions\": [[0, 0, 0], [1, 0, 0], [0, 1, 0]], "
             "\"normals\": [[0, 0, 1e-30], [0, 3e-20, 4e-20], [0, 3e30, 4e30]] } } ]");
    const auto& normals = scene.meshes.at(0)->triangles.at(0).normals;
    ASSERT_EQ(normals.size(), 3u);
    EXPECT_EQ(normals[0], (std::array<float, 3>{0, 0, 1}));
    for (size_t i : {1u, 2u}) {
        EXPECT_NEAR(normals[i][1], 0.6f, 1e-7f);
        EXPECT_NEAR(normals[i][2], 0.8f, 1e-7f);
    }
}

TEST(JsonScene, ACameraLooksAlongMinusZOfItsSpace) {
    const SceneDescription scene =
        read("\"camera\": { \"eye\": [3, 1, 0], \"look_at\": [1, 1, 0], \"fov_y_deg\": 90, "
             "\"aperture\": 0.5 }");
    const CameraDescription& camera = scene.cameras.at(0);
    EXPECT_DOUBLE_EQ(camera.tan_half_fov_y, 1);
    EXPECT_EQ(camera.focus, 2);
    EXPECT_EQ(camera.aperture, 0.5);
    const auto forward = transform_vector(camera.to_world, {0, 0, -1});
    const auto right = transform_vector(camera.to_world, {1, 0, 0});
    const auto eye = transform_point(camera.to_world, {0, 0, 0});
    EXPECT_EQ(forward, (std::array<double, 3>{-1, 0, 0}));
    EXPECT_EQ(right, (std::array<double, 3>{0, 0, -1}));
    EXPECT_EQ(eye, (std::array<double, 3>{3, 1, 0}));
}

TEST(JsonScene, ACameraMayLookStraightDown) {
    const auto scene = read("\"camera\": { \"eye\": [0, 5, 0], \"look_at\": [0, 0, 0] }");
    EXPECT_EQ(transform_vector(scene.cameras.at(0).to_world, {0, 1, 0}),
              (std::array<double, 3>{0, 0, -1}));
}

TEST(JsonScene, SkyColoursAreScaledByItsStrength) {
    const auto sky = *read("\"sky\": { \"gradient\": { \"top\": [0, 0, 1], \"horizon\": "
                           "[0.5, 0.5, 0.5] }, \"strength\": 2 }")
                          .sky;
    EXPECT_EQ(sky.kind, sky_gradient);
    EXPECT_EQ(sky.top[2], 2.0f);
    EXPECT_EQ(sky.bottom[0], 1.0f) << "the horizon's";
    EXPECT_EQ(read("\"sky\": \"none\"").sky->kind, sky_none);
    EXPECT_EQ(read("\"sky\": { \"constant\": 0.25 }").sky->horizon[1], 0.25f);
    EXPECT_FALSE(read("\"objects\": []").sky);
}

TEST(JsonScene, HexColoursAreSrgb) {
    const auto scene = read("\"materials\": { \"m\": { \"base_color\": \"#ff8000\" } }");
    const auto& color = scene.materials.at(0).base_color;
    EXPECT_EQ(color[0], 1.0f);
    EXPECT_NEAR(color[1], 0.21586f, 1e-5f);
    EXPECT_EQ(color[2], 0.0f);
}

TEST(JsonScene, MaterialsKeepTheirValues) {
    const auto scene =
        read("\"materials\": { \"glass\": { \"transmission\": 1, \"ior\": 1.45, \"roughness\": 0, "
             "\"attenuation\": { \"color\": [0.5, 1, 0.25], \"distance\": 2 } }, "
             "\"lamp\": { \"emission\": [1, 2, 3], \"emission_strength\": 4 }, "
             "\"leaf\": { \"alpha\": 0.5, \"alpha_mode\": \"mask\", \"alpha_cutoff\": 0.25, "
             "\"specular\": 0, \"metallic\": 1, \"unlit\": true, \"thin\": true } }");
    const MaterialDescription& glass = scene.materials.at(0);
    EXPECT_EQ(glass.name, "glass");
    EXPECT_EQ(glass.transmission, 1.0f);
    EXPECT_FALSE(glass.thin);
    EXPECT_NEAR(glass.attenuation[0], 0.34657359f, 1e-7f);
    EXPECT_EQ(glass.attenuation[1], 0.0f);
    EXPECT_EQ(scene.materials.at(1).emission, (std::array<float, 3>{4, 8, 12}));
    const MaterialDescription& leaf = scene.materials.at(2);
    EXPECT_EQ(leaf.alpha_mode, AlphaMode::mask);
    EXPECT_EQ(leaf.alpha_cutoff, 0.25f);
    EXPECT_EQ(leaf.base_color[3], 0.5f);
    EXPECT_TRUE(leaf.unlit && leaf.thin);
}

TEST(JsonScene, ACheckerIsARepeatedPictureOfFourTexels) {
    const auto scene = read("\"materials\": { \"m\": { \"base_color_texture\": { \"checker\": { "
                            "\"colors\": [[1, 1, 1], [0, 0, 0]], \"size\": 0.25 } } } }");
    const TextureUse& use = scene.materials.at(0).base_texture;
    EXPECT_TRUE(use.nearest && use.srgb);
    EXPECT_EQ(use.transform[0], 2.0f) << "two squares of 0.25 make half a unit";
    const ImageDescription& image = scene.images.at(0);
    EXPECT_EQ(image.texels,
              (std::vector<uint32_t>{0xffffffff, 0xff000000, 0xff000000, 0xffffffff}));
}

TEST(JsonScene, StillShapesShareOneMeshOfEachKind) {
    const auto scene =
        read("\"materials\": { \"a\": {}, \"b\": {} }, \"objects\": ["
             "{ \"sphere\": { \"center\": [1, 2, 3], \"radius\": 0.5 }, \"material\": \"a\" },"
             "{ \"spheres\": [[0, 0, 0, 1], [1, 1, 1, 2]], \"material\": \"b\" },"
             "{ \"sphere\": { \"radius\": 1 }, \"material\": \"a\", \"scale\": 3, "
             "\"translate\": [1, 0, 0] },"
             "{ \"plane\": { \"y\": 2 }, \"material\": \"a\" },"
             "{ \"quad\": { \"corner\": [0, 0, 0], \"u\": [1, 0, 0], \"v\": [0, 1, 0] } } ]");
    ASSERT_EQ(scene.meshes.size(), 2u);
    ASSERT_EQ(scene.instances.size(), 2u);
    EXPECT_EQ(scene.meshes[0]->triangles.size(), 2u);
    const auto& spheres = scene.meshes[1]->spheres;
    ASSERT_EQ(spheres.size(), 2u) << "one part a material";
    ASSERT_EQ(spheres[0].spheres.size(), 2u);
    EXPECT_EQ(spheres[0].spheres[1], (std::array<float, 4>{1, 0, 0, 3}));
    EXPECT_EQ(spheres[1].spheres[1], (std::array<float, 4>{1, 1, 1, 2}));
    EXPECT_EQ(scene.materials.size(), 3u) << "the quad's default material";
}

// The geometric normal of a part's triangle.
std::array<float, 3> normal(const TrianglePart& part, size_t triangle) {
    const auto& p = part.positions;
    const uint32_t* i = &part.indices[3 * triangle];
    std::array<float, 3> a{}, b{};
    for (size_t k = 0; k < 3; ++k) {
        a[k] = p[i[1]][k] - p[i[0]][k];
        b[k] = p[i[2]][k] - p[i[0]][k];
    }
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

TEST(JsonScene, FrontsOfShapesFaceOutAlsoWhenMirrored) {
    const auto scene = read("\"objects\": [ { \"plane\": { \"half_size\": 1 } }, { \"box\": {} }, "
                            "{ \"disk\": { \"normal\": [0, 0, -2] } }, "
                            "{ \"box\": { \"center\": [0, 0, 0] }, \"scale\": [-1, 1, 1] } ]");
    const auto& parts = scene.meshes.at(0)->triangles;
    EXPECT_GT(normal(parts[0], 0)[1], 0);
    EXPECT_LT(normal(parts[2], 5)[2], 0);
    for (size_t box : {size_t(1), size_t(3)})
        for (size_t t = 0; t < 12; ++t) {
            const auto n = normal(parts[box], t);
            const auto& corner = parts[box].positions[parts[box].indices[3 * t]];
            EXPECT_GT(n[0] * corner[0] + n[1] * corner[1] + n[2] * corner[2], 0) << t;
        }
}

TEST(JsonScene, APlaneCountsItsTextureInMetres) {
    const auto scene = read("\"objects\": [ { \"plane\": { \"half_size\": 8 } } ]");
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    for (size_t i = 0; i < 4; ++i)
        EXPECT_EQ(part.texcoords[0][i],
                  (std::array<float, 2>{part.positions[i][0], part.positions[i][2]}));
}

TEST(JsonScene, TransformsScaleThenRotateThenMove) {
    const auto scene =
        read("\"objects\": [ { \"triangles\": { \"positions\": [[1, 0, 0], [0, 1, 0], "
             "[0, 0, 1]], \"normals\": [[0, 0, 2], [0, 1, 0], [1, 0, 0]] }, "
             "\"scale\": [2, 1, 1], \"rotate_y_deg\": 90, \"translate\": [0, 5, 0] } ]");
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    const float expected[]{0, 5, -2}, expected_normal[]{1, 0, 0};
    for (size_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(part.positions[0][k], expected[k], 1e-6f);
        EXPECT_NEAR(part.normals[0][k], expected_normal[k], 1e-6f) << "of unit length";
    }
    EXPECT_EQ(part.indices, (std::vector<uint32_t>{0, 1, 2}));
}

TEST(JsonScene, MeshesArePlacedByInstances) {
    const auto scene =
        read("\"meshes\": { \"tree\": [ { \"box\": {} }, { \"sphere\": { \"radius\": 1 } } ] }, "
             "\"objects\": [ { \"instance\": { \"mesh\": \"tree\", \"copies\": [ {}, "
             "{ \"translate\": [1, 0, 0] } ] }, \"scale\": 2, \"translate\": [0, 1, 0] } ]");
    ASSERT_EQ(scene.meshes.size(), 2u);
    ASSERT_EQ(scene.instances.size(), 4u);
    EXPECT_EQ(scene.instances[3].mesh, 1);
    EXPECT_EQ(transform_point(scene.instances[3].transform, {0, 0, 0}),
              (std::array<double, 3>{2, 1, 0}));
}

TEST(JsonScene, LightsAreRead) {
    const auto scene = read(
        "\"lights\": [ { \"point\": { \"position\": [1, 2, 3], \"intensity\": 5, \"range\": 9 } }, "
        "{ \"spot\": { \"position\": [0, 4, 0], \"look_at\": [0, 0, 0], \"inner_deg\": 30, "
        "\"outer_deg\": 60 } }, "
        "{ \"sun\": { \"elevation_deg\": 30, \"azimuth_deg\": 90, \"irradiance\": 2 } } ]");
    ASSERT_EQ(scene.lights.size(), 3u);
    EXPECT_EQ(scene.lights[0].intensity, (std::array<float, 3>{5, 5, 5}));
    EXPECT_EQ(scene.lights[0].range, 9.0f);
    EXPECT_EQ(scene.lights[1].direction, (std::array<float, 3>{0, -1, 0}));
    EXPECT_FLOAT_EQ(scene.lights[1].cos_outer, 0.5f);
    EXPECT_NEAR(scene.lights[2].direction[0], -0.8660254f, 1e-7f) << "from over +x";
    EXPECT_NEAR(scene.lights[2].direction[1], -0.5f, 1e-7f);
    EXPECT_EQ(scene.lights[2].angle_deg, 0.53f);
}

// ---- settings and animation --------------------------------------------------------------------

TEST(Settings, ReplaceAddAndFindByName) {
    LoadOptions options;
    options.set = {"/camera/fov_y_deg=90",        "/objects/ball/sphere/center=[1, 2, 3]",
                   "/materials/m/roughness=0.25", "/name=two words",
                   "/objects/1/sphere/radius=7",  "/image/spp=3"};
    const auto scene = read(
        "\"materials\": { \"m\": {} }, \"camera\": { \"eye\": [0, 0, 1], \"look_at\": [0, 0, 0] }, "
        "\"objects\": [ { \"name\": \"ball\", \"sphere\": { \"radius\": 1 }, \"material\": \"m\" "
        "}, "
        "{ \"sphere\": { \"radius\": 2 }, \"material\": \"m\" } ]",
        options);
    EXPECT_DOUBLE_EQ(scene.cameras.at(0).tan_half_fov_y, 1);
    EXPECT_EQ(scene.meshes.at(0)->spheres.at(0).spheres.at(0), (std::array<float, 4>{1, 2, 3, 1}));
    EXPECT_EQ(scene.meshes.at(0)->spheres.at(0).spheres.at(1)[3], 7.0f);
    EXPECT_EQ(scene.materials.at(0).roughness, 0.25f);
    EXPECT_EQ(scene.name, "two words");
    EXPECT_EQ(scene.image.spp, 3u);
}

// The x of the only sphere at a frame of a track at 10 frames a second.
float x_at(uint32_t frame, const std::string& track, std::vector<std::string> set = {}) {
    LoadOptions options;
    options.frame = frame;
    options.set = std::move(set);
    const auto scene =
        read("\"objects\": [ { \"name\": \"ball\", \"sphere\": { \"radius\": 1 } } ], "
             "\"animation\": { \"fps\": 10, \"frames\": 20, \"tracks\": [ { "
             "\"target\": \"/objects/ball/translate\", " +
                 track + " } ] }",
             options);
    const float in_its_space = scene.meshes.at(0)->spheres.at(0).spheres.at(0)[0];
    return in_its_space + static_cast<float>(scene.instances.at(0).transform.m[3]);
}

TEST(Animation, LinearTracksMoveEvenlyAndStayAtTheirEnds) {
    const std::string track = "\"keys\": [ [0.2, [1, 0, 0]], [0.6, [3, 0, 0]] ]";
    EXPECT_EQ(x_at(1, track), 1.0f);
    EXPECT_EQ(x_at(3, track), 1.0f);
    EXPECT_FLOAT_EQ(x_at(5, track), 2.0f);
    EXPECT_EQ(x_at(7, track), 3.0f);
    EXPECT_EQ(x_at(20, track), 3.0f);
}

TEST(Animation, StepTracksJump) {
    const std::string track = "\"curve\": \"step\", \"keys\": [ [0, [1, 0, 0]], [0.5, [3, 0, 0]] ]";
    EXPECT_EQ(x_at(5, track), 1.0f);
    EXPECT_EQ(x_at(6, track), 3.0f);
}

TEST(Animation, LoopsStartAgain) {
    const std::string track =
        "\"loop\": true, \"keys\": [ [0, [0, 0, 0]], [0.5, [5, 0, 0]], [1, [0, 0, 0]] ]";
    EXPECT_FLOAT_EQ(x_at(3, track), 2.0f);
    EXPECT_EQ(x_at(13, track), x_at(3, track));
    EXPECT_EQ(x_at(11, track), x_at(1, track));
}

TEST(Animation, CubicTracksFollowAParabolaExactly) {
    // x = 16 t (1 - t) at t = 0, 0.2 ... 1, and in between from the second key to the last but one.
    const std::string track =
        "\"curve\": \"cubic\", \"keys\": [ [0, [0, 0, 0]], [0.2, [2.56, 0, 0]], "
        "[0.4, [3.84, 0, 0]], [0.6, [3.84, 0, 0]], [0.8, [2.56, 0, 0]], [1, [0, 0, 0]] ]";
    EXPECT_NEAR(x_at(6, track), 4.0f, 1e-6f);
    EXPECT_NEAR(x_at(4, track), 3.36f, 1e-6f);
}

TEST(Animation, SettingsWinOverTracks) {
    const std::string track = "\"keys\": [ [0, [1, 0, 0]], [1, [3, 0, 0]] ]";
    EXPECT_EQ(x_at(4, track, {"/objects/ball/translate=[9, 0, 0]"}), 9.0f);
    EXPECT_FLOAT_EQ(x_at(3, track, {"/animation/fps=2"}), 3.0f) << "2 / fps seconds";
}

TEST(Animation, LengthAndRateAreRead) {
    const auto scene = read("\"animation\": { \"fps\": 30, \"frames\": 48, \"shutter\": 0.5 }");
    EXPECT_EQ(scene.animation.fps, 30);
    EXPECT_EQ(scene.animation.frames, 48u);
    EXPECT_EQ(scene.animation.shutter, 0.5);
}

// ---- what a file leaves out --------------------------------------------------------------------

constexpr const char* ball =
    "{ \"juggler\": 1, \"objects\": [ { \"sphere\": { \"center\": [5, 0, 0], "
    "\"radius\": 2 } }, { \"plane\": { \"y\": -2 } } ] }";

TEST_F(Files, ASceneWithoutLightGetsASkyAndSaysSo) {
    const SceneDescription scene = load_scene(write("dark.json", ball));
    ASSERT_TRUE(scene.sky);
    EXPECT_EQ(scene.sky->kind, sky_gradient);
    EXPECT_EQ(scene.lights.size(), 1u);
    EXPECT_EQ(scene.notes.at(0),
              "no light in dark.json, using the default sky (--sky none to refuse)");
}

TEST_F(Files, SkyNoneLeavesItDark) {
    LoadOptions options;
    options.sky = "none";
    const SceneDescription scene = load_scene(write("dark.json", ball), options);
    EXPECT_EQ(scene.sky->kind, sky_none);
    EXPECT_TRUE(scene.lights.empty());
    EXPECT_EQ(scene.notes.at(0), "no light in dark.json, the picture will be black");
}

TEST_F(Files, NothingIsAddedWhereThereIsLight) {
    const std::string lamp =
        "{ \"juggler\": 1, \"materials\": { \"lamp\": { \"emission\": 1 } }, "
        "\"objects\": [ { \"sphere\": { \"radius\": 1 }, \"material\": \"lamp\" } ]}";
    const SceneDescription scene = load_scene(write("lamp.json", lamp));
    EXPECT_FALSE(scene.sky);
    EXPECT_TRUE(scene.lights.empty());
}

TEST_F(Files, ADefaultCameraSeesTheSubjectAndNotTheWholePlane) {
    const SceneDescription scene = load_scene(write("dark.json", ball));
    const CameraDescription& camera = scene.cameras.at(0);
    EXPECT_EQ(scene.notes.at(1), "no camera in dark.json, using one that frames everything");
    const Affine to_camera = inverse(camera.to_world);
    for (double x : {3.0, 7.0})
        for (double y : {-2.0, 2.0})
            for (double z : {-2.0, 2.0}) {
                const auto p = transform_point(to_camera, {x, y, z});
                ASSERT_LT(p[2], 0);
                EXPECT_LT(std::fabs(p[1] / p[2]), camera.tan_half_fov_y);
                EXPECT_LT(std::fabs(p[0] / p[2]), camera.tan_half_fov_y * camera.aspect);
            }
    EXPECT_LT(camera.focus, 20);
}

// ---- files that a scene names
// --------------------------------------------------------------------

std::string png_file() {
    const std::vector<uint8_t> rgb{255, 0, 0, 0, 255, 0};
    const auto bytes = encode_png8(2, 1, rgb, 1);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(Files, APictureIsDecodedOnceAndANormalMapBringsTangents) {
    write("x y.png", png_file());
    const auto file = write(
        "room.json",
        "{ \"juggler\": 1, \"materials\": { \"m\": { \"base_color_texture\": { \"image\": "
        "\"x y.png\", \"scale\": [2, 3] }, \"normal_texture\": { \"image\": \"x y.png\", "
        "\"wrap\": \"clamp\" } } }, \"objects\": [ { \"quad\": { \"corner\": [0, 0, 0], \"u\": "
        "[2, 0, 0], \"v\": [0, 1, 0] }, \"material\": \"m\" } ] }");
    const SceneDescription scene = load_scene(file);
    ASSERT_EQ(scene.images.size(), 1u);
    EXPECT_EQ(scene.images[0]->texels, (std::vector<uint32_t>{0xff0000ff, 0xff00ff00}));
    const MaterialDescription& m = scene.materials.at(0);
    EXPECT_TRUE(m.base_texture.srgb);
    EXPECT_FALSE(m.normal_texture.srgb);
    EXPECT_EQ(m.base_texture.transform, (std::array<float, 6>{2, 0, 0, 0, 3, 0}));
    EXPECT_EQ(m.normal_texture.wrap_t, wrap_clamp);
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    ASSERT_EQ(part.tangents.size(), part.positions.size());
    for (size_t i = 0; i < part.tangents.size(); ++i) {
        EXPECT_EQ(part.normals[i], (std::array<float, 3>{0, 0, 1}));
        EXPECT_EQ(part.tangents[i][0], 1.0f) << "along u";
        EXPECT_EQ(part.tangents[i][3], -1.0f) << "v of the picture runs down";
    }
}

TEST_F(Files, AMissingPictureIsNamed) {
    const auto file = write("room.json", "{ \"juggler\": 1, \"materials\": { \"m\": { "
                                         "\"base_color_texture\": { \"image\": \"no.png\" } } } }");
    try {
        load_scene(file);
        FAIL();
    } catch (const InputError& error) {
        const Diagnostic& d = error.diagnostics().at(0);
        EXPECT_EQ(d.pointer, "/materials/m/base_color_texture/image");
        EXPECT_NE(d.message.find("no.png"), std::string::npos);
    }
}

TEST_F(Files, AModelNamedTwiceIsStoredOnce) {
    const std::filesystem::path model = JUGGLER_ASSET_DIR "/Box/Box.glb";
    if (!std::filesystem::exists(model)) GTEST_SKIP() << "no test assets at " << model;
    std::filesystem::copy_file(model, folder_ / "box.glb");
    const SceneDescription scene = load_scene(write(
        "room.json", "{ \"juggler\": 1, \"objects\": [ { \"gltf\": { \"file\": \"box.glb\" }, "
                     "\"scale\": 2 }, { \"gltf\": { \"file\": \"box.glb\" }, \"translate\": "
                     "[5, 0, 0] } ] }"));
    EXPECT_EQ(scene.meshes.size(), 1u);
    ASSERT_EQ(scene.instances.size(), 2u);
    EXPECT_NEAR(determinant(scene.instances[0].transform), 8, 1e-12);
    EXPECT_NEAR(determinant(scene.instances[1].transform), 1, 1e-12);
    EXPECT_NEAR(transform_point(scene.instances[1].transform, {0, 0, 0})[0], 5, 1e-12);
}

TEST_F(Files, ALinkOutOfTheFolderIsNotFollowed) {
    const auto outside = std::filesystem::path(testing::TempDir()) / "outside.png";
    std::ofstream(outside, std::ios::binary) << png_file();
    std::filesystem::create_symlink(outside, folder_ / "in.png");
    const auto file = write("room.json", "{ \"juggler\": 1, \"materials\": { \"m\": { "
                                         "\"base_color_texture\": { \"image\": \"in.png\" } } } }");
    EXPECT_THROW(load_scene(file), InputError);
    std::filesystem::create_symlink(outside, folder_ / "in.glb");
    const auto model =
        write("model.json", "{ \"juggler\": 1, \"objects\": [ { \"gltf\": { \"file\": "
                            "\"in.glb\" } } ] }");
    EXPECT_THROW(load_scene(model), InputError);
}

TEST_F(Files, AGltfFileIsASceneByItself) {
    const std::filesystem::path model = JUGGLER_ASSET_DIR "/Box/Box.glb";
    if (!std::filesystem::exists(model)) GTEST_SKIP() << "no test assets at " << model;
    const SceneDescription scene = load_scene(model);
    EXPECT_EQ(scene.name, "Box.glb");
    EXPECT_EQ(scene.cameras.size(), 1u);
    EXPECT_TRUE(scene.sky);
    EXPECT_EQ(scene.notes.at(0),
              "no light in Box.glb, using the default sky (--sky none to refuse)");
    LoadOptions options;
    options.set = {"/x=1"};
    EXPECT_THROW(load_scene(model, options), Error);
}

TEST(Defaults, TexturedEmissionIsNoLamp) {
    SceneDescription scene;
    scene.materials.resize(1);
    scene.materials[0].emission = {1, 1, 1};
    scene.materials[0].emission_texture.image = 0;
    scene.meshes.resize(1);
    scene.meshes[0].change().triangles.resize(1);
    EXPECT_FALSE(has_light(scene));
    scene.materials[0].emission_texture.image = -1;
    EXPECT_TRUE(has_light(scene));
}

} // namespace
} // namespace juggler
