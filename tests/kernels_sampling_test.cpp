// Random numbers and the mappings that take them to points and directions: stratified where they
// should be, independent where they should be, distributed as their densities say.
#include "kernels/sampling.h"
#include "tests/support/density.h"
#include "tests/support/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace juggler {
namespace {

using test::Direction;

constexpr int million = 1000000;
// All chi-square tests of this file share one level.
const double level = test::sidak_level(40);

uint32_t cell_of(float x, uint32_t cells) {
    return static_cast<uint32_t>(static_cast<double>(x) * cells);
}

// ---- the sampler -------------------------------------------------------------------------------

TEST(Sampler, every_elementary_interval_of_a_power_of_two_block_holds_one_point) {
    for (uint32_t k = 0; k <= 12; ++k) {
        const uint32_t count = 1u << k;
        for (uint32_t trial = 0; trial < 24; ++trial) {
            const uint32_t key = hash32(trial + 77u), pair = trial % 12;
            const uint32_t first = (trial % 3) * count; // any aligned block, not the first alone
            for (uint32_t kx = 0; kx <= k; ++kx) {
                std::vector<int> hits(count, 0);
                for (uint32_t i = 0; i < count; ++i) {
                    const Sample2<float> u = sample_2d<float>(key, first + i, pair);
                    ASSERT_TRUE(u.x >= 0 && u.x < 1 && u.y >= 0 && u.y < 1);
                    const uint32_t cell = cell_of(u.x, 1u << kx) << (k - kx);
                    ++hits[cell + cell_of(u.y, 1u << (k - kx))];
                }
                for (int h : hits)
                    ASSERT_EQ(h, 1) << "2^" << k << " points, " << (1u << kx) << " columns, pair "
                                    << pair << ", block from " << first;
            }
        }
    }
}

// Chi-square of points in a 16^4 grid; `draw` gives four numbers.
template <class Draw>
double four_dimensional_p(const Draw& draw) {
    std::vector<double> observed(65536, 0.0);
    for (uint32_t i = 0; i < million; ++i) {
        const std::array<float, 4> u = draw(i);
        uint32_t cell = 0;
        for (float x : u)
            cell = 16 * cell + cell_of(x, 16);
        ++observed[cell];
    }
    return test::chi_square_test(observed, std::vector<double>(65536, double(million) / 65536));
}

// Stratified points are more even than chance, never less.
TEST(Sampler, two_pairs_of_one_pixel_fill_four_dimensions_evenly) {
    for (uint32_t pair : {0u, 1u, 5u, 12u}) {
        // Many pixels, 64 samples each, as a picture has.
        const double p = four_dimensional_p([&](uint32_t i) -> std::array<float, 4> {
            const uint32_t key = pixel_key(frame_key(1, 0), i / 64);
            const Sample2<float> a = sample_2d<float>(key, i % 64, pair);
            const Sample2<float> b = sample_2d<float>(key, i % 64, pair + 1);
            return {a.x, a.y, b.x, b.y};
        });
        EXPECT_GT(p, level) << "pairs " << pair << " and " << pair + 1;
    }
    // One pixel with as many samples as a film takes: shuffled against each other, not parallel.
    for (uint32_t pair : {0u, 4u}) {
        std::vector<double> observed(4096, 0.0);
        for (uint32_t i = 0; i < 65536; ++i) {
            const Sample2<float> a = sample_2d<float>(12345u, i, pair);
            const Sample2<float> b = sample_2d<float>(12345u, i, pair + 3);
            ++observed[((cell_of(a.x, 8) * 8 + cell_of(a.y, 8)) * 8 + cell_of(b.x, 8)) * 8 +
                       cell_of(b.y, 8)];
        }
        EXPECT_GT(test::chi_square_test(observed, std::vector<double>(4096, 16.0)), level)
            << "pairs " << pair << " and " << pair + 3;
    }
}

TEST(Sampler, neighbouring_pixels_frames_and_seeds_are_independent) {
    const auto p_of = [](const auto& key_a, const auto& key_b) {
        return four_dimensional_p([&](uint32_t i) -> std::array<float, 4> {
            const Sample2<float> a = sample_2d<float>(key_a(i / 16), i % 16, 4u);
            const Sample2<float> b = sample_2d<float>(key_b(i / 16), i % 16, 4u);
            return {a.x, a.y, b.x, b.y};
        });
    };
    const auto here = [](uint32_t i) { return pixel_key(frame_key(0, 0), 2 * i); };
    EXPECT_GT(p_of(here, [](uint32_t i) { return pixel_key(frame_key(0, 0), 2 * i + 1); }), level);
    EXPECT_GT(p_of(here, [](uint32_t i) { return pixel_key(frame_key(0, 1), 2 * i); }), level);
    EXPECT_GT(p_of(here, [](uint32_t i) { return pixel_key(frame_key(1, 0), 2 * i); }), level);
}

TEST(Sampler, one_sample_of_many_pixels_is_uniform) {
    for (uint32_t sample : {0u, 1u, 7u}) {
        std::vector<double> observed(10000, 0.0);
        for (uint32_t i = 0; i < million; ++i) {
            const Sample2<float> u = sample_2d<float>(pixel_key(frame_key(3, 9), i), sample, 2u);
            ++observed[cell_of(u.x, 100) * 100 + cell_of(u.y, 100)];
        }
        EXPECT_GT(test::chi_square_test(observed, std::vector<double>(10000, 100.0)), level);
    }
}

// ---- mappings with closed inverses
// ---------------------------------------------------------------

// p-value of points of the unit square against evenness.
template <class Draw>
double square_p(const Draw& draw) {
    constexpr uint32_t across = 80, down = 160;
    std::vector<double> observed(across * down, 0.0);
    test::Random random(5);
    for (int i = 0; i < million; ++i) {
        const float u = random.unit(), v = random.unit();
        const std::array<double, 2> p = draw(u, v);
        const auto x = static_cast<uint32_t>(std::clamp(p[0], 0.0, 1 - 1e-9) * across);
        const auto y = static_cast<uint32_t>(std::clamp(p[1], 0.0, 1 - 1e-9) * down);
        ++observed[x * down + y];
    }
    return test::chi_square_test(
        observed, std::vector<double>(across * down, double(million) / (across * down)));
}
double turn(double y, double x) { return 0.5 + std::atan2(y, x) / (2 * test::pi); }

TEST(Sampling, a_disk_is_filled_evenly) {
    EXPECT_GT(square_p([](float u, float v) -> std::array<double, 2> {
                  const Sample2<float> d = sample_disk(u, v);
                  return {double(d.x) * d.x + double(d.y) * d.y, turn(d.y, d.x)};
              }),
              level);
}

TEST(Sampling, cosine_directions_have_density_cosine_over_pi) {
    EXPECT_GT(square_p([](float u, float v) -> std::array<double, 2> {
                  const Vec3<float> d = sample_cosine(u, v);
                  return {double(d.z) * d.z, turn(d.y, d.x)};
              }),
              level);
    test::Random random(6);
    const auto result = test::test_density(
        test::DirectionGrid({0, 0, 1}, 0.6), million,
        [&](Direction& d) {
            const float u = random.unit(), v = random.unit();
            d = test::from_kernel(sample_cosine(u, v));
            return true;
        },
        [](const Direction& d) { return double(pdf_cosine(static_cast<float>(d.z))); });
    EXPECT_GT(result.p, level);
    EXPECT_NEAR(result.covered, 1, 1e-5);
}

TEST(Sampling, cones_of_every_width_are_filled_evenly) {
    for (float one_minus_cos : {2.0f, 1.0f, 0.1f, 1e-3f, 1.07e-5f, 1e-9f}) {
        const double p = square_p([&](float u, float v) -> std::array<double, 2> {
            const Vec3<float> d = sample_cone(u, v, one_minus_cos);
            const double r2 = double(d.x) * d.x + double(d.y) * d.y;
            // Near the axis 1 - z has lost its digits; x and y have not.
            const double h = d.z > 0.5f ? r2 / (1 + std::sqrt(1 - r2)) : 1 - double(d.z);
            return {h / one_minus_cos, turn(d.y, d.x)};
        });
        EXPECT_GT(p, level) << one_minus_cos;
    }
}

TEST(Sampling, a_triangle_is_filled_evenly) {
    EXPECT_GT(square_p([](float u, float v) -> std::array<double, 2> {
                  const Sample2<float> b = sample_triangle(u, v);
                  EXPECT_TRUE(b.x >= 0 && b.y >= 0 && b.x + b.y <= 1);
                  // The classic map (1 - sqrt(u), sqrt(u) v), undone.
                  const double rest = double(b.x) + b.y;
                  return {rest * rest, rest > 0 ? b.x / rest : 0.5};
              }),
              level);
}

// ---- GGX
// ------------------------------------------------------------------------------------------

double visible_density(const Vec3<float>& wo, float alpha, const Direction& h) {
    const double o_h = test::dot(test::from_kernel(wo), h);
    if (h.z <= 0 || o_h <= 0) return 0;
    return ggx_d(test::to_kernel(h), alpha) * 2 * o_h / (wo.z + ggx_root(wo.z, alpha));
}

Vec3<float> tilted(float degrees) {
    const SinCos<float> t = sin_cos_2pi(degrees / 360);
    return {t.sin * 0.8f, t.sin * 0.6f, t.cos};
}

TEST(Sampling, visible_ggx_normals_have_their_density) {
    test::Random random(7);
    for (float roughness : {0.05f, 0.2f, 0.5f, 1.0f}) {
        for (float degrees : {0.0f, 30.0f, 60.0f, 85.0f}) {
            const float alpha = roughness * roughness;
            const Vec3<float> wo = tilted(degrees);
            const auto result = test::test_density(
                test::DirectionGrid({0, 0, 1}, 0.5 * alpha), million,
                [&](Direction& h) {
                    const float u = random.unit(), v = random.unit();
                    h = test::from_kernel(sample_ggx_visible(wo, alpha, u, v));
                    return true;
                },
                [&](const Direction& h) { return visible_density(wo, alpha, h); });
            EXPECT_GT(result.p, level) << "roughness " << roughness << ", " << degrees << " deg";
            EXPECT_NEAR(result.covered, 1, 1e-3);
        }
    }
}

TEST(Sampling, ggx_projected_area_is_one) {
    for (float alpha : {0.01f, 0.1f, 0.5f, 1.0f}) {
        const auto mass = test::DirectionGrid({0, 0, 1}, alpha).integrate([&](const Direction& h) {
            return h.z > 0 ? ggx_d(test::to_kernel(h), alpha) * h.z : 0.0;
        });
        EXPECT_NEAR(std::accumulate(mass.begin(), mass.end(), 0.0), 1, 1e-4) << alpha;
    }
}

// ---- the tests' own teeth
// -------------------------------------------------------------------------

TEST(DensityTest, a_density_that_is_two_percent_off_on_one_half_is_caught) {
    test::Random random(8);
    const auto draw = [&](Direction& d) {
        const float u = random.unit(), v = random.unit();
        d = test::from_kernel(sample_cosine(u, v));
        return true;
    };
    const auto result = test::test_density(
        test::DirectionGrid({0, 0, 1}, 0.6), million, draw,
        [](const Direction& d) { return std::max(d.z, 0.0) / test::pi * (d.x > 0 ? 1.02 : 0.98); });
    EXPECT_LT(result.p, 1e-6);
}

TEST(DensityTest, a_lobe_shifted_by_a_hundredth_of_its_width_is_caught) {
    test::Random random(9);
    const float alpha = 0.25f;
    const Vec3<float> wo = tilted(30), off = tilted(30.5f);
    const auto result = test::test_density(
        test::DirectionGrid({0, 0, 1}, 0.125), million,
        [&](Direction& h) {
            const float u = random.unit(), v = random.unit();
            h = test::from_kernel(sample_ggx_visible(wo, alpha * 1.005f, u, v));
            return true;
        },
        [&](const Direction& h) { return visible_density(off, alpha, h); });
    EXPECT_LT(result.p, level);
}

} // namespace
} // namespace juggler
