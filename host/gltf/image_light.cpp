#include "host/gltf/image_light.h"

#include "host/gltf/model.h"
#include "host/gltf/nodes.h"
#include "host/gltf/picture.h"
#include "host/image/srgb.h"
#include "host/scene/degrees.h"

#include <algorithm>
#include <cmath>

namespace juggler::gltf {
namespace {

constexpr const char* extension_name = "EXT_lights_image_based";
constexpr double pi = 3.14159265358979323846;
constexpr uint32_t max_map_width = 8192;

using Vec = std::array<double, 3>;
using Rgb = std::array<float, 3>;

double dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

// ---- cube maps --------------------------------------------------------------------------------

// How a face lies, seen from within the cube. The extension mirrors the faces of graphics
// libraries, which are seen from outside in a right-handed world.
struct Face {
    Vec forward, right, up;
};
constexpr Face faces[] = {{{1, 0, 0}, {0, 0, 1}, {0, 1, 0}},   {{-1, 0, 0}, {0, 0, -1}, {0, 1, 0}},
                          {{0, 1, 0}, {-1, 0, 0}, {0, 0, -1}}, {{0, -1, 0}, {-1, 0, 0}, {0, 0, 1}},
                          {{0, 0, 1}, {-1, 0, 0}, {0, 1, 0}},  {{0, 0, -1}, {1, 0, 0}, {0, 1, 0}}};

struct CubeMap {
    uint32_t side = 0;
    std::array<std::vector<Rgb>, 6> texels; // [side][side], row 0 up
};

size_t face_of(const Vec& d) {
    const Vec size = {std::fabs(d[0]), std::fabs(d[1]), std::fabs(d[2])};
    size_t axis = size[1] > size[0] ? 1 : 0;
    if (size[2] > size[axis]) axis = 2;
    return 2 * axis + (d[axis] < 0 ? 1 : 0);
}

// Two neighbours along a side and the weight of the second; none beyond the face's edge.
struct Pair {
    uint32_t first, second;
    float weight;
};
Pair neighbours(double share, uint32_t side) {
    const double x = std::clamp(share * side - 0.5, 0.0, side - 1.0);
    const auto first = static_cast<uint32_t>(x);
    return {first, std::min(first + 1, side - 1), static_cast<float>(x - first)};
}

// Bilinear within the face.
Rgb radiance(const CubeMap& map, const Vec& d) {
    const size_t number = face_of(d);
    const Face& face = faces[number];
    const double ahead = dot(d, face.forward);
    const Pair x = neighbours(0.5 + 0.5 * dot(d, face.right) / ahead, map.side);
    const Pair y = neighbours(0.5 - 0.5 * dot(d, face.up) / ahead, map.side);
    const Rgb* upper = map.texels[number].data() + size_t(y.first) * map.side;
    const Rgb* lower = map.texels[number].data() + size_t(y.second) * map.side;
    Rgb c{};
    for (size_t i = 0; i < 3; ++i) {
        const float above = (1 - x.weight) * upper[x.first][i] + x.weight * upper[x.second][i];
        const float below = (1 - x.weight) * lower[x.first][i] + x.weight * lower[x.second][i];
        c[i] = (1 - y.weight) * above + y.weight * below;
    }
    return c;
}

// Colours with the sRGB curve, divided by alpha (RGBD) where the picture has one.
std::vector<Rgb> decode_rgbd(const ImageDescription& picture) {
    const float* linear = srgb_to_linear_table();
    std::vector<Rgb> texels;
    texels.reserve(picture.texels.size());
    for (const uint32_t texel : picture.texels) {
        const float divisor = static_cast<float>(std::max(texel >> 24, 1u)) / 255;
        texels.push_back({linear[texel & 255] / divisor, linear[texel >> 8 & 255] / divisor,
                          linear[texel >> 16 & 255] / divisor});
    }
    return texels;
}

CubeMap read_cube_map(const tinygltf::Model& model, const tinygltf::Value& light,
                      const std::string& pointer, const Folder& folder, MemoryBudget& budget) {
    const tinygltf::Value& sharpest = light.Get("specularImages").Get(0);
    CubeMap map;
    map.side = static_cast<uint32_t>(number(light, "specularImageSize", 0));
    for (size_t i = 0; i < 6; ++i) {
        const std::string at = pointer_to(pointer + "/specularImages/0", i);
        const int image = sharpest.Get(i).GetNumberAsInt();
        const ImageDescription picture = read_picture(model, image, folder, budget);
        if (picture.width != map.side || picture.height != map.side)
            refuse(at, "is a picture of " + std::to_string(picture.width) + "x" +
                           std::to_string(picture.height) +
                           " pixels, but specularImageSize says that the faces of the first cube "
                           "map have " +
                           std::to_string(map.side) + " a side");
        budget.take(picture.texels.size(), sizeof(Rgb), at);
        map.texels[i] = decode_rgbd(picture);
        budget.give_back(picture.texels.size() * sizeof(uint32_t));
    }
    return map;
}

// ---- coefficients -----------------------------------------------------------------------------

// Radiance whose irradiance the coefficients describe: a cosine lobe keeps pi, 2 pi / 3 and pi / 4
// of the three bands (Ramamoorthi and Hanrahan 2001, "An Efficient Representation for Irradiance
// Environment Maps").
struct Harmonics {
    std::array<std::array<double, 3>, 9> radiance{};

