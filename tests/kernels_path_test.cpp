// Whole paths against closed forms: furnaces, form factors, slabs, layers; and light sampling
// against scattering alone.
#include "kernels/bsdf.h"
#include "tests/support/density.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace juggler {
namespace {

using test::Estimate;
using test::Float3;
using test::Shot;

constexpr double pi_d = test::pi;

void expect_clean(const Estimate& e, const std::string& what) {
    EXPECT_EQ(e.counters.nan_samples, 0u) << what;
    EXPECT_EQ(e.counters.clamped_samples, 0u) << what;
}
// Within four standard errors, which are at most half a percent.
void expect_channel(const Estimate& e, int c, double truth, const std::string& what) {
    const double rounding = 2e-5 * truth + 1e-7;
    EXPECT_NEAR(e.rgb[c].mean(), truth, 4 * e.rgb[c].error() + rounding) << what;
    EXPECT_LE(e.rgb[c].error(), 0.005 * truth + 1e-7) << what;
}
void expect_estimate(const Estimate& e, double truth, const std::string& what) {
    expect_clean(e, what);
    for (int c = 0; c < 3; ++c)
        expect_channel(e, c, truth, what);
}

Shot probe_shot(const Float3& eye, const Float3& target, uint32_t samples = 1024) {
    Shot shot;
    shot.camera = test::probe(eye, target);
    shot.samples = samples;
    return shot;
}
// Parallel rays straight down onto (x, z), all but one point wide.
Shot straight_down(float x, float z, uint32_t samples = 1024) {
    Shot shot;
    shot.camera = test::look_at({x, 10, z}, {x, 0, z}, 1);
    shot.camera.orthographic = true;
    shot.camera.x_mag = shot.camera.y_mag = 1e-4;
    shot.samples = samples;
    return shot;
}
void add_floor(SceneDescription& scene, float albedo) {
    test::add_quad(scene, {-50, 0, -50}, {0, 0, 100}, {100, 0, 0},
                   test::add_material(scene, test::lambert(albedo)));
}

// ---- furnaces ----------------------------------------------------------------------------------

MaterialDescription white(MaterialDescription m) {
    m.base_color = {1, 1, 1, 1};
    return m;
}

TEST(Furnace, one_lossless_sphere_cannot_be_seen_in_any_pixel) {
    for (const auto& [name, material] :
         {std::pair<std::string, MaterialDescription>{"Lambert", test::lambert(1)},
          {"mirror", test::mirror()},
          {"solid glass", test::clear_glass(false)},
          {"dense solid glass", test::clear_glass(false, 2.4f)},
          {"thin glass", test::clear_glass(true)}}) {
        SceneDescription description;
        test::add_sphere(description, {0, 0, 0}, 1, test::add_material(description, material));
        test::set_sky(description, 1);
        const CompiledScene scene = compile_scene(std::move(description));
        Shot shot;
        shot.camera = test::look_at({0, 0.5f, 4}, {0, 0, 0}, 0.27);
        shot.width = shot.height = 16;
        shot.max_depth = 1000;
        Film film({0, 0, 16, 16});
        PassCounters counters{};
        render_sequential(scene.view(), scene.bvh2(), test::frame_of(shot, 1), film.view(),
                          {0, 0, 16, 16, 0, 256}, nullptr, nullptr, counters);
        const std::vector<float> mean = film.mean(256);
        for (size_t i = 0; i < mean.size(); ++i)
            ASSERT_NEAR(mean[i], 1, 0.002) << name << ", value " << i;
        EXPECT_EQ(counters.nan_samples + counters.clamped_samples, 0u) << name;
    }
}

TEST(Furnace, a_heap_of_lossless_things_cannot_be_seen) {
    SceneDescription description;
    const std::vector<MaterialDescription> materials = {
        test::lambert(1), test::mirror(), test::clear_glass(false), test::clear_glass(true)};
    for (const MaterialDescription& m : materials)
        test::add_material(description, m);
    for (int k = 0; k < 27; ++k)
        test::add_sphere(description,
                         {0.9f * float(k % 3), 0.9f * float(k / 3 % 3), 0.9f * float(k / 9)}, 0.4f,
                         k % 4);
    test::add_box(description, {-1, -1, -1}, {3, -0.5f, 3}, 0);
    test::add_box(description, {-1, -0.5f, -1}, {-0.6f, 2, 3}, 2);
    test::set_sky(description, 1);
    const CompiledScene scene = compile_scene(std::move(description));
    Shot shot;
    shot.camera = test::look_at({4, 3, 5}, {0.9f, 0.9f, 0.9f}, 0.3);
    shot.width = shot.height = 12;
    shot.samples = 32;
    shot.max_depth = 2000;
    const Estimate e = estimate(scene, shot);
    expect_clean(e, "heap");
    for (const test::Mean& channel : e.rgb)
        EXPECT_NEAR(channel.mean(), 1, std::max(1e-4, std::min(0.002, 4 * channel.error())));
}

// Rough plastic loses what its facets do not let out at once; metal loses nothing; none gains.
TEST(Furnace, rough_things_give_no_light_and_lose_what_their_facets_lose) {
    for (float roughness : {0.3f, 0.6f, 1.0f}) {
        for (bool metal : {true, false}) {
            SceneDescription description;
            MaterialDescription m = white(MaterialDescription{});
            m.metallic = metal ? 1.0f : 0.0f;
            m.roughness = roughness;
            add_floor(description, 0);
            description.materials[0] = m;
            test::set_sky(description, 1);
            const CompiledScene scene = compile_scene(std::move(description));
            for (const Float3& eye : {Float3{0, 1, 0.001f}, Float3{2, 1, 1}}) {
                const Estimate e = estimate(scene, probe_shot(eye, {0, 0, 0}));
                expect_clean(e, "rough plane");
                MaterialPoint<float> point{};
                point.base = {1, 1, 1};
                point.metallic = m.metallic;
                point.alpha = roughness * roughness;
                point.ior = m.ior;
                point.specular = m.specular;
                point.fresnel_average = scene.view().materials[0].fresnel_average;
                point.features = scene.view().features;
                point.albedo = scene.view().albedo;
                const Vec3<float> wo = normalize(Vec3<float>{eye[0], eye[2], eye[1]});
                const Bsdf<float> bsdf = make_bsdf(point, wo, wo.z);
                const auto mass =
                    test::DirectionGrid({-wo.x, -wo.y, wo.z}, 0.3)
                        .integrate(
                            [&](const test::Direction& d) {
                                return d.z > 0 ? double(eval_bsdf(bsdf, test::to_kernel(d)).f_cos.x)
                                               : 0.0;
                            },
                            1);
                const double albedo = std::accumulate(mass.begin(), mass.end(), 0.0);
                const double noise = 4 * e.rgb[0].error();
                EXPECT_LT(noise, 0.01);
                EXPECT_NEAR(e.rgb[0].mean(), albedo, std::max(0.001, noise)) << roughness << metal;
                EXPECT_LE(albedo, 1.0005) << roughness << metal;
                if (metal) EXPECT_GE(albedo, 0.9985) << roughness;
            }
        }
    }
    for (bool thin : {false, true}) {
        SceneDescription description;
        MaterialDescription m = test::clear_glass(thin);
        m.roughness = 0.4f;
        test::add_sphere(description, {0, 0, 0}, 1, test::add_material(description, m));
        test::set_sky(description, 1);
        const CompiledScene scene = compile_scene(std::move(description));
        Shot shot;
        shot.camera = test::look_at({0, 0.5f, 4}, {0, 0, 0}, 0.2);
        shot.width = shot.height = 8;
        shot.samples = 64;
        shot.max_depth = 1000;
        const Estimate e = estimate(scene, shot);
        expect_clean(e, "rough glass");
        EXPECT_LE(e.rgb[0].mean(), 1 + 3 * e.rgb[0].error());
        EXPECT_GE(e.rgb[0].mean(), 0.85);
    }
}

// Everything glows and reflects: Le + rho Le + rho^2 Le ... everywhere.
TEST(Furnace, inside_a_glowing_room_radiance_is_a_geometric_series) {
    for (float albedo : {0.5f, 0.8f}) {
        for (bool sphere : {true, false}) {
            for (uint32_t flags : {0u, uint32_t(frame_no_light_sampling)}) {
                SceneDescription description;
                MaterialDescription m = test::lambert(albedo);
                m.emission = {1, 2, 0.5f};
                const int material = test::add_material(description, m);
                if (sphere)
                    test::add_sphere(description, {0, 0, 0}, 2, material);
                else
                    test::add_box(description, {-1, -2, -1.5f}, {1, 1, 2}, material);
                const CompiledScene scene = compile_scene(std::move(description));
                Shot shot = probe_shot({0.3f, 0.2f, 0.6f}, {-1, 0.3f, 0.1f}, 512);
                shot.flags = flags;
                shot.max_depth = 300;
                const Estimate e = estimate(scene, shot);
                const std::string what = std::string(sphere ? "sphere" : "box") + ", albedo " +
                                         std::to_string(albedo) + ", flags " +
                                         std::to_string(flags);
                expect_clean(e, what);
                expect_channel(e, 0, 1 / (1 - double(albedo)), what);
                expect_channel(e, 1, 2 / (1 - double(albedo)), what);
                expect_channel(e, 2, 0.5 / (1 - double(albedo)), what);
            }
        }
    }
}

// ---- form factors
// --------------------------------------------------------------------------------

TEST(FormFactor, a_floor_under_a_sphere_light) {
    for (const auto& [center, radius] : {std::pair<Float3, float>{{0.5f, 2, 0.3f}, 0.5f},
                                         {{1, 1, -2}, 0.9f},
                                         {{0, 300, 100}, 20.0f}}) {
        SceneDescription description;
        add_floor(description, 0.7f);
        test::add_sphere(description, center, radius,
                         test::add_material(description, test::lamp(3)));
        const CompiledScene scene = compile_scene(std::move(description));
        const double d2 = double(center[0]) * center[0] + double(center[1]) * center[1] +
                          double(center[2]) * center[2];
        const double truth = 3 * double(0.7f) * radius * radius / d2 * center[1] / std::sqrt(d2);
        Shot shot = probe_shot({-3, 1, -0.5f}, {0, 0, 0});
        expect_estimate(estimate(scene, shot), truth, "radius " + std::to_string(radius));
    }
}

TEST(FormFactor, a_floor_under_a_sphere_light_far_away_and_a_sun_hardly_wider_than_a_point) {
    for (float distance : {30.0f, 300.0f, 1e3f, 1e4f, 1e6f, 1e8f}) {
        SceneDescription description;
        add_floor(description, 0.7f);
        const float Le = 2 * distance * distance;
        test::add_sphere(description, {0, distance, 0}, 1,
                         test::add_material(description, test::lamp(Le)));
        const CompiledScene scene = compile_scene(std::move(description));
        expect_estimate(estimate(scene, probe_shot({-3, 1, -0.5f}, {0, 0, 0})), 2 * double(0.7f),
                        "distance " + std::to_string(distance));
    }
    for (float angle_deg : {1e-3f, 1e-5f, 1e-12f, 1e-30f}) {
        SceneDescription description;
        add_floor(description, 0.7f);
        description.lights.push_back(
            {LightDescription::Kind::sun, {}, {0, -1, 0}, {2, 2, 2}, angle_deg, 1, 0, 0});
        const CompiledScene scene = compile_scene(std::move(description));
        expect_estimate(estimate(scene, probe_shot({-3, 1, -0.5f}, {0, 0, 0})),
                        2 * double(0.7f) / pi_d, "sun of " + std::to_string(angle_deg));
    }
}

// From a point to a parallel rectangle at distance c with one corner over the point.
double corner_factor(double a, double b, double c) {
    const double x = a / c, y = b / c, rx = std::sqrt(1 + x * x), ry = std::sqrt(1 + y * y);
    return (x / rx * std::atan(y / rx) + y / ry * std::atan(x / ry)) / (2 * pi_d);
}

TEST(FormFactor, a_floor_under_a_rectangle_light) {
    SceneDescription description;
    add_floor(description, 0.6f);
    test::add_quad(description, {-0.4f, 1.5f, -0.3f}, {1.6f, 0, 0}, {0, 0, 0.9f},
                   test::add_material(description, test::lamp(5)));
    const CompiledScene scene = compile_scene(std::move(description));
    const double factor = corner_factor(0.4, 0.3, 1.5) + corner_factor(1.2, 0.3, 1.5) +
                          corner_factor(0.4, 0.6, 1.5) + corner_factor(1.2, 0.6, 1.5);
    for (uint32_t flags : {0u, uint32_t(frame_no_light_sampling)}) {
        Shot shot = probe_shot({-3, 1, -0.5f}, {0, 0, 0}, flags ? 8192 : 1024);
        shot.flags = flags;
        expect_estimate(estimate(scene, shot), 5 * double(0.6f) * factor,
                        "flags " + std::to_string(flags));
    }
}

TEST(FormFactor, a_light_seen_through_an_instance_with_mirrored_scale) {
    SceneDescription description;
    add_floor(description, 0.6f);
    const int material = test::add_material(description, test::lamp(5));
    MeshDescription mesh;
    mesh.triangles.push_back(test::quad({0, 0, 0}, {1, 0, 0}, {0, 0, 1}, material));
    description.meshes.push_back(mesh);
    const int id = static_cast<int>(description.meshes.size()) - 1;
    // The same rectangle as above in two halves, one of them mirrored.
    description.instances.push_back({id, translation(-0.4, 1.5, -0.3) * scaling(0.8, 1, 0.9), {}});
    description.instances.push_back({id, translation(1.2, 1.5, -0.3) * scaling(-0.8, 1, 0.9), {}});
    const CompiledScene scene = compile_scene(std::move(description));
    const double factor = corner_factor(0.4, 0.3, 1.5) + corner_factor(1.2, 0.3, 1.5) +
                          corner_factor(0.4, 0.6, 1.5) + corner_factor(1.2, 0.6, 1.5);
    expect_estimate(estimate(scene, probe_shot({-3, 1, -0.5f}, {0, 0, 0})),
                    5 * double(0.6f) * factor, "two instances");
}

// ---- punctual lights and suns
// --------------------------------------------------------------------

TEST(Lights, points_spots_and_suns_light_a_floor_as_their_units_say) {
    using Kind = LightDescription::Kind;
    const double rho = 0.8f;
    const auto render = [](const LightDescription& light, uint32_t flags = 0) {
        SceneDescription description;
        add_floor(description, 0.8f);
        description.lights.push_back(light);
        const CompiledScene scene = compile_scene(std::move(description));
        Shot shot = probe_shot({-3, 1, -0.5f}, {0, 0, 0}, flags != 0 ? 16384 : 1024);
        shot.flags = flags;
        return estimate(scene, shot);
    };
    // 3 up, 4 aside: distance 5, cosine 0.6.
    expect_estimate(render({Kind::point, {4, 3, 0}, {}, {7, 7, 7}, 0, 1, 0, 0}),
                    7 * 0.6 / 25 * rho / pi_d, "point");
    // 0.1 rad off the axis of a spot that fades from 0.05 to 0.3 rad.
    const double a = std::atan2(3, -4) + 0.1;
    const double fade = (std::cos(0.1) - std::cos(0.3)) / (std::cos(0.05) - std::cos(0.3));
    expect_estimate(render({Kind::spot,
                            {4, 3, 0},
                            {static_cast<float>(std::cos(a)), static_cast<float>(-std::sin(a)), 0},
                            {7, 7, 7},
                            0,
                            static_cast<float>(std::cos(0.05)),
                            static_cast<float>(std::cos(0.3)),
                            0}),
                    7 * 0.6 / 25 * rho / pi_d * fade * fade, "spot");
    for (float angle_deg : {0.0f, 0.53f, 10.0f, 40.0f}) {
        const LightDescription sun = {Kind::sun, {}, {-0.8f, -0.6f, 0}, {2, 2, 2}, angle_deg, 1,
                                      0,         0};
        // Irradiance counts on a plane that faces the sun; the whole disk is above the floor.
        expect_estimate(render(sun), 2 * 0.6 * rho / pi_d,
                        "sun of " + std::to_string(angle_deg) + " degrees");
        if (angle_deg > 30)
            expect_estimate(render(sun, frame_no_light_sampling), 2 * 0.6 * rho / pi_d,
                            "sun found by scattering alone");
    }
}

// ---- glass
// ---------------------------------------------------------------------------------------

// Light from above and from below through the middle of a solid, a channel an absorption.
void expect_slab(const CompiledScene& from_above, const CompiledScene& from_below, double thickness,
                 double ior, const Float3& sigma, const std::string& what) {
    const double R = (ior - 1) * (ior - 1) / ((ior + 1) * (ior + 1));
    Shot shot = straight_down(0.0137f, 0.0071f, 4096);
    const Estimate above = estimate(from_above, shot), below = estimate(from_below, shot);
    expect_clean(above, what);
    expect_clean(below, what);
    for (int c = 0; c < 3; ++c) {
        const double tau = std::exp(-double(sigma[static_cast<size_t>(c)]) * thickness);
        const double series = 1 / (1 - R * R * tau * tau);
        const double T = (1 - R) * (1 - R) * tau * series;
        const double reflected = R + (1 - R) * (1 - R) * R * tau * tau * series;
        EXPECT_NEAR(below.rgb[c].mean(), T, 4 * below.rgb[c].error() + 2e-4 * T) << what;
        EXPECT_LE(below.rgb[c].error(), 0.005 * T) << what;
        EXPECT_NEAR(above.rgb[c].mean(), reflected,
                    4 * above.rgb[c].error() + 2e-4 * reflected + 1e-6)
            << what;
    }
}

TEST(Glass, slabs_and_spheres_absorb_and_reflect_as_computed_by_hand) {
    const Float3 sigma = {0.5f, 1.5f, 0};
    for (float ior : {1.0f, 1.5f, 2.0f}) {
        for (bool sphere : {false, true}) {
            const auto make = [&](bool light_above) {
                SceneDescription description;
                MaterialDescription m = test::clear_glass(false, ior);
                m.attenuation = sigma;
                const int material = test::add_material(description, m);
                if (sphere) // its middle is under the shot, so every crossing is head-on
                    test::add_sphere(description, {0.0137f, 1, 0.0071f}, 0.4f, material);
                else
                    test::add_box(description, {-5, 1, -5}, {5, 1.8f, 5}, material);
                const std::array<float, 3> on = {1, 1, 1}, off = {0, 0, 0};
                description.sky = SkyDescription{sky_gradient, light_above ? on : off, off,
                                                 light_above ? off : on};
                return compile_scene(std::move(description));
            };
            expect_slab(make(true), make(false), 0.8, ior, sigma,
                        (sphere ? "sphere, ior " : "slab, ior ") + std::to_string(ior));
        }
    }
}

// Head-on, a slab reflects 2 F / (1 + F) of the light, inner reflections included, with F of the
// colour's own index.
TEST(Glass, a_slab_that_takes_colours_apart_reflects_each_by_its_own_index) {
    MaterialDescription m = test::clear_glass(false, 1.5f);
    m.lobes.dispersion = 8; // red 1.4, blue 1.6
    const std::array<float, 3> on = {1, 1, 1}, off = {0, 0, 0};
    for (const bool light_above : {true, false}) {
        SceneDescription description;
        test::add_box(description, {-5, 1, -5}, {5, 1.8f, 5}, test::add_material(description, m));
        description.sky =
            SkyDescription{sky_gradient, light_above ? on : off, off, light_above ? off : on};
        const CompiledScene scene = compile_scene(std::move(description));
        const Estimate e = estimate(scene, straight_down(0.0137f, 0.0071f, 65536));
        expect_clean(e, "slab");
        for (int c = 0; c < 3; ++c) {
            const double index = 1.4 + 0.1 * c;
            const double F = (index - 1) * (index - 1) / ((index + 1) * (index + 1));
            const double reflected = 2 * F / (1 + F);
            const double truth = light_above ? reflected : 1 - reflected;
            EXPECT_NEAR(e.rgb[c].mean(), truth, 4 * e.rgb[c].error() + 1e-4) << "channel " << c;
            EXPECT_LE(e.rgb[c].error(), 0.004) << "channel " << c;
        }
    }
}

// A medium without a surface to be seen.
MaterialDescription smoke(const Float3& sigma) {
    MaterialDescription m = test::clear_glass(false, 1);
    m.attenuation = sigma;
    return m;
}

TEST(Glass, a_solid_absorbs_on_the_way_to_what_lies_inside_it) {
    const Float3 outer = {0.5f, 1, 0}, inner = {0.2f, 0, 3};
    SceneDescription description;
    test::add_box(description, {-5, 1, -5}, {5, 2, 5},
                  test::add_material(description, smoke(outer)));
    test::add_box(description, {-4, 1.4f, -4}, {4, 1.7f, 4},
                  test::add_material(description, smoke(inner)));
    const int lamp = test::add_material(description, test::lamp(2));
    test::add_quad(description, {-5, 0, -5}, {0, 0, 10}, {5, 0, 0}, lamp);
    test::add_quad(description, {0.01f, 1.5f, -3}, {0, 0, 6}, {3, 0, 0}, lamp);
    const CompiledScene scene = compile_scene(std::move(description));
    const Estimate through = estimate(scene, straight_down(-1.0137f, 0.0071f, 256));
    const Estimate within = estimate(scene, straight_down(1.0137f, 0.0071f, 64));
    expect_clean(through, "through both");
    expect_clean(within, "to a lamp in the inner one");
    for (size_t c = 0; c < 3; ++c) {
        const double a = outer[c], b = inner[c];
        EXPECT_NEAR(through.rgb[c].mean(), 2 * std::exp(-0.7 * a - 0.3 * b),
                    4 * through.rgb[c].error() + 2e-4)
            << c;
        EXPECT_NEAR(within.rgb[c].mean(), 2 * std::exp(-0.3 * a - 0.2 * b),
                    4 * within.rgb[c].error() + 2e-4)
            << c;
        EXPECT_LE(through.rgb[c].error(), 0.005);
    }
}

TEST(Glass, a_thin_pane_passes_and_tints_what_its_material_says) {
    MaterialDescription m = test::clear_glass(true);
    m.base_color = {0.9f, 0.6f, 0.3f, 1};
    const double through[3] = {0.96 * 0.9, 0.96 * 0.6, 0.96 * 0.3};
    // Seen through it.
    SceneDescription description;
    test::add_quad(description, {-5, 1, -5}, {0, 0, 10}, {10, 0, 0},
                   test::add_material(description, m));
    description.sky = SkyDescription{sky_gradient, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}};
    const CompiledScene seen = compile_scene(std::move(description));
    const Estimate e = estimate(seen, straight_down(0.01f, 0.02f, 4096));
    expect_clean(e, "pane");
    for (int c = 0; c < 3; ++c)
        expect_channel(e, c, through[c], "seen through a pane");

