// What the glTF reader makes of files that are as they should be.
#include "host/scene/degrees.h"
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace juggler {
namespace {

using Vec2 = std::array<float, 2>;
using Vec3 = std::array<float, 3>;
using Vec4 = std::array<float, 4>;
using Indices = std::vector<uint32_t>;

const TrianglePart& part_of(const SceneDescription& scene, size_t mesh = 0, size_t part = 0) {
    return scene.meshes.at(mesh)->triangles.at(part);
}

bool has_note(const SceneDescription& scene, const std::string& text) {
    for (const std::string& note : scene.notes)
        if (note.find(text) != std::string::npos) return true;
    return false;
}

Vec3 moved(const Affine& a, std::array<double, 3> p) {
    const auto q = transform_point(a, p);
    return {static_cast<float>(q[0]), static_cast<float>(q[1]), static_cast<float>(q[2])};
}

void expect_near(const Vec3& a, const Vec3& b, float tolerance = 1e-6f) {
    for (size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(a[c], b[c], tolerance) << "component " << c;
}

// ---- triangles ----------------------------------------------------------------------------------

const std::vector<float> fan_corners = {0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, -1, 0, 0};

Indices indices_in_mode(int mode, bool indexed) {
    GltfFile file;
    Json& primitive = file.add_mesh({{"POSITION", file.add_accessor(fan_corners, "VEC3")}});
    primitive["mode"] = mode;
    if (indexed) primitive["indices"] = file.add_accessor<uint8_t>({4, 3, 2, 1, 0}, "SCALAR");
    return part_of(load(file)).indices;
}

TEST(GltfModel, strips_and_fans_become_triangles_of_one_orientation) {
    EXPECT_EQ(indices_in_mode(5, false), (Indices{0, 1, 2, 1, 3, 2, 2, 3, 4}));
    EXPECT_EQ(indices_in_mode(6, false), (Indices{1, 2, 0, 2, 3, 0, 3, 4, 0}));
    EXPECT_EQ(indices_in_mode(5, true), (Indices{4, 3, 2, 3, 1, 2, 2, 1, 0}));
    EXPECT_EQ(indices_in_mode(6, true), (Indices{3, 2, 4, 2, 1, 4, 1, 0, 4}));
}

TEST(GltfModel, vertices_that_make_no_whole_triangle_are_dropped_with_a_note) {
    GltfFile file;
    file.add_mesh({{"POSITION", file.add_accessor(fan_corners, "VEC3")}});
    const auto scene = load(file);
    EXPECT_EQ(part_of(scene).indices, (Indices{0, 1, 2}));
    EXPECT_EQ(part_of(scene).positions.size(), 3u);
    EXPECT_TRUE(has_note(scene, "no whole triangle"));
}

TEST(GltfModel, points_and_lines_are_left_out_with_a_note) {
    for (const int mode : {0, 1, 2, 3}) {
        GltfFile file = one_triangle();
        file.json["meshes"][0]["primitives"][0]["mode"] = mode;
        const auto scene = load(file);
        EXPECT_TRUE(scene.meshes.empty());
        EXPECT_TRUE(scene.instances.empty());
        EXPECT_TRUE(has_note(scene, "1 primitive of points or lines left out"));
    }
}

template <class T>
Indices indices_of_type() {
    GltfFile file = one_triangle();
    file.json["meshes"][0]["primitives"][0]["indices"] =
        file.add_accessor<T>({2, 0, 1, 1, 0, 2}, "SCALAR");
    return part_of(load(file)).indices;
}

TEST(GltfModel, indices_of_every_type_mean_the_same) {
    const Indices expected{2, 0, 1, 1, 0, 2};
    EXPECT_EQ(indices_of_type<uint8_t>(), expected);
    EXPECT_EQ(indices_of_type<uint16_t>(), expected);
    EXPECT_EQ(indices_of_type<uint32_t>(), expected);
}

TEST(GltfModel, primitives_that_share_vertices_keep_those_they_use) {
    GltfFile file;
    std::vector<float> corners(3 * 1000);
    std::iota(corners.begin(), corners.end(), 0.0f);
    Json& primitive = file.add_mesh({{"POSITION", file.add_accessor(corners, "VEC3")}});
    primitive["indices"] = file.add_accessor<uint16_t>({999, 5, 7}, "SCALAR");
    const auto scene = load(file);
    EXPECT_EQ(part_of(scene).positions,
              (std::vector<Vec3>{{15, 16, 17}, {21, 22, 23}, {2997, 2998, 2999}}));
    EXPECT_EQ(part_of(scene).indices, (Indices{2, 0, 1}));
}

// ---- accessors ----------------------------------------------------------------------------------

TEST(GltfModel, interleaved_attributes_are_read_by_their_stride) {
    GltfFile file;
    const int view = file.add_view(bytes_of<float>({0, 0, 0, 0, 0, 1, //
                                                    1, 0, 0, 0, 0, 1, //
                                                    0, 1, 0, 0, 1, 0}),
                                   24);
    for (const int offset : {0, 12})
        file.json["accessors"].push_back({{"bufferView", view},
                                          {"byteOffset", offset},
                                          {"componentType", 5126},
                                          {"count", 3},
                                          {"type", "VEC3"}});
    file.add_mesh({{"POSITION", 0}, {"NORMAL", 1}});
    const auto scene = load(file);
    EXPECT_EQ(part_of(scene).positions, (std::vector<Vec3>{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}));
    EXPECT_EQ(part_of(scene).normals, (std::vector<Vec3>{{0, 0, 1}, {0, 0, 1}, {0, 1, 0}}));
}

TEST(GltfModel, sparse_values_replace_some_elements) {
    GltfFile file = one_triangle();
    const int indices = file.add_view(bytes_of<uint8_t>({0, 2}));
    const int values = file.add_view(bytes_of<float>({5, 6, 7, 8, 9, 10}));
    file.json["accessors"][0]["sparse"] = {
        {"count", 2},
        {"indices", {{"bufferView", indices}, {"componentType", 5121}}},
        {"values", {{"bufferView", values}}}};
    EXPECT_EQ(part_of(load(file)).positions, (std::vector<Vec3>{{5, 6, 7}, {1, 0, 0}, {8, 9, 10}}));
    file.json["accessors"][0].erase("bufferView");
    EXPECT_EQ(part_of(load(file)).positions, (std::vector<Vec3>{{5, 6, 7}, {0, 0, 0}, {8, 9, 10}}));
}

TEST(GltfModel, denormal_numbers_become_zero) {
    GltfFile file;
    file.add_mesh({{"POSITION",
                    file.add_accessor<float>({0, 1e-40f, 0, 1e11f, 2e-38f, 0, 0, 1, 0}, "VEC3")}});
    EXPECT_EQ(part_of(load(file)).positions,
              (std::vector<Vec3>{{0, 0, 0}, {1e11f, 2e-38f, 0}, {0, 1, 0}}));
}

template <class T>
Vec3 quantized_position(bool normalized, T x, T y) {
    GltfFile file;
    file.json["extensionsUsed"] = {"KHR_mesh_quantization"};
    std::vector<T> data(16, T(0)); // one more element than needed for the padding
    file.add_mesh(
        {{"POSITION", file.add_accessor<T>({x, y, 0, 0, 0, 0, 0, 1, 0}, "VEC3", normalized)}});
    return part_of(load(file)).positions[0];
}

TEST(GltfModel, quantized_numbers_follow_the_formulas_of_the_specification) {
    EXPECT_EQ((quantized_position<int8_t>(true, 127, -128)), (Vec3{1, -1, 0}));
    EXPECT_EQ((quantized_position<int8_t>(true, 64, -64)), (Vec3{64 / 127.0f, -64 / 127.0f, 0}));
    EXPECT_EQ((quantized_position<uint8_t>(true, 255, 51)), (Vec3{1, 51 / 255.0f, 0}));
    EXPECT_EQ((quantized_position<int16_t>(true, 32767, -32768)), (Vec3{1, -1, 0}));
    EXPECT_EQ((quantized_position<uint16_t>(true, 65535, 13107)), (Vec3{1, 13107 / 65535.0f, 0}));
    EXPECT_EQ((quantized_position<int8_t>(false, 127, -128)), (Vec3{127, -128, 0}));
    EXPECT_EQ((quantized_position<uint16_t>(false, 65535, 7)), (Vec3{65535, 7, 0}));
}

TEST(GltfModel, colours_of_three_or_four_channels_and_any_type_agree) {
    const auto color_of = [](GltfFile file, int accessor) {
        file.json["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = accessor;
        return part_of(load(file)).colors.at(1);
    };
    GltfFile file = one_triangle();
    const int f3 = file.add_accessor<float>({0, 0, 0, 1, 0.2f, 0, 0, 0, 0}, "VEC3");
    const int f4 = file.add_accessor<float>({0, 0, 0, 0, 1, 0.2f, 0, 0.4f, 0, 0, 0, 0}, "VEC4");
    const int u4 =
        file.add_accessor<uint8_t>({0, 0, 0, 0, 255, 51, 0, 102, 0, 0, 0, 0}, "VEC4", true);
    const int s4 =
        file.add_accessor<uint16_t>({0, 0, 0, 0, 65535, 13107, 0, 26214, 0, 0, 0, 0}, "VEC4", true);
    EXPECT_EQ(color_of(file, f3), (Vec4{1, 0.2f, 0, 1}));
    EXPECT_EQ(color_of(file, f4), (Vec4{1, 0.2f, 0, 0.4f}));
    EXPECT_EQ(color_of(file, u4), (Vec4{1, 0.2f, 0, 0.4f}));
    EXPECT_EQ(color_of(file, s4), (Vec4{1, 0.2f, 0, 0.4f}));
    const int wild = file.add_accessor<float>({0, 0, 0, 0, 2, -1, 0.5f, 3e38f, 0, 0, 0, 0}, "VEC4");
    EXPECT_EQ(color_of(file, wild), (Vec4{1, 0, 0.5f, 1}));
}

TEST(GltfModel, normals_are_of_unit_length_and_never_zero) {
    GltfFile file = one_triangle();
    file.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] =
        file.add_accessor<float>({0, 3, 4, 0, 0, 0, 1e-30f, 0, 0}, "VEC3");
    const auto scene = load(file);
    EXPECT_EQ(part_of(scene).normals, (std::vector<Vec3>{{0, 0.6f, 0.8f}, {0, 0, 1}, {1, 0, 0}}));
    EXPECT_TRUE(has_note(scene, "1 normal of length 0, using those of the faces"));
}

// ---- nodes --------------------------------------------------------------------------------------

TEST(GltfModel, transforms_go_scale_first_then_rotation_then_translation) {
    GltfFile file = one_triangle();
    const double h = std::sqrt(0.5);
    file.json["nodes"][0] = {{"mesh", 0},
                             {"translation", {10, 20, 30}},
                             {"rotation", {0, 0, h, h}}, // 90 degrees about z
                             {"scale", {2, 3, 4}}};
    const auto scene = load(file);
    expect_near(moved(scene.instances.at(0).transform, {1, 1, 1}), {7, 22, 34}, 1e-5f);
}

TEST(GltfModel, matrices_stand_column_by_column) {
    GltfFile file = one_triangle();
    file.json["nodes"][0] = {{"mesh", 0},
                             {"matrix", {1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 10, 0, 11, 12, 13, 1}}};
    const auto scene = load(file);
    EXPECT_EQ(scene.instances.at(0).transform.m,
              (std::array<double, 12>{1, 4, 7, 11, 2, 5, 8, 12, 3, 6, 10, 13}));
}

TEST(GltfModel, negative_scales_and_the_placement_multiply) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"children", {1}}, {"scale", {-1, 1, 1}}},
                          {{"mesh", 0}, {"translation", {5, 0, 0}}}};
    GltfOptions options;
    options.placement = translation(0, 0, 100) * scaling(2, 2, 2);
    const auto scene = load(file, options);
    ASSERT_EQ(scene.instances.size(), 1u);
    EXPECT_LT(determinant(scene.instances[0].transform), 0);
    expect_near(moved(scene.instances[0].transform, {1, 0, 0}), {-12, 0, 100});
}

