#include "host/scene/quaternion.h"

#include "host/scene/degrees.h"
#include "kernels/math.h"

#include <cmath>

namespace juggler {
namespace {

double dot(const Quaternion& a, const Quaternion& b) {
    return ((a[0] * b[0] + a[1] * b[1]) + a[2] * b[2]) + a[3] * b[3];
}

// Angle of the unit vector (cosine, sine), sine >= 0: the float's answer and what is left of it.
double angle_of(double cosine, double sine) {
    const double rough =
        static_cast<double>(juggler::atan2(static_cast<float>(sine), static_cast<float>(cosine)));
    const double rest = sine * cos_radians(rough) - cosine * sin_radians(rough);
    return rough + rest; // asin(rest) is rest: it is below 1e-6
}

} // namespace

Quaternion unit(const Quaternion& q) {
    const double length = std::sqrt(dot(q, q));
    if (!(length > 0)) return {0, 0, 0, 1};
    return {q[0] / length, q[1] / length, q[2] / length, q[3] / length};
}

Quaternion slerp(const Quaternion& from, const Quaternion& to, double s) {
    const Quaternion a = unit(from);
    Quaternion b = unit(to);
    double cosine = dot(a, b);
    if (cosine < 0) {
        cosine = 0 - cosine;
        b = {0 - b[0], 0 - b[1], 0 - b[2], 0 - b[3]};
    }
    // The part of b across a, from which the sine keeps its digits for small angles.
    Quaternion across;
    for (size_t i = 0; i < 4; ++i)
        across[i] = b[i] - cosine * a[i];
    const double sine = std::sqrt(dot(across, across));
    if (!(sine > 1e-12)) return a;
    const double angle = s * angle_of(cosine, sine);
    const double keep = cos_radians(angle), turn = sin_radians(angle) / sine;
    Quaternion q;
    for (size_t i = 0; i < 4; ++i)
        q[i] = keep * a[i] + turn * across[i];
    return unit(q);
}

} // namespace juggler
