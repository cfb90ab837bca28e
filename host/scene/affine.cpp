#include "host/scene/description.h"

#include <cmath>

namespace juggler {

Affine operator*(const Affine& a, const Affine& b) {
    Affine product;
    for (int row = 0; row < 3; ++row) {
        const double* r = &a.m[4 * row];
        for (int column = 0; column < 4; ++column) {
            const double sum = r[0] * b.m[column] + r[1] * b.m[4 + column] + r[2] * b.m[8 + column];
            product.m[4 * row + column] = column == 3 ? sum + r[3] : sum;
        }
    }
    return product;
}

Affine translation(double x, double y, double z) { return {{1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, z}}; }

Affine scaling(double x, double y, double z) { return {{x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0}}; }

Affine rotation(double qx, double qy, double qz, double qw) {
    const double length = std::sqrt(qx * qx + qy * qy + qz * qz + qw * qw);
    // A quaternion without a direction turns nothing.
    if (!(length > 0)) return {};
    const double x = qx / length, y = qy / length, z = qz / length, w = qw / length;
    return {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), 0, //
             2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), 0, //
             2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), 0}};
}

double determinant(const Affine& a) {
    const auto& m = a.m;
    return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) +
           m[2] * (m[4] * m[9] - m[5] * m[8]);
}

Affine inverse(const Affine& a) {
    const auto& m = a.m;
    const double d = determinant(a);
    Affine r;
    r.m[0] = (m[5] * m[10] - m[6] * m[9]) / d;
    r.m[1] = (m[2] * m[9] - m[1] * m[10]) / d;
    r.m[2] = (m[1] * m[6] - m[2] * m[5]) / d;
    r.m[4] = (m[6] * m[8] - m[4] * m[10]) / d;
    r.m[5] = (m[0] * m[10] - m[2] * m[8]) / d;
    r.m[6] = (m[2] * m[4] - m[0] * m[6]) / d;
    r.m[8] = (m[4] * m[9] - m[5] * m[8]) / d;
    r.m[9] = (m[1] * m[8] - m[0] * m[9]) / d;
    r.m[10] = (m[0] * m[5] - m[1] * m[4]) / d;
    const auto t = transform_vector(r, {m[3], m[7], m[11]});
    for (int row = 0; row < 3; ++row)
        r.m[4 * row + 3] = 0 - t[row];
    return r;
}

std::array<double, 3> transform_point(const Affine& a, std::array<double, 3> p) {
    const auto v = transform_vector(a, p);
    return {v[0] + a.m[3], v[1] + a.m[7], v[2] + a.m[11]};
}

std::array<double, 3> transform_vector(const Affine& a, std::array<double, 3> v) {
    std::array<double, 3> r{};
    for (int row = 0; row < 3; ++row)
        r[row] = a.m[4 * row] * v[0] + a.m[4 * row + 1] * v[1] + a.m[4 * row + 2] * v[2];
    return r;
}

} // namespace juggler