TEST(GltfModel, a_rotation_of_no_length_turns_nothing) {
    GltfFile file = one_triangle();
    file.json["nodes"][0]["rotation"] = {0, 0, 0, 0};
    EXPECT_EQ(load(file).instances.at(0).transform.m, Affine{}.m);
}

TEST(GltfModel, nodes_scaled_to_nothing_are_left_out_with_a_note) {
    GltfFile file = one_triangle();
    file.json["nodes"][0]["scale"] = {1, 0, 1};
    const auto scene = load(file);
    EXPECT_TRUE(scene.instances.empty());
    EXPECT_TRUE(has_note(scene, "1 instances left out"));
}

TEST(GltfModel, a_mesh_of_many_nodes_is_read_once) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"mesh", 0}}, {{"mesh", 0}, {"translation", {1, 0, 0}}}};
    file.json["scenes"][0]["nodes"] = {0, 1};
    const auto scene = load(file);
    EXPECT_EQ(scene.meshes.size(), 1u);
    EXPECT_EQ(scene.instances.size(), 2u);
}

TEST(GltfModel, a_node_that_a_scene_lists_beside_its_parent_is_drawn_once) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"children", {1}}, {"translation", {1, 0, 0}}}, {{"mesh", 0}}};
    for (const Json& roots : {Json{0, 1}, Json{1, 0}, Json{0, 0}}) {
        file.json["scenes"][0]["nodes"] = roots;
        const auto scene = load(file);
        ASSERT_EQ(scene.instances.size(), 1u) << roots;
        EXPECT_EQ(scene.instances[0].transform.m[3], 1) << roots;
    }
}

