// Environments: what a direction finds, that directions are sampled as often as their density says,
// and that pictures are the same with and without that sampling.
#include "host/base/error.h"
#include "host/render/backend.h"
#include "host/scene/light_map.h"
#include "kernels/light.h"
#include "tests/support/density.h"
#include "tests/support/random.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <vector>

namespace juggler {
namespace {

using test::Direction;

constexpr int million = 1000000;

// Dim noise, black in its lower left quarter, and one texel that outshines all others.
LightMapDescription noisy_map(uint32_t width, uint32_t height) {
    LightMapDescription map;
    map.name = "noise";
    map.width = width;
    map.height = height;
    test::Random random(5);
    for (uint32_t y = 0; y < height; ++y)
        for (uint32_t x = 0; x < width; ++x) {
            const bool black = y >= height / 2 && x < width / 2;
            const float light = x == width / 3 && y == height / 4 ? 400.0f : random.unit();
            for (int c = 0; c < 3; ++c)
                map.rgb.push_back(black ? 0 : light * (1 + 0.2f * static_cast<float>(c)));
        }
    return map;
}

SceneDescription lit_by(LightMapDescription map, double rotate_deg = 0) {
    SceneDescription scene;
    scene.sky.emplace();
    scene.sky->kind = sky_image;
    scene.sky->map.emplace(std::move(map));
    scene.sky->rotate_deg = rotate_deg;
    return scene;
}

TEST(Environment, the_middle_of_the_picture_is_ahead_and_turns_to_the_left) {
    LightMapDescription map;
    map.width = 4;
    map.height = 2;
    // Centres of columns: 135 degrees to the left of ahead, 45 left, 45 right, 135 right.
    for (int y = 0; y < 2; ++y)
        for (const float light : {1.0f, 2.0f, 3.0f, 4.0f})
            map.rgb.insert(map.rgb.end(), {light, light + float(10 * y), light});
    const auto seen = [&](double rotate_deg, const Direction& d) {
        const CompiledScene scene = compile_scene(lit_by(map, rotate_deg));
        const EnvironmentView& view = scene.view().environment;
        return environment_radiance(view, map_point(view, test::to_kernel(test::unit(d))));
    };
    EXPECT_NEAR(seen(0, {-1, 0, -1}).x, 2, 1e-5);
    EXPECT_NEAR(seen(0, {1, 0, -1}).x, 3, 1e-5);
    EXPECT_NEAR(seen(0, {0, 0, -1}).x, 2.5, 1e-5);
    EXPECT_NEAR(seen(0, {1, 0, 1}).x, 4, 1e-5);
    EXPECT_NEAR(seen(0, {0, 0, 1}).x, 2.5, 1e-5); // around, from 4 to 1
    EXPECT_NEAR(seen(90, {-1, 0, -1}).x, 3, 1e-5);
    EXPECT_NEAR(seen(0, {1, 9, -1}).y, 3, 1e-5);
    EXPECT_NEAR(seen(0, {1, -9, -1}).y, 13, 1e-5);
}

struct Shape {
    uint32_t width, height;
};

TEST(Environment, directions_are_sampled_as_often_as_their_density_says) {
    for (const Shape shape : {Shape{32, 16}, Shape{7, 5}, Shape{1, 1}, Shape{64, 33}}) {
        const CompiledScene scene = compile_scene(lit_by(noisy_map(shape.width, shape.height), 35));
        const EnvironmentView& view = scene.view().environment;
        ASSERT_EQ(view.columns, shape.width);
        ASSERT_EQ(view.rows, shape.height);
        std::vector<double> expected, observed(size_t(view.columns) * view.rows, 0.0);
        double total = 0;
        for (uint32_t row = 0; row < view.rows; ++row)
            for (uint32_t column = 0; column < view.columns; ++column) {
                const double height = std::cos(test::pi * row / view.rows) -
                                      std::cos(test::pi * (row + 1) / view.rows);
                const double chance = 2 * test::pi / view.columns * height *
                                      double(view.density[row * view.columns + column]);
                total += chance;
                expected.push_back(million * chance);
            }
        EXPECT_NEAR(total, 1, 1e-5);
        test::Random random(71);
        int on_edges = 0;
        for (int i = 0; i < million; ++i) {
            const auto x = static_cast<uint32_t>(random.bits());
            const auto y = static_cast<uint32_t>(random.bits());
            const LightSample<float> s = sample_light<float>(scene.view(), {1, 2, 3}, 0, {x, y});
            // Where it came from, by other arithmetic.
            const double c = std::cos(35 * test::pi / 180), sine = std::sin(35 * test::pi / 180);
            const Direction e = {c * s.wi.x - sine * s.wi.z, s.wi.y, sine * s.wi.x + c * s.wi.z};
            const double u = 0.5 + std::atan2(e.x, -e.z) / (2 * test::pi);
            const double v = std::atan2(std::hypot(e.x, e.z), e.y) / test::pi;
            const auto column = std::min(static_cast<uint32_t>(u * view.columns), view.columns - 1);
            const auto row = std::min(static_cast<uint32_t>(v * view.rows), view.rows - 1);
            ++observed[row * view.columns + column];
            on_edges += s.pdf != view.density[row * view.columns + column];
            ASSERT_EQ(s.pdf, environment_pdf(view, map_point(view, s.wi)));
            ASSERT_NEAR(dot(s.wi, s.wi), 1, 1e-6);
            EXPECT_EQ(s.distance, ray_infinity);
        }
        EXPECT_LT(on_edges, 200); // within rounding of a neighbour
        EXPECT_GT(test::chi_square_test(observed, expected), test::sidak_level(4))
            << shape.width << " x " << shape.height;
    }
}

TEST(Environment, there_is_a_density_wherever_there_is_light_and_nowhere_else) {
    const CompiledScene scene = compile_scene(lit_by(noisy_map(33, 17)));
    const EnvironmentView& view = scene.view().environment;
    test::Random random(72);
    int dark = 0;
    for (int i = 0; i < million / 10; ++i) {
        const MapPoint<float> at = {random.unit(), random.unit()};
        const bool lit = environment_radiance(view, at).y > 0;
        dark += !lit;
        if (lit) ASSERT_GT(environment_pdf(view, at), 0);
    }
    EXPECT_GT(dark, million / 50);
}

TEST(Environment, a_black_one_is_no_light) {
    LightMapDescription black;
    black.width = 3;
    black.height = 2;
    black.rgb.assign(18, 0.0f);
    const CompiledScene scene = compile_scene(lit_by(black));
    EXPECT_EQ(scene.view().light_count, 0u);
    EXPECT_EQ(scene.view().environment.light, none);
}

TEST(Environment, pictures_beyond_the_budget_are_refused_by_their_size) {
    const std::string header = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 16384 +X 16384\n";
    const auto bytes = std::as_bytes(std::span(header));
    try {
        (void)decode_light_map(bytes, "bomb.hdr", 1000000);
        FAIL() << "it was read";
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::input);
        EXPECT_STREQ(e.what(), "the HDR has 16384 x 16384 pixels, which need 3221225472 bytes; at "
                               "most 1000000 may be used for it");
    }
}

// A glossy and a diffuse ball over a floor; the mean of each channel and its standard error, over
// pictures of different seeds.
struct Means {
    double mean[3], error[3];
};
Means render(const LightMapDescription& map, bool light_sampling, uint32_t spp) {
    SceneDescription description = lit_by(map, 120);
    MaterialDescription m;
    m.base_color = {0.7f, 0.7f, 0.7f, 1};
    m.roughness = 0.6f;
    test::add_quad(description, {-3, 0, 3}, {6, 0, 0}, {0, 0, -6},
                   test::add_material(description, m));
    m.metallic = 1;
    m.roughness = 0.4f;
    test::add_sphere(description, {-0.7f, 0.6f, 0}, 0.6f, test::add_material(description, m));
    m.metallic = 0;
    test::add_sphere(description, {0.7f, 0.6f, 0}, 0.6f, test::add_material(description, m));
    CameraDescription camera;
    camera.to_world = translation(0, 1, 4) * rotation(-0.1, 0, 0, 1);
    FrameView frame{};
    frame.width = 24;
    frame.height = 16;
    frame.max_depth = 4;
    frame.flags = light_sampling ? 0 : uint32_t(frame_no_light_sampling);
    set_camera(frame, camera);
    const CompiledScene scene = compile_scene(std::move(description));
    const auto device = find_backend("simd").open({});
    device->set_scene(scene);
    constexpr int rounds = 16;
    double sum[3] = {}, squares[3] = {};
    for (int round = 0; round < rounds; ++round) {
        frame.seed = static_cast<uint32_t>(100 + round + (light_sampling ? 0 : 50));
        Film film({0, 0, frame.width, frame.height});
        PassCounters counters{};
        EXPECT_TRUE(device->render_pass(frame, film.view(), {0, spp}, {}, counters));
        EXPECT_EQ(counters.nan_samples, 0u);
        const std::vector<float> rgb = film.mean(spp);
        for (int c = 0; c < 3; ++c) {
            double mean = 0;
            for (size_t i = size_t(c); i < rgb.size(); i += 3)
                mean += rgb[i];
            mean /= double(rgb.size()) / 3;
            sum[c] += mean;
            squares[c] += mean * mean;
        }
    }
    Means means{};
    for (int c = 0; c < 3; ++c) {
        means.mean[c] = sum[c] / rounds;
        const double variance = squares[c] / rounds - means.mean[c] * means.mean[c];
        means.error[c] = std::sqrt(std::max(variance, 0.0) / (rounds - 1));
    }
    return means;
}

void expect_same_means(const LightMapDescription& map, uint32_t spp) {
    const Means sampled = render(map, true, spp), found = render(map, false, 8 * spp);
    for (int c = 0; c < 3; ++c) {
        const double error = std::hypot(sampled.error[c], found.error[c]);
        EXPECT_NEAR(sampled.mean[c], found.mean[c], 4.5 * error) << map.name << " channel " << c;
        EXPECT_LT(error, 0.03 * sampled.mean[c]) << map.name << " channel " << c;
    }
}

TEST(Environment, light_sampling_does_not_change_what_pictures_converge_to) {
    expect_same_means(noisy_map(16, 8), 64);
}

TEST(Environment, nor_do_measured_maps) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(JUGGLER_ASSET_DIR) / "env";
    int seen = 0;
    if (fs::is_directory(folder))
        for (const auto& entry : fs::directory_iterator(folder)) {
            const fs::path extension = entry.path().extension();
            if (extension != ".hdr" && extension != ".exr") continue;
            expect_same_means(read_light_map(entry.path(), uint64_t(1) << 30), 32);
            ++seen;
        }
    if (seen == 0) GTEST_SKIP() << "no maps in " << folder;
}

} // namespace
} // namespace juggler
