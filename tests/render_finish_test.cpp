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
#include <optional>
#include <string>
#include <string_view>

#include <sys/resource.h>

namespace juggler {
namespace {

struct Shot {
    FrameView frame{};
    CompiledScene scene;
    Window window;

    Shot(SceneDescription&& description, uint32_t width, uint32_t height,
         std::optional<Window> crop = {})
        : window(crop.value_or(Window{0, 0, width, height})) {
        frame.width = width;
        frame.height = height;
        set_camera(frame, description.cameras.at(0));
        frame.seed = 3;
        frame.frame = 1;
        frame.max_depth = 6;
        frame.shutter_close = 1;
        scene = compile_scene(std::move(description));
    }

    PassCounters render(Film& film, SampleRange range) const {
        const auto device = find_backend("openmp").open({});
        device->set_scene(scene);
        PassCounters counters{};
        EXPECT_TRUE(device->render_pass(frame, film.view(), range, {}, counters));
        return counters;
    }
    [[nodiscard]] FeatureMaps features(uint32_t samples, bool rays, unsigned threads) const {
        FeatureMaps maps;
        EXPECT_TRUE(trace_features(scene, frame, window, {samples, 64, feature_edge_samples}, rays,
                                   threads, nullptr, maps));
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
    Film film(shot.window);
    const PassCounters counters = shot.render(film, {0, 4});
    double rays = 0;
    for (const float mean : one.rays)
        rays += 4 * double(mean);
    EXPECT_EQ(rays, double(counters.camera_rays + counters.scattered_rays + counters.shadow_rays));
}

// What the denoiser sees of a picture of one tile, random numbers from 0 to 1.
struct OneTile {
    static constexpr size_t side = denoise_tile + 2 * denoise_margin, plane = side * side;
    static constexpr size_t at = denoise_margin * (side + 1); // of the first pixel
    std::vector<float> planes = std::vector<float>((10 + denoise_features) * plane);

    explicit OneTile(uint64_t seed) {
        test::Random random(seed);
        for (float& x : planes)
            x = random.unit();
    }
    [[nodiscard]] DenoiseView view() const {
        const float* p = planes.data();
        return {p, p + 3 * plane, p + 6 * plane, p + 10 * plane, p + 9 * plane, side, plane};
    }
};

TEST(Denoiser, fits_many_lanes_as_it_does_one) {
    constexpr size_t side = OneTile::side, at = OneTile::at;
    const OneTile tile(11);
    const DenoiseView view = tile.view();
    using Lanes = PackFloat<4>;
    std::vector<float> weights(denoise_weight_count), same(denoise_weight_count);
    denoise_weights<Lanes>(view, at, weights.data());
    denoise_weights<float>(view, at, same.data());
    EXPECT_TRUE(same_bytes(weights, same));
    for (size_t y = 0; y < denoise_tile; y += 5)
        for (size_t x = 0; x < denoise_tile; x += 4)
            for (const int powers : {0, 3}) {
                const size_t first = y * denoise_tile + x, here = at + y * side + x;
                const auto many = denoise_fit<Lanes>(view, here, &weights[first], powers);
                for (size_t i = 0; i < 4; ++i) {
                    const auto one =
                        denoise_fit<float>(view, here + i, &weights[first + i], powers);
                    ASSERT_EQ(one.color.x, lane(many.color.x, int(i)));
                    ASSERT_EQ(one.color.y, lane(many.color.y, int(i)));
                    ASSERT_EQ(one.color.z, lane(many.color.z, int(i)));
                    ASSERT_EQ(one.own, lane(many.own, int(i)));
                }
            }
}

// Light that features and place explain wholly is what comes out, whatever counts for how much.
TEST(Denoiser, finds_what_is_linear_in_features) {
    constexpr size_t side = OneTile::side, plane = OneTile::plane, at = OneTile::at;
    OneTile tile(12);
    std::vector<float>& planes = tile.planes;
    for (size_t c = 0; c < 3; ++c)
        for (size_t i = 0; i < plane; ++i)
            planes[c * plane + i] = 2 + planes[10 * plane + i] - planes[(14 + c) * plane + i] +
                                    0.05f * float(i % side) - 0.02f * float(i / side);
    const DenoiseView view = tile.view();
    std::vector<float> weights(denoise_weight_count);
    denoise_weights<float>(view, at, weights.data());
    for (size_t x = 0; x < denoise_tile; ++x) {
        const Fitted<float> fitted = denoise_fit<float>(view, at + x, &weights[x], 0);
        EXPECT_NEAR(fitted.color.x, planes[at + x], 0.02f);
        EXPECT_NEAR(fitted.color.z, planes[2 * plane + at + x], 0.02f);
        EXPECT_GT(fitted.own, 0);
        EXPECT_LT(fitted.own, 1);
    }
}

TEST(PartSpread, is_that_of_the_parts) {
    // Two parts of 4 samples with means 1 and 3, and one of 8 with mean 5; 28 fractional bits.
    const auto pixel = [](uint64_t sum) { return FilmPixel{{sum << 28, 0, 0}}; };
    PartSpread spread;
    const FilmPixel sums[] = {pixel(4), pixel(16), pixel(56)};
    spread.add(std::span(&sums[0], 1), 4);
    EXPECT_TRUE(spread.variance().empty());
    spread.add(std::span(&sums[1], 1), 8);
    EXPECT_EQ(spread.variance(), (std::vector<float>{1, 0, 0}));
    spread.add(std::span(&sums[2], 1), 16);
    EXPECT_FLOAT_EQ(spread.variance()[0],
                    (4 * 2.5f * 2.5f + 4 * 0.5f * 0.5f + 8 * 1.5f * 1.5f) / (2 * 16));
    spread.clear();
    EXPECT_TRUE(spread.variance().empty());
}

double displayed_error(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double x = a[i] / (1.0 + a[i]), y = b[i] / (1.0 + b[i]);
        sum += (x - y) * (x - y);
    }
    return std::sqrt(sum / double(a.size()));
}

// A picture, its earlier state and the spread of its parts.
struct Painted {
    Film early, all;
    PartSpread spread;
    uint32_t early_samples, samples;

