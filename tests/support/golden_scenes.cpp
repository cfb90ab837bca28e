#include "tests/support/golden_scenes.h"

#include "tests/support/random.h"

#include <cmath>

namespace juggler::test {
namespace {

using Triple = std::array<double, 3>;

Triple cross(const Triple& a, const Triple& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Triple unit(const Triple& v) {
    const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    return {v[0] / length, v[1] / length, v[2] / length};
}

void add_camera(SceneDescription& d, const Triple& eye, const Triple& at, double tan_half_fov_y) {
    const Triple z = unit({eye[0] - at[0], eye[1] - at[1], eye[2] - at[2]});
    const Triple x = unit(cross({0, 1, 0}, z));
    const Triple y = cross(z, x);
    CameraDescription camera;
    camera.to_world.m = {x[0], y[0],   z[0], eye[0], x[1], y[1],
                         z[1], eye[1], x[2], y[2],   z[2], eye[2]};
    camera.tan_half_fov_y = tan_half_fov_y;
    d.cameras.push_back(camera);
}

void add_gradient_sky(SceneDescription& d) {
    d.sky =
        SkyDescription{sky_gradient, {0.2f, 0.4f, 0.9f}, {0.8f, 0.85f, 0.9f}, {0.1f, 0.09f, 0.08f}};
}

int add(SceneDescription& d, const MaterialDescription& material) {
    d.materials.push_back(material);
    return static_cast<int>(d.materials.size() - 1);
}
int add_color(SceneDescription& d, float r, float g, float b, float roughness = 1) {
    MaterialDescription m;
    m.base_color = {r, g, b, 1};
    m.roughness = roughness;
    return add(d, m);
}
int add_lamp(SceneDescription& d, float r, float g, float b) {
    MaterialDescription m;
    m.base_color = {0, 0, 0, 1};
    m.emission = {r, g, b};
    return add(d, m);
}

int add(SceneDescription& d, MeshDescription mesh) {
    d.meshes.push_back(std::move(mesh));
    return static_cast<int>(d.meshes.size() - 1);
}
void place(SceneDescription& d, int mesh, const Affine& transform = {}) {
    d.instances.push_back({mesh, transform, {}});
}
void add_sphere(SceneDescription& d, int material, std::array<float, 4> sphere) {
    MeshDescription mesh;
    mesh.spheres.push_back({material, {sphere}, {}});
    place(d, add(d, std::move(mesh)));
}

// The parallelogram p, p + a, p + a + b, p + b; (u, v) runs along (a, b) from 0 to `repeat`.
TrianglePart quad(int material, std::array<float, 3> p, std::array<float, 3> a,
                  std::array<float, 3> b, float repeat = 1) {
    TrianglePart part;
    part.material = material;
    for (int i = 0; i < 4; ++i) {
        const float s = i == 1 || i == 2 ? 1.0f : 0.0f, t = i >= 2 ? 1.0f : 0.0f;
        part.positions.push_back(
            {p[0] + s * a[0] + t * b[0], p[1] + s * a[1] + t * b[1], p[2] + s * a[2] + t * b[2]});
        part.texcoords[0].push_back({repeat * s, repeat * t});
    }
    part.indices = {0, 1, 2, 0, 2, 3};
    return part;
}
void add_quad(SceneDescription& d, int material, std::array<float, 3> p, std::array<float, 3> a,
              std::array<float, 3> b) {
    MeshDescription mesh;
    mesh.triangles.push_back(quad(material, p, a, b));
    place(d, add(d, std::move(mesh)));
}
void add_floor(SceneDescription& d, int material) {
    add_quad(d, material, {-6, 0, 6}, {12, 0, 0}, {0, 0, -12});
}

// An octahedron with smooth normals, whose flanks show what normals do under a transform.
TrianglePart octahedron(int material) {
    TrianglePart part;
    part.material = material;
    part.positions = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
    part.normals = part.positions;
    part.indices = {0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4, 2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5};
    return part;
}

// ---- the scenes ------------------------------------------------------------------------------

// Rows of spheres: metals, plastics, solid glass, rough glass, thin glass; the lens is open.
SceneDescription materials() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0.3, 3.2, 6.5}, {0, 0.6, 0}, 0.42);
    d.cameras[0].aperture = 0.08;
    d.cameras[0].focus = 6.8;
    add_floor(d, add_color(d, 0.5f, 0.45f, 0.4f));
    for (int row = 0; row < 5; ++row) {
        for (int column = 0; column < 5; ++column) {
            MaterialDescription m;
            m.base_color = {0.9f, 0.6f, 0.3f, 1};
            m.roughness = 0.25f * static_cast<float>(column);
            m.metallic = row == 0 ? 1.0f : row == 4 ? 0.5f : 0.0f;
            m.specular = row == 1 && column == 4 ? 0.0f : 1.0f;
            m.ior = column == 1 ? 1.0f : column == 2 ? 2.4f : 1.5f;
            if (row == 2 || row == 3) {
                m.transmission = column == 4 ? 0.5f : 1.0f;
                m.thin = row == 3;
                m.attenuation = {0.2f, 1, 2};
            }
            const float x = 1.1f * static_cast<float>(column - 2);
            const float z = 1.1f * static_cast<float>(row - 2);
            add_sphere(d, add(d, m), {x, 0.45f, z, 0.45f});
        }
    }
    add_quad(d, add_lamp(d, 9, 8, 7), {-1, 4, 1}, {0, 0.2f, -2}, {2, 0, 0});
    return d;
}

