// What the glTF reader refuses, and with which words.
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

namespace juggler {
namespace {

std::string listing(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& d : diagnostics)
        text += "  " + format(d) + "\n";
    return text;
}

// Some diagnostic has this pointer, says this, and stands in a line of the text.
testing::AssertionResult names(const std::vector<Diagnostic>& diagnostics,
                               const std::string& pointer, const std::string& part,
                               bool in_text = true) {
    for (const Diagnostic& d : diagnostics)
        if (d.pointer == pointer && d.message.find(part) != std::string::npos &&
            (!in_text || d.line > 0))
            return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no \"" << part << "\" at " << pointer << " in\n"
                                       << listing(diagnostics);
}

// Refusal of the triangle with the value at `pointer` replaced.
std::vector<Diagnostic> refusal_with(const std::string& pointer, const Json& value) {
    GltfFile file = one_triangle();
    file.json[Json::json_pointer(pointer)] = value;
    return refusal(file.text());
}

Json whole_json(const GltfFile& file) { return Json::parse(file.text()); }

// ---- the outside -----------------------------------------------------------------------------

TEST(GltfFile, the_test_triangle_is_accepted_in_both_forms) {
    EXPECT_EQ(load(one_triangle().text()).meshes.size(), 1u);
    EXPECT_EQ(load(one_triangle().glb()).meshes.size(), 1u);
}

TEST(GltfFile, lengths_of_a_glb_that_disagree_are_named_by_byte) {
    const std::string good = one_triangle().glb();
    const auto offset = [](const std::string& bytes) {
        const auto diagnostics = refusal(bytes);
        return diagnostics.empty() ? -2 : diagnostics[0].offset;
    };
    const auto patched = [&](size_t at, uint32_t value) {
        std::string bytes = good;
        bytes.replace(at, 4, little_endian(value));
        return bytes;
    };
    EXPECT_EQ(offset(patched(4, 1)), 4) << "version";
    EXPECT_EQ(offset(patched(8, static_cast<uint32_t>(good.size() - 1))), 8) << "one byte short";
    EXPECT_EQ(offset(good.substr(0, good.size() - 1)), 8) << "cut";
    EXPECT_EQ(offset(good + "x"), 8) << "one byte more";
    EXPECT_EQ(offset(patched(12, 0)), 12) << "empty JSON chunk";
    EXPECT_EQ(offset(patched(12, 0xffffffff)), 12) << "JSON chunk beyond the file";
    EXPECT_EQ(offset(patched(16, 0x12345678)), 16) << "first chunk of another type";
    const uint32_t json_bytes = static_cast<unsigned char>(good[12]) |
                                static_cast<uint32_t>(static_cast<unsigned char>(good[13])) << 8;
    EXPECT_EQ(offset(patched(20 + json_bytes, 0x7fffffff)), 20 + int64_t(json_bytes))
        << "data chunk beyond the file";
    EXPECT_EQ(offset("glTG" + good.substr(4)), 0) << "magic";
    EXPECT_EQ(offset("glTF"), 4) << "nothing behind the magic";
    EXPECT_EQ(offset(good.substr(0, 16)), 8);
}

TEST(GltfFile, every_cut_of_a_glb_is_refused) {
    const std::string good = one_triangle().glb();
    for (size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(refusal(good.substr(0, length)).empty()) << length;
}

TEST(GltfFile, text_that_is_no_json_is_named_by_line_and_column) {
    const auto broken = refusal("{\n \"asset\": {\"version\": '2.0'}\n}");
    ASSERT_EQ(broken.size(), 1u);
    EXPECT_EQ(broken[0].line, 2u);
    EXPECT_EQ(broken[0].column, 23u);
    EXPECT_FALSE(refusal("").empty());
    EXPECT_FALSE(refusal("[]").empty());
    EXPECT_FALSE(refusal("\x89PNG\r\n\x1a\n").empty());
    EXPECT_FALSE(refusal("{\"asset\": {\"version\": \"\xff\"}}").empty());
    EXPECT_TRUE(names(refusal("\xef\xbb\xbf{}"), "", "byte order mark", false));
}

TEST(GltfFile, nesting_is_counted_before_anything_is_built) {
    const auto nested = [](size_t depth) {
        return "{\"asset\":{\"version\":\"2.0\"},\"extras\":" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(refusal(nested(127)).empty());
    EXPECT_TRUE(names(refusal(nested(128)), "", "nesting deeper than 128"));
    EXPECT_TRUE(names(refusal(nested(100000)), "", "nesting deeper than 128"));
    EXPECT_TRUE(refusal("{\"asset\":{\"version\":\"2.0\",\"generator\":\"" +
                        std::string(1000, '[') + "\\\"[\"}}")
                    .empty())
        << "brackets in texts nest nothing";
}

TEST(GltfFile, the_number_of_values_is_held_against_the_budget) {
    std::string text = "{\"asset\":{\"version\":\"2.0\"},\"extras\":[0";
    for (int i = 0; i < 100000; ++i)
        text += ",0";
    LoadOptions options;
    options.max_memory_bytes = 1 << 20;
    EXPECT_TRUE(names(refusal(text + "]}", {}, options), "", "memory budget"));
    EXPECT_TRUE(refusal(text + "]}").empty());
}

TEST(GltfFile, a_version_other_than_2_is_refused) {
    EXPECT_TRUE(names(refusal_with("/asset/version", "1.0"), "/asset/version", "must be 2.0"));
    EXPECT_TRUE(names(refusal_with("/asset/version", "3.0"), "/asset/version", "must be 2.0"));
    EXPECT_TRUE(names(refusal("{}"), "", "\"asset\" is missing", false));
}

TEST(GltfFile, a_required_extension_that_is_not_supported_is_named) {
    EXPECT_TRUE(names(refusal_with("/extensionsRequired", {"KHR_materials_unlit", "EXT_nobody"}),
                      "/extensionsRequired/1", "requires \"EXT_nobody\""));
    EXPECT_TRUE(refusal_with("/extensionsRequired", {"KHR_texture_transform"}).empty());
}

// ---- types and ranges ---------------------------------------------------------------------------

TEST(GltfFile, values_of_the_wrong_type_are_refused) {
    EXPECT_TRUE(names(refusal_with("/accessors/0/count", "3"), "/accessors/0/count",
                      "must be an integer, not a text"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/count", 3.5), "/accessors/0/count",
                      "must be an integer, not a number with a fraction"));
    EXPECT_TRUE(names(refusal_with("/nodes", 3), "/nodes", "must be an array"));
    EXPECT_TRUE(names(refusal_with("/nodes/0", 3), "/nodes/0", "must be an object"));
    EXPECT_TRUE(names(refusal_with("/nodes/0/scale", {1, 2}), "/nodes/0/scale", "3 items, not 2"));
    EXPECT_TRUE(names(refusal_with("/nodes/0/scale", {1, 2, nullptr}), "/nodes/0/scale/2",
                      "must be a number, not null"));
    EXPECT_TRUE(names(refusal_with("/nodes/0/translation", {0, 1e300, 0}), "/nodes/0/translation/1",
                      "out of range of float"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/normalized", 1), "/accessors/0/normalized",
                      "must be true or false"));
}

TEST(GltfFile, negative_sizes_are_refused) {
    for (const char* pointer : {"/accessors/0/byteOffset", "/bufferViews/0/byteOffset",
                                "/bufferViews/0/byteLength", "/accessors/0/count"})
        EXPECT_TRUE(names(refusal_with(pointer, -4), pointer, ", not -4"));
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/byteOffset", 18446744073709551615u),
                      "/bufferViews/0/byteOffset", "must be at most"));
}

TEST(GltfFile, all_mistakes_are_reported_at_once) {
    GltfFile file = one_triangle();
    file.json["accessors"][0]["count"] = -1;
    file.json["nodes"][0]["mesh"] = 5;
    file.json["scene"] = 5;
    const auto diagnostics = refusal(file.text());
    EXPECT_EQ(diagnostics.size(), 3u) << listing(diagnostics);
}

TEST(GltfFile, indices_beyond_their_list_are_refused) {
    EXPECT_TRUE(names(refusal_with("/accessors/0/bufferView", 7), "/accessors/0/bufferView",
                      "points to item 7 of bufferViews, which has 2"));
    EXPECT_TRUE(
        names(refusal_with("/accessors/0/bufferView", -1), "/accessors/0/bufferView", "item -1"));
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/buffer", 1), "/bufferViews/0/buffer",
                      "buffers, which has 1"));
    EXPECT_TRUE(names(refusal_with("/nodes/0/mesh", 1), "/nodes/0/mesh", "meshes, which has 1"));
    EXPECT_TRUE(names(refusal_with("/nodes/0/children", {9}), "/nodes/0/children/0", "nodes"));
    EXPECT_TRUE(names(refusal_with("/scene", 5), "/scene", "scenes, which has 1"));
    EXPECT_TRUE(names(refusal_with("/meshes/0/primitives/0/attributes/POSITION", 2),
                      "/meshes/0/primitives/0/attributes/POSITION", "accessors, which has 2"));
    EXPECT_TRUE(names(refusal_with("/meshes/0/primitives/0/material", 0),
                      "/meshes/0/primitives/0/material", "materials, which has 0"));
    EXPECT_TRUE(names(refusal_with("/materials", {{{"normalTexture", {{"index", 3}}}}}),
                      "/materials/0/normalTexture/index", "textures, which has 0"));
}