    Painted(const Shot& shot, uint32_t sample_count, uint32_t first = 0)
        : early(shot.window), all(shot.window), early_samples(sample_count / 2),
          samples(sample_count) {
        shot.render(early, {first, early_samples});
        for (uint32_t part = sample_count / spread_parts, done = 0; done < sample_count;) {
            shot.render(all, {first + done, part});
            done += part;
            spread.add(all.pixels(), done);
        }
    }
    [[nodiscard]] TwoSums sums() const {
        return {early.pixels(), all.pixels(), early_samples, samples};
    }
};

TEST(Denoiser, brings_a_picture_as_near_to_what_it_converges_to_as_eight_times_the_samples) {
    const Shot shot(golden("room"), 64, 48);
    const Painted few(shot, 16);
    Film many(shot.window), reference(shot.window);
    shot.render(many, {0, 128});
    shot.render(reference, {1000, 512});
    const std::vector<float> truth = reference.mean(512), noisy = few.all.mean(16);
    const FeatureMaps features = shot.features(16, false, 2);
    std::vector<float> one = noisy, three = noisy;
    denoise(one, few.spread.variance(), features, 1);
    denoise(three, few.spread.variance(), features, 3);
    EXPECT_TRUE(same_bytes(one, three));
    EXPECT_LT(displayed_error(one, truth), displayed_error(many.mean(128), truth));
}

TEST(Noise, is_as_far_as_the_picture_is_from_its_reference) {
    for (const char* name : {"room", "environment"}) {
        const Shot shot(golden(name), 40, 30);
        Film reference(shot.window);
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

// Parts of pictures of the size that the scenes ask for.
TEST(Denoiser, brings_shipped_scenes_as_near_to_what_they_converge_to_as_eight_times_the_samples) {
    if (test::scale() < 2) GTEST_SKIP() << "runs with the full tests";
    struct Case {
        const char* name;
        uint32_t left, top;
        double limit; // of the error that is left, as a share of that of eight times the samples
    };
    for (const Case& of : {Case{"cornell", 120, 280, 1}, Case{"materials", 300, 320, 1.3},
                           Case{"lantern", 560, 180, 1}, Case{"juggler", 290, 130, 2.5}}) {
        SceneDescription scene =
            load_scene(JUGGLER_SOURCE_DIR "/scenes/" + std::string(of.name) + ".json");
        const uint32_t width = scene.image.width.value(), height = scene.image.height.value();
        const Shot shot(std::move(scene), width, height,
                        Window{of.left, of.top, of.left + 64, of.top + 48});
        Film reference(shot.window), many(shot.window);
        shot.render(reference, {2048, 2048});
        shot.render(many, {0, 512});
        const Painted few(shot, 64);
        const std::vector<float> truth = reference.mean(2048);
        std::vector<float> denoised = few.all.mean(64);
        denoise(denoised, few.spread.variance(), shot.features(16, false, 2), 2);
        const double of_few = displayed_error(few.all.mean(64), truth);
        const double of_denoised = displayed_error(denoised, truth);
        const double of_many = displayed_error(many.mean(512), truth);
        std::printf("%s: 64 spp %.5f, denoised %.5f, 512 spp %.5f\n", of.name, of_few, of_denoised,
                    of_many);
        EXPECT_LE(of_denoised, of.limit * of_many) << of.name;
        EXPECT_LE(of_denoised, of_few) << of.name;
    }
}

TEST(Gallery, shows_a_hundred_million_triangles_in_less_than_a_gigabyte) {
    if (test::scale() < 2) GTEST_SKIP() << "runs with the full tests";
    const Shot shot(load_scene(JUGGLER_SOURCE_DIR "/scenes/gallery.json"), 64, 36);
    EXPECT_GE(shot.scene.facts().instanced_triangle_count, 100000000u);
    EXPECT_LT(shot.scene.facts().triangle_count, 1000000u);
    Film film(shot.window);
    shot.render(film, {0, 1});
    rusage usage{};
    ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    EXPECT_LT(usage.ru_maxrss, 1 << 20); // KiB
}

} // namespace
} // namespace juggler