ImageDescription random_image(uint64_t seed, uint32_t width, uint32_t height, uint32_t or_bits) {
    Random random(seed);
    ImageDescription image;
    image.name = "random";
    image.width = width;
    image.height = height;
    for (uint32_t i = 0; i < width * height; ++i)
        image.texels.push_back(static_cast<uint32_t>(random.bits()) | or_bits);
    return image;
}

// Every slot that can hold a texture, every wrap mode, both filters, two sets of coordinates, a
// transform of coordinates, vertex colours, and a surface without shading.
SceneDescription textures() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0, 0.1, 5}, {0, 0, 0}, 0.45);
    d.images.push_back(random_image(1, 7, 5, 0xff000000u));
    d.images.push_back(random_image(2, 8, 8, 0xffff8080u)); // normals that point outwards
    d.images.push_back(random_image(3, 3, 9, 0));
    const auto use = [](int image, Wrap s, Wrap t, bool nearest, bool srgb) {
        TextureUse texture;
        texture.image = image;
        texture.wrap_s = s;
        texture.wrap_t = t;
        texture.nearest = nearest;
        texture.srgb = srgb;
        return texture;
    };
    const Wrap wraps[3] = {wrap_repeat, wrap_clamp, wrap_mirror};
    for (int i = 0; i < 9; ++i) {
        const Wrap s = wraps[i % 3], t = wraps[i / 3];
        MaterialDescription m;
        m.metallic = i % 2 == 0 ? 0.0f : 1.0f;
        m.base_texture = use(0, s, t, i == 4, true);
        if (i >= 2) m.metallic_roughness_texture = use(2, t, s, false, false);
        if (i % 3 == 0) {
            m.normal_texture = use(1, s, t, false, false);
            m.normal_scale = 0.7f;
        }
        if (i == 5) {
            m.emission = {2, 1, 0.5f};
            m.emission_texture = use(0, s, t, true, true);
        }
        if (i == 7) {
            m.transmission = 1;
            m.transmission_texture = use(2, s, t, false, false);
        }
        m.unlit = i == 8;
        if (i == 1) {
            m.base_texture.texcoord = 1;
            m.base_texture.transform = {0.6f, 0.8f, 0.1f, -0.8f, 0.6f, 0.3f};
        }
        const float x = -2.1f + 1.4f * static_cast<float>(i % 3);
        const float y = -2.1f + 1.4f * static_cast<float>(i / 3);
        TrianglePart part = quad(add(d, m), {x, y, 0}, {1.3f, 0, 0.2f}, {0, 1.3f, -0.1f}, 2.7f);
        part.texcoords[1] = {{-1, 0.25f}, {1.5f, -0.5f}, {2, 2}, {-0.75f, 1}};
        if (i == 6) part.colors = {{1, 0, 0, 1}, {0, 1, 0, 1}, {0, 0, 1, 1}, {1, 1, 1, 1}};
        const Triple along = unit({1.3, 0, 0.2});
        part.tangents.assign(4, {static_cast<float>(along[0]), static_cast<float>(along[1]),
                                 static_cast<float>(along[2]), i == 3 ? -1.0f : 1.0f});
        MeshDescription mesh;
        mesh.triangles.push_back(std::move(part));
        place(d, add(d, std::move(mesh)));
    }
    LightDescription sun;
    sun.kind = LightDescription::Kind::sun;
    sun.direction = {0.6f, 0, -0.8f};
    sun.intensity = {2, 2, 2};
    d.lights.push_back(sun);
    return d;
}

