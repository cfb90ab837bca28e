// A scene as its author wrote it, after loading: owners and plain values, no acceleration
// structure, nothing flattened. Loaders (JSON, glTF) make one; host/scene/compile.h turns it
// into the arrays kernels read.
#pragma once

#include "host/scene/shared.h"
#include "kernels/views.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace juggler {

// Row-major 3x4: p' = M p + t, t in the last column. Double, so that long node chains keep
// their digits; rounded to float once, when the scene is compiled.
struct Affine {
    std::array<double, 12> m{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
    bool operator==(const Affine&) const = default;
};

Affine operator*(const Affine& a, const Affine& b); // first b, then a
Affine translation(double x, double y, double z);
Affine scaling(double x, double y, double z);
Affine rotation(double qx, double qy, double qz, double qw); // quaternion, normalised here
double determinant(const Affine& a);
Affine inverse(const Affine& a); // determinant must not be 0
std::array<double, 3> transform_point(const Affine& a, std::array<double, 3> p);
std::array<double, 3> transform_vector(const Affine& a, std::array<double, 3> v);

// Decoded 8-bit picture, RGBA, R in the low byte, row 0 at the top (v = 0).
struct ImageDescription {
    std::string name; // for messages: the URI, or "#3" if embedded
    uint32_t width = 0, height = 0;
    std::vector<uint32_t> texels;
};

struct TextureUse {
    int image = -1; // into SceneDescription::images, -1 = constant 1
    Wrap wrap_s = wrap_repeat, wrap_t = wrap_repeat;
    bool nearest = false;
    bool srgb = false; // colour textures (base, emission) are stored with the sRGB curve
    uint32_t texcoord = 0;
    std::array<float, 6> transform{1, 0, 0, 0, 1, 0}; // as TextureSlot::m
    bool operator==(const TextureUse&) const = default;
};

enum class AlphaMode { opaque, mask, blend };

// What few materials have (glTF's extensions of these names).
struct LobesDescription {
    std::array<float, 3> specular_color{1, 1, 1};
    std::array<float, 3> sheen_color{0, 0, 0};
    float sheen_roughness = 0;
    float coat = 0, coat_roughness = 0, coat_normal_scale = 1;
    float anisotropy = 0, anisotropy_cos = 1, anisotropy_sin = 0;
    float iridescence = 0, film_index = 1.3f;
    float film_least_nm = 100, film_most_nm = 400;
    float dispersion = 0; // of a solid: 20 over its Abbe number
    TextureUse specular_texture, specular_color_texture, sheen_color_texture,
        sheen_roughness_texture, coat_texture, coat_roughness_texture, coat_normal_texture,
        anisotropy_texture, iridescence_texture, film_texture;
    bool operator==(const LobesDescription&) const = default;
};

struct MaterialDescription {
    std::string name;
    std::array<float, 4> base_color{1, 1, 1, 1}; // linear RGB, coverage
    std::array<float, 3> emission{0, 0, 0};      // radiance, emissive strength included
    float metallic = 0;
    float roughness = 1;
    float ior = 1.5f;
    float specular = 1;
    float transmission = 0;
    bool thin = true;                          // transmission without an inside (glTF's default)
    std::array<float, 3> attenuation{0, 0, 0}; // 1/m, in a solid
    AlphaMode alpha_mode = AlphaMode::opaque;
    float alpha_cutoff = 0.5f;
    float normal_scale = 1;
    bool unlit = false;
    TextureUse base_texture, metallic_roughness_texture, normal_texture, emission_texture,
        transmission_texture;
    LobesDescription lobes;
    bool operator==(const MaterialDescription&) const = default;
};

// Triangles of one material. Attribute vectors are empty or one entry a vertex.
struct TrianglePart {
    int material = 0;
    std::vector<std::array<float, 3>> positions;
    std::vector<std::array<float, 3>> positions_end; // at shutter close; empty = does not move
    std::vector<std::array<float, 3>> normals;       // unit length; empty = flat shading
    std::vector<std::array<float, 4>> tangents;      // empty unless a normal map needs them
    std::array<std::vector<std::array<float, 2>>, 2> texcoords;
    std::vector<std::array<float, 4>> colors; // linear RGBA
    std::vector<uint32_t> indices;            // 3 a triangle, each less than positions.size()
};

struct SpherePart {
    int material = 0;
    std::vector<std::array<float, 4>> spheres;     // centre, radius > 0
    std::vector<std::array<float, 4>> spheres_end; // at shutter close; empty = does not move
};

// A mesh holds triangles or spheres, not both.
struct MeshDescription {
    std::string name;
    std::vector<TrianglePart> triangles;
    std::vector<SpherePart> spheres;
    bool changes = false; // other frames of the animation have other vertices
};

struct InstanceDescription {
    int mesh = 0;
    Affine transform;
    std::vector<Affine> motion; // empty, or at least 2 keys evenly spaced over the shutter
    bool changes = false;       // other frames of the animation place it elsewhere
    bool operator==(const InstanceDescription&) const = default;
};

struct LightDescription {
    enum class Kind { sun, point, spot } kind = Kind::point;
    std::array<float, 3> position{0, 0, 0};
    std::array<float, 3> direction{0, -1, 0}; // the way the light travels; unit length
    std::array<float, 3> intensity{1, 1, 1};  // point, spot: W/sr; sun: irradiance W/m^2
    float angle_deg = 0;                      // sun: angular diameter, 0 = perfectly sharp
    float cos_inner = 1, cos_outer = 0;       // spot
    float range = 0;                          // point, spot: metres, 0 = unlimited
    bool operator==(const LightDescription&) const = default;
};

struct CameraDescription {
    std::string name;
    bool orthographic = false;
    Affine to_world;                       // camera looks along -z, +y up, as glTF; no scale
    double tan_half_fov_y = 0.5;           // perspective: tan(fov_y / 2)
    double x_mag = 1, y_mag = 1;           // orthographic: half extents in metres
    double aspect = 0;                     // width / height; 0 = the picture's
    double aperture = 0;                   // lens diameter in metres, 0 = pinhole
    double focus = 1;                      // metres
    uint32_t blades = 0;                   // of the aperture, 0 = round
    double blade_turn_deg = 0;             // of its first corner
    std::vector<CameraDescription> motion; // empty, or where it is in the middle of the shutter and
                                           // at its close; without motion of their own
};

// Whether the two show the same, apart from their motion.
inline bool same_view(const CameraDescription& a, const CameraDescription& b) {
    return a.orthographic == b.orthographic && a.to_world == b.to_world &&
           a.tan_half_fov_y == b.tan_half_fov_y && a.x_mag == b.x_mag && a.y_mag == b.y_mag &&
           a.aspect == b.aspect && a.aperture == b.aperture && a.focus == b.focus &&
           a.blades == b.blades && a.blade_turn_deg == b.blade_turn_deg;
}

// Radiance above this, in a picture of light, is taken as this.
inline constexpr float max_map_radiance = 0x1p19f;
inline constexpr uint64_t max_map_file_bytes = uint64_t(4) << 30;

// A picture of the light from all directions in latitude and longitude: straight up in row 0, -z in
// the middle column and +x to the right of it.
struct LightMapDescription {
    std::string name; // for messages
    uint32_t width = 0, height = 0;
    std::vector<float> rgb;      // [height][width][3] radiance, 0 to max_map_radiance
    uint64_t changed_values = 0; // that were not in that range in the file
};

struct SkyDescription {
    SkyKind kind = sky_none;
    std::array<float, 3> top{0, 0, 0}, horizon{0, 0, 0}, bottom{0, 0, 0}; // constant: horizon
    std::optional<Shared<LightMapDescription>> map{};                     // of sky_image
    double rotate_deg = 0; // about +y, to the left for somebody who stands on the ground
    float strength = 1;    // factor on the picture's radiance
    bool operator==(const SkyDescription&) const = default;
};

// clamp is what users call "none".
enum class ToneMap { clamp, reinhard, aces, agx };

// What the scene file asks for; the command line may override each.
struct ImageSettings {
    std::optional<uint32_t> width, height, spp, max_depth, seed;
    std::optional<ToneMap> tone_map;
    std::optional<float> exposure; // stops
    std::optional<PixelFilter> filter;
};

inline constexpr uint32_t max_frames = 1000000;

struct AnimationDescription {
    uint32_t frames = 1;
    double fps = 24;
    double shutter = 0; // share of a frame's time that it is exposed, from the frame's moment on
};

struct SceneDescription {
    std::string name; // file name without folder, for messages
    std::vector<Shared<ImageDescription>> images;
    std::vector<MaterialDescription> materials;
    std::vector<Shared<MeshDescription>> meshes;
    std::vector<InstanceDescription> instances;
    std::vector<LightDescription> lights;
    std::vector<CameraDescription> cameras;
    std::optional<SkyDescription> sky; // nullopt: the file says nothing of a sky
    ImageSettings image;
    AnimationDescription animation;
    std::vector<std::string> notes; // one line each, for the user: "note: ..." text after "note: "
};

} // namespace juggler
