// The central promise: a hit is a property of the ray and the set of primitives. Every tree, sane
// or not, gives the bits of brute force.
#include "host/bvh/build.h"
#include "host/bvh/compressed.h"
#include "kernels/compressed.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_trees.h"
#include "tests/support/scale.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cstring>

namespace juggler {
namespace {

using test::Random;

// Rays of every kind a renderer makes, and some it hopes never to make.
Ray<float> random_ray(Random& random, uint32_t index) {
    const auto o = random.point(2.5f);
    auto target = random.point(1);
    if (index % 4 == 0) // through the grid the vertices lie on: edges and vertices exactly
        for (float& x : target)
            x = static_cast<float>(static_cast<int>(x * 3)) / 3;
    Ray<float> ray;
    ray.o = {o[0], o[1], o[2]};
    ray.d = Vec3<float>{target[0], target[1], target[2]} - ray.o;
    if (index % 8 == 1) { // along an axis, from a grid line
        ray.o = {static_cast<float>(static_cast<int>(o[0] * 3)) / 3, o[1], 2};
        ray.d = {0, 0, -1};
    }
    if (index % 8 == 5) // inside a plane of the grid
        ray.d.y = 0;
    ray.t_max = index % 3 == 0 ? random.between(0.1f, 3) : ray_infinity;
    ray.time = index % 5 == 0 ? 0.0f : random.unit();
    ray.filter_key = static_cast<uint32_t>(random.bits());
    return ray;
}

::testing::AssertionResult same_hit(const Hit<float>& a, const Hit<float>& b) {
    if (std::memcmp(&a.t, &b.t, 4) == 0 && a.instance == b.instance && a.primitive == b.primitive &&
        std::memcmp(&a.u, &b.u, 8) == 0)
        return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << std::hexfloat << "t " << a.t << " of (" << a.instance << ", " << a.primitive
           << ") is not t " << b.t << " of (" << b.instance << ", " << b.primitive << ")";
}

Walk walk_compressed(const CompiledScene& scene, RayKind kind, const Ray<float>& ray) {
    CompressedWalker walker;
    walk_through(scene.view(), scene.bvh2(), kind, ray, walker);
    return walker.walk;
}

// With `compressed`, there has to be a compressed tree, and it is walked, too.
void compare_with_brute_force(CompiledScene& scene, uint64_t seed, uint32_t rays,
                              bool compressed = false) {
    struct Truth {
        Ray<float> ray;
        Hit<float> closest;
        uint32_t visible;
    };
    std::vector<Truth> truths;
    Random random(seed);
    uint32_t hits = 0;
    for (uint32_t i = 0; i < rays; ++i) {
        Truth t;
        t.ray = random_ray(random, i);
        t.closest = test::brute_force_closest(scene.view(), scene.bvh2(), t.ray);
        t.visible = test::brute_force_visible(scene.view(), scene.bvh2(), t.ray);
        hits += t.closest.instance != none;
        truths.push_back(t);
    }
    EXPECT_GT(hits, rays / 10);
    const auto check = [&](const char* tree) {
        for (const Truth& t : truths) {
            ASSERT_TRUE(same_hit(closest_hit(scene.view(), scene.bvh2(), t.ray), t.closest))
                << tree << ", seed " << seed;
            ASSERT_EQ(visible_channels(scene.view(), scene.bvh2(), t.ray), t.visible)
                << tree << ", seed " << seed;
        }
        if (!compressed) return;
        scene.arrays().compressed = CompressedTree::build(scene.view(), scene.bvh2());
        scene.arrays().connect();
        ASSERT_NE(scene.bvh2().compressed.root, none) << tree << ", seed " << seed;
        for (const Truth& t : truths) {
            ASSERT_TRUE(same_hit(walk_compressed(scene, ray_closest, t.ray).best, t.closest))
                << tree << ", compressed, seed " << seed;
            ASSERT_EQ(walk_compressed(scene, ray_shadow, t.ray).visible, t.visible)
                << tree << ", compressed, seed " << seed;
        }
    };
    check("built tree");
    const uint32_t leaf_sizes[3] = {1, 3, compressed ? 15u : 17u};
    for (uint32_t size : leaf_sizes) {
        test::randomize_trees(scene, size, seed * 31 + size);
        check("random tree");
    }
}

TEST(Hits, FourTreesFindTheBitsOfBruteForceWithInstancesSpheresMotionAndCoverage) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        CompiledScene scene = test::make_soup(seed);
        compare_with_brute_force(scene, seed, 1500);
        if (HasFatalFailure()) return;
    }
}

TEST(Hits, SolidResting) {
    for (uint64_t seed = 100; seed < 106; ++seed) {
        CompiledScene scene = test::make_soup(seed, {900, 60, 3, false, false});
        compare_with_brute_force(scene, seed, 1200);
        if (HasFatalFailure()) return;
    }
}