// Meshes placed often: turned, stretched, mirrored, emitting; triangles and spheres.
SceneDescription instances() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {1, 4, 8}, {0, 0.5, 0}, 0.4);
    add_floor(d, add_color(d, 0.4f, 0.5f, 0.4f, 0.3f));
    MeshDescription solid, lamp, balls;
    solid.triangles.push_back(octahedron(add_color(d, 0.8f, 0.3f, 0.2f, 0.4f)));
    solid.triangles.push_back(
        quad(add_color(d, 0.2f, 0.3f, 0.8f), {-1, -1, 0}, {2, 0, 0}, {0, 2, 0}));
    lamp.triangles.push_back(octahedron(add_lamp(d, 6, 3, 1)));
    balls.spheres.push_back({add_color(d, 0.9f, 0.9f, 0.9f, 0), {{0, 0, 0, 0.5f}}, {}});
    balls.spheres.push_back(
        {add_color(d, 0.3f, 0.8f, 0.3f), {{0.5f, 0.4f, 0, 0.3f}, {-0.5f, 0.4f, 0, 0.3f}}, {}});
    const int meshes[3] = {add(d, std::move(solid)), add(d, std::move(lamp)),
                           add(d, std::move(balls))};
    Random random(4);
    for (int i = 0; i < 24; ++i) {
        const double x = 1.2 * (i % 6) - 3, z = 1.4 * (i / 6 - 1.5);
        const double size = i % 3 == 1 ? 0.12 : 0.45;
        const float qx = random.between(-1, 1);
        const float qy = random.between(-1, 1);
        const float qz = random.between(-1, 1);
        const Affine turned = rotation(double(qx), double(qy), double(qz), 0.4);
        const Affine stretched = scaling(i % 4 == 0 ? -size : size, size * (i % 5 == 0 ? 2 : 1),
                                         i % 3 == 2 ? size * 0.7 : size);
        place(d, meshes[i % 3], translation(x, 0.6, z) * turned * stretched);
    }
    return d;
}