TEST(GltfModel, the_scene_is_the_one_asked_for_then_the_default_then_the_first) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"mesh", 0}},
                          {{"mesh", 0}, {"translation", {1, 0, 0}}},
                          {{"mesh", 0}, {"translation", {2, 0, 0}}}};
    file.json["scenes"] = {{{"nodes", {0}}}, {{"nodes", {1}}}, {{"nodes", {2}}}};
    const auto shown = [&](int choice) {
        GltfOptions options;
        options.scene = choice;
        const auto scene = load(file, options);
        return scene.instances.size() == 1 ? scene.instances[0].transform.m[3] : -1;
    };
    EXPECT_EQ(shown(-1), 0);
    EXPECT_EQ(shown(1), 1);
    file.json["scene"] = 2;
    EXPECT_EQ(shown(-1), 2);
    EXPECT_EQ(shown(0), 0);
}

TEST(GltfModel, without_scenes_every_node_is_shown_with_a_note) {
    GltfFile file = one_triangle();
    file.json.erase("scenes");
    auto scene = load(file);
    EXPECT_EQ(scene.instances.size(), 1u);
    EXPECT_TRUE(has_note(scene, "no scenes, showing every node"));
    scene = load(R"({"asset": {"version": "2.0"}})");
    EXPECT_TRUE(scene.instances.empty());
    EXPECT_TRUE(has_note(scene, "nothing to show"));
}

