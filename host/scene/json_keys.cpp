#include "host/scene/json_keys.h"

#include <algorithm>
#include <array>
#include <vector>

namespace juggler {
namespace {

template <size_t N>
using Words = std::array<std::string_view, N>;

constexpr Words<12> scene_words{"$schema", "juggler", "name",      "image",
                                "camera",  "cameras", "sky",       "lights",
                                "meshes",  "objects", "materials", "animation"};
constexpr Words<8> image_words{"width", "height",  "spp",      "max_depth",
                               "seed",  "tonemap", "exposure", "filter"};
constexpr Words<10> camera_words{
    "name",     "eye",    "look_at",        "up",    "fov_y_deg",
    "aperture", "blades", "blade_turn_deg", "focus", "orthographic_height"};
constexpr Words<5> sky_words{"constant", "gradient", "image", "rotate_deg", "strength"};
constexpr Words<3> gradient_words{"top", "horizon", "bottom"};
constexpr Words<43> material_words{"base_color",
                                   "base_color_texture",
                                   "metallic",
                                   "roughness",
                                   "metallic_roughness_texture",
                                   "ior",
                                   "specular",
                                   "transmission",
                                   "transmission_texture",
                                   "thin",
                                   "attenuation",
                                   "emission",
                                   "emission_strength",
                                   "emission_texture",
                                   "normal_texture",
                                   "normal_scale",
                                   "alpha",
                                   "alpha_mode",
                                   "alpha_cutoff",
                                   "unlit",
                                   "specular_texture",
                                   "specular_color",
                                   "specular_color_texture",
                                   "clearcoat",
                                   "clearcoat_texture",
                                   "clearcoat_roughness",
                                   "clearcoat_roughness_texture",
                                   "clearcoat_normal_texture",
                                   "clearcoat_normal_scale",
                                   "sheen_color",
                                   "sheen_color_texture",
                                   "sheen_roughness",
                                   "sheen_roughness_texture",
                                   "anisotropy",
                                   "anisotropy_rotation_deg",
                                   "anisotropy_texture",
                                   "iridescence",
                                   "iridescence_texture",
                                   "iridescence_ior",
                                   "iridescence_thickness_nm",
                                   "iridescence_thickness_least_nm",
                                   "iridescence_thickness_texture",
                                   "dispersion"};
constexpr Words<6> texture_words{"image", "checker", "scale", "offset", "nearest", "wrap"};
constexpr Words<2> checker_words{"colors", "size"};
constexpr Words<2> attenuation_words{"color", "distance"};
constexpr Words<19> object_words{
    "name",   "material",     "plane",        "sphere",       "spheres", "quad",     "box",
    "disk",   "knot",         "ocean",        "triangles",    "gltf",    "instance", "translate",
    "rotate", "rotate_x_deg", "rotate_y_deg", "rotate_z_deg", "scale"};
constexpr Words<2> plane_words{"y", "half_size"};
constexpr Words<2> sphere_words{"center", "radius"};
constexpr Words<3> quad_words{"corner", "u", "v"};
constexpr Words<2> box_words{"center", "size"};
constexpr Words<4> disk_words{"center", "normal", "radius", "segments"};
constexpr Words<6> knot_words{"turns", "winds", "radius", "thickness", "segments", "sides"};
constexpr Words<4> triangles_words{"positions", "normals", "texcoords", "indices"};
constexpr Words<4> ocean_words{"size", "cells", "waves", "loop"};
constexpr Words<6> wave_words{"length",      "amplitude", "steepness",
                              "azimuth_deg", "speed",     "phase_deg"};
constexpr Words<6> gltf_words{"file", "scene", "lights", "cameras", "clip", "loop"};
constexpr Words<2> instance_words{"mesh", "copies"};
constexpr Words<6> transform_words{"translate",    "rotate",       "rotate_x_deg",
                                   "rotate_y_deg", "rotate_z_deg", "scale"};
constexpr Words<4> light_words{"name", "point", "spot", "sun"};
constexpr Words<3> point_words{"position", "intensity", "range"};
constexpr Words<7> spot_words{"position",  "direction", "look_at", "intensity",
                              "inner_deg", "outer_deg", "range"};
constexpr Words<5> sun_words{"direction", "elevation_deg", "azimuth_deg", "irradiance",
                             "angle_deg"};
constexpr Words<4> animation_words{"fps", "frames", "shutter", "tracks"};
constexpr Words<4> track_words{"target", "curve", "loop", "keys"};

// Optimal string alignment: insert, delete, replace and swap of neighbours cost 1 each.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

} // namespace

namespace scene_keys {
const KeyTable scene{"scene", scene_words}, image{"image", image_words},
    camera{"camera", camera_words}, sky{"sky", sky_words}, gradient{"gradient", gradient_words},
    material{"material", material_words}, texture{"texture", texture_words},
    checker{"checker", checker_words}, attenuation{"attenuation", attenuation_words},
    object{"object", object_words}, plane{"plane", plane_words}, sphere{"sphere", sphere_words},
    quad{"quad", quad_words}, box{"box", box_words}, disk{"disk", disk_words},
    knot{"knot", knot_words}, triangles{"triangles", triangles_words}, ocean{"ocean", ocean_words},
    wave{"wave", wave_words}, gltf{"gltf", gltf_words}, instance{"instance", instance_words},
    transform{"transform", transform_words}, light{"light", light_words},
    point{"point", point_words}, spot{"spot", spot_words}, sun{"sun", sun_words},
    animation{"animation", animation_words}, track{"track", track_words};
}

std::span<const KeyTable* const> all_key_tables() {
    using namespace scene_keys;
    static const std::array tables{
        &scene,     &image,       &camera,    &sky,   &gradient, &material,  &texture,
        &checker,   &attenuation, &object,    &plane, &sphere,   &quad,      &box,
        &disk,      &knot,        &triangles, &ocean, &wave,     &gltf,      &instance,
        &transform, &light,       &point,     &spot,  &sun,      &animation, &track};
    return tables;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
    constexpr size_t longest = 64, most = 1000; // names come from files: keep this cheap
    if (word.size() > longest) return {};
    std::string_view nearest;
    size_t least = word.size() / 3 + 2;
    for (std::string_view candidate : known.first(std::min(known.size(), most))) {
        if (candidate.size() > longest) continue;
        const size_t distance = edit_distance(word, candidate);
        if (distance >= std::min(least, std::max(word.size(), candidate.size()))) continue;
        least = distance;
        nearest = candidate;
    }
    return nearest;
}

} // namespace juggler
