// Tone curves and the sRGB curve.
#include "host/image/srgb.h"
#include "host/image/srgb_table.h"
#include "host/image/tone.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace juggler {
namespace {

float next(float x, int steps) {
    return std::bit_cast<float>(uint32_t(int(std::bit_cast<uint32_t>(x)) + steps));
}

// The curve by the mathematical library: close enough to tell codes apart away from thresholds.
long double encoded(long double x) {
    return x <= 0.0031308L ? 12.92L * x : 1.055L * std::pow(x, 1 / 2.4L) - 0.055L;
}

TEST(SrgbTable, DecodesAllCodesToTheNearestFloat) {
    for (int code = 0; code < 256; ++code) {
        const long double c = code / 255.0L;
        const long double light =
            c <= 0.04045L ? c / 12.92L : std::pow((c + 0.055L) / 1.055L, 2.4L);
        EXPECT_EQ(srgb_to_linear_table()[code], float(light)) << code;
    }
}

TEST(SrgbTable, StepsExactlyAtEveryThreshold) {
    for (int code = 1; code < 256; ++code) {
        const float threshold = srgb8_threshold[code - 1];
        EXPECT_EQ(srgb8(threshold), code);
        EXPECT_EQ(srgb8(next(threshold, -1)), code - 1);
        // The threshold is where the curve passes the middle between two codes.
        EXPECT_GE(encoded((long double)threshold) * 255, code - 0.5L - 1e-15L) << code;
        EXPECT_LT(encoded((long double)next(threshold, -1)) * 255, code - 0.5L + 1e-15L) << code;
    }
}

TEST(SrgbTable, DecodingThenEncodingKeepsEveryCode) {
    for (int code = 0; code < 256; ++code)
        EXPECT_EQ(srgb8(srgb_to_linear_table()[code]), code);
    for (int code = 0; code < 65536; ++code)
        ASSERT_EQ(srgb16(float(srgb_to_linear(code / 65535.0))), code);
}

TEST(SrgbTable, EncodesEveryLightLikeTheThresholds) {
    std::mt19937 random(7);
    for (int i = 0; i < 300000; ++i) {
        const float x = std::bit_cast<float>(uint32_t(random() % std::bit_cast<uint32_t>(1.01f)));
        int code = 0;
        while (code < 255 && srgb8_threshold[code] <= x)
            code += 1;
        ASSERT_EQ(srgb8(x), code) << std::hexfloat << x;
    }
}

TEST(SrgbTable, SixteenBitsAreTheRoundedCurve) {
    std::mt19937 random(8);
    for (int i = 0; i < 300000; ++i) {
        const float x = std::bit_cast<float>(uint32_t(random() % std::bit_cast<uint32_t>(1.0f)));
        const long double exact = encoded((long double)x) * 65535;
        // Nearer to a middle than this, pow itself could be on either side.
        if (std::fabs(exact - std::floor(exact) - 0.5L) < 1e-9L) continue;
        ASSERT_EQ(srgb16(x), int(std::floor(exact + 0.5L))) << std::hexfloat << x;
    }
}

TEST(SrgbTable, TreatsWhatIsNoLightAsBlackAndTooMuchAsWhite) {
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float x : {-1.0f, -0.0f, 0.0f, std::nanf(""), -infinity, 0x1p-149f}) {
        EXPECT_EQ(srgb8(x), 0);
        EXPECT_EQ(srgb16(x), 0);
    }
    for (const float x : {1.0f, 1.5f, infinity}) {
        EXPECT_EQ(srgb8(x), 255);
        EXPECT_EQ(srgb16(x), 65535);
    }
}

TEST(Exposure, IsAPowerOfTwo) {
    EXPECT_EQ(exposure_factor(0), 1.0f);
    EXPECT_EQ(exposure_factor(1), 2.0f);
    EXPECT_EQ(exposure_factor(-3), 0.125f);
    EXPECT_EQ(exposure_factor(20), 0x1p20f);
    EXPECT_EQ(exposure_factor(-126), 0x1p-126f);
    for (float stops = -10; stops < 10; stops += 0.37f)
        EXPECT_EQ(exposure_factor(stops), float(std::exp2(double(stops)))) << stops;
}

