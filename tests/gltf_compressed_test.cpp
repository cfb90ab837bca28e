// Meshes compressed by Draco and meshopt, WebP pictures: what the libraries' own encoders make
// comes back, and what is damaged is refused.
#include "host/gltf/compressed.h"
#include "host/image/decode.h"
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#ifdef JUGGLER_DRACO
#include <draco/compression/encode.h>
#include <draco/mesh/triangle_soup_mesh_builder.h>
#endif
#ifdef JUGGLER_MESHOPT
#include <meshoptimizer.h>
#endif
#ifdef JUGGLER_WEBP
#include <webp/encode.h>
#endif

namespace juggler {
namespace {

using Point = std::array<float, 3>;

bool names(const std::vector<Diagnostic>& found, const std::string& pointer,
           const std::string& what) {
    return !found.empty() && found[0].pointer == pointer &&
           found[0].message.find(what) != std::string::npos;
}

// The corners of all triangles, triangle by triangle in ascending order.
std::vector<std::array<Point, 3>> triangles_of(const SceneDescription& scene) {
    std::vector<std::array<Point, 3>> all;
    for (const TrianglePart& part : scene.meshes.at(0)->triangles)
        for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
            std::array<Point, 3> corners{};
            for (size_t k = 0; k < 3; ++k)
                corners[k] = part.positions[part.indices[i + k]];
            std::rotate(corners.begin(), std::min_element(corners.begin(), corners.end()),
                        corners.end());
            all.push_back(corners);
        }
    std::sort(all.begin(), all.end());
    return all;
}

const std::vector<Point> corners = {{0, 0, 0}, {1, 0, 0.25f}, {1, 1, 0}, {0, 1, 0.5f}};
const std::vector<uint16_t> quad = {0, 1, 2, 0, 2, 3};

SceneDescription plain_quad() {
    GltfFile file;
    std::vector<float> flat;
    for (const Point& p : corners)
        flat.insert(flat.end(), p.begin(), p.end());
    const int positions = file.add_accessor(flat, "VEC3");
    const int indices = file.add_accessor(quad, "SCALAR");
    file.add_mesh({{"POSITION", positions}})["indices"] = indices;
    return load(file);
}

TEST(GltfCompressed, ExtensionsThatAreNotBuiltInAreRefusedWithARemedy) {
    const std::pair<const char*, bool> known[] = {
        {"KHR_draco_mesh_compression", gltf::reads_draco()},
        {"EXT_meshopt_compression", gltf::reads_meshopt()},
        {"EXT_texture_webp", reads_webp()},
        {"KHR_texture_basisu", false},
    };
    for (const auto& [name, is_read] : known) {
        GltfFile file = one_triangle();
        file.json["extensionsUsed"] = file.json["extensionsRequired"] = {name};
        const auto found = refusal(file.text());
        EXPECT_EQ(found.empty(), is_read) << name;
        if (is_read) continue;
        EXPECT_TRUE(names(found, "/extensionsRequired/0", name));
        EXPECT_TRUE(names(found, "/extensionsRequired/0", "save the file with")) << name;
    }
}

// Loads the file with `rounds` bytes of its data changed, one at a time: it is read or refused, and
// whatever is read may be used.
[[maybe_unused]] void damage(const GltfFile& whole,
                             const std::function<std::string(const GltfFile&)>& bytes_of_file,
                             uint32_t rounds) {
    uint32_t state = 1;
    const auto random = [&] { return state = state * 1664525 + 1013904223, state >> 8; };
    size_t refusals = 0;
    for (uint32_t i = 0; i < rounds; ++i) {
        GltfFile file = whole;
        const size_t at = random() % file.binary.size();
        file.binary[at] = static_cast<char>(random());
        try {
            const SceneDescription scene = load(bytes_of_file(file));
            for (const TrianglePart& part : scene.meshes.at(0)->triangles)
                for (const uint32_t vertex : part.indices)
                    ASSERT_LT(vertex, part.positions.size());
        } catch (const InputError&) {
            ++refusals;
        } catch (const std::out_of_range&) { // of at(0): all triangles are gone
            ++refusals;
        }
    }
    EXPECT_GT(refusals, 0u);
}

#ifdef JUGGLER_DRACO

// The quad with its only data compressed.
GltfFile draco_quad() {
    draco::TriangleSoupMeshBuilder builder;
    builder.Start(2);
    const int positions =
        builder.AddAttribute(draco::GeometryAttribute::POSITION, 3, draco::DT_FLOAT32);
    for (uint32_t f = 0; f < 2; ++f)
        builder.SetAttributeValuesForFace(
            positions, draco::FaceIndex(f), corners[quad[3 * f]].data(),
            corners[quad[3 * f + 1]].data(), corners[quad[3 * f + 2]].data());
    const std::unique_ptr<draco::Mesh> mesh = builder.Finalize();
    draco::EncoderBuffer bytes;
    EXPECT_TRUE(draco::Encoder().EncodeMeshToBuffer(*mesh, &bytes).ok());

    GltfFile file;
    file.json["extensionsUsed"] = file.json["extensionsRequired"] = {"KHR_draco_mesh_compression"};
    const int view = file.add_view(std::string(bytes.data(), bytes.size()));
    file.json["accessors"] = {{{"componentType", 5126}, {"count", 4}, {"type", "VEC3"}},
                              {{"componentType", 5123}, {"count", 6}, {"type", "SCALAR"}}};
    Json& primitive = file.add_mesh({{"POSITION", 0}});
    primitive["indices"] = 1;
    primitive["extensions"]["KHR_draco_mesh_compression"] = {
        {"bufferView", view},
        {"attributes", {{"POSITION", mesh->attribute(positions)->unique_id()}}}};
    return file;
}

TEST(GltfCompressed, DracoGivesTheTrianglesBack) {
    EXPECT_EQ(triangles_of(load(draco_quad())), triangles_of(plain_quad()));
}

TEST(GltfCompressed, DamagedDracoIsRefused) {
    const std::string at = "/meshes/0/primitives/0/extensions/KHR_draco_mesh_compression";
    GltfFile file = draco_quad();
    file.binary.resize(file.binary.size() / 2);
    file.json["bufferViews"][0]["byteLength"] = file.binary.size();
    EXPECT_TRUE(names(refusal(file.text()), at, "cannot be decoded"));
    file = draco_quad();
    file.json["accessors"][0]["count"] = 5;
    EXPECT_TRUE(names(refusal(file.text()), "/accessors/0/count", "has 4 vertices"));
    file = draco_quad();
    file.json["accessors"][0]["type"] = "VEC2";
    EXPECT_TRUE(names(refusal(file.text()), "/accessors/0/type", "must have 3 numbers"));
    file = draco_quad();
    auto& extension = file.json["meshes"][0]["primitives"][0]["extensions"];
    extension["KHR_draco_mesh_compression"]["attributes"]["POSITION"] = 9;
    EXPECT_TRUE(names(refusal(file.text()), at + "/attributes/POSITION", "is no attribute"));
    file = draco_quad();
    file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]
             ["attributes"]["NORMAL"] = 0;
    EXPECT_TRUE(names(refusal(file.text()), at + "/attributes/NORMAL", "is no attribute"));
}