TEST(GltfModel, gpu_instances_are_placed_within_their_node) {
    GltfFile file = one_triangle();
    const int t = file.add_accessor<float>({1, 0, 0, 0, 2, 0}, "VEC3");
    const int r = file.add_accessor<int16_t>({0, 0, 0, 32767, 0, 0, 32767, 0}, "VEC4", true);
    const int s = file.add_accessor<float>({1, 1, 1, 2, 2, 2}, "VEC3");
    file.json["nodes"][0] = {
        {"mesh", 0},
        {"translation", {0, 0, 5}},
        {"extensions",
         {{"EXT_mesh_gpu_instancing",
           {{"attributes", {{"TRANSLATION", t}, {"ROTATION", r}, {"SCALE", s}}}}}}}};
    const auto scene = load(file);
    ASSERT_EQ(scene.instances.size(), 2u);
    expect_near(moved(scene.instances[0].transform, {1, 0, 0}), {2, 0, 5});
    expect_near(moved(scene.instances[1].transform, {1, 0, 0}), {-2, 2, 5}); // half a turn about z

    GltfFile uneven = file;
    uneven.json["accessors"][static_cast<size_t>(t)]["count"] = 1;
    EXPECT_FALSE(refusal(uneven.text()).empty());
}

TEST(GltfModel, a_second_file_counts_on_from_the_first) {
    const TempFolder folder;
    const auto path = folder.write("a.glb", one_triangle().glb());
    SceneDescription scene;
    append_gltf(scene, path, {}, {});
    append_gltf(scene, path, {}, {});
    ASSERT_EQ(scene.instances.size(), 2u);
    EXPECT_EQ(scene.instances[1].mesh, 1);
    EXPECT_EQ(scene.meshes[1]->triangles[0].material, 1);
    EXPECT_EQ(scene.materials.size(), 2u);
}

// ---- materials ----------------------------------------------------------------------------------

// A PNG of one pixel, red 10, green 20, blue 30.
std::string one_pixel() {
    constexpr unsigned char png[] = {
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
        0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90,
        0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0f, 0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 0x01, 0x04,
        0x00, 0xfb, 0xff, 0x00, 0x0a, 0x14, 0x1e, 0x00, 0x68, 0x00, 0x3d, 0xe8, 0x0c, 0xbb, 0x83};
    return {reinterpret_cast<const char*>(png), sizeof png};
}

MaterialDescription material_of(const Json& material, GltfFile file = one_triangle()) {
    file.json["materials"] = Json::array({material});
    file.json["meshes"][0]["primitives"][0]["material"] = 0;
    return load(file).materials.at(0);
}

TEST(GltfModel, materials_without_values_are_rough_white_metal) {
    for (const MaterialDescription& m :
         {material_of(Json::object()), load(one_triangle()).materials.at(0)}) {
        EXPECT_EQ(m.base_color, (Vec4{1, 1, 1, 1}));
        EXPECT_EQ(m.metallic, 1);
        EXPECT_EQ(m.roughness, 1);
        EXPECT_EQ(m.emission, (Vec3{0, 0, 0}));
        EXPECT_EQ(m.alpha_mode, AlphaMode::opaque);
        EXPECT_EQ(m.ior, 1.5f);
        EXPECT_EQ(m.transmission, 0);
        EXPECT_TRUE(m.thin);
        EXPECT_FALSE(m.unlit);
    }
}

