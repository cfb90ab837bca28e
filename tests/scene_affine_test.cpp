#include "host/scene/degrees.h"
#include "host/scene/description.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juggler {
namespace {

void expect_near(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    for (size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(a[k], b[k], 1e-14);
}

TEST(Affine, ProductAppliesTheRightFactorFirst) {
    const Affine both = translation(1, 2, 3) * scaling(2, 3, 4);
    expect_near(transform_point(both, {1, 1, 1}), {3, 5, 7});
    expect_near(transform_vector(both, {1, 1, 1}), {2, 3, 4});
}

TEST(Affine, QuaternionOfAQuarterTurnAboutYTakesZToX) {
    const double s = std::sqrt(0.5);
    expect_near(transform_vector(rotation(0, s, 0, s), {0, 0, 1}), {1, 0, 0});
}

TEST(Affine, QuaternionsNeedNotBeOfUnitLength) {
    expect_near(transform_vector(rotation(0, 3, 0, 3), {0, 0, 1}), {1, 0, 0});
    expect_near(transform_vector(rotation(0, 0, 0, 0), {1, 2, 3}), {1, 2, 3});
}

TEST(Affine, InverseUndoesRotationShearAndMirroring) {
    Affine shear;
    shear.m[1] = 0.7;
    const Affine a =
        translation(4, -2, 9) * rotation(0.1, 0.5, -0.3, 0.8) * shear * scaling(-2, 0.5, 3);
    EXPECT_LT(determinant(a), 0);
    const std::array<double, 3> p{1.5, -2.5, 0.25};
    expect_near(transform_point(inverse(a), transform_point(a, p)), p);
}

TEST(Degrees, QuarterTurnsAreExact) {
    for (int turn = -8; turn <= 8; ++turn) {
        const double angle = 90.0 * turn;
        const double expected[]{0, 1, 0, -1};
        EXPECT_EQ(sin_deg(angle), expected[turn & 3]);
        EXPECT_EQ(cos_deg(angle), expected[(turn + 1) & 3]);
    }
}

TEST(Degrees, SineAndCosineAgreeWithTheLibrary) {
    for (double angle = -720; angle <= 720; angle += 0.37) {
        const double radians = angle * 3.14159265358979323846 / 180;
        EXPECT_NEAR(sin_deg(angle), std::sin(radians), 4e-15);
        EXPECT_NEAR(cos_deg(angle), std::cos(radians), 4e-15);
        EXPECT_NEAR(sin_radians(radians), std::sin(radians), 4e-15);
        EXPECT_NEAR(cos_radians(radians), std::cos(radians), 4e-15);
    }
    EXPECT_NEAR(tan_deg(20), 0.36397023426620236, 1e-16);
}

TEST(Degrees, LogarithmAgreesWithTheLibrary) {
    for (double x = 1e-6; x < 1e6; x *= 1.013)
        EXPECT_NEAR(natural_log(x), std::log(x), 4e-15 * (1 + std::fabs(std::log(x))));
    EXPECT_EQ(natural_log(1), 0);
}

} // namespace
} // namespace juggler
