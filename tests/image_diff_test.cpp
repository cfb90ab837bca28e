// Differences of pictures have known values.
#include "host/base/error.h"
#include "host/image/diff.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juggler {
namespace {

EncodedPicture flat(uint32_t width, uint32_t height, uint16_t value, uint32_t channels = 3) {
    return {width, height, channels, 255,
            std::vector<uint16_t>(size_t(width) * height * channels, value)};
}

TEST(Diff, EqualPicturesAreIdentical) {
    const Difference d = compare(flat(5, 4, 77), flat(5, 4, 77));
    EXPECT_TRUE(d.identical());
    EXPECT_EQ(d.pixel_count, 20u);
    EXPECT_EQ(d.rmse, 0);
    EXPECT_TRUE(std::isinf(d.psnr));
}

TEST(Diff, OneValueGivesAllFigures) {
    const EncodedPicture a = flat(10, 10, 100);
    EncodedPicture b = a;
    b.values[(3 * 10 + 7) * 3 + 1] = 151; // 51/255 = 0.2
    const Difference d = compare(a, b);
    EXPECT_EQ(d.differing, 1u);
    EXPECT_NEAR(d.max, 0.2, 1e-12);
    EXPECT_EQ(d.max_x, 7u);
    EXPECT_EQ(d.max_y, 3u);
    EXPECT_EQ(d.max_channel, 1u);
    EXPECT_NEAR(d.mean, 0.2 / 300, 1e-12);
    EXPECT_NEAR(d.rmse, 0.2 / std::sqrt(300.0), 1e-12);
    EXPECT_NEAR(d.psnr, 20 * std::log10(std::sqrt(300.0) / 0.2), 1e-9);
}

TEST(Diff, AConstantDistanceIsItsOwnRmse) {
    const Difference d = compare(flat(8, 8, 0), flat(8, 8, 255));
    EXPECT_EQ(d.differing, 64u);
    EXPECT_EQ(d.rmse, 1);
    EXPECT_EQ(d.psnr, 0);
}

TEST(Diff, EightAndSixteenBitsOfTheSameValueAreEqual) {
    const EncodedPicture a = flat(3, 3, 200);
    EncodedPicture b = a;
    b.largest = 65535;
    for (uint16_t& v : b.values)
        v = uint16_t(v * 257);
    EXPECT_TRUE(compare(a, b).identical());
}

TEST(Diff, MissingAlphaIsOpaque) {
    EncodedPicture b = flat(3, 3, 255, 4);
    EXPECT_TRUE(compare(flat(3, 3, 255), b).identical());
    b.values[3] = 0;
    EXPECT_EQ(compare(flat(3, 3, 255), b).differing, 1u);
}

TEST(Diff, SizesMustAgree) {
    try {
        (void)compare(flat(3, 3, 0), flat(3, 4, 0));
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::differ);
    }
}

} // namespace
} // namespace juggler