// Moving vertices, spheres that move and grow, instances that turn.
SceneDescription motion() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0, 2, 6}, {0, 0.8, 0}, 0.42);
    add_floor(d, add_color(d, 0.5f, 0.5f, 0.5f));
    MeshDescription waving, balls, turning;
    TrianglePart sheet =
        quad(add_color(d, 0.9f, 0.4f, 0.1f), {-2.5f, 0.3f, 0}, {1.5f, 0, 0}, {0, 1.5f, 0});
    sheet.positions_end = sheet.positions;
    sheet.positions_end[2] = {-0.6f, 2.1f, 0.7f};
    sheet.positions_end[3] = {-2.2f, 1.9f, -0.4f};
    waving.triangles.push_back(std::move(sheet));
    balls.spheres.push_back({add_color(d, 0.3f, 0.4f, 0.9f, 0.2f),
                             {{0, 1, 0, 0.4f}, {0.2f, 2, -1, 0.2f}},
                             {{0.4f, 1.3f, 0.1f, 0.5f}, {-0.4f, 2, -1, 0.2f}}});
    MaterialDescription glass;
    glass.transmission = 1;
    glass.thin = false;
    glass.roughness = 0;
    balls.spheres.push_back({add(d, glass), {{0.6f, 0.5f, 1, 0.3f}}, {{0.9f, 0.5f, 1, 0.3f}}});
    turning.triangles.push_back(octahedron(add_color(d, 0.2f, 0.8f, 0.5f, 0.5f)));
    place(d, add(d, std::move(waving)));
    place(d, add(d, std::move(balls)));
    InstanceDescription spinning;
    spinning.mesh = add(d, std::move(turning));
    for (int key = 0; key < 9; ++key)
        spinning.motion.push_back(translation(1.8 + 0.05 * key, 0.9, 0) *
                                  rotation(0, 0.08 * key, 0.02 * key, 1) * scaling(0.7, 0.9, 0.7));
    spinning.transform = spinning.motion.front();
    d.instances.push_back(spinning);
    LightDescription sun;
    sun.kind = LightDescription::Kind::sun;
    sun.direction = {-0.48f, -0.8f, -0.36f};
    sun.intensity = {2, 1.9f, 1.7f};
    sun.angle_deg = 2;
    d.lights.push_back(sun);
    return d;
}

// Surfaces that are only partly there, one behind the other, and their shadows.
SceneDescription coverage() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {1.5, 2, 5}, {0, 0.8, 0}, 0.42);
    add_floor(d, add_color(d, 0.7f, 0.7f, 0.7f));
    d.images.push_back(random_image(5, 6, 6, 0));
    for (int i = 0; i < 6; ++i) {
        MaterialDescription m;
        m.base_color = {0.9f, 0.3f + 0.1f * static_cast<float>(i), 0.3f, 0.6f};
        if (i < 4) {
            m.alpha_mode = i % 2 == 0 ? AlphaMode::mask : AlphaMode::blend;
            m.base_texture.image = i < 2 ? 0 : -1;
            m.base_texture.nearest = i == 0;
            m.alpha_cutoff = i == 0 ? 0.4f : 0.7f;
        } else {
            m.transmission = i == 4 ? 1.0f : 0.6f;
            m.roughness = 0;
            m.alpha_mode = i == 5 ? AlphaMode::blend : AlphaMode::opaque;
        }
        const float k = static_cast<float>(i);
        add_quad(d, add(d, m), {-1.8f + 0.5f * k, 0.1f, 1.2f - 0.5f * k}, {1.5f, 0, 0.3f},
                 {0, 1.5f, 0});
    }
    add_sphere(d, add_color(d, 0.1f, 0.2f, 0.6f, 0.1f), {0.4f, 0.6f, -1.9f, 0.6f});
    LightDescription point;
    point.position = {0.5f, 2, 3};
    point.intensity = {12, 11, 10};
    d.lights.push_back(point);
    add_sphere(d, add_lamp(d, 20, 12, 6), {-2.5f, 1.6f, 1, 0.2f});
    return d;
}

