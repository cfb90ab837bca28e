// Small scenes made in code, and their pictures with standard errors.
#pragma once

#include "cpu/passes.h"
#include "host/render/frame.h"
#include "host/scene/compile.h"
#include "host/scene/description.h"
#include "tests/support/statistics.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace juggler::test {

using Float3 = std::array<float, 3>;

inline Float3 operator+(const Float3& a, const Float3& b) {
    return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline Float3 operator-(const Float3& a, const Float3& b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

// Plain Lambert, without a coat.
inline MaterialDescription lambert(float albedo) {
    MaterialDescription m;
    m.base_color = {albedo, albedo, albedo, 1};
    m.specular = 0;
    return m;
}
// Black, emits Le.
inline MaterialDescription lamp(float Le) {
    MaterialDescription m = lambert(0);
    m.emission = {Le, Le, Le};
    return m;
}
inline MaterialDescription mirror() {
    MaterialDescription m;
    m.metallic = 1;
    m.roughness = 0;
    return m;
}
inline MaterialDescription clear_glass(bool thin, float ior = 1.5f) {
    MaterialDescription m;
    m.transmission = 1;
    m.roughness = 0;
    m.thin = thin;
    m.ior = ior;
    return m;
}

inline int add_material(SceneDescription& scene, const MaterialDescription& material) {
    scene.materials.push_back(material);
    return static_cast<int>(scene.materials.size()) - 1;
}
inline void place(SceneDescription& scene, MeshDescription&& mesh,
                  const Affine& transform = Affine{}) {
    scene.meshes.push_back(std::move(mesh));
    scene.instances.push_back({static_cast<int>(scene.meshes.size()) - 1, transform, {}});
}
inline void add_sphere(SceneDescription& scene, const Float3& center, float radius, int material) {
    MeshDescription mesh;
    mesh.spheres.push_back({material, {{center[0], center[1], center[2], radius}}, {}});
    place(scene, std::move(mesh));
}
// Parallelogram with its outside towards cross(b, c).
inline TrianglePart quad(const Float3& a, const Float3& b, const Float3& c, int material) {
    TrianglePart part;
    part.material = material;
    part.positions = {a, a + b, a + b + c, a + c};
    part.texcoords[0] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    part.indices = {0, 1, 2, 0, 2, 3};
    return part;
}
inline void add_quad(SceneDescription& scene, const Float3& a, const Float3& b, const Float3& c,
                     int material) {
    MeshDescription mesh;
    mesh.triangles.push_back(quad(a, b, c, material));
    place(scene, std::move(mesh));
}
// Outside outside.
inline MeshDescription box(const Float3& lo, const Float3& hi, int material) {
    const Float3 d = hi - lo;
    const Float3 x = {d[0], 0, 0}, y = {0, d[1], 0}, z = {0, 0, d[2]};
    MeshDescription mesh;
    mesh.triangles = {quad(lo, y, x, material), quad(lo + z, x, y, material),
                      quad(lo, x, z, material), quad(lo + y, z, x, material),
                      quad(lo, z, y, material), quad(lo + x, y, z, material)};
    return mesh;
}
inline void add_box(SceneDescription& scene, const Float3& lo, const Float3& hi, int material) {
    place(scene, box(lo, hi, material));
}
inline void set_sky(SceneDescription& scene, float L) {
    scene.sky = SkyDescription{sky_constant, {L, L, L}, {L, L, L}, {L, L, L}};
}

inline CameraDescription look_at(const Float3& eye, const Float3& target, double tan_half_fov_y) {
    using Point = std::array<double, 3>;
    const auto normalized = [](Point v) {
        const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        return Point{v[0] / length, v[1] / length, v[2] / length};
    };
    const auto crossed = [](const Point& a, const Point& b) {
        return Point{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                     a[0] * b[1] - a[1] * b[0]};
    };
    const Point back = normalized(
        {double(eye[0]) - target[0], double(eye[1]) - target[1], double(eye[2]) - target[2]});
    const Point helper = std::fabs(back[1]) < 0.99 ? Point{0, 1, 0} : Point{0, 0, 1};
    const Point right = normalized(crossed(helper, back)), up = crossed(back, right);
    CameraDescription camera;
    for (size_t i = 0; i < 3; ++i) {
        camera.to_world.m[4 * i] = right[i];
        camera.to_world.m[4 * i + 1] = up[i];
        camera.to_world.m[4 * i + 2] = back[i];
        camera.to_world.m[4 * i + 3] = eye[i];
    }
    camera.tan_half_fov_y = tan_half_fov_y;
    return camera;
}
// So narrow that its picture is one point.
inline CameraDescription probe(const Float3& eye, const Float3& target) {
    return look_at(eye, target, 1e-5);
}

struct Shot {
    CameraDescription camera;
    uint32_t width = 1, height = 1;
    uint32_t max_depth = 64;
    uint32_t flags = 0;
    uint32_t samples = 1024; // a pixel and seed
    uint32_t seeds = 32;
    uint32_t first_seed = 1;
    float shutter_close = 0;
};

// Means over the picture, one independent value a seed.
struct Estimate {
    Mean rgb[3];
    PassCounters counters{};
};

inline FrameView frame_of(const Shot& shot, uint32_t seed) {
    FrameView frame{};
    frame.width = shot.width;
    frame.height = shot.height;
    frame.seed = seed;
    frame.max_depth = shot.max_depth;
    frame.flags = shot.flags;
    set_camera(frame, shot.camera);
    frame.shutter_close = shot.shutter_close;
    return frame;
}

inline Estimate estimate(const CompiledScene& scene, const Shot& shot) {
    Estimate result;
    for (uint32_t k = 0; k < shot.seeds; ++k) {
        const FrameView frame = frame_of(shot, shot.first_seed + k);
        Film film({0, 0, shot.width, shot.height});
        const PassView pass{0, 0, shot.width, shot.height, 0, shot.samples};
        render_sequential(scene.view(), scene.bvh2(), frame, film.view(), pass, nullptr, nullptr,
                          result.counters);
        const std::vector<float> mean = film.mean(shot.samples);
        double sum[3] = {0, 0, 0};
        for (size_t i = 0; i < mean.size(); ++i)
            sum[i % 3] += mean[i];
        for (int c = 0; c < 3; ++c)
            result.rgb[c].add(sum[c] / (double(shot.width) * shot.height));
    }
    return result;
}

} // namespace juggler::test
