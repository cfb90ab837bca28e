// The kernels' elementary functions against the C library's in double: largest errors over dense
// sweeps stay below what kernels/math.h states.
#include "kernels/math.h"
#include "kernels/vec3.h"
#include "tests/support/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace juggler {
namespace {

constexpr int sweep = 1 << 20;
constexpr double pi_d = 3.14159265358979323846;

// The largest value of error(x) over evenly spaced x in [lo, hi].
template <class Error>
double largest_error(float lo, float hi, const Error& error) {
    double largest = 0;
    for (int i = 0; i <= sweep; ++i) {
        const float x = lo + (hi - lo) * (static_cast<float>(i) / static_cast<float>(sweep));
        const double e = error(x);
        largest = e > largest || e != e ? e : largest; // keeps a NaN
    }
    return largest;
}

// Over every 1024th normal positive float, all binades alike.
template <class Error>
double largest_error_over_binades(const Error& error) {
    double largest = 0;
    for (uint32_t bits = 0x00800000u; bits < 0x7f800000u; bits += 1021) {
        const double e = error(as_float(bits));
        largest = e > largest || e != e ? e : largest;
    }
    return largest;
}

double relative(double value, double truth) { return std::fabs(value - truth) / std::fabs(truth); }

void expect_below(const char* what, double error, double bound) {
    EXPECT_LE(error, bound) << what;
    testing::Test::RecordProperty(what, std::to_string(error / 1e-7) + "e-7");
}

TEST(Math, sin_and_cos_of_turns_are_within_1_2e_7) {
    const auto error = [](float u) {
        const SinCos<float> sc = sin_cos_2pi(u);
        const double x = 2 * pi_d * static_cast<double>(u);
        return std::max(std::fabs(sc.sin - std::sin(x)), std::fabs(sc.cos - std::cos(x)));
    };
    expect_below("sin_cos_2pi", largest_error(0, 1, error), 1.2e-7);
    expect_below("sin_cos_2pi_negative", largest_error(-1, 0, error), 1.2e-7);
}

TEST(Math, sin_and_cos_of_radians_are_within_the_stated_error) {
    const auto error = [](float x) {
        const SinCos<float> sc = sin_cos(x);
        return std::max(std::fabs(sc.sin - std::sin(static_cast<double>(x))),
                        std::fabs(sc.cos - std::cos(static_cast<double>(x))));
    };
    expect_below("sin_cos_turn", largest_error(-7, 7, error), 1.2e-7);
    expect_below("sin_cos_1000", largest_error(-1000, 1000, error), 1.2e-7);
}

TEST(Math, sin_and_cos_lie_on_the_unit_circle_and_never_beyond) {
    double off = 0;
    float beyond = 0;
    for (int i = 0; i < sweep; ++i) {
        const SinCos<float> sc = sin_cos_2pi(static_cast<float>(i) * 0x1p-20f);
        beyond = std::max({beyond, absolute(sc.sin), absolute(sc.cos)});
        off = std::max(off, std::fabs(std::hypot(double(sc.sin), double(sc.cos)) - 1));
    }
    EXPECT_LE(beyond, 1.0f);
    EXPECT_LE(off, 1.3e-7);
}

TEST(Math, exp2_is_within_the_stated_relative_error) {
    const auto error = [](float x) { return relative(exp2(x), std::exp2(static_cast<double>(x))); };
    expect_below("exp2", largest_error(-126, 127, error), 1.2e-7);
    expect_below("exp2_near_0", largest_error(-1, 1, error), 1.2e-7);
}

TEST(Math, exp2_is_clamped_to_finite_powers) {
    EXPECT_EQ(exp2(-1000.0f), 0x1p-126f);
    EXPECT_EQ(exp2(1000.0f), 0x1p127f);
    for (int e = -126; e <= 127; ++e)
        EXPECT_EQ(exp2(static_cast<float>(e)), std::ldexp(1.0f, e));
}

TEST(Math, exp_is_within_its_relative_error) {
    const auto error = [](float x) {
        return relative(exp(x), std::exp(static_cast<double>(x))) / (1 + std::fabs(x));
    };
    expect_below("exp", largest_error(-87, 88, error), 1e-7);
}

TEST(Math, log_is_within_its_stated_error_for_every_binade) {
    const auto error = [](float x) {
        const double truth = std::log(static_cast<double>(x));
        return std::fabs(log(x) - truth) / std::max(std::fabs(truth), 0.25);
    };
    expect_below("log", largest_error_over_binades(error), 1e-7);
    const auto near_one = [](float x) {
        const double truth = std::log(static_cast<double>(x));
        return truth == 0 ? std::fabs(log(x)) : relative(log(x), truth);
    };
    expect_below("log_near_1", largest_error(0.75f, 1.25f, near_one), 1e-7);
    EXPECT_EQ(log(1.0f), 0.0f);
}

TEST(Math, log2_is_within_its_stated_error) {
    const auto error = [](float x) {
        const double truth = std::log2(static_cast<double>(x));
        return std::fabs(log2(x) - truth) / std::max(std::fabs(truth), 0.25);
    };
    expect_below("log2", largest_error_over_binades(error), 1.4e-7);
}

TEST(Math, pow_is_within_its_stated_error) {
    test::Random random(1);
    double largest = 0;
    for (int i = 0; i < 2 * sweep; ++i) {
        const float x = exp2(random.between(-20, 20));
        const float y = random.between(-6, 6);
        const double exponent = y * std::log2(static_cast<double>(x));
        if (std::fabs(exponent) > 120) continue;
        const double e = relative(pow(x, y), std::pow(double(x), double(y)));
        largest = std::max(largest, e / (1 + std::fabs(exponent)));
    }
    expect_below("pow", largest, 1.2e-7);
}

TEST(Math, acos_is_within_3_2e_7) {
    const auto error = [](float x) { return std::fabs(acos(x) - std::acos(double(x))); };
    expect_below("acos", largest_error(-1, 1, error), 3.2e-7);
    EXPECT_EQ(acos(1.0f), 0.0f);
    EXPECT_EQ(acos(2.0f), 0.0f);
    EXPECT_EQ(acos(-2.0f), pi);
}

TEST(Math, atan2_is_within_3e_7_all_around) {
    test::Random random(2);
    double largest = 0;
    for (int i = 0; i < 2 * sweep; ++i) {
        const float angle = random.between(0, 1);
        const float scale = exp2(random.between(-60, 60));
        const SinCos<float> sc = sin_cos_2pi(angle);
        const float y = scale * sc.sin, x = scale * sc.cos;
        largest = std::max(largest, std::fabs(atan2(y, x) - std::atan2(double(y), double(x))));
    }
    expect_below("atan2", largest, 3e-7);
    EXPECT_EQ(atan2(0.0f, 0.0f), 0.0f);
    EXPECT_EQ(atan2(0.0f, 1.0f), 0.0f);
    EXPECT_EQ(atan2(1.0f, 0.0f), half_pi);
    EXPECT_EQ(atan2(-1.0f, 0.0f), -half_pi);
    EXPECT_EQ(atan2(0.0f, -1.0f), pi);
}

TEST(Math, round_down_is_the_floor) {
    test::Random random(3);
    for (int i = 0; i < sweep; ++i) {
        const float x = random.between(-1, 1) * exp2(random.between(-10, 30));
        ASSERT_EQ(round_down(x), std::floor(x)) << x;
    }
}

TEST(Math, a_basis_is_orthonormal_and_right_handed_for_every_normal) {
    test::Random random(4);
    for (int i = 0; i < sweep; ++i) {
        Vec3<float> n = {random.between(-1, 1), random.between(-1, 1), random.between(-1, 1)};
        if (i % 4 == 0)
            n.x *= 1e-6f, n.y *= 1e-6f; // near the poles, where the construction is touchy
        n = normalize(n);
        if (dot(n, n) < 0.5f) continue;
        const Basis<float> b = make_basis(n);
        ASSERT_NEAR(dot(b.x, b.x), 1, 2e-6f);
        ASSERT_NEAR(dot(b.y, b.y), 1, 2e-6f);
        ASSERT_NEAR(dot(b.x, b.y), 0, 1e-6f);
        ASSERT_NEAR(dot(b.x, b.z), 0, 1e-6f);
        ASSERT_NEAR(dot(b.y, b.z), 0, 1e-6f);
        ASSERT_NEAR(dot(cross(b.x, b.y), b.z), 1, 2e-6f);
    }
}

} // namespace
} // namespace juggler
