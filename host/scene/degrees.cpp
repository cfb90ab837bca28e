#include "host/scene/degrees.h"

#include <cmath>

namespace juggler {
namespace {

constexpr double pi = 0x1.921fb54442d18p+1;
constexpr double ln2 = 0x1.62e42fefa39efp-1;

// Taylor series, |x| <= pi/4: the terms left out are below 2^-56 of the sum.
double sin_series(double x) {
    double sum = 0;
    for (int k = 19; k > 1; k -= 2)
        sum = (1 - sum) * (x * x) / (k * (k - 1));
    return x * (1 - sum);
}

double cos_series(double x) {
    double sum = 0;
    for (int k = 20; k > 0; k -= 2)
        sum = (1 - sum) * (x * x) / (k * (k - 1));
    return 1 - sum;
}

double sin_of_quarter(int quarter, double x) {
    switch (quarter & 3) {
    case 0:
        return sin_series(x);
    case 1:
        return cos_series(x);
    case 2:
        return 0 - sin_series(x);
    default:
        return 0 - cos_series(x);
    }
}

// The angle as quarter turns and a rest within 45 degrees of the nearest one. Angles beyond 1e9
// turns have no digits left to mean anything.
struct Reduced {
    int quarter;
    double rest;
};

Reduced reduce(double angle, double quarter_turn) {
    if (!(std::fabs(angle) < 4e9 * quarter_turn)) return {0, 0};
    const double quarters = std::floor(angle / quarter_turn + 0.5);
    const double in_turn = quarters - 4 * std::floor(quarters / 4);
    return {static_cast<int>(in_turn), angle - quarters * quarter_turn};
}

} // namespace

double sin_deg(double degrees) {
    const Reduced r = reduce(degrees, 90);
    return sin_of_quarter(r.quarter, r.rest * (pi / 180));
}

double cos_deg(double degrees) {
    const Reduced r = reduce(degrees, 90);
    return sin_of_quarter(r.quarter + 1, r.rest * (pi / 180));
}

double tan_deg(double degrees) { return sin_deg(degrees) / cos_deg(degrees); }

double sin_radians(double radians) {
    const Reduced r = reduce(radians, pi / 2);
    return sin_of_quarter(r.quarter, r.rest);
}

double cos_radians(double radians) {
    const Reduced r = reduce(radians, pi / 2);
    return sin_of_quarter(r.quarter + 1, r.rest);
}

double natural_log(double x) {
    if (!(x > 0 && x < 0x1p1023)) return 0;
    int exponent = 0;
    for (; x < 0x1.6a09e667f3bcdp-1; x *= 2)
        --exponent;
    for (; x > 0x1.6a09e667f3bcdp+0; x /= 2)
        ++exponent;
    // ln x = 2 artanh s; s^2 < 0.03, so 11 terms reach 2^-56.
    const double s = (x - 1) / (x + 1), s2 = s * s;
    double sum = 0;
    for (int k = 23; k > 0; k -= 2)
        sum = sum * s2 + 1.0 / k;
    return exponent * ln2 + 2 * s * sum;
}

} // namespace juggler