TEST(GltfCompressed, AnyByteOfDracoMayBeWrong) {
    damage(
        draco_quad(), [](const GltfFile& file) { return file.text(); }, 150);
}

#endif

#ifdef JUGGLER_MESHOPT

std::string packed(const void* vertices, size_t count, size_t stride) {
    std::string bytes(meshopt_encodeVertexBufferBound(count, stride), '\0');
    bytes.resize(meshopt_encodeVertexBuffer(reinterpret_cast<unsigned char*>(bytes.data()),
                                            bytes.size(), vertices, count, stride));
    return bytes;
}

// Adds a view of `count` elements of `stride` bytes that are only there compressed; buffer 1 stands
// for them.
int add_packed(GltfFile& file, const std::string& bytes, size_t count, size_t stride,
               const char* mode) {
    const int view = file.add_view(bytes);
    Json& json = file.json["bufferViews"][static_cast<size_t>(view)];
    Json extension = {{"buffer", 0},
                      {"byteOffset", json["byteOffset"]},
                      {"byteLength", bytes.size()},
                      {"byteStride", stride},
                      {"count", count},
                      {"mode", mode}};
    json = {{"buffer", 1}, {"byteLength", count * stride}};
    json["extensions"]["EXT_meshopt_compression"] = extension;
    return view;
}