    // Lit through it, by a shadow ray; one bounce, so that the pane lights nothing again.
    SceneDescription lit_description;
    add_floor(lit_description, 0.8f);
    test::add_quad(lit_description, {-5, 1, -5}, {0, 0, 10}, {10, 0, 0},
                   test::add_material(lit_description, m));
    lit_description.lights.push_back(
        {LightDescription::Kind::point, {0, 4, 0}, {}, {9, 9, 9}, 0, 1, 0, 0});
    const CompiledScene lit = compile_scene(std::move(lit_description));
    Shot shot = probe_shot({-3, 0.5f, -0.5f}, {0, 0, 0}, 4096);
    shot.max_depth = 1;
    const Estimate shade = estimate(lit, shot);
    expect_clean(shade, "lit through a pane");
    for (int c = 0; c < 3; ++c)
        expect_channel(shade, c, 9.0 / 16 * double(0.8f) / pi_d * through[c], "lit through a pane");
}

// ---- coverage
// ------------------------------------------------------------------------------------

TEST(Coverage, layers_multiply_for_the_eye_and_for_the_light) {
    const auto add_layers = [](SceneDescription& scene) {
        float y = 1;
        for (float coverage : {0.3f, 0.2f, 0.5f}) {
            MaterialDescription m = test::lambert(0);
            m.base_color = {0, 0, 0, coverage};
            m.alpha_mode = AlphaMode::blend;
            test::add_quad(scene, {-5, y, -5}, {0, 0, 10}, {10, 0, 0},
                           test::add_material(scene, m));
            y += 0.4f;
        }
        // Masks are all or nothing.
        for (float coverage : {0.3f, 0.49f}) {
            MaterialDescription m = test::lambert(0);
            m.base_color = {0, 0, 0, coverage};
            m.alpha_mode = AlphaMode::mask;
            test::add_quad(scene, {-5, y, -5}, {0, 0, 10}, {10, 0, 0},
                           test::add_material(scene, m));
            y += 0.4f;
        }
    };
    const double passes = 0.7 * 0.8 * 0.5;
    SceneDescription seen_description;
    add_layers(seen_description);
    test::set_sky(seen_description, 1);
    const CompiledScene seen = compile_scene(std::move(seen_description));
    expect_estimate(estimate(seen, straight_down(0.01f, 0.02f, 8192)), passes, "seen");

    SceneDescription lit_description;
    add_floor(lit_description, 0.8f);
    add_layers(lit_description);
    lit_description.lights.push_back(
        {LightDescription::Kind::point, {0, 4, 0}, {}, {9, 9, 9}, 0, 1, 0, 0});
    const CompiledScene lit = compile_scene(std::move(lit_description));
    expect_estimate(estimate(lit, probe_shot({-3, 0.5f, -0.5f}, {0, 0, 0}, 8192)),
                    passes * 9 / 16 * double(0.8f) / pi_d, "lit");
}

