#include "host/scene/defaults.h"

#include "host/scene/degrees.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace juggler {
namespace {

using Point = std::array<double, 3>;

struct Box {
    Point lo{1e300, 1e300, 1e300}, hi{-1e300, -1e300, -1e300};
    [[nodiscard]] bool empty() const { return lo[0] > hi[0]; }
    [[nodiscard]] double diagonal() const {
        double sum = 0;
        for (size_t k = 0; k < 3; ++k)
            sum += (hi[k] - lo[k]) * (hi[k] - lo[k]);
        return empty() ? 0 : std::sqrt(sum);
    }
};

void extend(Box& box, const Point& lo, const Point& hi) {
    for (size_t k = 0; k < 3; ++k) {
        box.lo[k] = std::min(box.lo[k], lo[k]);
        box.hi[k] = std::max(box.hi[k], hi[k]);
    }
}

std::array<Point, 8> corners(const Box& box) {
    std::array<Point, 8> points;
    for (size_t i = 0; i < 8; ++i)
        for (size_t k = 0; k < 3; ++k)
            points[i][k] = i >> k & 1 ? box.hi[k] : box.lo[k];
    return points;
}

Box transformed(const Affine& transform, const Box& box) {
    Box result;
    if (box.empty()) return result;
    for (const Point& corner : corners(box)) {
        const Point p = transform_point(transform, corner);
        extend(result, p, p);
    }
    return result;
}

// One box a part of each mesh.
std::vector<Box> part_boxes(const MeshDescription& mesh) {
    std::vector<Box> boxes;
    for (const TrianglePart& part : mesh.triangles) {
        Box box;
        for (const auto& v : part.positions) {
            const Point p{v[0], v[1], v[2]};
            extend(box, p, p);
        }
        boxes.push_back(box);
    }
    for (const SpherePart& part : mesh.spheres)
        for (const auto& s : part.spheres) {
            const double r = s[3];
            Box box;
            extend(box, {s[0] - r, s[1] - r, s[2] - r}, {s[0] + r, s[1] + r, s[2] + r});
            boxes.push_back(box);
        }
    return boxes;
}

std::vector<Box> world_boxes(const SceneDescription& scene) {
    std::vector<std::vector<Box>> of_mesh;
    for (const MeshDescription& mesh : scene.meshes)
        of_mesh.push_back(part_boxes(mesh));
    std::vector<Box> boxes;
    for (const InstanceDescription& instance : scene.instances)
        for (const Box& box : of_mesh[static_cast<size_t>(instance.mesh)]) {
            const Box placed = transformed(instance.transform, box);
            if (!placed.empty()) boxes.push_back(placed);
        }
    return boxes;
}

// Of everything, except ground planes and domes: parts far larger than all smaller ones together.
Box subject(const SceneDescription& scene) {
    constexpr double far_larger = 20;
    std::vector<Box> boxes = world_boxes(scene);
    std::stable_sort(boxes.begin(), boxes.end(),
                     [](const Box& a, const Box& b) { return a.diagonal() < b.diagonal(); });
    Box all;
    for (const Box& box : boxes) {
        if (!all.empty() && all.diagonal() > 0 && box.diagonal() > far_larger * all.diagonal())
            break;
        extend(all, box.lo, box.hi);
    }
    return all;
}

Point unit(const Point& v) {
    const double size = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    return {v[0] / size, v[1] / size, v[2] / size};
}

Point cross(const Point& a, const Point& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

std::vector<bool> used_materials(const SceneDescription& scene) {
    std::vector<bool> used(scene.materials.size());
    const auto mark = [&](int material) {
        if (material >= 0 && static_cast<size_t>(material) < used.size())
            used[static_cast<size_t>(material)] = true;
    };
    for (const MeshDescription& mesh : scene.meshes) {
        for (const TrianglePart& part : mesh.triangles)
            mark(part.material);
        for (const SpherePart& part : mesh.spheres)
            mark(part.material);
    }
    return used;
}

bool emits(const MaterialDescription& m) {
    const bool glows = m.emission[0] > 0 || m.emission[1] > 0 || m.emission[2] > 0;
    return glows && m.emission_texture.image < 0;
}

} // namespace

bool has_light(const SceneDescription& scene) {
    if (!scene.lights.empty()) return true;
    if (scene.sky && scene.sky->kind != sky_none) return true;
    const std::vector<bool> used = used_materials(scene);
    bool all_unlit = true, any = false;
    for (size_t i = 0; i < used.size(); ++i) {
        if (!used[i]) continue;
        if (emits(scene.materials[i])) return true;
        any = true;
        all_unlit = all_unlit && scene.materials[i].unlit;
    }
    return any && all_unlit;
}

void add_default_light(SceneDescription& scene) {
    scene.sky = SkyDescription{
        sky_gradient, {0.20f, 0.32f, 0.58f}, {0.40f, 0.45f, 0.52f}, {0.20f, 0.19f, 0.18f}};
    LightDescription sun;
    sun.kind = LightDescription::Kind::sun;
    const Point d = unit({0.45, -0.8, -0.55});
    sun.direction = {static_cast<float>(d[0]), static_cast<float>(d[1]), static_cast<float>(d[2])};
    sun.intensity = {3.4f, 3.2f, 2.85f};
    sun.angle_deg = 4; // a soft edge to every shadow
    scene.lights.push_back(sun);
}

CameraDescription framed_camera(const SceneDescription& scene) {
    return framed_camera(std::span(&scene, 1));
}

CameraDescription framed_camera(std::span<const SceneDescription> scenes) {
    constexpr double fov_y_deg = 40, aspect = 4.0 / 3, margin = 1.08;
    Box box;
    for (const SceneDescription& scene : scenes)
        if (const Box one = subject(scene); !one.empty()) extend(box, one.lo, one.hi);
    if (box.empty() || !(box.diagonal() < 1e30)) box = {{-1, -1, -1}, {1, 1, 1}};
    const Point center{(box.lo[0] + box.hi[0]) / 2, (box.lo[1] + box.hi[1]) / 2,
                       (box.lo[2] + box.hi[2]) / 2};
    const Point back = unit({0.62, 0.42, 1});
    const Point right = unit(cross({0, 1, 0}, back)), up = cross(back, right);

    CameraDescription camera;
    camera.name = "default";
    camera.tan_half_fov_y = tan_deg(fov_y_deg / 2);
    camera.aspect = aspect; // wider pictures show more, taller ones as much
    double distance = 0;
    for (const Point& corner : corners(box)) {
        const Point v{corner[0] - center[0], corner[1] - center[1], corner[2] - center[2]};
        const double across = std::max(std::fabs(dot(v, up)), std::fabs(dot(v, right)) / aspect);
        distance = std::max(distance, dot(v, back) + margin * across / camera.tan_half_fov_y);
    }
    if (!(distance > 0)) distance = 1;
    camera.focus = distance;
    for (size_t row = 0; row < 3; ++row) {
        camera.to_world.m[4 * row] = right[row];
        camera.to_world.m[4 * row + 1] = up[row];
        camera.to_world.m[4 * row + 2] = back[row];
        camera.to_world.m[4 * row + 3] = center[row] + distance * back[row];
    }
    return camera;
}

} // namespace juggler
