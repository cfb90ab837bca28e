// What is made of samples besides their mean: features, noise, the denoiser; and how samples lie
// in pixels and on lenses.
#include "host/render/backend.h"
#include "host/render/features.h"
#include "host/render/noise.h"
#include "host/scene/load.h"
#include "kernels/denoise.h"
#include "kernels/pack.h"
#include "kernels/path.h"
#include "tests/support/golden_scenes.h"
#include "tests/support/random.h"
#include "tests/support/scale.h"
#include "tests/support/scenes.h"
#include "tests/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include <sys/resource.h>

namespace juggler {
namespace {

struct Shot {
    FrameView frame{};
    CompiledScene scene;

    Shot(SceneDescription&& description, uint32_t width, uint32_t height) {
        frame.width = width;
        frame.height = height;
        set_camera(frame, description.cameras.at(0));
        frame.seed = 3;
        frame.frame = 1;
        frame.max_depth = 6;
        frame.shutter_close = 1;
        scene = compile_scene(std::move(description));
    }
    [[nodiscard]] Window window() const { return {0, 0, frame.width, frame.height}; }

    PassCounters render(Film& film, SampleRange range) const {
        const auto device = find_backend("openmp").open({});
        device->set_scene(scene);
        PassCounters counters{};
        EXPECT_TRUE(device->render_pass(frame, film.view(), range, {}, counters));
        return counters;
    }
    [[nodiscard]] FeatureMaps features(uint32_t samples, bool rays, unsigned threads) const {
        FeatureMaps maps;
        EXPECT_TRUE(trace_features(scene, frame, window(), samples, rays, threads, nullptr, maps));
        return maps;
    }
};

SceneDescription golden(std::string_view name) {
    for (const test::GoldenScene& scene : test::golden_scenes())
        if (scene.name == name) return scene.make();
    return {};
}

template <class T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

TEST(Features, are_those_of_the_surface_that_is_seen) {
    SceneDescription scene;
    MaterialDescription m;
    m.base_color = {0.5f, 0.25f, 0.125f, 1};
    test::add_quad(scene, {-1, -1, -3}, {2, 0, 0}, {0, 2, 0}, test::add_material(scene, m));
    CameraDescription camera; // looks along -z; the quad covers its middle third
    camera.tan_half_fov_y = 1;
    scene.cameras.push_back(camera);
    const Shot shot(std::move(scene), 9, 9);
    const FeatureMaps maps = shot.features(4, false, 1);
    const size_t plane = 81, middle = 40;
    EXPECT_EQ(maps.cover[middle], 1);
    EXPECT_EQ(maps.cover[0], 0);
    EXPECT_EQ(maps.depth[0], 0);
    EXPECT_NEAR(maps.depth[middle], 3, 0.02);
    for (size_t c = 0; c < 3; ++c) {
        EXPECT_EQ(maps.albedo[c * plane + middle], m.base_color[c]);
        EXPECT_EQ(maps.albedo[c * plane], 0);
        EXPECT_EQ(maps.normal[c * plane + middle], c == 2 ? 1 : 0);
    }
}

TEST(Features, and_the_rays_that_paths_take_do_not_depend_on_threads) {
    const Shot shot(golden("materials"), 31, 17);
    const FeatureMaps one = shot.features(4, true, 1), three = shot.features(4, true, 3);
    EXPECT_TRUE(same_bytes(one.albedo, three.albedo));
    EXPECT_TRUE(same_bytes(one.normal, three.normal));
    EXPECT_TRUE(same_bytes(one.depth, three.depth));
    EXPECT_TRUE(same_bytes(one.rays, three.rays));
    Film film(shot.window());
    const PassCounters counters = shot.render(film, {0, 4});
    double rays = 0;
    for (const float mean : one.rays)
        rays += 4 * double(mean);
    EXPECT_EQ(rays, double(counters.camera_rays + counters.scattered_rays + counters.shadow_rays));
}

TEST(Denoiser, filters_many_lanes_as_it_does_one) {
    constexpr uint32_t width = 13, height = 9, plane = width * height;
    test::Random random(11);
    std::vector<float> planes(12 * plane);
    for (float& x : planes)
        x = random.unit();
    const float* p = planes.data();
    const DenoiseView view{p, p + 3 * plane, p + 4 * plane, p + 7 * plane, p + 10 * plane,
                           p, width,         height};
    const DenoiseStrength strength{3, 20, 8, 0.01f};
    using Lanes = PackFloat<4>;
    for (const uint32_t step : {1u, 4u})
        for (uint32_t y = 0; y < height; ++y)
            for (uint32_t first = 0; first + 4 <= width; first += 3) {
                Uint<Lanes> x(0);
                for (uint32_t i = 0; i < 4; ++i)
                    x.v[i] = first + i;
                const auto many = denoise_pixel<Lanes>(view, strength, x, Uint<Lanes>(y), step);
                for (uint32_t i = 0; i < 4; ++i) {
                    const auto one = denoise_pixel<float>(view, strength, first + i, y, step);
                    ASSERT_EQ(one.color.x, lane(many.color.x, int(i)));
                    ASSERT_EQ(one.color.y, lane(many.color.y, int(i)));
                    ASSERT_EQ(one.color.z, lane(many.color.z, int(i)));
                    ASSERT_EQ(one.variance, lane(many.variance, int(i)));
                }
            }
}

double displayed_error(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double x = a[i] / (1.0 + a[i]), y = b[i] / (1.0 + b[i]);
        sum += (x - y) * (x - y);
    }
    return std::sqrt(sum / double(a.size()));
}

// A picture and its earlier state.
struct Painted {
    Film early, all;
    uint32_t early_samples, samples;