TEST(Coverage, a_blended_sphere_covers_twice) {
    SceneDescription description;
    MaterialDescription m = test::lambert(0);
    m.base_color = {0, 0, 0, 0.4f};
    m.alpha_mode = AlphaMode::blend;
    test::add_sphere(description, {0, 1, 0}, 0.5f, test::add_material(description, m));
    test::set_sky(description, 1);
    const CompiledScene scene = compile_scene(std::move(description));
    expect_estimate(estimate(scene, straight_down(0.1f, 0.2f, 8192)), 0.36, "sphere");
}

// ---- light sampling against scattering alone
// -----------------------------------------------------

// A room with a lamp and coloured walls; `fill` puts things in.
template <class Fill>
CompiledScene make_room(const Fill& fill) {
    SceneDescription scene;
    const int grey = test::add_material(scene, test::lambert(0.7f));
    MaterialDescription red = test::lambert(0.7f), green = red;
    red.base_color = {0.6f, 0.1f, 0.1f, 1};
    green.base_color = {0.1f, 0.6f, 0.1f, 1};
    const int left = test::add_material(scene, red), right = test::add_material(scene, green);
    const int light = test::add_material(scene, test::lamp(4));
    test::add_quad(scene, {-1, -1, -1}, {0, 0, 2}, {2, 0, 0}, grey); // floor
    test::add_quad(scene, {-1, 1, -1}, {2, 0, 0}, {0, 0, 2}, grey);  // ceiling
    test::add_quad(scene, {-1, -1, -1}, {2, 0, 0}, {0, 2, 0}, grey); // back
    test::add_quad(scene, {-1, -1, -1}, {0, 2, 0}, {0, 0, 2}, left);
    test::add_quad(scene, {1, -1, -1}, {0, 0, 2}, {0, 2, 0}, right);
    test::add_quad(scene, {-0.5f, 0.98f, -0.5f}, {1, 0, 0}, {0, 0, 1}, light);
    fill(scene);
    return compile_scene(std::move(scene));
}