TEST(GltfFile, scene_choices_that_are_not_there_are_refused) {
    GltfOptions options;
    options.scene = 4;
    EXPECT_TRUE(names(refusal(one_triangle().text(), options), "/scenes", "scene 4 is asked for"));
}

TEST(GltfFile, a_primitive_mode_beyond_6_is_refused) {
    EXPECT_TRUE(names(refusal_with("/meshes/0/primitives/0/mode", 7), "/meshes/0/primitives/0/mode",
                      "must be at most 6, not 7"));
}

// ---- buffers and accessors ----------------------------------------------------------------------

TEST(GltfFile, buffers_longer_than_their_data_are_refused) {
    const auto with = [](const char* pointer, const Json& value) {
        Json json = whole_json(one_triangle());
        json[Json::json_pointer(pointer)] = value;
        return refusal(json.dump());
    };
    EXPECT_TRUE(names(with("/buffers/0/byteLength", 4294967296), "/buffers/0/byteLength",
                      "is 4294967296, but the data URI has 42 bytes"));
    EXPECT_TRUE(names(with("/buffers/0/uri", "data:application/octet-stream,AAAA"),
                      "/buffers/0/uri", "must be base64"));
    EXPECT_TRUE(names(with("/buffers/0/uri", "data:application/octet-stream;base64,A*AA"),
                      "/buffers/0/uri", "does not hold base64"));
    EXPECT_TRUE(names(with("/buffers/0/uri", "data:application/octet-stream;base64,AAAA"),
                      "/buffers/0/byteLength", "has 3 bytes"));
}

