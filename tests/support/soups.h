// Random scenes with everything in them that has ever upset a tree: shared edges, coincident and
// degenerate triangles, slivers, instances under shear and mirror, motion, partial coverage.
#pragma once

#include "host/scene/compile.h"
#include "tests/support/random.h"

namespace juggler::test {

struct SoupOptions {
    uint32_t triangles = 200, spheres = 20, instances = 6;
    bool motion = true, coverage = true;
    bool vertices_move = true; // where there is motion
};

inline int add_material(SceneDescription& d, AlphaMode mode, float alpha, float transmission) {
    MaterialDescription m;
    m.alpha_mode = mode;
    m.base_color = {0.9f, 0.5f, 0.2f, alpha};
    m.transmission = transmission;
    m.roughness = 0;
    d.materials.push_back(m);
    return static_cast<int>(d.materials.size() - 1);
}

// Triangles on a coarse grid of vertices, so that edges, vertices and planes are shared.
inline TrianglePart random_triangles(Random& random, uint32_t count, int material, bool moves) {
    TrianglePart part;
    part.material = material;
    const uint32_t vertices = count / 2 + 3;
    for (uint32_t i = 0; i < vertices; ++i) {
        std::array<float, 3> p = random.point(1);
        if (random.below(2) == 0)
            for (float& x : p)
                x = static_cast<float>(static_cast<int>(x * 3)) / 3;
        part.positions.push_back(p);
        if (moves) {
            const std::array<float, 3> q = random.point(0.3f);
            part.positions_end.push_back({p[0] + q[0], p[1] + q[1], p[2] + q[2]});
        }
    }
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t v[3] = {random.below(vertices), random.below(vertices), random.below(vertices)};
        if (i > 0 && random.below(8) == 0) // the same triangle again
            for (uint32_t k = 0; k < 3; ++k)
                v[k] = part.indices[part.indices.size() - 3 + (k + 1) % 3];
        if (i > 0 && random.below(16) == 0) // no area
            v[2] = v[0];
        // Copied out first: the reads above index the vector itself.
        part.indices.insert(part.indices.end(), {v[0], v[1], v[2]});
    }
    return part;
}

inline SpherePart random_spheres(Random& random, uint32_t count, int material, bool moves) {
    SpherePart part;
    part.material = material;
    for (uint32_t i = 0; i < count; ++i) {
        const std::array<float, 3> c = random.point(1);
        part.spheres.push_back({c[0], c[1], c[2], random.between(0.01f, 0.4f)});
        if (i > 0 && random.below(6) == 0) part.spheres.back() = part.spheres[i - 1];
        if (moves) {
            const std::array<float, 3> q = random.point(0.3f);
            const auto& s = part.spheres.back();
            part.spheres_end.push_back({s[0] + q[0], s[1] + q[1], s[2] + q[2], s[3] * 1.1f});
        }
    }
    return part;
}

inline Affine random_affine(Random& random) {
    Affine a;
    for (int row = 0; row < 3; ++row)
        for (int col = 0; col < 3; ++col)
            a.m[size_t(4 * row + col)] = random.between(-1, 1) + (row == col ? 0.8 : 0);
    for (int row = 0; row < 3; ++row)
        a.m[size_t(4 * row + 3)] = random.between(-1.5f, 1.5f);
    return a;
}

inline SceneDescription describe_soup(uint64_t seed, const SoupOptions& options = {}) {
    Random random(seed);
    SceneDescription d;
    d.name = "soup";
    const int solid = add_material(d, AlphaMode::opaque, 1, 0);
    const int half = add_material(d, AlphaMode::blend, 0.5f, 0);
    const int pane = add_material(d, AlphaMode::opaque, 1, 1);
    const auto pick = [&] {
        if (!options.coverage) return solid;
        const int kinds[4] = {solid, solid, half, pane};
        return kinds[random.below(4)];
    };
    // World meshes, then instanced ones, each with several materials.
    for (int k = 0; k < 4; ++k) {
        const bool moves = options.motion && options.vertices_move && (k & 1) != 0;
        MeshDescription triangles, spheres;
        for (int part = 0; part < 3; ++part) {
            triangles.triangles.push_back(
                random_triangles(random, options.triangles / 12 + 1, pick(), moves));
            spheres.spheres.push_back(
                random_spheres(random, options.spheres / 12 + 1, pick(), moves));
        }
        const int base = static_cast<int>(d.meshes.size());
        d.meshes.push_back(std::move(triangles));
        d.meshes.push_back(std::move(spheres));
        for (int mesh = base; mesh < base + 2; ++mesh) {
            const uint32_t uses = k < 2 ? 1 : 1 + random.below(options.instances);
            for (uint32_t i = 0; i < uses; ++i) {
                InstanceDescription instance;
                instance.mesh = mesh;
                if (k >= 2) instance.transform = random_affine(random);
                if (options.motion && k >= 2 && random.below(2) == 0) {
                    const Affine start = random_affine(random);
                    for (int key = 0; key < 9; ++key)
                        instance.motion.push_back(translation(0.05 * key, 0.02 * key, 0) * start);
                }
                d.instances.push_back(instance);
            }
        }
    }
    return d;
}

inline CompiledScene make_soup(uint64_t seed, const SoupOptions& options = {}) {
    return compile_scene(describe_soup(seed, options));
}

// A soup of varied materials under a sky, a sun, a point, a spot and emissive shapes.
inline CompiledScene make_lit_soup(uint64_t seed, TreeLayouts layouts = {}) {
    SceneDescription d = describe_soup(seed);
    Random random(seed + 1000);
    const auto first_new = static_cast<int>(d.materials.size());
    for (int i = 0; i < 8; ++i) {
        MaterialDescription m;
        m.base_color = {random.unit(), random.unit(), random.unit(), 1};
        m.metallic = i % 3 == 0 ? 1.0f : 0.0f;
        m.roughness = random.unit();
        if (i == 2 || i == 5) {
            m.transmission = 1;
            m.thin = i == 5;
            m.attenuation = {0.5f, 0.1f, 0.2f};
        }
        if (i == 4) m.emission = {6, 4, 2};
        m.unlit = i == 7;
        d.materials.push_back(m);
    }
    const auto vary = [&](int& material) {
        if (random.below(3) != 0) material = first_new + static_cast<int>(random.below(8));
    };
    for (Shared<MeshDescription>& shared : d.meshes) {
        MeshDescription& mesh = shared.change();
        for (TrianglePart& part : mesh.triangles)
            vary(part.material);
        for (SpherePart& part : mesh.spheres)
            vary(part.material);
    }
    d.sky =
        SkyDescription{sky_gradient, {0.3f, 0.4f, 0.9f}, {0.9f, 0.9f, 0.8f}, {0.2f, 0.2f, 0.1f}};
    LightDescription sun;
    sun.kind = LightDescription::Kind::sun;
    sun.angle_deg = 2;
    LightDescription point;
    point.position = {1, 2, 2};
    point.intensity = {5, 5, 6};
    LightDescription spot;
    spot.kind = LightDescription::Kind::spot;
    spot.position = {-2, 2, 1};
    spot.direction = {0.6f, -0.6f, -0.52915026f};
    spot.cos_inner = 0.95f;
    spot.cos_outer = 0.8f;
    spot.intensity = {20, 10, 10};
    d.lights = {sun, point, spot};
    return compile_scene(std::move(d), layouts);
}

} // namespace juggler::test
