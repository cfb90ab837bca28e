#include "host/gltf/punctual.h"

#include "host/gltf/problem.h"
#include "host/scene/degrees.h"

#include <cmath>

namespace juggler::gltf {
namespace {

constexpr double pi = 3.14159265358979323846;

using Vec = std::array<double, 3>;

double dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

std::optional<Vec> unit(const Vec& v) {
    const double length = std::sqrt(dot(v, v));
    if (!(length > 0)) return std::nullopt;
    return Vec{v[0] / length, v[1] / length, v[2] / length};
}

Vec without(const Vec& v, const Vec& axis) {
    const double along = dot(v, axis);
    return {v[0] - along * axis[0], v[1] - along * axis[1], v[2] - along * axis[2]};
}

// The same axes at right angles and of unit length, z first; a mirrored node stays mirrored.
Affine rigid(const Affine& a, const std::string& pointer) {
    const auto z = unit(transform_vector(a, {0, 0, 1}));
    const auto y = z ? unit(without(transform_vector(a, {0, 1, 0}), *z)) : std::nullopt;
    const auto x =
        y ? unit(without(without(transform_vector(a, {1, 0, 0}), *z), *y)) : std::nullopt;
    if (!x) refuse(pointer, "is placed by a node whose scale leaves it no direction");
    Affine r = a;
    for (size_t row = 0; row < 3; ++row) {
        r.m[4 * row] = (*x)[row];
        r.m[4 * row + 1] = (*y)[row];
        r.m[4 * row + 2] = (*z)[row];
    }
    return r;
}

void read_cone(const tinygltf::Light& from, const std::string& pointer, LightDescription& to) {
    const double inner = from.spot.innerConeAngle, outer = from.spot.outerConeAngle;
    if (!(outer > 0 && outer <= pi / 2 + 1e-6))
        refuse(pointer + "/spot/outerConeAngle", "must be more than 0 and at most pi / 2");
    if (!(inner >= 0 && inner < outer))
        refuse(pointer + "/spot/innerConeAngle", "must be at least 0 and less than outerConeAngle");
    to.cos_inner = static_cast<float>(cos_radians(inner));
    to.cos_outer = static_cast<float>(cos_radians(outer));
}

} // namespace

CameraDescription read_camera(const tinygltf::Model& model, int number, const Affine& to_world) {
    const auto& from = model.cameras[static_cast<size_t>(number)];
    const std::string pointer = pointer_to("/cameras", number);
    CameraDescription to;
    to.name = from.name;
    to.to_world = rigid(to_world, pointer);
    to.orthographic = from.type == "orthographic";
    if (to.orthographic) {
        to.x_mag = std::fabs(from.orthographic.xmag);
        to.y_mag = std::fabs(from.orthographic.ymag);
        if (!(to.x_mag > 0)) refuse(pointer + "/orthographic/xmag", "must not be 0");
        if (!(to.y_mag > 0)) refuse(pointer + "/orthographic/ymag", "must not be 0");
    } else {
        const double half = from.perspective.yfov / 2;
        if (!(half < pi / 2)) refuse(pointer + "/perspective/yfov", "must be less than pi");
        to.tan_half_fov_y = sin_radians(half) / cos_radians(half);
        to.aspect = from.perspective.aspectRatio;
    }
    return to;
}

std::optional<LightDescription> read_light(const tinygltf::Model& model, int number,
                                           const Affine& to_world) {
    const auto& from = model.lights[static_cast<size_t>(number)];
    const std::string pointer = pointer_to("/extensions/KHR_lights_punctual/lights", number);
    using Kind = LightDescription::Kind;
    LightDescription to;
    to.kind = from.type == "directional" ? Kind::sun
              : from.type == "spot"      ? Kind::spot
                                         : Kind::point;
    if (to.kind == Kind::spot) read_cone(from, pointer, to);
    to.range = static_cast<float>(from.range);
    const auto direction = unit(transform_vector(to_world, {0, 0, -1}));
    if (!direction && to.kind != Kind::point) return std::nullopt;
    const Vec position = transform_point(to_world, {0, 0, 0});
    for (size_t c = 0; c < 3; ++c) {
        const double color = from.color.empty() ? 1 : from.color[c];
        const double intensity = color * from.intensity;
        if (!(intensity <= 3.4e38)) refuse(pointer + "/intensity", "is out of range of float");
        to.intensity[c] = static_cast<float>(intensity);
        to.position[c] = static_cast<float>(position[c]);
        if (direction) to.direction[c] = static_cast<float>((*direction)[c]);
    }
    return to;
}

} // namespace juggler::gltf
