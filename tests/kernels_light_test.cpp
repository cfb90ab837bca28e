// Lights: picked as often as they say, sampled as their densities say, and the density of a hit is
// the density with which it would have been sampled.
#include "kernels/bvh2.h"
#include "kernels/light.h"
#include "tests/support/density.h"
#include "tests/support/random.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace juggler {
namespace {

using test::Direction;

constexpr int million = 1000000;
const double level = test::sidak_level(27);

Bits2<uint32_t> place(test::Random& random) {
    const auto x = static_cast<uint32_t>(random.bits());
    const auto y = static_cast<uint32_t>(random.bits());
    return {x, y};
}

Direction minus(const Direction& a, const Direction& b) { return a + -1 * b; }

// Density over solid angle of points chosen evenly on the triangle a, a + b, a + c, by a
// double-precision ray-triangle test of its own.
double triangle_density(const Direction& a, const Direction& b, const Direction& c,
                        const Direction& p, const Direction& d) {
    const Direction n = test::cross(b, c);
    const double across = test::dot(n, d);
    if (across == 0) return 0;
    const double t = test::dot(n, minus(a, p)) / across;
    if (t <= 0) return 0;
    const Direction at = minus(p + t * d, a);
    const double u = test::dot(test::cross(at, c), n) / test::dot(n, n);
    const double v = test::dot(test::cross(b, at), n) / test::dot(n, n);
    if (u < 0 || v < 0 || u + v > 1) return 0;
    const double twice_area = std::sqrt(test::dot(n, n));
    return t * t / (0.5 * twice_area * std::fabs(across) / twice_area);
}

// The directions `sample_light` gives from p against `pdf`.
template <class Pdf>
test::DensityTest test_light(const CompiledScene& scene, const Direction& p,
                             const test::DirectionGrid& grid, uint64_t seed, const Pdf& pdf) {
    test::Random random(seed);
    const Vec3<float> from = test::to_kernel(p);
    return test::test_density(
        grid, million,
        [&](Direction& d) {
            const auto pick = static_cast<uint32_t>(random.bits());
            const LightSample<float> s =
                sample_light<float>(scene.view(), from, pick, place(random));
            d = test::from_kernel(s.wi);
            EXPECT_NEAR(s.pdf, pdf(d), 2e-3 * s.pdf + (pdf(d) == 0 ? 1e30 : 0));
            return s.pdf > 0;
        },
        pdf);
}

TEST(Light, triangle_lights_are_sampled_evenly_over_their_area) {
    const Direction a = {-0.5, 1, -0.4}, b = {1.2, 0.1, 0.2}, c = {0.3, -0.2, 0.9};
    SceneDescription description;
    const int material = test::add_material(description, test::lamp(2));
    MeshDescription mesh;
    TrianglePart part;
    part.material = material;
    part.positions = {{-0.5f, 1, -0.4f}, {0.7f, 1.1f, -0.2f}, {-0.2f, 0.8f, 0.5f}};
    part.indices = {0, 1, 2};
    mesh.triangles.push_back(part);
    test::place(description, std::move(mesh));
    const CompiledScene scene = compile_scene(std::move(description));
    const Direction middle = a + (1.0 / 3) * (b + c);
    uint64_t seed = 31;
    for (const Direction& p : {Direction{0, 0, 0}, Direction{0, 3, 0}, Direction{0.1, 0.85, 0},
                               Direction{3, 0, 1}, Direction{20, -30, 5}}) {
        const Direction to = minus(middle, p);
        const double width = std::min(0.25 / std::sqrt(test::dot(to, to)), 0.6);
        const auto result =
            test_light(scene, p, test::DirectionGrid(to, width), ++seed,
                       [&](const Direction& d) { return triangle_density(a, b, c, p, d); });
        EXPECT_GT(result.p, level) << p.x << " " << p.y << " " << p.z;
        EXPECT_NEAR(result.covered, 1, 2e-3) << p.x << " " << p.y << " " << p.z;
    }
}

TEST(Light, sphere_lights_are_sampled_evenly_over_their_cone) {
    SceneDescription description;
    test::add_sphere(description, {1, 2, 3}, 0.5f, test::add_material(description, test::lamp(2)));
    const CompiledScene scene = compile_scene(std::move(description));
    const Direction center = {1, 2, 3};
    uint64_t seed = 41;
    for (const Direction& p : {Direction{0, 0, 0}, Direction{1, 2, 3.55}, Direction{-50, 0, 20},
                               Direction{1.1, 2.2, 2.9}, Direction{1, 2, 3.4999}}) {
        const Direction to = minus(center, p);
        const double distance2 = test::dot(to, to);
        const double sin2 = 0.25 / distance2;
        const bool inside = sin2 >= 1;
        const double cos_max = inside ? -1 : std::sqrt(1 - sin2);

        const double spread = inside ? 2 : sin2 / (1 + cos_max);
        const Direction axis = test::unit(to);
        const auto result = test_light(
            scene, p, test::DirectionGrid(to, inside ? 0.6 : 0.5 * std::sqrt(spread)), ++seed,
            [&](const Direction& d) {
                const Direction off = minus(d, axis);
                return test::dot(off, off) <= 2 * spread ? 1 / (2 * test::pi * spread) : 0;
            });
        EXPECT_GT(result.p, level) << p.x << " " << p.y << " " << p.z;
        EXPECT_NEAR(result.covered, 1, 2e-3) << p.x << " " << p.y << " " << p.z;
    }
}

TEST(Light, suns_are_sampled_evenly_over_their_disk) {
    for (float angle_deg : {0.53f, 10.0f, 90.0f}) {
        SceneDescription description;
        description.lights.push_back({LightDescription::Kind::sun,
                                      {},
                                      {0.36f, -0.8f, 0.48f},
                                      {1, 1, 1},
                                      angle_deg,
                                      1,
                                      0,
                                      0});
        const CompiledScene scene = compile_scene(std::move(description));
        const Direction axis = test::unit({-0.36, 0.8, -0.48});
        const double half_sine = std::sin(angle_deg * test::pi / 720);
        const double spread = 2 * half_sine * half_sine;
        const auto result = test_light(scene, {1, 2, 3}, test::DirectionGrid(axis, 0.7 * half_sine),
                                       51, [&](const Direction& d) {
                                           const Direction off = minus(d, axis);
                                           return test::dot(off, off) <= 2 * spread
                                                      ? 1 / (2 * test::pi * spread)
                                                      : 0;
                                       });
        EXPECT_GT(result.p, level) << angle_deg;
        EXPECT_NEAR(result.covered, 1, 2e-3) << angle_deg;
    }
}

// Lights of many kinds and powers.
SceneDescription many_lights() {
    SceneDescription scene;
    test::Random random(61);
    using Kind = LightDescription::Kind;
    for (int k = 0; k < 40; ++k) {
        const int material = test::add_material(scene, test::lamp(exp2(random.between(-6, 6))));
        const auto at = [&] { return random.between(-5, 5); };
        if (k % 2 == 0)
            test::add_sphere(scene, {at(), at(), at()}, random.between(0.05f, 0.4f), material);
        else
            test::add_quad(scene, {at(), at(), at()}, {random.unit(), random.unit(), 0},
                           {0, random.unit() - 2, random.unit()}, material);
    }
    for (int k = 0; k < 3; ++k) {
        scene.lights.push_back({Kind::point, {float(k), 6, 1}, {}, {5, 5, 5}, 0, 1, 0, 0});
        scene.lights.push_back({Kind::sun, {}, {0, -1, 0}, {1, 1, 1}, float(k), 1, 0, 0});
    }
    // Emitters under transforms of their own.
    const int material = test::add_material(scene, test::lamp(3));
    scene.meshes.push_back(test::box({-0.3f, -0.3f, -0.3f}, {0.3f, 0.3f, 0.3f}, material));
    const int mesh = static_cast<int>(scene.meshes.size()) - 1;
    scene.instances.push_back({mesh, translation(3, -4, 6) * scaling(1, 2, -1.5), {}});
    scene.instances.push_back({mesh, translation(-3, 4, 6) * rotation(0.1, 0.2, 0.3, 0.9), {}});
    MeshDescription balls;
    balls.spheres.push_back({material, {{0, 0, 0, 0.4f}, {1, 0, 0, 0.2f}}, {}});
    scene.meshes.push_back(balls);
    scene.instances.push_back({mesh + 1, translation(6, 0, 0) * scaling(1.5, 1.5, 1.5), {}});
    scene.instances.push_back({mesh + 1, translation(-6, 0, 0) * rotation(0, 0.5, 0, 0.8), {}});
    return scene;
}

TEST(Light, the_alias_table_picks_every_light_as_often_as_it_says) {
    const CompiledScene scene = compile_scene(many_lights());
    const SceneView& view = scene.view();
    ASSERT_GT(view.light_count, 60u);
    std::vector<double> observed(view.light_count, 0.0), expected, exact(view.light_count, 0.0);
    double total = 0;
    for (uint32_t i = 0; i < view.light_count; ++i) {
        total += view.lights[i].pick;
        expected.push_back(view.lights[i].pick * double(million));
        const double column = 1.0 / view.light_count;
        exact[i] += column * view.lights[i].alias_threshold;
        exact[view.lights[i].alias] += column * (1 - view.lights[i].alias_threshold);
    }
    EXPECT_NEAR(total, 1, 1e-5);
    for (uint32_t i = 0; i < view.light_count; ++i)
        EXPECT_NEAR(exact[i], view.lights[i].pick, 1e-6) << "light " << i;
    test::Random random(62);
    for (int i = 0; i < million; ++i)
        ++observed[pick_light<float>(view, static_cast<uint32_t>(random.bits()))];
    EXPECT_GT(test::chi_square_test(observed, expected), level);
    EXPECT_LT(pick_light<float>(view, 0xffffffffu), view.light_count);
}

TEST(Light, tables_of_many_lights_are_picked_from_as_evenly_as_those_of_few) {
    for (const uint32_t count : {12u, 3u << 14, 3u << 18}) {
        // Pairs: the first keeps 0.03 of its entry and gives the rest to the second.
        std::vector<LightView> lights(count);
        for (uint32_t i = 0; i < count; ++i) {
            lights[i].alias_threshold = i % 2 == 0 ? 0.03f : 1;
            lights[i].alias = i | 1;
        }
        SceneView view{};
        view.lights = lights.data();
        view.light_count = count;
        // Three pairs in a row tell uneven entries from uneven choices within them.
        std::vector<double> observed(6, 0.0);
        test::Random random(65);
        for (int i = 0; i < million; ++i)
            ++observed[pick_light<float>(view, static_cast<uint32_t>(random.bits())) % 6];
        const double first = million / 6.0 * 0.03, second = million / 3.0 - first;
        EXPECT_GT(test::chi_square_test(observed, {first, second, first, second, first, second}),
                  level)
            << count << " lights";
    }
}

TEST(Light, the_density_of_a_hit_is_the_density_it_is_sampled_with) {
    const CompiledScene scene = compile_scene(many_lights());
    const SceneView& view = scene.view();
    test::Random random(63);
    int compared = 0;
    for (int i = 0; i < million / 5; ++i) {
        const Vec3<float> p = {random.between(-8, 8), random.between(-8, 8), random.between(-8, 8)};
        const auto pick = static_cast<uint32_t>(random.bits());
        const Bits2<uint32_t> on_light = place(random);
        const LightView& light = view.lights[pick_light<float>(view, pick)];
        if (light.kind != light_triangle && light.kind != light_sphere) continue;
        const LightSample<float> s = sample_light<float>(view, p, pick, on_light);
        const Ray<float> ray = {p, s.wi, 1.001f * s.distance, 0, 0};
        const Hit<float> hit = closest_hit(view, scene.bvh2(), ray);
        if (hit.instance != light.instance || hit.primitive != light.primitive)
            continue; // hidden by another, or missed its rim
        const Surface<float> at = make_surface<float>(view, ray, hit);
        if (std::fabs(dot(at.ng, s.wi)) < 0.01f) continue;
        ++compared;
        const float pdf = light_pdf<float>(view, hit.instance, at, p, s.wi);
        ASSERT_NEAR(pdf, s.pdf, 2e-3f * s.pdf)
            << "light kind " << light.kind << " from " << p.x << " " << p.y << " " << p.z;
        ASSERT_NEAR(hit.t, s.distance, 2e-4f * s.distance);
        const Vec3<float> Le =
            emitted<float>(view, at.material, gather_record(view.materials, at.material), at.tc);
        ASSERT_EQ(Le.x, s.L.x);
    }
    EXPECT_GT(compared, million / 20);
}

TEST(Light, a_sampled_light_is_reached_just_before_its_surface) {
    const CompiledScene scene = compile_scene(many_lights());
    const SceneView& view = scene.view();
    test::Random random(64);
    for (int i = 0; i < million / 10; ++i) {
        const Vec3<float> p = {random.between(-8, 8), random.between(-8, 8), random.between(-8, 8)};
        const auto pick = static_cast<uint32_t>(random.bits());
        const Bits2<uint32_t> on_light = place(random);
        const LightView& light = view.lights[pick_light<float>(view, pick)];
        if (light.kind != light_triangle && light.kind != light_sphere) continue;
        const LightSample<float> s = sample_light<float>(view, p, pick, on_light);
        const Ray<float> ray = {p, s.wi, 0.9999f * s.distance, 0, 0};
        const Hit<float> hit = closest_hit(view, scene.bvh2(), ray);
        // Edge-on, rounding may move the crossing by more than the shadow ray is short.
        const bool itself = hit.instance == light.instance && hit.primitive == light.primitive;
        if (itself) {
            const Surface<float> at = make_surface<float>(view, ray, hit);
            ASSERT_LT(std::fabs(dot(at.ng, s.wi)), 0.01f)
                << "kind " << light.kind << ", " << s.distance << " away, met at " << hit.t;
        }
    }
}

TEST(Light, point_lights_fall_with_the_square_of_the_distance_and_end_at_their_range) {
    SceneDescription description;
    description.lights.push_back(
        {LightDescription::Kind::point, {0, 2, 0}, {}, {8, 4, 2}, 0, 1, 0, 10});
    const CompiledScene scene = compile_scene(std::move(description));
    for (float distance : {0.5f, 1.0f, 4.0f, 8.0f, 9.9f, 10.0f, 30.0f}) {
        const LightSample<float> s =
            sample_light<float>(scene.view(), {0, 2 - distance, 0}, 1u << 31, {1u << 31, 1u << 31});
        // The window of KHR_lights_punctual.
        const double window = std::clamp(1 - std::pow(distance / 10.0, 4), 0.0, 1.0);
        EXPECT_NEAR(s.L.x, 8 * window / (double(distance) * distance), 1e-5 * 8 / distance);
        EXPECT_TRUE(s.delta);
        EXPECT_EQ(s.distance, distance);
    }
}

TEST(Light, spots_fade_between_their_cones) {
    SceneDescription description;
    description.lights.push_back({LightDescription::Kind::spot,
                                  {0, 2, 0},
                                  {0, -1, 0},
                                  {1, 1, 1},
                                  0,
                                  std::cos(0.3f),
                                  std::cos(0.6f),
                                  0});
    const CompiledScene scene = compile_scene(std::move(description));
    for (double angle : {0.0, 0.2, 0.29, 0.4, 0.5, 0.59, 0.61, 1.0, 2.0}) {
        const Vec3<float> p = {static_cast<float>(2 * std::sin(angle)),
                               static_cast<float>(2 - 2 * std::cos(angle)), 0};
        const LightSample<float> s =
            sample_light<float>(scene.view(), p, 1u << 31, {1u << 31, 1u << 31});
        const double fade = std::clamp(
            (std::cos(angle) - std::cos(0.6)) / (std::cos(0.3) - std::cos(0.6)), 0.0, 1.0);
        EXPECT_NEAR(s.L.x, fade * fade / 4, 1e-5) << angle;
    }
}

} // namespace
} // namespace juggler
