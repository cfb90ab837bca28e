// Materials and textures of a JSON scene.
#include "host/image/decode.h"
#include "host/image/srgb.h"
#include "host/scene/degrees.h"
#include "host/scene/json_scene.h"

#include <algorithm>

namespace juggler {
namespace {

constexpr uint64_t max_picture_bytes = uint64_t(1) << 30; // of the file, before decoding

uint32_t srgb_texel(const Triple& linear) {
    const auto c = to_float(linear);
    return 0xff000000u | uint32_t(srgb8(c[0])) | uint32_t(srgb8(c[1])) << 8 |
           uint32_t(srgb8(c[2])) << 16;
}

// A picture file, decoded once however often it is named.
int picture(SceneReading& reading, const Field& file) {
    if (!file.string()) {
        file.fail_value("must be the name of a PNG or JPEG file");
        return -1;
    }
    const auto known = reading.names.images.find(*file.string());
    if (known != reading.names.images.end()) return known->second;
    int index = -1;
    try {
        const uint64_t budget = reading.options.max_memory_bytes;
        const uint64_t left = budget - std::min(budget, reading.names.image_bytes);
        const auto bytes = reading.folder.read(*file.string(), std::min(left, max_picture_bytes));
        ImageDescription image = decode_image(bytes, left);
        image.name = *file.string();
        reading.names.image_bytes += image.texels.size() * sizeof(uint32_t);
        index = static_cast<int>(reading.scene.images.size());
        reading.scene.images.push_back(std::move(image));
    } catch (const Error& error) {
        file.fail(in_quotes(*file.string()) + " cannot be used: " + error.what());
    }
    reading.names.images.emplace(*file.string(), index);
    return index;
}

// Two colours in squares: a picture of 2 x 2 texels, repeated. Returns squares per unit of uv.
double checker(SceneReading& reading, const Field& field, TextureUse& use) {
    if (!check_object(field, scene_keys::checker)) return 1;
    const double size = read_number(field, "size", positive, 1);
    Triple colors[2]{{0.8, 0.8, 0.8}, {0.2, 0.2, 0.2}};
    const Field list = field.member("colors");
    if (list && check_array(list, 2, 2)) {
        for (size_t i = 0; i < 2; ++i)
            colors[i] = as_color(list.item(i), unit_range, true).value_or(colors[i]);
    }
    ImageDescription image;
    image.name = "checker";
    image.width = image.height = 2;
    const uint32_t a = srgb_texel(colors[0]), b = srgb_texel(colors[1]);
    image.texels = {a, b, b, a};
    use.image = static_cast<int>(reading.scene.images.size());
    use.nearest = true;
    use.srgb = true;
    reading.scene.images.push_back(std::move(image));
    return 1 / (2 * size);
}

TextureUse read_texture(SceneReading& reading, const Field& material, std::string_view key,
                        bool srgb) {
    TextureUse use;
    const Field texture = material.member(key);
    if (!texture || !check_object(texture, scene_keys::texture)) return use;
    use.srgb = srgb;
    use.nearest = read_bool(texture, "nearest", false);
    constexpr std::string_view wraps[]{"repeat", "clamp", "mirror"};
    constexpr Wrap wrap_values[]{wrap_repeat, wrap_clamp, wrap_mirror};
    use.wrap_s = use.wrap_t = wrap_values[read_word(texture, "wrap", wraps, 0)];

    double per_uv = 1;
    const Field image = texture.member("image"), squares = texture.member("checker");
    if (!!image == !!squares) {
        texture.fail("needs either \"image\" or \"checker\"");
    } else if (image) {
        use.image = picture(reading, image);
    } else if (!srgb) {
        squares.fail("makes colours; it cannot stand here");
    } else {
        per_uv = checker(reading, squares, use);
    }

    std::array<double, 2> scale{1, 1}, offset{0, 0};
    const auto read_pair = [&](std::string_view name, std::array<double, 2>& pair) {
        const Field field = texture.member(name);
        if (!field) return;
        if (field.value().number() && name == "scale") {
            pair[0] = pair[1] = *field.value().number();
        } else if (check_array(field, 2, 2)) {
            for (size_t i = 0; i < 2; ++i)
                pair[i] = as_number(field.item(i), any_range).value_or(pair[i]);
        }
    };
    read_pair("scale", scale);
    read_pair("offset", offset);
    use.transform = {static_cast<float>(scale[0] * per_uv), 0,
                     static_cast<float>(offset[0]),         0,
                     static_cast<float>(scale[1] * per_uv), static_cast<float>(offset[1])};
    return use;
}

// Beer's law: the colour that is left of white after `distance` metres, as absorption per metre.
std::array<float, 3> read_attenuation(const Field& material) {
    const Field field = material.member("attenuation");
    if (!field || !check_object(field, scene_keys::attenuation)) return {0, 0, 0};
    require(field, {"color", "distance"});
    const Triple color = read_color(field, "color", {0, 1, true, false}, {1, 1, 1});
    const double distance = read_number(field, "distance", positive, 1);
    Triple absorbed{};
    for (size_t i = 0; i < 3; ++i)
        absorbed[i] = color[i] > 0 ? (0 - natural_log(color[i])) / distance : 0;
    return to_float(absorbed);
}

float read_float(const Field& object, std::string_view key, Range range, float fallback) {
    return static_cast<float>(read_number(object, key, range, static_cast<double>(fallback)));
}

LobesDescription read_lobes(SceneReading& reading, const Field& field) {
    LobesDescription l;
    const auto texture = [&](std::string_view key, bool srgb = false) {
        return read_texture(reading, field, key, srgb);
    };
    l.specular_color = to_float(read_color(field, "specular_color", not_negative, {1, 1, 1}, true));
    l.specular_texture = texture("specular_texture");
    l.specular_color_texture = texture("specular_color_texture", true);
    l.coat = read_float(field, "clearcoat", unit_range, 0);
    l.coat_texture = texture("clearcoat_texture");
    l.coat_roughness = read_float(field, "clearcoat_roughness", unit_range, 0);
    l.coat_roughness_texture = texture("clearcoat_roughness_texture");
    l.coat_normal_texture = texture("clearcoat_normal_texture");
    l.coat_normal_scale = read_float(field, "clearcoat_normal_scale", any_range, 1);
    l.sheen_color = to_float(read_color(field, "sheen_color", unit_range, {0, 0, 0}, true));
    l.sheen_color_texture = texture("sheen_color_texture", true);
    l.sheen_roughness = read_float(field, "sheen_roughness", unit_range, 0);
    l.sheen_roughness_texture = texture("sheen_roughness_texture");
    l.anisotropy = read_float(field, "anisotropy", unit_range, 0);
    const double turn = read_number(field, "anisotropy_rotation_deg", any_range, 0);
    l.anisotropy_cos = static_cast<float>(cos_deg(turn));
    l.anisotropy_sin = static_cast<float>(sin_deg(turn));
    l.anisotropy_texture = texture("anisotropy_texture");
    l.iridescence = read_float(field, "iridescence", unit_range, 0);
    l.iridescence_texture = texture("iridescence_texture");
    l.film_index = read_float(field, "iridescence_ior", {1, 10}, l.film_index);
    l.film_most_nm = read_float(field, "iridescence_thickness_nm", {0, 10000}, l.film_most_nm);
    l.film_least_nm =
        read_float(field, "iridescence_thickness_least_nm", {0, 10000}, l.film_least_nm);
    l.film_texture = texture("iridescence_thickness_texture");
    l.dispersion = read_float(field, "dispersion", {0, 100}, 0);
    return l;
}

} // namespace

MaterialDescription read_material(SceneReading& reading, const std::string& name,
                                  const Field& field) {
    MaterialDescription m;
    m.name = name;
    if (check_object(field, scene_keys::material)) {
        const auto color = to_float(read_color(field, "base_color", unit_range, {1, 1, 1}));
        m.base_color = {color[0], color[1], color[2], read_float(field, "alpha", unit_range, 1)};
        m.metallic = read_float(field, "metallic", unit_range, m.metallic);
        m.roughness = read_float(field, "roughness", unit_range, m.roughness);
        m.ior = read_float(field, "ior", {1, 10}, m.ior);
        m.specular = read_float(field, "specular", unit_range, m.specular);
        m.transmission = read_float(field, "transmission", unit_range, m.transmission);
        m.thin = read_bool(field, "thin", false);
        m.attenuation = read_attenuation(field);
        const double strength = read_number(field, "emission_strength", not_negative, 1);
        Triple emission = read_color(field, "emission", not_negative, {0, 0, 0}, true);
        for (double& channel : emission) {
            channel *= strength;
            if (channel <= not_negative.high) continue;
            field.member("emission_strength").fail("makes an emission out of range of float");
            channel = 0;
        }
        m.emission = to_float(emission);
        constexpr std::string_view modes[]{"opaque", "mask", "blend"};
        constexpr AlphaMode mode_values[]{AlphaMode::opaque, AlphaMode::mask, AlphaMode::blend};
        m.alpha_mode =
            mode_values[read_word(field, "alpha_mode", modes, field.has("alpha") ? 2 : 0)];
        m.alpha_cutoff = read_float(field, "alpha_cutoff", unit_range, m.alpha_cutoff);
        m.normal_scale = read_float(field, "normal_scale", any_range, m.normal_scale);
        m.unlit = read_bool(field, "unlit", false);
        m.base_texture = read_texture(reading, field, "base_color_texture", true);
        m.metallic_roughness_texture =
            read_texture(reading, field, "metallic_roughness_texture", false);
        m.normal_texture = read_texture(reading, field, "normal_texture", false);
        m.emission_texture = read_texture(reading, field, "emission_texture", true);
        m.transmission_texture = read_texture(reading, field, "transmission_texture", false);
        m.lobes = read_lobes(reading, field);
    }
    return m;
}

} // namespace juggler