// Every kind of light, seen by a camera without perspective.
SceneDescription lights() {
    SceneDescription d;
    d.sky = SkyDescription{sky_constant, {}, {0.05f, 0.06f, 0.08f}, {}};
    add_camera(d, {2, 3, 5}, {0, 0.7, 0}, 0.5);
    d.cameras[0].orthographic = true;
    d.cameras[0].x_mag = 2.6;
    d.cameras[0].y_mag = 1.6;
    add_floor(d, add_color(d, 0.6f, 0.6f, 0.6f, 0.5f));
    const int grey = add_color(d, 0.7f, 0.7f, 0.7f, 0.3f);
    for (int i = 0; i < 5; ++i)
        add_sphere(d, grey, {-2.2f + 1.1f * static_cast<float>(i), 0.5f, 0, 0.5f});
    using Kind = LightDescription::Kind;
    LightDescription light;
    light.position = {-2, 1.8f, 1};
    light.intensity = {3, 0.5f, 0.5f};
    light.range = 3;
    d.lights.push_back(light);
    light.kind = Kind::spot;
    light.position = {0, 3, 0.5f};
    light.intensity = {1, 12, 2};
    light.cos_inner = 0.95f;
    light.cos_outer = 0.8f;
    light.range = 0;
    d.lights.push_back(light);
    light.kind = Kind::sun;
    light.direction = {0.64f, -0.6f, -0.48f};
    light.intensity = {0.3f, 0.4f, 0.9f};
    d.lights.push_back(light);
    light.direction = {-0.6f, -0.8f, 0};
    light.angle_deg = 20;
    d.lights.push_back(light);
    add_quad(d, add_lamp(d, 4, 4, 1), {1.2f, 1.6f, -1}, {1, 0, 0}, {0, 0.4f, 0.3f});
    add_sphere(d, add_lamp(d, 2, 6, 9), {-0.8f, 1.6f, -0.6f, 0.15f});
    return d;
}

// A tree with some depth: 16,562 triangles of a rough field with smooth normals.
SceneDescription field() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0, 1.6, 4.2}, {0, 0, 0.4}, 0.4);
    constexpr int side = 92;
    std::vector<double> height(side * side);
    Random random(6);
    for (double& h : height)
        h = double(random.unit());
    for (int pass = 0; pass < 3; ++pass) // smooths the noise
        for (int z = 1; z + 1 < side; ++z)
            for (int x = 1; x + 1 < side; ++x) {
                const int i = z * side + x;
                height[i] = 0.2 * (height[i] + height[i - 1] + height[i + 1] + height[i - side] +
                                   height[i + side]);
            }
    TrianglePart part;
    part.material = add_color(d, 0.45f, 0.6f, 0.3f, 0.6f);
    const double step = 5.0 / (side - 1);
    for (int z = 0; z < side; ++z) {
        for (int x = 0; x < side; ++x) {
            const int i = z * side + x;
            const bool inside = x > 0 && z > 0 && x + 1 < side && z + 1 < side;
            const double dx = inside ? height[i + 1] - height[i - 1] : 0;
            const double dz = inside ? height[i + side] - height[i - side] : 0;
            const Triple n = unit({-dx, 2 * step, -dz});
            part.positions.push_back({static_cast<float>(x * step - 2.5),
                                      static_cast<float>(height[i]),
                                      static_cast<float>(z * step - 2.5)});
            part.normals.push_back(
                {static_cast<float>(n[0]), static_cast<float>(n[1]), static_cast<float>(n[2])});
        }
    }
    for (int z = 0; z + 1 < side; ++z) {
        for (int x = 0; x + 1 < side; ++x) {
            const uint32_t i = static_cast<uint32_t>(z * side + x), below = i + side;
            part.indices.insert(part.indices.end(), {i, below, i + 1, i + 1, below, below + 1});
        }
    }
    MeshDescription mesh;
    mesh.triangles.push_back(std::move(part));
    place(d, add(d, std::move(mesh)));
    add_sphere(d, add_lamp(d, 30, 26, 20), {1.5f, 2.2f, 0.5f, 0.25f});
    return d;
}

// Rooms that nothing leaves: many bounces, roulette, one small lamp.
SceneDescription room() {
    SceneDescription d;
    add_camera(d, {0, 1, 0.9}, {0.1, 0.9, -1}, 0.6);
    const int white = add_color(d, 0.8f, 0.8f, 0.8f), red = add_color(d, 0.8f, 0.1f, 0.1f);
    const int mirror = add_color(d, 0.95f, 0.95f, 0.9f, 0);
    d.materials[static_cast<size_t>(mirror)].metallic = 1;
    add_quad(d, white, {-1, 0, 1}, {2, 0, 0}, {0, 0, -2});
    add_quad(d, white, {-1, 2, -1}, {2, 0, 0}, {0, 0, 2});
    add_quad(d, red, {-1, 0, 1}, {0, 0, -2}, {0, 2, 0});
    add_quad(d, white, {1, 0, -1}, {0, 0, 2}, {0, 2, 0});
    add_quad(d, mirror, {-1, 0, -1}, {2, 0, 0}, {0, 2, 0});
    add_quad(d, mirror, {1, 0, 1}, {-2, 0, 0}, {0, 2, 0});
    add_quad(d, add_lamp(d, 15, 14, 12), {-0.2f, 1.99f, -0.2f}, {0.4f, 0, 0}, {0, 0, 0.4f});
    MaterialDescription glass;
    glass.transmission = 1;
    glass.thin = false;
    glass.roughness = 0.15f;
    glass.attenuation = {3, 0.2f, 1};
    add_sphere(d, add(d, glass), {0.4f, 0.4f, -0.2f, 0.35f});
    return d;
}