    [[nodiscard]] Rgb at(const Vec& d) const {
        const auto [x, y, z] = d;
        const std::array<double, 9> basis = {0.28209479177387814,
                                             0.48860251190291992 * y,
                                             0.48860251190291992 * z,
                                             0.48860251190291992 * x,
                                             1.0925484305920792 * x * y,
                                             1.0925484305920792 * y * z,
                                             0.31539156525252005 * (3 * z * z - 1),
                                             1.0925484305920792 * x * z,
                                             0.54627421529603959 * (x * x - y * y)};
        Rgb c{};
        for (size_t channel = 0; channel < 3; ++channel) {
            double sum = 0;
            for (size_t i = 0; i < basis.size(); ++i)
                sum += radiance[i][channel] * basis[i];
            c[channel] = static_cast<float>(std::clamp(sum, 0.0, double(max_map_radiance)));
        }
        return c;
    }
};

Harmonics read_harmonics(const tinygltf::Value& light) {
    const tinygltf::Value& coefficients = light.Get("irradianceCoefficients");
    Harmonics harmonics;
    for (size_t i = 0; i < 9; ++i)
        for (size_t c = 0; c < 3; ++c) {
            const double kept = i == 0 ? pi : i < 4 ? 2 * pi / 3 : pi / 4;
            harmonics.radiance[i][c] = coefficients.Get(i).Get(c).GetNumberAsDouble() / kept;
        }
    return harmonics;
}

// ---- in latitude and longitude ------------------------------------------------------------------

struct Turn {
    double sin, cos;
};
std::vector<Turn> turns(uint32_t count, double first, double whole) {
    std::vector<Turn> all;
    all.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        const double angle = first + whole * ((i + 0.5) / count);
        all.push_back({sin_radians(angle), cos_radians(angle)});
    }
    return all;
}

// Twice as wide as high. Each texel is the mean of four directions in it.
template <class Light>
LightMapDescription draw_map(uint32_t width, const Affine& to_light, const Light& light) {
    LightMapDescription map;
    map.width = width;
    map.height = width / 2;
    map.rgb.assign(size_t(map.width) * map.height * 3, 0);
    const std::vector<Turn> around = turns(2 * map.width, 0 - pi, 2 * pi);
    const std::vector<Turn> down = turns(2 * map.height, 0, pi);
    for (uint32_t y = 0; y < 2 * map.height; ++y)
        for (uint32_t x = 0; x < 2 * map.width; ++x) {
            const Vec d = {down[y].sin * around[x].sin, down[y].cos,
                           0 - down[y].sin * around[x].cos};
            const Rgb c = light(transform_vector(to_light, d));
            float* texel = &map.rgb[(size_t(y / 2) * map.width + x / 2) * 3];
            for (size_t i = 0; i < 3; ++i)
                texel[i] += 0.25f * c[i];
        }
    return map;
}

// From the world to the light's own directions.
Affine read_turn(const tinygltf::Value& light, const std::string& pointer) {
    const tinygltf::Value& q = light.Get("rotation");
    if (!q.IsArray()) return {};
    std::array<double, 4> r{};
    for (size_t i = 0; i < 4; ++i)
        r[i] = q.Get(i).GetNumberAsDouble();
    if (!(r[0] * r[0] + r[1] * r[1] + r[2] * r[2] + r[3] * r[3] > 0))
        refuse(pointer + "/rotation", "is no rotation: its quaternion has length 0");
    return rotation(0 - r[0], 0 - r[1], 0 - r[2], r[3]);
}

const tinygltf::Value* light_of_scene(const tinygltf::Model& model, int choice) {
    if (model.scenes.empty()) return nullptr;
    const int scene = choice >= 0 ? choice : std::max(model.defaultScene, 0);
    if (scene >= static_cast<int>(model.scenes.size())) return nullptr;
    return extension(model.scenes[static_cast<size_t>(scene)].extensions, extension_name);
}

} // namespace

std::optional<SkyDescription> read_image_light(const tinygltf::Model& model, int choice,
                                               const Folder& folder, MemoryBudget& budget) {
    const tinygltf::Value* named = light_of_scene(model, choice);
    const tinygltf::Value* all = extension(model.extensions, extension_name);
    if (named == nullptr || all == nullptr) return std::nullopt;
    const auto at = static_cast<size_t>(number(*named, "light", 0));
    const std::string pointer = pointer_to("/extensions/EXT_lights_image_based/lights", at);
    const tinygltf::Value& light = all->Get("lights").Get(at);
    const Affine to_light = read_turn(light, pointer);

    const tinygltf::Value& cubes = light.Get("specularImages");
    const bool has_cube = cubes.IsArray() && cubes.ArrayLen() > 0;
    if (!has_cube && !light.Get("irradianceCoefficients").IsArray())
        refuse(pointer, "has neither specularImages nor irradianceCoefficients");
    LightMapDescription map;
    if (has_cube) {
        const CubeMap cube = read_cube_map(model, light, pointer, folder, budget);
        const uint32_t width = std::min(4 * cube.side, max_map_width);
        budget.take(uint64_t(width) * (width / 2), 3 * sizeof(float), pointer);
        map = draw_map(width, to_light, [&](const Vec& d) { return radiance(cube, d); });
        budget.give_back(uint64_t(cube.side) * cube.side * 6 * sizeof(Rgb));
    } else {
        const Harmonics harmonics = read_harmonics(light);
        map = draw_map(256, to_light, [&](const Vec& d) { return harmonics.at(d); });
    }
    map.name = "light " + std::to_string(at);
    SkyDescription sky;
    sky.kind = sky_image;
    sky.strength = static_cast<float>(number(light, "intensity", 1));
    sky.map.emplace(std::move(map));
    return sky;
}

} // namespace juggler::gltf