TEST(Hits, OfCompressedTreesAreTheBitsOfBruteForceWithInstancesSpheresAndCoverage) {
    test::SoupOptions options;
    options.vertices_move = false;
    for (uint64_t seed = 200; seed < 208; ++seed) {
        CompiledScene scene = test::make_soup(seed, options);
        compare_with_brute_force(scene, seed, 1500, true);
        if (HasFatalFailure()) return;
    }
}

// Rays of a soup whose whole world is `scale` times as large and `shift` away.
TEST(Hits, OfCompressedTreesAreTheBitsOfBruteForceAtAnyScale) {
    const std::pair<float, float> worlds[] = {{1e12f, 0}, {1e-9f, 0}, {1e-20f, 0}, {1, 3e5f}};
    for (const auto& [scale, shift] : worlds) {
        SceneDescription d = test::describe_soup(9, {400, 30, 1, false, false});
        for (Shared<MeshDescription>& shared : d.meshes) {
            MeshDescription& mesh = shared.change();
            for (TrianglePart& part : mesh.triangles)
                for (auto& p : part.positions)
                    for (float& x : p)
                        x = x * scale + shift;
            for (SpherePart& part : mesh.spheres)
                for (auto& s : part.spheres)
                    s = {s[0] * scale + shift, s[1] * scale + shift, s[2] * scale + shift,
                         s[3] * scale};
        }
        for (InstanceDescription& i : d.instances)
            i.transform = {};
        CompiledScene scene = compile_scene(std::move(d));
        scene.arrays().compressed = CompressedTree::build(scene.view(), scene.bvh2());
        scene.arrays().connect();
        ASSERT_NE(scene.bvh2().compressed.root, none);
        Random random(3);
        uint32_t hits = 0;
        for (uint32_t i = 0; i < 1000; ++i) {
            Ray<float> ray = random_ray(random, i);
            for (float* x : {&ray.o.x, &ray.o.y, &ray.o.z})
                *x = *x * scale + shift;
            if (i % 2 == 0) ray.d = scale * ray.d;
            ray.t_max = ray_infinity;
            const Hit<float> truth = test::brute_force_closest(scene.view(), scene.bvh2(), ray);
            hits += truth.instance != none;
            ASSERT_TRUE(same_hit(walk_compressed(scene, ray_closest, ray).best, truth)) << scale;
            ASSERT_EQ(walk_compressed(scene, ray_shadow, ray).visible,
                      test::brute_force_visible(scene.view(), scene.bvh2(), ray));
        }
        EXPECT_GT(hits, 30u) << scale;
    }
}

TEST(Hits, PartialCoverageLetsSomeRaysThroughAndStopsSome) {
    SceneDescription d;
    const int half = test::add_material(d, AlphaMode::blend, 0.25f, 0);
    MeshDescription mesh;
    TrianglePart part;
    part.material = half;
    part.positions = {{-5, -5, 0}, {5, -5, 0}, {0, 5, 0}};
    part.indices = {0, 1, 2};
    mesh.triangles.push_back(part);
    d.meshes.push_back(mesh);
    d.instances.emplace_back();
    const CompiledScene scene = compile_scene(std::move(d));
    uint32_t stopped = 0, shadowed = 0;
    constexpr uint32_t rays = 20000;
    for (uint32_t i = 0; i < rays; ++i) {
        const Ray<float> ray{{0, 0, 1}, {0, 0, -1}, ray_infinity, 0, i};
        stopped += closest_hit(scene.view(), scene.bvh2(), ray).instance != none;
        shadowed += visible_channels(scene.view(), scene.bvh2(), ray) == 0;
    }
    const double sigma = 61.2; // sqrt(20000 * 0.25 * 0.75)
    EXPECT_NEAR(stopped, rays * 0.25, 5 * sigma);
    EXPECT_NEAR(shadowed, rays * 0.25, 5 * sigma);
}

