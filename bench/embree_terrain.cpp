#include "bench/embree_terrain.h"

#include <cmath>

namespace juggler {
namespace {

constexpr uint32_t quads = 708; // a side
constexpr double side = 100;    // metres

double lattice(int x, int y, uint32_t octave) {
    uint32_t h = uint32_t(x) * 0x9e3779b1u ^ uint32_t(y) * 0x85ebca77u ^ octave * 0xc2b2ae3du;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return double((h ^ (h >> 15)) >> 8) / double(1u << 24);
}

// Value noise, smooth between the points of a lattice of unit width.
double noise(double x, double y, uint32_t octave) {
    const double fx = std::floor(x), fy = std::floor(y);
    const int ix = int(fx), iy = int(fy);
    const double u = x - fx, v = y - fy;
    const double su = u * u * (3 - 2 * u), sv = v * v * (3 - 2 * v);
    const double a = lattice(ix, iy, octave), b = lattice(ix + 1, iy, octave);
    const double c = lattice(ix, iy + 1, octave), d = lattice(ix + 1, iy + 1, octave);
    return (a + su * (b - a)) * (1 - sv) + (c + su * (d - c)) * sv;
}

double height(double x, double z) {
    double sum = 0, weight = 12, frequency = 1.0 / 25;
    for (uint32_t octave = 0; octave < 9; ++octave) {
        sum += weight * noise(x * frequency, z * frequency, octave);
        weight *= 0.5;
        frequency *= 2;
    }
    return sum;
}

} // namespace

SceneDescription make_terrain() {
    SceneDescription scene;
    scene.name = "terrain";
    MaterialDescription ground;
    ground.name = "ground";
    ground.base_color = {0.5f, 0.5f, 0.5f, 1};
    ground.specular = 0;
    scene.materials.push_back(ground);

    TrianglePart part;
    for (uint32_t j = 0; j <= quads; ++j) {
        for (uint32_t i = 0; i <= quads; ++i) {
            const double x = side * (double(i) / quads - 0.5), z = side * (double(j) / quads - 0.5);
            part.positions.push_back({float(x), float(height(x, z)), float(z)});
        }
    }
    for (uint32_t j = 0; j < quads; ++j) {
        for (uint32_t i = 0; i < quads; ++i) {
            const uint32_t a = j * (quads + 1) + i, b = a + 1, c = a + quads + 1, d = c + 1;
            part.indices.insert(part.indices.end(), {a, c, b, b, c, d});
        }
    }
    MeshDescription mesh;
    mesh.name = "ground";
    mesh.triangles.push_back(std::move(part));
    scene.meshes.push_back(std::move(mesh));
    scene.instances.push_back({});

    LightDescription sun;
    sun.kind = LightDescription::Kind::sun;
    sun.direction = {0.48f, -0.6f, -0.64f};
    sun.intensity = {3, 3, 3};
    sun.angle_deg = 0.53f;
    scene.lights.push_back(sun);
    SkyDescription sky;
    sky.kind = sky_constant;
    sky.horizon = {0.5f, 0.6f, 0.8f};
    scene.sky = sky;

    CameraDescription camera;
    camera.name = "over the hills";
    // 37 degrees down, by the sides 3, 4 and 5 of a triangle.
    camera.to_world.m = {1, 0, 0, 0, 0, 0.8, 0.6, 48, 0, -0.6, 0.8, 50};
    camera.tan_half_fov_y = 0.5;
    scene.cameras.push_back(camera);
    return scene;
}

} // namespace juggler