// A sky of noise with a small sun in it, turned; a lamp that light sampling picks beside it.
SceneDescription environment() {
    SceneDescription d;
    LightMapDescription map;
    map.width = 24;
    map.height = 11;
    Random random(8);
    for (uint32_t i = 0; i < map.width * map.height; ++i) {
        const float light = i == 3 * map.width + 5 ? 90.0f : random.unit();
        map.rgb.insert(map.rgb.end(), {light, 0.9f * light, random.unit()});
    }
    d.sky.emplace();
    d.sky->kind = sky_image;
    d.sky->map.emplace(std::move(map));
    d.sky->rotate_deg = 50;
    d.sky->strength = 0.6f;
    add_camera(d, {2, 2, 5}, {0, 0.6, 0}, 0.45);
    add_floor(d, add_color(d, 0.6f, 0.6f, 0.6f, 0.5f));
    for (int i = 0; i < 4; ++i) {
        MaterialDescription m;
        m.base_color = {0.8f, 0.7f, 0.6f, 1};
        m.roughness = 0.25f * static_cast<float>(i);
        m.metallic = i % 2 == 0 ? 1.0f : 0.0f;
        add_sphere(d, add(d, m), {-1.8f + 1.2f * static_cast<float>(i), 0.5f, 0, 0.5f});
    }
    add_sphere(d, add_lamp(d, 6, 5, 3), {0.3f, 1.6f, 0.8f, 0.15f});
    return d;
}

// What few materials have, on spheres and on a quad with tangents, alone and all together.
SceneDescription lobes() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0.5, 3, 5}, {0, 0.5, 0}, 0.42);
    add_floor(d, add_color(d, 0.6f, 0.6f, 0.6f, 0.6f));
    d.images.push_back(random_image(9, 7, 5, 0));
    std::vector<MaterialDescription> made(10);
    for (MaterialDescription& m : made) {
        m.base_color = {0.6f, 0.3f, 0.2f, 1};
        m.roughness = 0.4f;
    }
    made[0].lobes.coat = 1;
    made[1].lobes.coat = 0.7f;
    made[1].lobes.coat_roughness = 0.4f;
    made[1].metallic = 1;
    made[2].lobes.sheen_color = {0.9f, 0.7f, 0.8f};
    made[2].lobes.sheen_roughness = 0.4f;
    made[3].metallic = 1;
    made[3].lobes.anisotropy = 0.8f;
    made[3].lobes.anisotropy_cos = 0.6f;
    made[3].lobes.anisotropy_sin = 0.8f;
    made[4].metallic = 0.5f;
    made[4].roughness = 0.1f;
    made[4].lobes.iridescence = 0.9f;
    made[5].lobes.specular_color = {5, 2, 0.5f};
    made[6].transmission = 1;
    made[6].thin = false;
    made[6].lobes.iridescence = 1;
    made[7].transmission = 1;
    made[7].roughness = 0;
    made[7].lobes.coat = 1;
    made[7].lobes.sheen_color = {0.2f, 0.3f, 0.4f};
    made[7].lobes.specular_color = {3, 3, 2};
    made[8].metallic = 0.3f;
    made[8].transmission = 0.5f;
    made[8].thin = false;
    made[8].lobes = made[1].lobes;
    made[8].lobes.sheen_color = {0.5f, 0.5f, 0.2f};
    made[8].lobes.anisotropy = 0.5f;
    made[8].lobes.iridescence = 0.5f;
    made[8].lobes.specular_color = {2, 2, 1};
    MaterialDescription& all = made[9];
    all = made[8];
    all.transmission = 0;
    for (TextureUse* use :
         {&all.lobes.specular_texture, &all.lobes.specular_color_texture,
          &all.lobes.sheen_color_texture, &all.lobes.sheen_roughness_texture,
          &all.lobes.coat_texture, &all.lobes.coat_roughness_texture,
          &all.lobes.coat_normal_texture, &all.lobes.anisotropy_texture,
          &all.lobes.iridescence_texture, &all.lobes.film_texture, &all.normal_texture})
        use->image = 0;
    for (size_t i = 0; i < made.size(); ++i) {
        const float x = -2 + static_cast<float>(i % 5), z = i < 5 ? -0.6f : 0.7f;
        add_sphere(d, add(d, made[i]), {x, 0.45f, z, 0.45f});
    }
    MeshDescription mesh;
    TrianglePart part = quad(add(d, made[9]), {-1.5f, 0.1f, -1.6f}, {3, 0, 0.2f}, {0, 1.8f, 0}, 2);
    part.tangents.assign(part.positions.size(), {1, 0, 0, 1});
    mesh.triangles.push_back(std::move(part));
    place(d, add(d, std::move(mesh)));
    add_sphere(d, add_lamp(d, 20, 18, 15), {-2, 3, 2, 0.4f});
    return d;
}