void expect_agreement(const CompiledScene& scene, const std::string& what) {
    Shot shot;
    shot.camera = test::look_at({0, 0, 3.4f}, {0, 0, 0}, 0.38);
    shot.width = shot.height = 12;
    shot.max_depth = 12;
    shot.samples = 32;
    shot.seeds = 24;
    const Estimate with = estimate(scene, shot);
    shot.flags = frame_no_light_sampling;
    shot.first_seed = 1000;
    shot.samples = 96;
    const Estimate without = estimate(scene, shot);
    expect_clean(with, what);
    expect_clean(without, what);
    for (int c = 0; c < 3; ++c) {
        const double error = std::hypot(with.rgb[c].error(), without.rgb[c].error());
        EXPECT_NEAR(with.rgb[c].mean(), without.rgb[c].mean(), 4 * error)
            << what << ", channel " << c;
        EXPECT_LE(error, 0.01 * with.rgb[c].mean()) << what << ", channel " << c;
        EXPECT_GT(with.rgb[c].mean(), 0.01) << what;
    }
}

TEST(LightSampling, agrees_with_scattering_in_a_room_of_all_materials) {
    expect_agreement(
        make_room([](SceneDescription& scene) {
            MaterialDescription coated;
            coated.base_color = {0.3f, 0.4f, 0.8f, 1};
            coated.roughness = 0.4f;
            MaterialDescription steel = test::mirror();
            steel.roughness = 0.4f;
            steel.base_color = {0.9f, 0.7f, 0.5f, 1};
            MaterialDescription frosted = test::clear_glass(false);
            frosted.roughness = 0.5f;
            MaterialDescription foil = test::clear_glass(true);
            foil.roughness = 0.6f;
            foil.transmission = 0.6f;
            test::add_sphere(scene, {-0.5f, -0.6f, 0}, 0.4f, test::add_material(scene, coated));
            test::add_sphere(scene, {0.5f, -0.6f, 0.2f}, 0.4f, test::add_material(scene, steel));
            test::add_sphere(scene, {0, 0, -0.3f}, 0.35f, test::add_material(scene, frosted));
            test::add_quad(scene, {-0.9f, -0.2f, -0.6f}, {0.7f, 0, 0.3f}, {0, 0.7f, 0},
                           test::add_material(scene, foil));
        }),
        "all materials");
}