TEST(GltfModel, material_values_arrive) {
    const auto m = material_of({{"name", "paint"},
                                {"pbrMetallicRoughness",
                                 {{"baseColorFactor", {0.1, 0.2, 0.3, 0.4}},
                                  {"metallicFactor", 0.5},
                                  {"roughnessFactor", 0.6}}},
                                {"emissiveFactor", {1, 0.5, 0}},
                                {"alphaMode", "MASK"},
                                {"alphaCutoff", 0.7},
                                {"extensions",
                                 {{"KHR_materials_emissive_strength", {{"emissiveStrength", 8}}},
                                  {"KHR_materials_ior", {{"ior", 1.33}}},
                                  {"KHR_materials_unlit", Json::object()},
                                  {"KHR_materials_specular", {{"specularFactor", 0.25}}},
                                  {"KHR_materials_transmission", {{"transmissionFactor", 0.9}}}}}});
    EXPECT_EQ(m.name, "paint");
    EXPECT_EQ(m.base_color, (Vec4{0.1f, 0.2f, 0.3f, 0.4f}));
    EXPECT_EQ(m.metallic, 0.5f);
    EXPECT_EQ(m.roughness, 0.6f);
    EXPECT_EQ(m.emission, (Vec3{8, 4, 0}));
    EXPECT_EQ(m.alpha_mode, AlphaMode::mask);
    EXPECT_EQ(m.alpha_cutoff, 0.7f);
    EXPECT_EQ(m.ior, 1.33f);
    EXPECT_TRUE(m.unlit);
    EXPECT_EQ(m.specular, 0.25f);
    EXPECT_EQ(m.transmission, 0.9f);
    EXPECT_TRUE(m.thin);
}

TEST(GltfModel, a_volume_absorbs_to_its_colour_over_its_distance) {
    const auto m = material_of({{"extensions",
                                 {{"KHR_materials_transmission", {{"transmissionFactor", 1}}},
                                  {"KHR_materials_volume",
                                   {{"thicknessFactor", 1},
                                    {"attenuationDistance", 2},
                                    {"attenuationColor", {1, 0.36787944117144233, 0}}}}}}});
    EXPECT_FALSE(m.thin);
    EXPECT_EQ(m.attenuation[0], 0);
    EXPECT_NEAR(m.attenuation[1], 0.5f, 1e-6f);
    EXPECT_GT(m.attenuation[2], 30);
    EXPECT_TRUE(std::isfinite(m.attenuation[2]));
    const auto surface =
        material_of({{"extensions", {{"KHR_materials_volume", {{"attenuationDistance", 2}}}}}});
    EXPECT_TRUE(surface.thin);
    EXPECT_EQ(surface.attenuation, (Vec3{0, 0, 0}));
}

class GltfTexture : public testing::Test {
protected:
    GltfTexture() {
        Json& attributes = file_.json["meshes"][0]["primitives"][0]["attributes"];
        attributes["TEXCOORD_0"] = file_.add_accessor<float>({0, 0, 1, 0, 0, 1}, "VEC2");
        attributes["TEXCOORD_1"] =
            file_.add_accessor<uint8_t>({0, 0, 255, 0, 0, 255, 0, 0}, "VEC2", true);
        file_.json["accessors"].back()["count"] = 3;
        file_.json["textures"] = {{{"source", 0}}, {{"source", 0}, {"sampler", 0}}};
        file_.json["samplers"] = {{{"magFilter", 9728}, {"wrapS", 33071}, {"wrapT", 33648}}};
    }
    GltfFile file_ = one_triangle();
};

TEST_F(GltfTexture, one_picture_serves_all_its_uses) {
    file_.json["images"] = {{{"mimeType", "image/png"}}, {{"uri", "not-used.png"}}};
    file_.json["images"][0]["bufferView"] = file_.add_view(one_pixel());
    file_.json["materials"] = {{{"pbrMetallicRoughness",
                                 {{"baseColorTexture", {{"index", 0}}},
                                  {"metallicRoughnessTexture", {{"index", 1}, {"texCoord", 1}}}}},
                                {"emissiveTexture", {{"index", 1}}},
                                {"normalTexture", {{"index", 0}, {"scale", 0.5}}}}};
    file_.json["meshes"][0]["primitives"][0]["material"] = 0;
    const auto scene = load(file_);
    ASSERT_EQ(scene.images.size(), 1u);
    EXPECT_EQ(scene.images[0]->texels, (std::vector<uint32_t>{0xff1e140au}));
    EXPECT_EQ(scene.images[0]->name, "#0");
    const auto& m = scene.materials.at(0);
    EXPECT_EQ(m.base_texture.image, 0);
    EXPECT_TRUE(m.base_texture.srgb);
    EXPECT_FALSE(m.base_texture.nearest);
    EXPECT_EQ(m.base_texture.wrap_s, wrap_repeat);
    EXPECT_FALSE(m.metallic_roughness_texture.srgb);
    EXPECT_TRUE(m.metallic_roughness_texture.nearest);
    EXPECT_EQ(m.metallic_roughness_texture.wrap_s, wrap_clamp);
    EXPECT_EQ(m.metallic_roughness_texture.wrap_t, wrap_mirror);
    EXPECT_EQ(m.metallic_roughness_texture.texcoord, 1u);
    EXPECT_TRUE(m.emission_texture.srgb);
    EXPECT_FALSE(m.normal_texture.srgb);
    EXPECT_EQ(m.normal_scale, 0.5f);
    EXPECT_EQ(part_of(scene).texcoords[1].at(1), (Vec2{1, 0}));
    EXPECT_EQ(part_of(scene).tangents.size(), 3u);
}