// A closed mesh made by displacing a sphere of (2 * rings) x rings quads.
TrianglePart closed_mesh(uint32_t rings, float noise, uint64_t seed) {
    TrianglePart part;
    Random random(seed);
    const uint32_t columns = 2 * rings;
    part.positions.push_back({0, 1, 0});
    for (uint32_t i = 1; i < rings; ++i) {
        for (uint32_t j = 0; j < columns; ++j) {
            const SinCos<float> theta = sin_cos_2pi(0.5f * float(i) / float(rings));
            const SinCos<float> phi = sin_cos_2pi(float(j) / float(columns));
            const float r = 1 + noise * random.between(-1, 1);
            part.positions.push_back(
                {r * theta.sin * phi.cos, r * theta.cos, r * theta.sin * phi.sin});
        }
    }
    part.positions.push_back({0, -1, 0});
    const auto at = [&](uint32_t i, uint32_t j) { return 1 + (i - 1) * columns + j % columns; };
    const auto last = static_cast<uint32_t>(part.positions.size() - 1);
    for (uint32_t j = 0; j < columns; ++j) {
        part.indices.insert(part.indices.end(), {0, at(1, j), at(1, j + 1)});
        part.indices.insert(part.indices.end(), {last, at(rings - 1, j + 1), at(rings - 1, j)});
        for (uint32_t i = 1; i + 1 < rings; ++i) {
            part.indices.insert(part.indices.end(), {at(i, j), at(i + 1, j), at(i + 1, j + 1)});
            part.indices.insert(part.indices.end(), {at(i, j), at(i + 1, j + 1), at(i, j + 1)});
        }
    }
    return part;
}

uint32_t count_escapes(CompiledScene& scene, uint32_t rays, uint64_t seed) {
    Random random(seed);
    const auto& positions = scene.arrays().attributes;
    uint32_t escapes = 0;
    for (uint32_t i = 0; i < rays; ++i) {
        const auto o = random.point(0.3f);
        Ray<float> ray{{o[0], o[1], o[2]}, {}, ray_infinity, 0, 0};
        const auto d = random.point(1);
        ray.d = {d[0], d[1], d[2]};
        if (i % 2 == 0) { // straight at a vertex
            const uint32_t v = 3 * random.below(static_cast<uint32_t>(positions.size() / 3));
            ray.d = Vec3<float>{positions[v], positions[v + 1], positions[v + 2]} - ray.o;
        } else if (i % 4 == 1) { // at a point of an edge
            const uint32_t t =
                3 * random.below(static_cast<uint32_t>(scene.arrays().indices.size() / 3));
            const float* a = &positions[3 * size_t(scene.arrays().indices[t])];
            const float* b = &positions[3 * size_t(scene.arrays().indices[t + 1])];
            const float s = random.unit();
            ray.d = lerp(load3<float>(a), load3<float>(b), 1 - s, s) - ray.o;
        }
        if (dot(ray.d, ray.d) == 0) continue;
        escapes += closest_hit(scene.view(), scene.bvh2(), ray).instance == none;
    }
    return escapes;
}

CompiledScene compile_part(TrianglePart part, const Affine& transform, int copies) {
    SceneDescription d;
    part.material = test::add_material(d, AlphaMode::opaque, 1, 0);
    MeshDescription mesh;
    mesh.triangles.push_back(std::move(part));
    d.meshes.push_back(std::move(mesh));
    for (int i = 0; i < copies; ++i)
        d.instances.push_back({0, transform, {}});
    return compile_scene(std::move(d));
}

// A million rays a mesh, times JUGGLER_TEST_SCALE.
const uint32_t escape_rays = 1'000'000 * test::scale();

TEST(Hits, NoRayEscapesFromAClosedMesh) {
    CompiledScene smooth = compile_part(closed_mesh(24, 0, 1), {}, 1);
    EXPECT_EQ(count_escapes(smooth, escape_rays, 2), 0u);
    CompiledScene noisy = compile_part(closed_mesh(200, 0.01f, 3), {}, 1);
    EXPECT_EQ(count_escapes(noisy, escape_rays, 4), 0u);
}

TEST(Hits, NoRayEscapesFromSliversOrFromAnInstance) {
    CompiledScene slivers = compile_part(closed_mesh(40, 0.02f, 5), scaling(1, 1000, 1), 1);
    EXPECT_EQ(count_escapes(slivers, escape_rays / 2, 6), 0u);
    CompiledScene instanced =
        compile_part(closed_mesh(40, 0.02f, 7), rotation(0.1, 0.7, -0.3, 0.6), 2);
    EXPECT_EQ(count_escapes(instanced, escape_rays / 2, 8), 0u);
}

TEST(Hits, NoRayEscapesFromASphere) {
    SceneDescription d;
    test::add_material(d, AlphaMode::opaque, 1, 0);
    MeshDescription mesh;
    mesh.spheres.push_back({0, {{0, 0, 0, 1}}, {}});
    d.meshes.push_back(mesh);
    d.instances.emplace_back();
    const CompiledScene scene = compile_scene(std::move(d));
    Random random(9);
    for (uint32_t i = 0; i < escape_rays; ++i) {
        const auto o = random.point(0.57f), v = random.point(1);
        const Ray<float> ray{{o[0], o[1], o[2]}, {v[0], v[1], v[2]}, ray_infinity, 0, 0};
        if (dot(ray.d, ray.d) > 0) {
            ASSERT_NE(closest_hit(scene.view(), scene.bvh2(), ray).instance, none);
        }
    }
}

} // namespace
} // namespace juggler