TEST(GltfFile, a_buffer_of_a_glb_needs_the_binary_chunk) {
    GltfFile file = one_triangle();
    const std::string data = std::exchange(file.binary, "");
    file.json["buffers"] = {{{"byteLength", data.size()}}};
    EXPECT_TRUE(names(refusal(file.glb()), "/buffers/0", "no binary chunk", false));
    EXPECT_TRUE(names(refusal(file.text()), "/buffers/0", "no binary chunk"));
}

TEST(GltfFile, views_and_accessors_that_leave_their_bytes_are_refused) {
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/byteLength", 1000), "/bufferViews/0/byteLength",
                      "leave buffer 0, which has 42"));
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/byteOffset", 4503599627370496),
                      "/bufferViews/0/byteLength", "leave buffer 0"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/count", 4), "/accessors/0",
                      "has 4 elements of 12 bytes from byte 0, beyond the 36 bytes"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/byteOffset", 4), "/accessors/0", "beyond the 36"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/count", 4503599627370496), "/accessors/0",
                      "beyond the 36"));
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/byteStride", 8), "/accessors/0",
                      "more than the 8 between them"));
    EXPECT_TRUE(names(refusal_with("/bufferViews/0/byteStride", 14), "/bufferViews/0/byteStride",
                      "multiple of 4"));
    EXPECT_TRUE(
        names(refusal_with("/bufferViews/0/byteStride", 252), "/accessors/0", "beyond the 36"));
}