TEST(LightSampling, agrees_with_scattering_inside_a_solid_that_absorbs) {
    expect_agreement(make_room([](SceneDescription& scene) {
                         test::add_box(scene, {-0.9f, -0.95f, -0.9f}, {0.9f, 0.9f, 0.9f},
                                       test::add_material(scene, smoke({0.5f, 1, 0.2f})));
                         test::add_sphere(scene, {0.3f, -0.5f, 0}, 0.4f,
                                          test::add_material(scene, test::lambert(0.7f)));
                         test::add_sphere(scene, {-0.4f, 0, 0.1f}, 0.3f,
                                          test::add_material(scene, test::lamp(3)));
                     }),
                     "smoke");
}

TEST(LightSampling, agrees_with_scattering_through_a_thin_pane) {
    expect_agreement(make_room([](SceneDescription& scene) {
                         MaterialDescription pane = test::clear_glass(true);
                         pane.base_color = {0.9f, 0.8f, 0.6f, 1};
                         test::add_quad(scene, {-0.9f, 0.4f, -0.9f}, {1.8f, 0, 0}, {0, 0, 1.8f},
                                        test::add_material(scene, pane));
                     }),
                     "thin pane");
}

TEST(LightSampling, agrees_with_scattering_past_a_blended_leaf) {
    expect_agreement(make_room([](SceneDescription& scene) {
                         MaterialDescription leaf = test::lambert(0.5f);
                         leaf.base_color = {0.2f, 0.7f, 0.2f, 0.6f};
                         leaf.alpha_mode = AlphaMode::blend;
                         test::add_quad(scene, {-0.9f, 0.4f, -0.9f}, {1.8f, 0, 0}, {0, 0, 1.8f},
                                        test::add_material(scene, leaf));
                     }),
                     "leaf");
}