TEST(ToneCurve, ClampOnlyScalesAndClamps) {
    std::vector<float> rgb{0.25f, 0.6f, 3.0f};
    apply_tone(rgb, {ToneMap::clamp, 1});
    EXPECT_EQ(rgb, (std::vector<float>{0.5f, 1.0f, 1.0f}));
}

TEST(ToneCurve, ReinhardMapsItsWhitePointToWhite) {
    std::vector<float> rgb{4, 4, 4, 1, 1, 1, 0, 0, 0};
    apply_tone(rgb, {ToneMap::reinhard, 0});
    EXPECT_NEAR(rgb[0], 1.0f, 1e-6f);
    EXPECT_NEAR(rgb[3], 0.53125f, 1e-6f); // (1 + 1/16) / 2
    EXPECT_EQ(rgb[6], 0.0f);
}

TEST(ToneCurve, ReinhardKeepsRatiosOfColours) {
    std::vector<float> rgb{0.8f, 0.4f, 0.2f};
    apply_tone(rgb, {ToneMap::reinhard, 0});
    EXPECT_NEAR(rgb[0] / rgb[1], 2.0f, 1e-5f);
    EXPECT_NEAR(rgb[1] / rgb[2], 2.0f, 1e-5f);
}

TEST(ToneCurve, AcesHasItsPublishedValues) {
    // Grey g: v = g / 0.6, then the rational fit; both matrices keep grey grey.
    std::vector<float> rgb{0.18f, 0.18f, 0.18f, 1, 1, 1, 1000, 1000, 1000, 0, 0, 0};
    apply_tone(rgb, {ToneMap::aces, 0});
    EXPECT_NEAR(rgb[0], 0.21311f, 2e-5f);
    EXPECT_NEAR(rgb[3], 0.76340f, 2e-5f);
    EXPECT_EQ(rgb[6], 1.0f);
    EXPECT_EQ(rgb[9], 0.0f);
}

TEST(ToneCurve, AgxHasItsPublishedValues) {
    // Of the fit's formulas, computed with many digits.
    std::vector<float> rgb{0.18f, 0.18f, 0.18f, 1, 1, 1, 1, 0.05f, 0.02f, 0, 0, 0};
    apply_tone(rgb, {ToneMap::agx, 0});
    EXPECT_NEAR(rgb[0], 0.214467f, 2e-5f);
    EXPECT_NEAR(rgb[3], 0.589977f, 2e-5f);
    EXPECT_NEAR(rgb[6], 0.690054f, 2e-5f);
    EXPECT_NEAR(rgb[7], 0.102762f, 2e-5f);
    EXPECT_NEAR(rgb[8], 0.065864f, 2e-5f);
    EXPECT_EQ(rgb[9], 0.0f);
}

TEST(ToneCurve, RisesWithTheLight) {
    for (const ToneMap curve : {ToneMap::clamp, ToneMap::reinhard, ToneMap::aces, ToneMap::agx}) {
        float before = -1;
        for (float x = 0; x < 4; x += 0.01f) {
            std::vector<float> rgb{x, x, x};
            apply_tone(rgb, {curve, 0});
            EXPECT_GE(rgb[1], before);
            before = rgb[1];
        }
    }
}

TEST(ToneCurve, EndsWithinTheUnitRangeForAnyLight) {
    for (const ToneMap curve : {ToneMap::clamp, ToneMap::reinhard, ToneMap::aces, ToneMap::agx})
        for (const float x : {0.0f, 1e-30f, 0.5f, 3e5f, 3e38f})
            for (const float stops : {-100.0f, 0.0f, 100.0f}) {
                std::vector<float> rgb{x, 0, x / 2};
                apply_tone(rgb, {curve, stops});
                for (const float y : rgb) {
                    EXPECT_GE(y, 0.0f);
                    EXPECT_LE(y, 1.0f);
                }
            }
}

} // namespace
} // namespace juggler