    Painted(const Shot& shot, uint32_t sample_count, uint32_t first = 0)
        : early(shot.window()), all(shot.window()), early_samples(sample_count / 2),
          samples(sample_count) {
        shot.render(early, {first, early_samples});
        shot.render(all, {first, sample_count});
    }
    [[nodiscard]] TwoSums sums() const {
        return {early.pixels(), all.pixels(), early_samples, samples};
    }
};

TEST(Denoiser, brings_a_picture_nearer_to_what_it_converges_to) {
    const Shot shot(golden("room"), 64, 48);
    const Painted few(shot, 16);
    Film reference(shot.window());
    shot.render(reference, {1000, 512});
    const std::vector<float> truth = reference.mean(512), noisy = few.all.mean(16);
    const FeatureMaps features = shot.features(16, false, 2);
    std::vector<float> one = noisy, three = noisy;
    denoise(one, few.sums(), features, 1);
    denoise(three, few.sums(), features, 3);
    EXPECT_TRUE(same_bytes(one, three));
    EXPECT_LT(displayed_error(one, truth), 0.6 * displayed_error(noisy, truth));
}

TEST(Noise, is_as_far_as_the_picture_is_from_its_reference) {
    for (const char* name : {"room", "environment"}) {
        const Shot shot(golden(name), 40, 30);
        Film reference(shot.window());
        shot.render(reference, {1000, 1024});
        const std::vector<float> truth = reference.mean(1024);
        for (const uint32_t samples : {16u, 64u}) {
            const Painted picture(shot, samples);
            const double real = displayed_error(picture.all.mean(samples), truth);
            const double told = noise_of(picture.sums(), 1);
            EXPECT_LT(told, 1.5 * real) << name << " " << samples;
            EXPECT_GT(told, 0.6 * real) << name << " " << samples;
        }
    }
}

TEST(Noise, tells_how_many_samples_more_are_wanted) {
    EXPECT_EQ(samples_for(0.01, 0.0101, 64), 80u); // at least a quarter more
    EXPECT_EQ(samples_for(0.01, 0.1, 64), 128u);   // at most twice as many
    EXPECT_EQ(samples_for(0.01, 0.0125, 128), 216u);
}

TEST(PixelFilter, the_box_is_the_random_number_itself) {
    FrameView frame{};
    set_filter(frame, filter_box);
    EXPECT_EQ(filter_offset(frame, 0.3f), 0.3f);
}

TEST(PixelFilter, samples_lie_as_the_window_of_blackman_and_harris_says) {
    FrameView frame{};
    set_filter(frame, filter_blackman_harris);
    constexpr int bins = 60, count = 1000000;
    std::vector<double> observed(bins, 0.0), expected;
    const double pi = 3.14159265358979323846;
    const auto integral = [&](double x) {
        return 0.35875 * x + 0.48829 / (2 * pi) * std::sin(2 * pi * x) +
               0.14128 / (4 * pi) * std::sin(4 * pi * x) +
               0.01168 / (6 * pi) * std::sin(6 * pi * x);
    };
    for (int i = 0; i < bins; ++i)
        expected.push_back(
            count / 0.35875 *
            (integral(double(i + 1) / bins - 0.5) - integral(double(i) / bins - 0.5)));
    test::Random random(13);
    for (int i = 0; i < count; ++i) {
        const double x = (double(filter_offset(frame, random.unit())) - 0.5) / 3 + 0.5;
        ASSERT_GE(x, 0);
        ASSERT_LE(x, 1);
        ++observed[std::min(static_cast<size_t>(x * bins), size_t(bins) - 1)];
    }
    // Straight lines between 33 points are within 2 % of the window anywhere.
    for (int i = 0; i < bins; ++i)
        EXPECT_NEAR(observed[i], expected[i], 0.02 * expected[i] + 4 * std::sqrt(expected[i] + 1))
            << i;
}

TEST(Lens, points_lie_evenly_on_a_polygon) {
    constexpr uint32_t corners = 5;
    test::Random random(14);
    const double pi = 3.14159265358979323846, turn = 0.1;
    std::vector<double> observed(4 * corners, 0.0), expected(4 * corners, 10000.0);
    const double apothem = std::cos(pi / corners);
    for (int i = 0; i < 200000; ++i) {
        const float u = random.unit(), v = random.unit();
        const Sample2<float> s = sample_polygon(corners, float(turn), u, v);
        double angle = std::atan2(s.y, s.x) / (2 * pi) - turn;
        angle -= std::floor(angle);
        const auto wedge = std::min(static_cast<size_t>(angle * corners), size_t(corners) - 1);
        const double middle = 2 * pi * ((double(wedge) + 0.5) / corners + turn);
        const double along = s.x * std::cos(middle) + s.y * std::sin(middle);
        ASSERT_LE(along, apothem * 1.000001);
        const double share = along * along / (apothem * apothem); // of the wedge within
        ++observed[4 * wedge + std::min(static_cast<size_t>(share * 4), size_t(3))];
    }
    EXPECT_GT(test::chi_square_test(observed, expected), 1e-3);
}

// Pictures this small are mostly edges, which it must leave: it may gain little, but not lose.
TEST(Denoiser, leaves_shipped_scenes_no_farther_from_what_they_converge_to) {
    if (test::scale() < 2) GTEST_SKIP() << "runs with the full tests";
    for (const char* name : {"cornell.json", "juggler.json", "lantern.json"}) {
        const Shot shot(load_scene(std::string(JUGGLER_SOURCE_DIR "/scenes/") + name), 96, 72);
        Film reference(shot.window());
        shot.render(reference, {1024, 1024});
        const Painted few(shot, 64);
        const std::vector<float> truth = reference.mean(1024);
        std::vector<float> denoised = few.all.mean(64);
        denoise(denoised, few.sums(), shot.features(16, false, 2), 2);
        const double of_few = displayed_error(few.all.mean(64), truth);
        const double of_denoised = displayed_error(denoised, truth);
        std::printf("%s: 64 spp %.5f, denoised %.5f\n", name, of_few, of_denoised);
        EXPECT_LE(of_denoised, 1.05 * of_few) << name;
    }
}

TEST(Gallery, shows_a_hundred_million_triangles_in_less_than_a_gigabyte) {
    if (test::scale() < 2) GTEST_SKIP() << "runs with the full tests";
    const Shot shot(load_scene(JUGGLER_SOURCE_DIR "/scenes/gallery.json"), 64, 36);
    EXPECT_GE(shot.scene.facts().instanced_triangle_count, 100000000u);
    EXPECT_LT(shot.scene.facts().triangle_count, 1000000u);
    Film film(shot.window());
    shot.render(film, {0, 1});
    rusage usage{};
    ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    EXPECT_LT(usage.ru_maxrss, 1 << 20); // KiB
}

} // namespace
} // namespace juggler