TEST(LightSampling, agrees_with_scattering_where_lamps_are_there_in_part) {
    expect_agreement(
        make_room([](SceneDescription& scene) {
            MaterialDescription veil = test::lamp(3);
            veil.base_color = {0.5f, 0.5f, 0.5f, 0.3f};
            veil.alpha_mode = AlphaMode::blend;
            const int material = test::add_material(scene, veil);
            test::add_quad(scene, {-0.9f, 0.4f, -0.9f}, {1.8f, 0, 0}, {0, 0, 1.8f}, material);
            test::add_sphere(scene, {0, -0.4f, 0}, 0.4f, material);
        }),
        "veils");
}

TEST(LightSampling, a_sphere_does_not_light_its_own_outside) {
    // Where the centre has digits that do not fit, half of all points lie within by rounding.
    for (const Float3& center : {Float3{0, 0, 0}, {0.3f, 0.1f, -0.2f}, {10, 3, 5}, {100, 7, 3}}) {
        SceneDescription description;
        MaterialDescription m = test::lambert(0.9f);
        m.emission = {0.25f, 0.25f, 0.25f};
        test::add_sphere(description, center, 0.5f, test::add_material(description, m));
        const CompiledScene scene = compile_scene(std::move(description));
        Shot shot;
        shot.camera = test::look_at({center[0], center[1], center[2] + 4}, center, 0.05);
        shot.width = shot.height = 8;
        shot.samples = 64;
        const Estimate e = estimate(scene, shot);
        EXPECT_NEAR(e.rgb[0].mean(), 0.25, 1e-6) << "centre " << center[0];
    }
}