GltfFile meshopt_quad() {
    GltfFile file;
    file.json["extensionsUsed"] = file.json["extensionsRequired"] = {"EXT_meshopt_compression"};
    const int positions =
        add_packed(file, packed(corners.data(), corners.size(), 12), 4, 12, "ATTRIBUTES");
    const std::vector<unsigned> wide(quad.begin(), quad.end());
    std::string bytes(meshopt_encodeIndexBufferBound(wide.size(), corners.size()), '\0');
    bytes.resize(meshopt_encodeIndexBuffer(reinterpret_cast<unsigned char*>(bytes.data()),
                                           bytes.size(), wide.data(), wide.size()));
    const int indices = add_packed(file, bytes, 6, 2, "TRIANGLES");
    // Octahedral normals, all of them along z.
    const std::vector<std::array<float, 4>> up(4, {0, 0, 1, 0});
    std::vector<std::array<int8_t, 4>> coded(4);
    meshopt_encodeFilterOct(coded.data(), 4, 4, 8, up.front().data());
    const int normals = add_packed(file, packed(coded.data(), 4, 4), 4, 4, "ATTRIBUTES");
    file.json["bufferViews"][static_cast<size_t>(normals)]["extensions"]["EXT_meshopt_compression"]
             ["filter"] = "OCTAHEDRAL";
    file.json["extensionsUsed"].push_back("KHR_mesh_quantization");
    file.json["accessors"] = {
        {{"bufferView", positions}, {"componentType", 5126}, {"count", 4}, {"type", "VEC3"}},
        {{"bufferView", indices}, {"componentType", 5123}, {"count", 6}, {"type", "SCALAR"}},
        {{"bufferView", normals},
         {"componentType", 5120},
         {"normalized", true},
         {"count", 4},
         {"type", "VEC3"}}};
    file.json["bufferViews"][static_cast<size_t>(normals)]["byteStride"] = 4;
    file.add_mesh({{"POSITION", 0}, {"NORMAL", 2}})["indices"] = 1;
    return file;
}

std::string as_text(const GltfFile& file) {
    Json whole = file.json;
    whole["buffers"] = {{{"byteLength", file.binary.size()},
                         {"uri", "data:application/octet-stream;base64," + base64(file.binary)}},
                        {{"byteLength", 1000}}};
    return whole.dump();
}
std::string as_binary(const GltfFile& file) {
    Json whole = file.json;
    whole["buffers"] = {{{"byteLength", file.binary.size()}}, {{"byteLength", 100000}}};
    const std::string chunks = GltfFile::chunk("JSON", whole.dump(), ' ') +
                               GltfFile::chunk(std::string("BIN\0", 4), file.binary, '\0');
    return "glTF" + little_endian(2) + little_endian(static_cast<uint32_t>(12 + chunks.size())) +
           chunks;
}

TEST(GltfCompressed, MeshoptGivesTheTrianglesBack) {
    for (const std::string& bytes : {as_text(meshopt_quad()), as_binary(meshopt_quad())}) {
        const SceneDescription scene = load(bytes);
        EXPECT_EQ(triangles_of(scene), triangles_of(plain_quad()));
        for (const Point& normal : scene.meshes.at(0)->triangles.at(0).normals)
            EXPECT_NEAR(normal[2], 1, 1e-6);
    }
}

