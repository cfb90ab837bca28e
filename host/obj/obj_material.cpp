#include "host/obj/obj_material.h"

#include "host/base/error.h"
#include "host/image/decode.h"
#include "host/scene/diagnostics.h"

#include <algorithm>
#include <cmath>

namespace juggler::obj {
namespace {

constexpr uint64_t max_picture_bytes = uint64_t(1) << 30;

std::array<float, 3> within(const float (&c)[3], float most) {
    std::array<float, 3> out{};
    for (size_t i = 0; i < 3; ++i)
        out[i] = c[i] > 0 ? std::min(c[i], most) : 0; // 0 for NaN, too
    return out;
}

float within(float x, float least, float most) {
    return x > least ? std::min(x, most) : least; // `least` for NaN, too
}

float largest(const std::array<float, 3>& c) { return std::max(c[0], std::max(c[1], c[2])); }

// Of GGX facets about as spread as Phong's lobe cos^n: alpha^2 = 2 / (n + 2).
float roughness_of(float exponent) {
    return std::sqrt(std::sqrt(2 / (within(exponent, 0, 1e6f) + 2)));
}

// illum 4, 6, 7 and 9 are refraction; 0 and 1 have no reflection.
bool refracts(int illum) { return illum == 4 || illum == 6 || illum == 7 || illum == 9; }

bool is_physical(const tinyobj::material_t& from) {
    return from.roughness > 0 || from.metallic > 0 || !from.roughness_texname.empty() ||
           !from.metallic_texname.empty();
}

void read_surface(const tinyobj::material_t& from, MaterialDescription& to) {
    to.roughness = roughness_of(from.shininess);
    if (is_physical(from)) {
        to.roughness = within(from.roughness, 0, 1);
        to.metallic = within(from.metallic, 0, 1);
        return;
    }
    const std::array<float, 3> specular = within(from.specular, 1);
    to.specular = from.illum < 2 ? 0 : largest(specular);
    if (to.specular > 0)
        for (size_t c = 0; c < 3; ++c)
            to.lobes.specular_color[c] = specular[c] / largest(specular);
}

void read_glass(const tinyobj::material_t& from, MaterialDescription& to) {
    if (!refracts(from.illum)) return;
    const std::array<float, 3> tint = within(from.transmittance, 1);
    to.base_color = {tint[0], tint[1], tint[2], 1};
    if (!(largest(tint) > 0)) to.base_color = {1, 1, 1, 1};
    to.transmission = 1;
    to.thin = false;
    to.ior = within(from.ior, 1, 4);
    to.specular = 1;
    to.lobes.specular_color = {1, 1, 1};
    if (!is_physical(from)) to.roughness = 0;
}

void read_coverage(const tinyobj::material_t& from, MaterialDescription& to) {
    if (refracts(from.illum) || !(from.dissolve < 1)) return;
    to.base_color[3] = within(from.dissolve, 0, 1);
    to.alpha_mode = AlphaMode::blend;
}

void note_unused(const tinyobj::material_t& from, std::vector<std::string>& notes) {
    const std::pair<const char*, const std::string*> unused[] = {
        {"map_Ks", &from.specular_texname},  {"map_Ns", &from.specular_highlight_texname},
        {"map_bump", &from.bump_texname},    {"disp", &from.displacement_texname},
        {"map_d", &from.alpha_texname},      {"refl", &from.reflection_texname},
        {"map_Pr", &from.roughness_texname}, {"map_Pm", &from.metallic_texname},
        {"map_Ps", &from.sheen_texname}};
    for (const auto& [key, name] : unused) {
        const std::string text = std::string(key) + " textures are not used";
        if (!name->empty() && std::find(notes.begin(), notes.end(), text) == notes.end())
            notes.push_back(text);
    }
}

} // namespace

std::string uri_of(const std::string& name) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string uri;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_';
        if (plain)
            uri += c;
        else if (c == '\\') // files of Windows programs
            uri += '/';
        else
            uri += std::string{'%', digits[byte >> 4], digits[byte & 15]};
    }
    return uri;
}

int Pictures::place_of(const std::string& name) {
    const auto known = places_.find(name);
    if (known != places_.end()) return known->second;
    try {
        const auto bytes = folder_.read(uri_of(name), std::min(left_, max_picture_bytes));
        ImageDescription image = decode_image(bytes, left_);
        left_ -= image.texels.size() * sizeof(uint32_t);
        image.name = name;
        into_.images.push_back(std::move(image));
    } catch (const Error& error) {
        throw Error(Exit::input, in_quotes(name) + " cannot be used: " + error.what());
    }
    const int place = static_cast<int>(into_.images.size()) - 1;
    places_.emplace(name, place);
    return place;
}

// Their v counts from the bottom row; coordinates are turned over when vertices are read, so moves
// along v count the other way.
TextureUse Pictures::use(const std::string& name, const tinyobj::texture_option_t& options,
                         bool srgb) {
    TextureUse use;
    if (name.empty()) return use;
    use.image = place_of(name);
    use.srgb = srgb;
    if (options.clamp) use.wrap_s = use.wrap_t = wrap_clamp;
    const float su = options.scale[0], sv = options.scale[1];
    const float ou = options.origin_offset[0], ov = options.origin_offset[1];
    const bool finite = std::isfinite(su) && std::isfinite(sv) && std::isfinite(ou) &&
                        std::isfinite(ov) && std::fabs(su) < 1e6f && std::fabs(sv) < 1e6f &&
                        std::fabs(ou) < 1e6f && std::fabs(ov) < 1e6f;
    // v' = 1 - (sv (1 - v) + ov)
    if (finite) use.transform = {su, 0, ou, 0, sv, 1 - sv - ov};
    return use;
}

MaterialDescription convert(const tinyobj::material_t& from, Pictures& pictures,
                            std::vector<std::string>& notes) {
    MaterialDescription to;
    to.name = from.name;
    const std::array<float, 3> diffuse = within(from.diffuse, 1);
    to.base_color = {diffuse[0], diffuse[1], diffuse[2], 1};
    to.base_texture = pictures.use(from.diffuse_texname, from.diffuse_texopt, true);
    // Exporters leave Kd black or out where a picture says it all.
    if (to.base_texture.image >= 0 && !(largest(diffuse) > 0)) to.base_color = {1, 1, 1, 1};
    read_surface(from, to);
    read_glass(from, to);
    read_coverage(from, to);
    to.emission = within(from.emission, 1e6f);
    to.emission_texture = pictures.use(from.emissive_texname, from.emissive_texopt, true);
    if (to.emission_texture.image >= 0 && !(largest(to.emission) > 0)) to.emission = {1, 1, 1};
    to.normal_texture = pictures.use(from.normal_texname, from.normal_texopt, false);
    note_unused(from, notes);
    return to;
}

} // namespace juggler::obj
