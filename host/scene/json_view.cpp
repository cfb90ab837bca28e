// Picture, camera, sky and lights of a JSON scene.
#include "host/base/error.h"
#include "host/scene/degrees.h"
#include "host/scene/json_scene.h"
#include "host/scene/light_map.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

constexpr Range place_range{-max_coordinate, max_coordinate};
constexpr uint32_t max_side = 65536;
constexpr uint64_t max_pixels = uint64_t(1) << 28;

double dot(const Triple& a, const Triple& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Triple cross(const Triple& a, const Triple& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Triple difference(const Triple& a, const Triple& b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

double length(const Triple& v) { return std::sqrt(dot(v, v)); }

Triple scaled(const Triple& v, double s) { return {v[0] * s, v[1] * s, v[2] * s}; }

// Sets the axes, looking along `forward` (unit length). False if `up` is along it.
bool aim(Affine& to_world, const Triple& eye, const Triple& forward, const Triple& up) {
    const Triple side = cross(forward, up);
    const double side_length = length(side);
    if (!(side_length > 1e-9 * length(up))) return false;
    const Triple right = scaled(side, 1 / side_length);
    const Triple above = cross(right, forward);
    for (size_t row = 0; row < 3; ++row) {
        to_world.m[4 * row] = right[row];
        to_world.m[4 * row + 1] = above[row];
        to_world.m[4 * row + 2] = 0 - forward[row];
        to_world.m[4 * row + 3] = eye[row];
    }
    return true;
}

// A direction from the key, or from `position` to "look_at"; unit length.
Triple read_direction(const Field& object, std::string_view key, const Triple& fallback) {
    const Triple v = read_triple(object, key, any_range, fallback);
    const double size = length(v);
    if (size > 0) return scaled(v, 1 / size);
    object.member(key).fail("must not be of length 0");
    return fallback;
}

// A picture file, decoded once however often it is named.
std::optional<Shared<LightMapDescription>> light_map(SceneReading& reading, const Field& file) {
    if (!file.string()) {
        file.fail_value("must be the name of an .hdr or .exr file");
        return std::nullopt;
    }
    const auto [known, is_new] = reading.names.light_maps.try_emplace(*file.string());
    if (!is_new) return known->second;
    try {
        const uint64_t budget = reading.options.max_memory_bytes;
        const uint64_t left = budget - std::min(budget, reading.names.image_bytes);
        const auto bytes = reading.folder.read(*file.string(), std::min(left, max_map_file_bytes));
        LightMapDescription map = decode_light_map(bytes, *file.string(), left);
        reading.names.image_bytes += map.rgb.size() * sizeof(float);
        if (map.changed_values > 0) reading.scene.notes.push_back(changed_values_note(map));
        known->second.emplace(std::move(map));
    } catch (const Error& error) {
        file.fail(in_quotes(*file.string()) + " cannot be used: " + error.what());
    }
    return known->second;
}

void read_point(const Field& point, LightDescription& light) {
    check_object(point, scene_keys::point);
    light.kind = LightDescription::Kind::point;
    if (require(point, {"position"}))
        light.position = to_float(read_triple(point, "position", place_range, {}));
    light.intensity = to_float(read_color(point, "intensity", not_negative, {1, 1, 1}, true));
    light.range = static_cast<float>(read_number(point, "range", not_negative, 0));
}

void read_spot(const Field& spot, LightDescription& light) {
    check_object(spot, scene_keys::spot);
    light.kind = LightDescription::Kind::spot;
    const Triple position = read_triple(spot, "position", place_range, {});
    require(spot, {"position"});
    light.position = to_float(position);
    Triple direction{0, -1, 0};
    if (spot.has("direction") == spot.has("look_at")) {
        spot.fail("needs either \"direction\" or \"look_at\"");
    } else if (spot.has("direction")) {
        direction = read_direction(spot, "direction", direction);
    } else {
        const Triple to = difference(read_triple(spot, "look_at", place_range, {}), position);
        const double size = length(to);
        if (size > 0)
            direction = scaled(to, 1 / size);
        else
            spot.member("look_at").fail("must not be the light's own position");
    }
    light.direction = to_float(direction);
    light.intensity = to_float(read_color(spot, "intensity", not_negative, {1, 1, 1}, true));
    const double outer = read_number(spot, "outer_deg", {0, 90, true, false}, 45);
    const double inner = read_number(spot, "inner_deg", {0, outer, false, true}, 0);
    light.cos_inner = static_cast<float>(cos_deg(inner));
    light.cos_outer = static_cast<float>(cos_deg(outer));
    light.range = static_cast<float>(read_number(spot, "range", not_negative, 0));
}

void read_sun(const Field& sun, LightDescription& light) {
    check_object(sun, scene_keys::sun);
    light.kind = LightDescription::Kind::sun;
    Triple direction{0, -1, 0};
    const bool by_angles = sun.has("elevation_deg") || sun.has("azimuth_deg");
    if (sun.has("direction") && by_angles) {
        sun.fail("has both \"direction\" and angles");
    } else if (sun.has("direction")) {
        direction = read_direction(sun, "direction", direction);
    } else {
        const double elevation = read_number(sun, "elevation_deg", {-90, 90}, 45);
        const double azimuth = read_number(sun, "azimuth_deg", {-360, 360}, 0);
        const double across = cos_deg(elevation);
        direction = {0 - across * sin_deg(azimuth), 0 - sin_deg(elevation),
                     across * cos_deg(azimuth)};
    }
    light.direction = to_float(direction);
    light.intensity = to_float(read_color(sun, "irradiance", not_negative, {3, 3, 3}, true));
    light.angle_deg = static_cast<float>(read_number(sun, "angle_deg", {0, 180}, 0.53));
}

} // namespace

void read_image_settings(const Field& image, ImageSettings& settings) {
    if (!check_object(image, scene_keys::image)) return;
    settings.width = read_count(image, "width", 1, max_side);
    settings.height = read_count(image, "height", 1, max_side);
    if (settings.width && settings.height &&
        uint64_t(*settings.width) * *settings.height > max_pixels)
        image.fail("must not have more than " + std::to_string(max_pixels) + " pixels, not " +
                   std::to_string(uint64_t(*settings.width) * *settings.height));
    settings.spp = read_count(image, "spp", 1, 65536);
    settings.max_depth = read_count(image, "max_depth", 1, 1024);
    settings.seed = read_count(image, "seed", 0, 0xffffffffu);
    constexpr std::string_view curves[]{"none", "reinhard", "aces", "agx"};
    constexpr ToneMap values[]{ToneMap::clamp, ToneMap::reinhard, ToneMap::aces, ToneMap::agx};
    constexpr std::string_view filters[]{"box", "blackman-harris"};
    constexpr PixelFilter filter_values[]{filter_box, filter_blackman_harris};
    if (image.has("filter"))
        settings.filter = filter_values[read_word(image, "filter", filters, 0)];
    if (image.has("tonemap")) settings.tone_map = values[read_word(image, "tonemap", curves, 0)];
    if (image.has("exposure"))
        settings.exposure = static_cast<float>(read_number(image, "exposure", {-32, 32}, 0));
}

CameraDescription read_camera(const Field& camera) {
    CameraDescription result;
    if (!check_object(camera, scene_keys::camera)) return result;
    result.name = read_string(camera, "name", "");
    const bool complete = require(camera, {"eye", "look_at"});
    const Triple eye = read_triple(camera, "eye", place_range, {0, 0, 1});
    const Triple look_at = read_triple(camera, "look_at", place_range, {0, 0, 0});
    const Triple view = difference(look_at, eye);
    const double distance = length(view);
    result.focus = read_number(camera, "focus", positive, distance > 0 ? distance : 1);
    result.aperture = read_number(camera, "aperture", not_negative, 0);
    result.blades = read_count(camera, "blades", 3, 64).value_or(0);
    result.blade_turn_deg = read_number(camera, "blade_turn_deg", {-360, 360}, 0);
    result.tan_half_fov_y = tan_deg(read_number(camera, "fov_y_deg", {0, 180, true, true}, 40) / 2);
    if (camera.has("orthographic_height")) {
        if (camera.has("fov_y_deg"))
            camera.fail("has both \"fov_y_deg\" and \"orthographic_height\"");
        result.orthographic = true;
        result.y_mag = read_number(camera, "orthographic_height", positive, 2) / 2;
        result.x_mag = result.y_mag;
    }
    if (!complete) return result;
    if (!(distance > 0)) {
        camera.member("look_at").fail("must not be where the eye is");
        return result;
    }
    const Triple forward = scaled(view, 1 / distance);
    const Triple up = read_triple(camera, "up", any_range, {0, 1, 0});
    if (aim(result.to_world, eye, forward, up)) return result;
    // Straight up or down with nothing said about "up": -z is the top of the picture.
    if (camera.has("up"))
        camera.member("up").fail("must not be 0 or along the view");
    else
        aim(result.to_world, eye, forward, {0, 0, -1});
    return result;
}

SkyDescription read_sky(SceneReading& reading, const Field& sky) {
    SkyDescription result;
    if (const std::string* text = sky.string()) {
        if (*text != "none") sky.fail_value("must be an object or \"none\"");
        return result;
    }
    if (!check_object(sky, scene_keys::sky)) return result;
    const double strength = read_number(sky, "strength", not_negative, 1);
    const auto light = [&](const Triple& color) {
        const Triple product = scaled(color, strength);
        if (*std::max_element(product.begin(), product.end()) <= not_negative.high)
            return to_float(product);
        sky.member("strength").fail("makes a radiance out of range of float");
        return std::array<float, 3>{0, 0, 0};
    };
    if (sky.has("constant") + sky.has("gradient") + sky.has("image") != 1) {
        sky.fail("needs exactly one of \"constant\", \"gradient\" and \"image\"");
    } else if (sky.has("image")) {
        result.map = light_map(reading, sky.member("image"));
        result.kind = result.map ? sky_image : sky_none;
        result.rotate_deg = read_number(sky, "rotate_deg", {-1e6, 1e6}, 0);
        result.strength = static_cast<float>(strength);
    } else if (sky.has("rotate_deg")) {
        sky.member("rotate_deg").fail("turns an \"image\"; there is none");
    } else if (sky.has("constant")) {
        result.kind = sky_constant;
        result.horizon = light(read_color(sky, "constant", not_negative, {}, true));
        result.top = result.bottom = result.horizon;
    } else {
        const Field gradient = sky.member("gradient");
        if (!check_object(gradient, scene_keys::gradient)) return result;
        result.kind = sky_gradient;
        require(gradient, {"top", "horizon"});
        const Triple horizon = read_color(gradient, "horizon", not_negative, {}, true);
        result.horizon = light(horizon);
        result.top = light(read_color(gradient, "top", not_negative, {}, true));
        result.bottom = light(read_color(gradient, "bottom", not_negative, horizon, true));
    }
    return result;
}

void read_light(SceneReading& reading, const Field& light) {
    if (!check_object(light, scene_keys::light)) return;
    read_string(light, "name", "");
    const Field point = light.member("point"), spot = light.member("spot"),
                sun = light.member("sun");
    if (!!point + !!spot + !!sun != 1) {
        light.fail("needs exactly one of \"point\", \"spot\" and \"sun\"");
        return;
    }
    LightDescription result;
    if (point) read_point(point, result);
    if (spot) read_spot(spot, result);
    if (sun) read_sun(sun, result);
    reading.scene.lights.push_back(result);
}

} // namespace juggler