TEST(LightSampling, lamps_too_large_to_measure_are_left_to_the_paths) {
    SceneDescription description;
    const int lamp = test::add_material(description, test::lamp(1));
    test::place(description, test::box({-1, -1, -1}, {1, 1, 1}, lamp), scaling(1e20, 1e20, 1e20));
    test::add_sphere(description, {0, 0, 0}, 1e15f, lamp);
    add_floor(description, 0.5f);
    const CompiledScene scene = compile_scene(std::move(description));
    EXPECT_EQ(scene.view().light_count, 0u);
    expect_clean(estimate(scene, probe_shot({-3, 1, -0.5f}, {0, 0, 0})), "large lamps");
}

TEST(LightSampling, agrees_with_scattering_among_several_lamps_and_a_sun) {
    expect_agreement(
        make_room([](SceneDescription& scene) {
            test::add_sphere(scene, {-0.5f, -0.5f, 0.3f}, 0.25f,
                             test::add_material(scene, test::lamp(2)));
            MaterialDescription warm = test::lambert(0.5f);
            warm.emission = {1, 0.5f, 0.2f};
            warm.roughness = 0.3f;
            warm.specular = 1;
            test::add_box(scene, {0.3f, -1, -0.4f}, {0.7f, -0.3f, 0},
                          test::add_material(scene, warm));
            scene.lights.push_back(
                {LightDescription::Kind::sun, {}, {0, -0.6f, -0.8f}, {1, 1, 1}, 30, 1, 0, 0});
        }),
        "lamps and a sun");
}

} // namespace
} // namespace juggler