TEST(GltfFile, accessors_of_nothing_cost_no_more_than_the_budget) {
    GltfFile file = one_triangle();
    file.json["accessors"][0].erase("bufferView");
    file.json["accessors"][0]["count"] = 1000000000000;
    EXPECT_TRUE(names(refusal(file.text()), "/meshes/0/primitives/0/attributes/POSITION",
                      "more vertices than 32 bits count"));
    file.json["accessors"][0]["count"] = 4000000000u;
    EXPECT_TRUE(names(refusal(file.text()), "/accessors/0", "memory budget"));
}

TEST(GltfFile, attributes_of_other_types_are_refused) {
    EXPECT_TRUE(names(refusal_with("/accessors/0/type", "VEC2"), "/accessors/0/type",
                      "must be VEC3 to be used as POSITION"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/type", "VEC5"), "/accessors/0/type", "VEC5"));
    EXPECT_TRUE(names(refusal_with("/accessors/0/componentType", 5124),
                      "/accessors/0/componentType", "not 5124"));
    GltfFile bytes;
    bytes.add_mesh(
        {{"POSITION", bytes.add_accessor<int8_t>({0, 0, 0, 127, 0, 0, 0, 127, 0}, "VEC3", true)}});
    EXPECT_TRUE(names(refusal(bytes.text()), "/accessors/0/componentType",
                      "without KHR_mesh_quantization"));
    bytes.json["extensionsUsed"] = {"KHR_mesh_quantization"};
    EXPECT_TRUE(refusal(bytes.text()).empty());
    EXPECT_TRUE(
        names(refusal_with("/accessors/1/type", "VEC2"), "/accessors/1", "beyond the 6 bytes"));
    EXPECT_TRUE(names(refusal_with("/accessors/1/componentType", 5122),
                      "/accessors/1/componentType", "to be used as indices"));
}

TEST(GltfFile, attributes_of_another_count_are_refused) {
    GltfFile file = one_triangle();
    const int normals = file.add_accessor<float>({0, 0, 1, 0, 0, 1}, "VEC3");
    file.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = normals;
    EXPECT_TRUE(names(refusal(file.text()), "/meshes/0/primitives/0/attributes/NORMAL",
                      "2 elements, but there are 3 vertices"));
}

TEST(GltfFile, vertex_indices_beyond_the_vertices_are_refused) {
    GltfFile file = one_triangle();
    file.json["meshes"][0]["primitives"][0]["indices"] =
        file.add_accessor<uint32_t>({0, 1, 3}, "SCALAR");
    EXPECT_TRUE(
        names(refusal(file.text()), "/accessors/2", "index 2 is 3, but there are 3 vertices"));
}

TEST(GltfFile, numbers_that_are_not_finite_are_refused) {
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        GltfFile file;
        file.add_mesh(
            {{"POSITION", file.add_accessor<float>({0, 0, 0, 1, bad, 0, 0, 1, 0}, "VEC3")}});
        EXPECT_TRUE(names(refusal(file.text()), "/accessors/0", "element 1 is not a finite"));
    }
}

TEST(GltfFile, sparse_parts_are_checked_like_the_rest) {
    GltfFile file = one_triangle();
    const int indices = file.add_view(bytes_of<uint16_t>({1, 7}));
    const int values = file.add_view(bytes_of<float>({1, 1, 1, 2, 2, 2}));
    file.json["accessors"][0]["sparse"] = {
        {"count", 2},
        {"indices", {{"bufferView", indices}, {"componentType", 5123}}},
        {"values", {{"bufferView", values}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/accessors/0/sparse/indices",
                      "index 1 is 7, but the accessor has 3"));
    const auto with = [&](const char* pointer, const Json& value) {
        GltfFile changed = file;
        changed.json[Json::json_pointer(pointer)] = value;
        return refusal(changed.text());
    };
    EXPECT_TRUE(names(with("/accessors/0/sparse/count", 3), "/accessors/0/sparse/indices",
                      "beyond the 4 bytes"));
    EXPECT_TRUE(
        names(with("/accessors/0/sparse/count", 4), "/accessors/0/sparse/count", "has 3 elements"));
    EXPECT_TRUE(names(with("/accessors/0/sparse/values/byteOffset", 4),
                      "/accessors/0/sparse/values", "beyond the 24 bytes"));
    EXPECT_TRUE(names(with("/accessors/0/sparse/indices/componentType", 5126),
                      "/accessors/0/sparse/indices/componentType", "not 5126"));
    EXPECT_TRUE(names(with("/accessors/0/sparse/values/bufferView", 9),
                      "/accessors/0/sparse/values/bufferView", "bufferViews"));
}

// ---- nodes --------------------------------------------------------------------------------------

TEST(GltfFile, cycles_of_nodes_are_refused_with_the_way_round) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"children", {1}}}, {{"children", {0}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/nodes/0", "cycle: 0 -> 1 -> 0"));
    file.json["nodes"] = {{{"children", {0}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/nodes/0", "cycle: 0 -> 0"));
}

TEST(GltfFile, a_node_has_one_parent) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"children", {2}}}, {{"children", {2}}}, {{"mesh", 0}}};
    EXPECT_TRUE(
        names(refusal(file.text()), "/nodes/1/children/0", "node 2 is already a child of node 0"));
    file.json["nodes"] = {{{"children", {1, 1}}}, {{"mesh", 0}}};
    EXPECT_FALSE(refusal(file.text()).empty());
}