// Glass that takes colours apart: smooth and rough, clear, coloured and of one channel only.
SceneDescription dispersion() {
    SceneDescription d;
    add_gradient_sky(d);
    add_camera(d, {0.3, 2, 4.5}, {0, 0.6, 0}, 0.4);
    d.images.push_back(random_image(4, 4, 8, 0));
    MaterialDescription floor;
    floor.base_texture.image = 0;
    floor.base_texture.nearest = true;
    MeshDescription mesh;
    mesh.triangles.push_back(quad(add(d, floor), {-6, 0, 6}, {12, 0, 0}, {0, 0, -12}, 6));
    place(d, add(d, std::move(mesh)));
    for (int i = 0; i < 5; ++i) {
        MaterialDescription m;
        m.transmission = i == 4 ? 0.5f : 1.0f;
        m.thin = i == 3; // keeps its colours together
        m.ior = i == 0 ? 2.4f : 1.5f;
        m.roughness = i == 2 ? 0.3f : 0.0f;
        if (i == 1) m.attenuation = {0.1f, 0.4f, 1};
        if (i == 2) m.base_color = {1, 0, 0, 1};
        m.lobes.dispersion = i == 0 ? 0.36f : 4.0f;
        const float x = 1.1f * static_cast<float>(i) - 2.2f;
        if (i == 0) {
            MeshDescription gem;
            gem.triangles.push_back(octahedron(add(d, m)));
            gem.triangles.back().normals.clear();
            place(d, add(d, std::move(gem)),
                  translation(x, 0.6, 0) * scaling(0.5, 0.6, 0.5) * rotation(0, 0.2, 0, 1));
        } else {
            add_sphere(d, add(d, m), {x, 0.5f, 0, 0.5f});
        }
    }
    add_sphere(d, add_lamp(d, 30, 28, 25), {-2, 4, 2, 0.3f});
    return d;
}

constexpr GoldenScene table[] = {{"environment", environment},
                                 {"materials", materials},
                                 {"textures", textures},
                                 {"instances", instances},
                                 {"motion", motion},
                                 {"coverage", coverage},
                                 {"lights", lights},
                                 {"field", field},
                                 {"room", room},
                                 {"lobes", lobes},
                                 {"dispersion", dispersion}};

} // namespace

std::span<const GoldenScene> golden_scenes() { return table; }

} // namespace juggler::test
