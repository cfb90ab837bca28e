// EXT_lights_image_based: light from all directions, from cube maps and from coefficients.
#include "host/gltf/gltf.h"
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>

#include <png.h>

#include <cmath>
#include <functional>

namespace juggler {
namespace {

using Rgba8 = std::array<uint8_t, 4>;

std::string png(uint32_t side, const std::function<Rgba8(uint32_t x, uint32_t y)>& color) {
    std::vector<Rgba8> texels;
    for (uint32_t y = 0; y < side; ++y)
        for (uint32_t x = 0; x < side; ++x)
            texels.push_back(color(x, y));
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = side;
    image.format = PNG_FORMAT_RGBA;
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, texels.data(), 0, nullptr);
    std::string bytes(size, '\0');
    png_image_write_to_memory(&image, bytes.data(), &size, 0, texels.data(), 0, nullptr);
    return bytes;
}
std::string plain(uint32_t side, Rgba8 color) {
    return png(side, [&](uint32_t, uint32_t) { return color; });
}

// A triangle under a light of the six faces, whose first cube map has `side` texels a side.
GltfFile lit_by(const std::vector<std::string>& faces, uint32_t side,
                const Json& more = Json::object()) {
    GltfFile file = one_triangle();
    Json light = {{"specularImageSize", side}};
    for (const std::string& face : faces) {
        light["specularImages"][0].push_back(file.json["images"].size());
        file.json["images"].push_back(
            {{"bufferView", file.add_view(face)}, {"mimeType", "image/png"}});
    }
    light.update(more);
    file.json["extensionsRequired"] = {"EXT_lights_image_based"};
    file.json["extensions"]["EXT_lights_image_based"]["lights"] = Json::array({light});
    file.json["scenes"][0]["extensions"]["EXT_lights_image_based"]["light"] = 0;
    return file;
}

// +x red, -x green, +y blue, -y yellow, +z cyan, -z magenta
std::vector<std::string> six_colors(uint32_t side) {
    std::vector<std::string> faces;
    for (const Rgba8 color :
         {Rgba8{255, 0, 0, 255}, Rgba8{0, 255, 0, 255}, Rgba8{0, 0, 255, 255},
          Rgba8{255, 255, 0, 255}, Rgba8{0, 255, 255, 255}, Rgba8{255, 0, 255, 255}})
        faces.push_back(plain(side, color));
    return faces;
}

using Rgb = std::array<float, 3>;

// The sky's radiance in a direction, at the nearest texel.
Rgb seen(const SceneDescription& scene, double x, double y, double z) {
    constexpr double pi = 3.14159265358979323846;
    const LightMapDescription& map = **scene.sky->map;
    const double u = 0.5 + std::atan2(x, -z) / (2 * pi);
    const double v = std::atan2(std::hypot(x, z), y) / pi;
    const auto column = std::min(static_cast<size_t>(u * map.width), size_t(map.width) - 1);
    const auto row = std::min(static_cast<size_t>(v * map.height), size_t(map.height) - 1);
    const float* c = &map.rgb[(row * map.width + column) * 3];
    return {c[0], c[1], c[2]};
}

TEST(GltfImageLight, FacesLieWhereTheyAreNamed) {
    const SceneDescription scene = load(lit_by(six_colors(8), 8));
    ASSERT_TRUE(scene.sky);
    EXPECT_EQ(scene.sky->kind, sky_image);
    EXPECT_EQ(scene.sky->strength, 1);
    EXPECT_EQ(seen(scene, 1, 0.1, 0.1), (Rgb{1, 0, 0}));
    EXPECT_EQ(seen(scene, -1, 0.1, 0.1), (Rgb{0, 1, 0}));
    EXPECT_EQ(seen(scene, 0.1, 1, 0.1), (Rgb{0, 0, 1}));
    EXPECT_EQ(seen(scene, 0.1, -1, 0.1), (Rgb{1, 1, 0}));
    EXPECT_EQ(seen(scene, 0.1, 0.1, 1), (Rgb{0, 1, 1}));
    EXPECT_EQ(seen(scene, 0.1, 0.1, -1), (Rgb{1, 0, 1}));
}

// A quarter of each face is white: that towards its right and upper edge, seen from within.
TEST(GltfImageLight, FacesAreUprightFromWithin) {
    const std::string face = png(16, [](uint32_t x, uint32_t y) {
        return x >= 8 && y < 8 ? Rgba8{255, 255, 255, 255} : Rgba8{0, 0, 0, 255};
    });
    const SceneDescription scene = load(lit_by(std::vector(6, face), 16));
    const auto white = [&](double x, double y, double z) { return seen(scene, x, y, z)[0]; };
    EXPECT_EQ(white(1, 0.5, 0.5), 1); // ahead +x: right is +z
    EXPECT_EQ(white(1, 0.5, -0.5), 0);
    EXPECT_EQ(white(1, -0.5, 0.5), 0);
    EXPECT_EQ(white(-1, 0.5, -0.5), 1); // ahead -x: right is -z
    EXPECT_EQ(white(-1, 0.5, 0.5), 0);
    EXPECT_EQ(white(-0.5, 0.5, 1), 1); // ahead +z: right is -x
    EXPECT_EQ(white(0.5, 0.5, 1), 0);
    EXPECT_EQ(white(0.5, 0.5, -1), 1); // ahead -z: right is +x
    EXPECT_EQ(white(-0.5, 0.5, -1), 0);
    EXPECT_EQ(white(-0.5, 1, -0.5), 1); // +y: its upper edge meets the face of -z
    EXPECT_EQ(white(-0.5, 1, 0.5), 0);
    EXPECT_EQ(white(-0.5, -1, 0.5), 1); // -y: its upper edge meets the face of +z
    EXPECT_EQ(white(-0.5, -1, -0.5), 0);
}

TEST(GltfImageLight, AlphaDividesColours) {
    const auto faces = std::vector(6, plain(4, {255, 188, 0, 51}));
    const SceneDescription scene = load(lit_by(faces, 4, {{"intensity", 2.5}}));
    EXPECT_EQ(scene.sky->strength, 2.5f);
    const Rgb c = seen(scene, 0.3, 0.2, -0.9);
    EXPECT_NEAR(c[0], 5, 1e-5);
    EXPECT_NEAR(c[1], 5 * 0.5028865, 1e-4); // 188 with the sRGB curve
    EXPECT_EQ(c[2], 0);
}

TEST(GltfImageLight, TheRotationTurnsTheLight) {
    const double half = 0.70710678118654752; // a quarter turn about +y takes -z to -x
    const SceneDescription scene =
        load(lit_by(six_colors(8), 8, {{"rotation", {0, half, 0, half}}}));
    EXPECT_EQ(seen(scene, -1, 0.1, 0.1), (Rgb{1, 0, 1}));
    EXPECT_EQ(seen(scene, 0.1, 0.1, -1), (Rgb{1, 0, 0}));
    EXPECT_EQ(seen(scene, 0.1, 1, 0.1), (Rgb{0, 0, 1}));
}

TEST(GltfImageLight, ItsMeanIsThatOfTheFaces) {
    const SceneDescription scene = load(lit_by(six_colors(16), 16));
    const LightMapDescription& map = **scene.sky->map;
    double mean = 0, whole = 0;
    for (uint32_t y = 0; y < map.height; ++y) {
        const double weight = std::sin(3.14159265358979 * (y + 0.5) / map.height);
        for (uint32_t x = 0; x < map.width; ++x) {
            mean += weight * map.rgb[(size_t(y) * map.width + x) * 3];
            whole += weight;
        }
    }
    EXPECT_NEAR(mean / whole, 0.5, 0.002); // three of six faces have red in them
}

TEST(GltfImageLight, CoefficientsAreIrradiance) {
    Json coefficients = Json::array();
    for (int i = 0; i < 9; ++i)
        coefficients.push_back({0, 0, 0});
    coefficients[0] = {3.5449077018110318, 0, 0}; // irradiance 1
    coefficients[1] = {0, 2.0466534158929770, 0}; // y times 1
    GltfFile file = lit_by({}, 16, {{"irradianceCoefficients", coefficients}});
    const SceneDescription scene = load(file);
    const Rgb up = seen(scene, 0, 1, 0), ahead = seen(scene, 0, 0, -1),
              down = seen(scene, 0, -1, 0);
    EXPECT_NEAR(ahead[0], 1 / 3.14159265, 1e-5); // Lambertian surroundings of radiance 1 / pi
    EXPECT_NEAR(up[1], 3 / (2 * 3.14159265), 1e-3);
    EXPECT_NEAR(ahead[1], 0, 0.01);
    EXPECT_EQ(down[1], 0); // no light is negative
}

TEST(GltfImageLight, OnlyScenesThatNameItHaveIt) {
    GltfFile file = lit_by(six_colors(4), 4);
    file.json["scenes"][0].erase("extensions");
    EXPECT_FALSE(load(file).sky);
    GltfOptions without;
    without.lights = false;
    EXPECT_FALSE(load(lit_by(six_colors(4), 4), without).sky);
}

void expect_refusal(const GltfFile& file, const std::string& pointer, const std::string& what) {
    const std::vector<Diagnostic> found = refusal(file.text());
    ASSERT_FALSE(found.empty()) << pointer;
    EXPECT_EQ(found[0].pointer, pointer);
    EXPECT_NE(found[0].message.find(what), std::string::npos) << found[0].message;
}

TEST(GltfImageLight, WhatIsMalformedIsRefused) {
    const std::string at = "/extensions/EXT_lights_image_based/lights/0";
    const auto faces = six_colors(4);
    expect_refusal(lit_by(faces, 8), at + "/specularImages/0/0", "4x4 pixels");
    expect_refusal(lit_by({faces.begin(), faces.end() - 1}, 4), at + "/specularImages/0",
                   "must have 6 items");
    expect_refusal(lit_by(faces, 4, {{"rotation", {0, 0, 0, 0}}}), at + "/rotation", "length 0");
    expect_refusal(lit_by(faces, 4, {{"intensity", -1}}), at + "/intensity", "at least 0");
    expect_refusal(lit_by({}, 4), at, "neither");
    GltfFile file = lit_by(faces, 4);
    file.json["extensions"]["EXT_lights_image_based"]["lights"][0]["specularImages"][0][3] = 17;
    expect_refusal(file, at + "/specularImages/0/3", "points to item 17");
    file = lit_by(faces, 4);
    file.json["scenes"][0]["extensions"]["EXT_lights_image_based"]["light"] = 1;
    expect_refusal(file, "/scenes/0/extensions/EXT_lights_image_based/light", "points to item 1");
    file = lit_by({"not a picture"}, 4);
    auto& images = file.json["extensions"]["EXT_lights_image_based"]["lights"][0]["specularImages"];
    images[0] = {0, 0, 0, 0, 0, 0};
    expect_refusal(file, "/images/0", "neither PNG nor JPEG");
}

} // namespace
} // namespace juggler
