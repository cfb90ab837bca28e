// FLIP where it can be worked out by hand: without detail, nothing but the colours counts.
#include "host/image/flip.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace juggler {
namespace {

EncodedPicture flat(std::array<uint16_t, 3> rgb, uint32_t width = 40, uint32_t height = 30) {
    EncodedPicture p{width, height, 3, 255, {}};
    for (uint32_t i = 0; i < width * height; ++i)
        p.values.insert(p.values.end(), rgb.begin(), rgb.end());
    return p;
}

TEST(Flip, EqualPicturesLookTheSame) {
    const FlipMap map = flip(flat({9, 100, 200}), flat({9, 100, 200}));
    EXPECT_EQ(map.mean, 0);
    EXPECT_EQ(map.max, 0);
}

// The scale ends where the method puts it.
TEST(Flip, GreenAndBlueAreTheFarthestApart) {
    EXPECT_NEAR(flip(flat({0, 255, 0}), flat({0, 0, 255})).mean, 1, 1e-4);
}

// L* from 0 to 100 is 100 apart; green (87.73, -75.62, 72.98) and blue (32.30, 25.58, -34.84) in
// Hunt's L*a*b* are 202.6 apart.
TEST(Flip, BlackAndWhiteAreAsTheFormulasSay) {
    const double greatest =
        std::pow(87.735 - 32.297 + std::hypot(75.625 + 25.577, 72.980 + 34.846), 0.7);
    const double apart = std::pow(100, 0.7), knee = 0.4 * greatest;
    const double expected = 0.95 + (apart - knee) / (greatest - knee) * 0.05;
    EXPECT_NEAR(flip(flat({0, 0, 0}), flat({255, 255, 255})).mean, expected, 1e-3);
    EXPECT_NEAR(expected, 0.967, 1e-3);
}

TEST(Flip, OnePixelIsSeenWhereItIs) {
    const EncodedPicture a = flat({128, 128, 128}, 61, 150);
    EncodedPicture b = a;
    for (size_t c = 0; c < 3; ++c)
        b.values[(size_t(131) * 61 + 20) * 3 + c] = 255;
    const FlipMap map = flip(a, b);
    EXPECT_EQ(map.max_x, 20u);
    EXPECT_EQ(map.max_y, 131u);
    EXPECT_GT(map.max, 0.05f);
    EXPECT_LT(map.mean, 0.02);
    EXPECT_EQ(map.error[0], 0); // far from it
    // As many rows from a seam between bands on either side: nothing changes across it.
    EncodedPicture up = a;
    for (size_t c = 0; c < 3; ++c)
        up.values[(size_t(60) * 61 + 20) * 3 + c] = 255;
    const FlipMap other = flip(a, up);
    for (int dy = -12; dy <= 12; ++dy)
        EXPECT_FLOAT_EQ(map.error[size_t((131 + dy) * 61 + 20)],
                        other.error[size_t((60 + dy) * 61 + 20)]);
}

// A shift of one pixel is seen less than a missing line, and both less than another colour.
TEST(Flip, OrdersWhatPeopleOrder) {
    EncodedPicture a = flat({30, 30, 30}), shifted = a;
    const EncodedPicture none = a;
    for (uint32_t y = 0; y < a.height; ++y)
        for (size_t c = 0; c < 3; ++c) {
            a.values[(y * a.width + 15) * 3 + c] = 220;
            shifted.values[(y * a.width + 16) * 3 + c] = 220;
        }
    const double shift = flip(a, shifted).mean, missing = flip(a, none).mean;
    EXPECT_GT(shift, 0);
    EXPECT_LT(shift, missing);
    EXPECT_LT(missing, flip(a, flat({220, 220, 30})).mean);
}

Picture light(float value, float spot) {
    Picture p{32, 20, std::vector<float>(size_t(32) * 20 * 3, value)};
    for (size_t c = 0; c < 3; ++c)
        p.rgb[(size_t(10) * 32 + 16) * 3 + c] = spot;
    return p;
}

// At one exposure alone, detail in what is dark or what is bright would be lost.
TEST(Flip, LightIsLookedAtWithSeveralExposures) {
    EXPECT_EQ(flip(light(0.01f, 500), light(0.01f, 500)).max, 0);
    EXPECT_GT(flip(light(0.01f, 500), light(0.02f, 500)).mean, 0.1);
    const FlipMap bright = flip(light(0.01f, 500), light(0.01f, 300));
    EXPECT_GT(bright.max, 0.01f);
    EXPECT_EQ(bright.max_x, 16u);
    EXPECT_EQ(bright.max_y, 10u);
}

TEST(Flip, LightThatIsNoNumberDoesNoHarm) {
    Picture b = light(0.5f, 1);
    b.rgb[0] = NAN;
    b.rgb[4] = INFINITY;
    b.rgb[8] = -1;
    for (const float e : flip(light(0.5f, 1), b).error)
        EXPECT_TRUE(e >= 0 && e <= 1.0001f) << e;
    for (const float e : flip(light(0, 0), b).error)
        EXPECT_TRUE(e >= 0 && e <= 1.0001f) << e;
}

TEST(Flip, HeatRisesFromBlack) {
    FlipMap map{3, 1, {0, 0.5f, 1}};
    const std::vector<uint8_t> rgb = heat_map(map);
    EXPECT_EQ(std::vector<uint8_t>(rgb.begin(), rgb.begin() + 3), (std::vector<uint8_t>{0, 0, 0}));
    EXPECT_LT(rgb[3] + rgb[4] + rgb[5], rgb[6] + rgb[7] + rgb[8]);
}

} // namespace
} // namespace juggler