TEST(GltfCompressed, DamagedMeshoptIsRefused) {
    const auto at = [](int view) {
        return "/bufferViews/" + std::to_string(view) + "/extensions/EXT_meshopt_compression";
    };
    const auto extension_of = [](GltfFile& file, size_t view) -> Json& {
        return file.json["bufferViews"][view]["extensions"]["EXT_meshopt_compression"];
    };
    GltfFile file = meshopt_quad();
    file.binary[0] = 0;
    EXPECT_TRUE(names(refusal(as_text(file)), at(0), "damaged"));
    file = meshopt_quad();
    extension_of(file, 0)["count"] = 5;
    EXPECT_TRUE(names(refusal(as_text(file)), at(0) + "/count", "buffer view"));
    file = meshopt_quad();
    extension_of(file, 0)["mode"] = "POINTS";
    EXPECT_TRUE(names(refusal(as_text(file)), at(0) + "/mode", "must be"));
    file = meshopt_quad();
    extension_of(file, 1)["byteStride"] = 8;
    EXPECT_TRUE(names(refusal(as_text(file)), at(1) + "/byteStride", "TRIANGLES"));
    file = meshopt_quad();
    extension_of(file, 0)["byteLength"] = 100000;
    EXPECT_TRUE(names(refusal(as_text(file)), at(0) + "/byteLength", "leaves its buffer"));
    file = meshopt_quad();
    file.json["bufferViews"][0].erase("extensions");
    EXPECT_TRUE(names(refusal(as_text(file)), "/bufferViews/0/buffer", "without data"));
    file = meshopt_quad();
    file.json["images"] = {{{"bufferView", 0}, {"mimeType", "image/png"}}};
    EXPECT_TRUE(names(refusal(as_binary(file)), "/images/0/bufferView", "compressed"));
}

TEST(GltfCompressed, AnyByteOfMeshoptMayBeWrong) { damage(meshopt_quad(), as_text, 150); }

#endif

#ifdef JUGGLER_WEBP

std::string webp(const std::vector<uint32_t>& texels, int width) {
    uint8_t* bytes = nullptr;
    const size_t size =
        WebPEncodeLosslessRGBA(reinterpret_cast<const uint8_t*>(texels.data()), width,
                               static_cast<int>(texels.size()) / width, 4 * width, &bytes);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    WebPFree(bytes);
    return out;
}

ImageDescription decode(const std::string& bytes, uint64_t max_bytes = 1 << 20) {
    return decode_image(std::as_bytes(std::span(bytes)), max_bytes);
}
std::string refused(const std::string& bytes, uint64_t max_bytes = 1 << 20) {
    try {
        (void)decode(bytes, max_bytes);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

// Lossless WebP drops the colours of texels that are not there, so these all are.
const std::vector<uint32_t> texels = {0xff0000ff, 0xff00ff00, 0x80ff0000,
                                      0x01020304, 0xffffffff, 0xff102030};

TEST(GltfCompressed, WebpGivesThePixelsBack) {
    const ImageDescription image = decode(webp(texels, 3));
    EXPECT_EQ(image.width, 3u);
    EXPECT_EQ(image.height, 2u);
    EXPECT_EQ(image.texels, texels);
}

TEST(GltfCompressed, DamagedWebpIsRefused) {
    const std::string whole = webp(texels, 3);
    EXPECT_NE(refused(whole.substr(0, 20)).find("WebP"), std::string::npos);
    EXPECT_NE(refused(whole.substr(0, whole.size() - 4)).find("damaged or cut off"),
              std::string::npos);
    EXPECT_NE(refused(whole, 40).find("memory budget"), std::string::npos);
}

TEST(GltfCompressed, ATextureTakesItsWebpPicture) {
    GltfFile file = one_triangle();
    file.json["extensionsUsed"] = {"EXT_texture_webp"};
    const int uv = file.add_accessor<float>({0, 0, 1, 0, 0, 1}, "VEC2");
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    primitive["attributes"]["TEXCOORD_0"] = uv;
    primitive["material"] = 0;
    file.json["images"] = {
        {{"uri", "missing.png"}},
        {{"bufferView", file.add_view(webp(texels, 3))}, {"mimeType", "image/webp"}}};
    file.json["textures"] = {
        {{"source", 0}, {"extensions", {{"EXT_texture_webp", {{"source", 1}}}}}}};
    file.json["materials"] = {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
    const SceneDescription scene = load(file);
    EXPECT_EQ(scene.images.at(0)->texels, texels);
    file.json["textures"][0]["extensions"]["EXT_texture_webp"]["source"] = 2;
    EXPECT_TRUE(names(refusal(file.text()), "/textures/0/extensions/EXT_texture_webp/source",
                      "points to item 2"));
}

#endif

} // namespace
} // namespace juggler