TEST_F(GltfTexture, transforms_fold_to_offset_times_rotation_times_scale) {
    file_.json["images"] = {{{"mimeType", "image/png"}}};
    file_.json["images"][0]["bufferView"] = file_.add_view(one_pixel());
    const auto folded = [&](const Json& transform) {
        return material_of(
                   {{"pbrMetallicRoughness",
                     {{"baseColorTexture",
                       {{"index", 0}, {"extensions", {{"KHR_texture_transform", transform}}}}}}}},
                   file_)
            .base_texture;
    };
    EXPECT_EQ(folded({{"offset", {0.25, 0.5}}, {"scale", {2, 3}}}).transform,
              (std::array<float, 6>{2, 0, 0.25f, 0, 3, 0.5f}));
    // The example of the extension: the lower left quarter, turned clockwise by a right angle.
    const auto quarter =
        folded({{"offset", {0, 1}}, {"rotation", 1.57079632679}, {"scale", {0.5, 0.5}}}).transform;
    const std::array<float, 6> expected{0, 0.5f, 0, -0.5f, 0, 1};
    for (size_t i = 0; i < 6; ++i)
        EXPECT_NEAR(quarter[i], expected[i], 1e-6f) << i;
    EXPECT_EQ(folded({{"texCoord", 1}}).texcoord, 1u);
}

TEST_F(GltfTexture, coordinates_that_a_primitive_has_not_are_refused) {
    file_.json["images"] = {{{"mimeType", "image/png"}}};
    file_.json["images"][0]["bufferView"] = file_.add_view(one_pixel());
    file_.json["materials"] = {{{"emissiveTexture", {{"index", 0}, {"texCoord", 9}}}}};
    file_.json["meshes"][0]["primitives"][0]["material"] = 0;
    const auto diagnostics = refusal(file_.text());
    ASSERT_EQ(diagnostics.size(), 1u);
    EXPECT_EQ(diagnostics[0].pointer, "/materials/0/emissiveTexture/texCoord");
    EXPECT_NE(diagnostics[0].message.find("TEXCOORD_9, which /meshes/0/primitives/0 has not"),
              std::string::npos);
}

// ---- tangents -----------------------------------------------------------------------------------