TEST(GltfFile, chains_of_100000_nodes_are_read_without_recursion) {
    GltfFile file = one_triangle();
    Json nodes = Json::array();
    constexpr int count = 100000;
    for (int i = 0; i + 1 < count; ++i)
        nodes.push_back({{"children", {i + 1}}, {"translation", {0, 0, 1}}});
    nodes.push_back({{"mesh", 0}});
    file.json["nodes"] = nodes;
    const auto scene = load(file);
    ASSERT_EQ(scene.instances.size(), 1u);
    EXPECT_EQ(scene.instances[0].transform.m[11], count - 1);
}

TEST(GltfFile, matrices_must_be_affine) {
    EXPECT_TRUE(
        names(refusal_with("/nodes/0/matrix", {1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}),
              "/nodes/0/matrix", "0 0 0 1"));
}

TEST(GltfFile, transforms_beyond_float_are_refused) {
    GltfFile file = one_triangle();
    file.json["nodes"] = {{{"children", {1}}, {"scale", {1e30, 1e30, 1e30}}},
                          {{"mesh", 0}, {"scale", {1e30, 1e30, 1e30}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/nodes/1", "beyond the range of float"));
}

TEST(GltfFile, what_lies_where_rays_lose_it_is_refused) {
    const auto vertex_at = [](float x) {
        GltfFile file;
        file.add_mesh(
            {{"POSITION", file.add_accessor<float>({0, 0, 0, 1, 0, 0, 0, x, 0}, "VEC3")}});
        return file;
    };
    EXPECT_TRUE(names(refusal(vertex_at(1.1e12f).text()), "/meshes/0/primitives/0",
                      "has vertex 2 more than 1e12 m from the origin"));
    EXPECT_EQ(load(vertex_at(9e11f)).meshes.size(), 1u);
    GltfFile file = vertex_at(1e6f);
    file.json["nodes"] = {{{"mesh", 0}, {"scale", {1, 1.1e6, 1}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/nodes/0", "places its mesh more than 1e12 m"));
    file.json["nodes"] = {{{"children", {1}}, {"translation", {0, 0, -2e12}}}, {{"mesh", 0}}};
    EXPECT_TRUE(names(refusal(file.text()), "/nodes/1", "is more than 1e12 m"));
}

// ---- materials, pictures, the rest --------------------------------------------------------------

GltfFile textured(const Json& image) {
    GltfFile file = one_triangle();
    const int uv = file.add_accessor<float>({0, 0, 1, 0, 0, 1}, "VEC2");
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    primitive["attributes"]["TEXCOORD_0"] = uv;
    primitive["material"] = 0;
    file.json["materials"] = {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
    file.json["textures"] = {{{"source", 0}}};
    file.json["images"] = Json::array({image});
    return file;
}

TEST(GltfFile, uris_that_leave_the_folder_are_refused) {
    for (const char* uri : {"../../etc/passwd", "/etc/passwd", "C:\\x.png", "//host/x.png",
                            "..%2f..%2fetc%2fpasswd", "\\\\host\\x.png"})
        EXPECT_TRUE(names(refusal(textured({{"uri", uri}}).text()), "/images/0/uri",
                          "outside the scene's folder"))
            << uri;
    EXPECT_TRUE(names(refusal(textured({{"uri", "http://example.com/a.png"}}).text()),
                      "/images/0/uri", "scheme http:, which is not supported"));
    Json json = whole_json(one_triangle());
    json["buffers"][0]["uri"] = "http://example.com/a.bin";
    EXPECT_TRUE(names(refusal(json.dump()), "/buffers/0/uri", "scheme http:"));
}

TEST(GltfFile, uris_are_refused_even_where_nothing_uses_them) {
    GltfFile file = one_triangle();
    file.json["images"] = {{{"uri", "/etc/passwd"}}};
    EXPECT_TRUE(names(refusal(file.text()), "/images/0/uri", "outside the scene's folder"));
}

class GltfFolder : public testing::Test {
protected:
    std::vector<Diagnostic> refusal_of_buffer(const std::string& uri) {
        GltfFile file = one_triangle();
        file.json["buffers"] = {{{"byteLength", file.binary.size()}, {"uri", uri}}};
        try {
            SceneDescription scene;
            append_gltf(scene, folder_.write("a.gltf", file.text()), {}, {});
        } catch (const InputError& error) {
            return error.diagnostics();
        }
        return {};
    }
    TempFolder folder_;
};

TEST_F(GltfFolder, files_that_cannot_be_read_are_refused) {
    folder_.write("sub/a b+c.bin", one_triangle().binary);
    folder_.write("long.bin", one_triangle().binary + "more");
    folder_.write("short.bin", "1234");
    folder_.write("empty.bin", "");
    ASSERT_EQ(::mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
    std::filesystem::create_symlink("/etc/passwd", folder_.path() / "link");
    EXPECT_TRUE(refusal_of_buffer("sub/a%20b+c.bin").empty());
    EXPECT_TRUE(refusal_of_buffer("long.bin").empty()) << "more than needed does no harm";
    const std::string at = "/buffers/0/uri";
    EXPECT_TRUE(names(refusal_of_buffer("missing.bin"), at, "No such file"));
    EXPECT_TRUE(names(refusal_of_buffer("sub"), at, "it is a folder"));
    EXPECT_TRUE(names(refusal_of_buffer("pipe"), at, "no regular file"));
    EXPECT_TRUE(names(refusal_of_buffer("link"), at, "outside the scene's folder"));
    EXPECT_TRUE(names(refusal_of_buffer("short.bin"), "/buffers/0/byteLength", "has 4 bytes"));
    EXPECT_TRUE(names(refusal_of_buffer("empty.bin"), "/buffers/0/byteLength", "has 0 bytes"));
}

TEST_F(GltfFolder, a_missing_scene_file_is_an_input_error) {
    SceneDescription scene;
    try {
        append_gltf(scene, folder_.path() / "none.gltf", {}, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::input);
        EXPECT_NE(std::string(error.what()).find("none.gltf: No such file"), std::string::npos);
    }
}

TEST(GltfFile, pictures_that_cannot_be_decoded_are_refused) {
    const auto embedded = [](const std::string& bytes) {
        GltfFile file = textured({{"mimeType", "image/png"}});
        file.json["images"][0]["bufferView"] = file.add_view(bytes);
        return refusal(file.text());
    };
    const std::string header("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\6\0\0\0",
                             29);
    EXPECT_TRUE(names(embedded(header), "/images/0", "60000x60000 pixels, more than the 16384"));
    EXPECT_TRUE(names(embedded("GIF89a"), "/images/0", "neither PNG nor JPEG"));
    EXPECT_TRUE(names(refusal(textured({{"uri", "data:image/png;base64,AAAA"}}).text()),
                      "/images/0", "neither PNG nor JPEG"));
    EXPECT_TRUE(
        names(refusal(textured({{"uri", "none.png"}}).text()), "/images/0/uri", "No such file"));
    EXPECT_TRUE(names(refusal(textured({{"name", "x"}}).text()), "/images/0", "neither a uri"));
}

TEST(GltfFile, missing_texture_coordinates_are_refused) {
    GltfFile file = textured({{"uri", "data:image/png;base64,AAAA"}});
    file.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["index"] = 3;
    EXPECT_TRUE(names(refusal(file.text()),
                      "/materials/0/pbrMetallicRoughness/baseColorTexture/index", "textures"));
}

TEST(GltfFile, cameras_and_lights_are_checked) {
    EXPECT_TRUE(names(refusal_with("/cameras", {{{"type", "perspective"},
                                                 {"perspective", {{"yfov", 0}, {"znear", 1}}}}}),
                      "/cameras/0/perspective/yfov", "must be more than 0, not 0"));
    EXPECT_TRUE(
        names(refusal_with("/cameras", {{{"type", "fisheye"}}}), "/cameras/0/type", "\"fisheye\""));
    EXPECT_TRUE(
        names(refusal_with("/cameras", {{{"type", "perspective"}}}), "/cameras/0", "is missing"));
    const auto light = [](const Json& one) {
        return refusal_with("/extensions", {{"KHR_lights_punctual", {{"lights", {one}}}}});
    };
    const std::string at = "/extensions/KHR_lights_punctual/lights/0";
    EXPECT_TRUE(names(light({{"type", "point"}, {"intensity", -1}}), at + "/intensity",
                      "must be at least 0, not -1"));
    EXPECT_TRUE(names(light({{"type", "lamp"}}), at + "/type", "\"lamp\""));
    EXPECT_TRUE(names(light({{"type", "spot"}}), at, "\"spot\" is missing"));
}

TEST(GltfFile, animations_and_skins_are_checked) {
    GltfFile file = one_triangle();
    file.json["accessors"].push_back({{"componentType", 5126}, {"count", 0}, {"type", "SCALAR"}});
    file.json["accessors"].push_back({{"componentType", 5126}, {"count", 1}, {"type", "VEC3"}});
    file.json["animations"] = {
        {{"channels", {{{"sampler", 0}, {"target", {{"node", 0}, {"path", "scale"}}}}}},
         {"samplers", {{{"input", 2}, {"output", 3}}}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/animations/0/samplers/0/input", "which is empty"));
    file.json["accessors"][2]["count"] = 1;
    EXPECT_TRUE(refusal(file.text()).empty());
    file.json["animations"][0]["channels"][0]["sampler"] = 1;
    EXPECT_TRUE(names(refusal(file.text()), "/animations/0/channels/0/sampler", "which has 1"));
    EXPECT_TRUE(names(refusal_with("/skins", {{{"joints", {0, 8}}}}), "/skins/0/joints/1",
                      "nodes, which has 1"));
}

TEST(GltfFile, morph_targets_of_another_count_are_refused) {
    GltfFile file = one_triangle();
    const int target = file.add_accessor<float>({0, 0, 0, 1, 1, 1}, "VEC3");
    file.json["meshes"][0]["primitives"][0]["targets"] = {{{"POSITION", target}}};
    EXPECT_TRUE(names(refusal(file.text()), "/meshes/0/primitives/0/targets/0/POSITION",
                      "2 elements, but there are 3 vertices"));
}

TEST(GltfFile, joints_that_the_skin_has_not_are_refused) {
    GltfFile file = one_triangle();
    Json& attributes = file.json["meshes"][0]["primitives"][0]["attributes"];
    const int joints = file.add_accessor<uint8_t>({0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}, "VEC4");
    const int weights = file.add_accessor<float>({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4");
    attributes["JOINTS_0"] = joints;
    attributes["WEIGHTS_0"] = weights;
    file.json["nodes"][0]["skin"] = 0;
    file.json["skins"] = {{{"joints", {0}}}};
    EXPECT_TRUE(names(refusal(file.text()), "/meshes/0/primitives/0/attributes/JOINTS_0",
                      "vertex 1 hangs on joint 3, but the skin has 1"));
    file.json["skins"][0]["inverseBindMatrices"] = 0;
    EXPECT_FALSE(refusal(file.text()).empty());
}

// Every single-byte change of a small file is read or refused, never worse.
TEST(GltfFile, changed_bytes_end_in_a_scene_or_a_refusal) {
    const std::string good = one_triangle().glb();
    for (size_t i = 0; i < good.size(); ++i)
        for (const int change : {1, 0x20, 0x80}) {
            std::string bytes = good;
            bytes[i] = static_cast<char>(bytes[i] ^ change);
            try {
                (void)load(bytes);
            } catch (const InputError&) {
                continue;
            }
        }
}

} // namespace
} // namespace juggler