SceneDescription with_normal_map(const std::vector<float>& uv, bool normals) {
    GltfFile file = one_triangle();
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    primitive["attributes"]["TEXCOORD_0"] = file.add_accessor(uv, "VEC2");
    if (normals)
        primitive["attributes"]["NORMAL"] =
            file.add_accessor<float>({0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3");
    primitive["material"] = 0;
    file.json["materials"] = {{{"normalTexture", {{"index", 0}}}}};
    file.json["textures"] = {{{"source", 0}}};
    file.json["images"] = {{{"mimeType", "image/png"}, {"bufferView", 0}}};
    file.json["images"][0]["bufferView"] = file.add_view(one_pixel());
    return load(file);
}

TEST(GltfModel, tangents_follow_u_and_their_sign_the_mirroring) {
    for (const bool normals : {true, false}) {
        // v points down in pictures: u right and v down the surface's -y is not mirrored.
        EXPECT_EQ(part_of(with_normal_map({0, 1, 1, 1, 0, 0}, normals)).tangents,
                  (std::vector<Vec4>(3, {1, 0, 0, 1})));
        EXPECT_EQ(part_of(with_normal_map({0, 0, 1, 0, 0, 1}, normals)).tangents,
                  (std::vector<Vec4>(3, {1, 0, 0, -1})));
        EXPECT_EQ(part_of(with_normal_map({0, 0, 0, 1, 1, 0}, normals)).tangents,
                  (std::vector<Vec4>(3, {0, 1, 0, 1})));
    }
}

TEST(GltfModel, textures_without_area_still_have_tangents_at_right_angles) {
    const auto scene = with_normal_map({0, 0, 0, 0, 0, 0}, true);
    for (const Vec4& t : part_of(scene).tangents) {
        EXPECT_NEAR(t[0] * t[0] + t[1] * t[1], 1, 1e-6);
        EXPECT_EQ(t[2], 0);
    }
}

TEST(GltfModel, vertices_where_a_texture_is_mirrored_are_doubled) {
    GltfFile file;
    // Two triangles beside x = 0, u = |x|: mirrored on the left.
    const int p = file.add_accessor<float>({-1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0}, "VEC3");
    const int n = file.add_accessor<float>({0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3");
    const int uv = file.add_accessor<float>({1, 1, 0, 1, 1, 1, 0, 0}, "VEC2");
    Json& primitive = file.add_mesh({{"POSITION", p}, {"NORMAL", n}, {"TEXCOORD_0", uv}});
    primitive["indices"] = file.add_accessor<uint16_t>({0, 1, 3, 1, 2, 3}, "SCALAR");
    primitive["material"] = 0;
    file.json["materials"] = {{{"normalTexture", {{"index", 0}}}}};
    file.json["textures"] = {{{"source", 0}}};
    file.json["images"] = {{{"mimeType", "image/png"}}};
    file.json["images"][0]["bufferView"] = file.add_view(one_pixel());
    const auto scene = load(file);
    const TrianglePart& part = part_of(scene);
    EXPECT_EQ(part.positions.size(), 6u);
    for (size_t i = 0; i < 3; ++i)
        EXPECT_EQ(part.tangents[part.indices[i]], (Vec4{-1, 0, 0, -1}));
    for (size_t i = 3; i < 6; ++i)
        EXPECT_EQ(part.tangents[part.indices[i]], (Vec4{1, 0, 0, 1}));
    EXPECT_EQ(part.positions[part.indices[1]], part.positions[part.indices[3]]);
}

// ---- cameras and lights
// ---------------------------------------------------------------------------

TEST(GltfModel, cameras_keep_place_and_direction_without_scale) {
    GltfFile file;
    file.json["cameras"] = {
        {{"type", "perspective"},
         {"name", "main"},
         {"perspective", {{"yfov", 1.5707963267948966}, {"znear", 0.1}, {"aspectRatio", 1.5}}}},
        {{"type", "orthographic"},
         {"orthographic", {{"xmag", 3}, {"ymag", -2}, {"znear", 0}, {"zfar", 1}}}}};
    file.json["nodes"] = {{{"camera", 0}, {"translation", {1, 2, 3}}, {"scale", {5, 6, 7}}},
                          {{"camera", 1}}};
    file.json["scenes"] = {{{"nodes", {0, 1}}}};
    const auto scene = load(file);
    ASSERT_EQ(scene.cameras.size(), 2u);
    EXPECT_EQ(scene.cameras[0].name, "main");
    EXPECT_FALSE(scene.cameras[0].orthographic);
    EXPECT_NEAR(scene.cameras[0].tan_half_fov_y, 1, 1e-14);
    EXPECT_EQ(scene.cameras[0].aspect, 1.5);
    EXPECT_EQ(scene.cameras[0].to_world.m, translation(1, 2, 3).m);
    EXPECT_TRUE(scene.cameras[1].orthographic);
    EXPECT_EQ(scene.cameras[1].x_mag, 3);
    EXPECT_EQ(scene.cameras[1].y_mag, 2);
    GltfOptions options;
    options.cameras = false;
    EXPECT_TRUE(load(file, options).cameras.empty());
}

TEST(GltfModel, lights_arrive_with_their_cones_and_directions) {
    GltfFile file;
    file.json["extensions"]["KHR_lights_punctual"]["lights"] = {
        {{"type", "directional"}, {"intensity", 3}},
        {{"type", "point"}, {"color", {1, 0.5, 0}}, {"intensity", 10}, {"range", 7}},
        {{"type", "spot"},
         {"spot", {{"innerConeAngle", 0}, {"outerConeAngle", 1.0471975511965976}}}}};
    const double h = std::sqrt(0.5);
    const auto light = [](int i) { return Json{{"KHR_lights_punctual", {{"light", i}}}}; };
    file.json["nodes"] = {
        {{"extensions", light(0)}, {"rotation", {-h, 0, 0, h}}}, // -z turns to -y
        {{"extensions", light(1)}, {"translation", {1, 2, 3}}, {"scale", {9, 9, 9}}},
        {{"extensions", light(2)}}};
    file.json["scenes"] = {{{"nodes", {0, 1, 2}}}};
    const auto scene = load(file);
    ASSERT_EQ(scene.lights.size(), 3u);
    EXPECT_EQ(scene.lights[0].kind, LightDescription::Kind::sun);
    expect_near(scene.lights[0].direction, {0, -1, 0});
    EXPECT_EQ(scene.lights[0].intensity, (Vec3{3, 3, 3}));
    EXPECT_EQ(scene.lights[0].angle_deg, 0);
    EXPECT_EQ(scene.lights[1].kind, LightDescription::Kind::point);
    EXPECT_EQ(scene.lights[1].intensity, (Vec3{10, 5, 0}));
    EXPECT_EQ(scene.lights[1].position, (Vec3{1, 2, 3}));
    EXPECT_EQ(scene.lights[1].range, 7);
    EXPECT_EQ(scene.lights[2].kind, LightDescription::Kind::spot);
    EXPECT_EQ(scene.lights[2].cos_inner, 1);
    EXPECT_NEAR(scene.lights[2].cos_outer, 0.5f, 1e-7f);
    EXPECT_EQ(scene.lights[2].direction, (Vec3{0, 0, -1}));
    GltfOptions options;
    options.lights = false;
    EXPECT_TRUE(load(file, options).lights.empty());
}

// ---- poses --------------------------------------------------------------------------------------

TEST(GltfModel, morph_weights_move_vertices_and_a_nodes_own_weights_win) {
    GltfFile file = one_triangle();
    const int up = file.add_accessor<float>({0, 0, 2, 0, 0, 0, 0, 0, 0}, "VEC3");
    const int right = file.add_accessor<float>({4, 0, 0, 0, 0, 0, 0, 0, 0}, "VEC3");
    file.json["meshes"][0]["primitives"][0]["targets"] = {{{"POSITION", up}},
                                                          {{"POSITION", right}}};
    file.json["meshes"][0]["weights"] = {0.5, 0};
    file.json["nodes"] = {{{"mesh", 0}}, {{"mesh", 0}, {"weights", {0, 0.25}}}, {{"mesh", 0}}};
    file.json["scenes"][0]["nodes"] = {0, 1, 2};
    const auto scene = load(file);
    ASSERT_EQ(scene.meshes.size(), 2u);
    EXPECT_EQ(part_of(scene, 0).positions[0], (Vec3{0, 0, 1}));
    EXPECT_EQ(part_of(scene, 1).positions[0], (Vec3{1, 0, 0}));
    EXPECT_EQ(scene.instances.at(2).mesh, 0);
}

TEST(GltfModel, skinned_vertices_follow_their_joints_and_not_their_node) {
    GltfFile file = one_triangle();
    Json& attributes = file.json["meshes"][0]["primitives"][0]["attributes"];
    const int joints = file.add_accessor<uint8_t>({0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0}, "VEC4");
    const int weights =
        file.add_accessor<float>({1, 0, 0, 0, 1, 0, 0, 0, 0.5f, 0.5f, 0, 0}, "VEC4");
    attributes["JOINTS_0"] = joints;
    attributes["WEIGHTS_0"] = weights;
    std::vector<float> matrices;
    for (const float x : {0.0f, -1.0f}) // the second joint was bound at x = 1
        for (const float m : {1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f,
                              0.0f, x, 0.0f, 0.0f, 1.0f})
            matrices.push_back(m);
    file.json["skins"] = {
        {{"joints", {1, 2}}, {"inverseBindMatrices", file.add_accessor(matrices, "MAT4")}}};
    file.json["nodes"] = {{{"mesh", 0}, {"skin", 0}, {"translation", {100, 0, 0}}},
                          {{"children", {2}}},
                          {{"translation", {1, 0, 8}}}};
    file.json["scenes"][0]["nodes"] = {0, 1};
    GltfOptions options;
    options.placement = translation(0, 7, 0);
    const auto scene = load(file, options);
    EXPECT_EQ(part_of(scene).positions, (std::vector<Vec3>{{0, 0, 0}, {1, 0, 8}, {0, 1, 4}}));
    EXPECT_EQ(scene.instances.at(0).transform.m, translation(0, 7, 0).m);
}

TEST(GltfModel, unsupported_extensions_leave_notes) {
    GltfFile file = one_triangle();
    file.json["extensionsUsed"] = {"KHR_materials_diffuse_transmission", "KHR_materials_unlit"};
    const auto scene = load(file);
    EXPECT_TRUE(has_note(scene, "\"KHR_materials_diffuse_transmission\" is not supported"));
    EXPECT_FALSE(has_note(scene, "unlit"));
}

} // namespace
} // namespace juggler
