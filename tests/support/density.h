// Histograms of directions against densities over solid angle: 80 rings by 160 sectors around an
// axis, rings narrower towards it, so that sharp lobes fill many bins.
#pragma once

#include "kernels/vec3.h"
#include "tests/support/statistics.h"

#include <cmath>
#include <vector>

namespace juggler::test {

constexpr double pi = 3.14159265358979323846;

struct Direction {
    double x, y, z;
};
inline double dot(const Direction& a, const Direction& b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Direction operator*(double s, const Direction& a) { return {s * a.x, s * a.y, s * a.z}; }
inline Direction operator+(const Direction& a, const Direction& b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Direction cross(const Direction& a, const Direction& b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Direction unit(const Direction& a) { return (1 / std::sqrt(dot(a, a))) * a; }
inline Direction from_kernel(const Vec3<float>& v) { return {v.x, v.y, v.z}; }
inline Vec3<float> to_kernel(const Direction& v) {
    return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

// Directions as (s, phi / 2 pi) in the unit square: s = tan(theta/2) / (tan(theta/2) + width).
class DirectionGrid {
public:
    static constexpr int rings = 80, sectors = 160, bins = rings * sectors;

    DirectionGrid(const Direction& axis, double width) : width_(width), z_(unit(axis)) {
        const Direction helper = std::fabs(z_.x) < 0.7 ? Direction{1, 0, 0} : Direction{0, 1, 0};
        x_ = unit(cross(helper, z_));
        y_ = cross(z_, x_);
    }

    [[nodiscard]] int bin_of(const Direction& d) const {
        const double x = dot(d, x_), y = dot(d, y_), z = dot(d, z_);
        const double sine = std::hypot(x, y);
        const double half_tangent = z > 0 ? sine / (1 + z) : (1 - z) / std::max(sine, 1e-300);
        const double s = half_tangent / (half_tangent + width_);
        const double phi = 0.5 + std::atan2(y, x) / (2 * pi);
        const int ring = std::min(static_cast<int>(s * rings), rings - 1);
        const int sector = std::min(static_cast<int>(phi * sectors), sectors - 1);
        return ring * sectors + sector;
    }

    // Probability of every bin; bins are split up to `max_depth` times where the density is rough.
    template <class Pdf>
    [[nodiscard]] std::vector<double> integrate(const Pdf& pdf, int max_depth = 6) const {
        std::vector<double> mass(bins);
        const double ds = 1.0 / rings, dp = 1.0 / sectors;
        for (int i = 0; i < bins; ++i) {
            const double s = (i / sectors) * ds, p = (i % sectors) * dp;
            mass[static_cast<size_t>(i)] =
                refine(pdf, s, p, ds, dp, gauss(pdf, s, p, ds, dp), max_depth);
        }
        return mass;
    }

private:
    // Density over the unit square.
    template <class Pdf>
    [[nodiscard]] double square_density(const Pdf& pdf, double s, double p) const {
        const double t = width_ * s / (1 - s);
        const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
        const double phi = 2 * pi * (p - 0.5);
        const Direction d = (sine * std::cos(phi)) * x_ + (sine * std::sin(phi)) * y_ + cosine * z_;
        // d theta / ds = 2 / (1 + t^2) * dt/ds.
        const double stretch = 2 / (1 + t * t) * width_ / ((1 - s) * (1 - s)) * sine * 2 * pi;
        return pdf(d) * stretch;
    }
    // 3 x 3 Gauss points.
    template <class Pdf>
    [[nodiscard]] double gauss(const Pdf& pdf, double s, double p, double ds, double dp) const {
        constexpr double at[3] = {0.11270166537925831, 0.5, 0.88729833462074169};
        constexpr double weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
        double sum = 0;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                sum += weight[i] * weight[j] * square_density(pdf, s + at[i] * ds, p + at[j] * dp);
        return sum * ds * dp;
    }
    template <class Pdf>
    [[nodiscard]] double refine(const Pdf& pdf, double s, double p, double ds, double dp,
                                double coarse, int depth) const {
        if (depth == 0) return coarse;
        const double hs = 0.5 * ds, hp = 0.5 * dp;
        const double part[4] = {gauss(pdf, s, p, hs, hp), gauss(pdf, s, p + hp, hs, hp),
                                gauss(pdf, s + hs, p, hs, hp), gauss(pdf, s + hs, p + hp, hs, hp)};
        const double fine = part[0] + part[1] + part[2] + part[3];
        // A ten-millionth of everything is a tenth of a sample of a million.
        if (std::fabs(fine - coarse) < 1e-7) return fine;
        double sum = 0;
        for (int k = 0; k < 4; ++k)
            sum += refine(pdf, s + (k / 2) * hs, p + (k % 2) * hp, hs, hp, part[k], depth - 1);
        return sum;
    }

    double width_;
    Direction x_{}, y_{}, z_;
};

// Sums of 10 x 10 bins; a bin beyond the grid stays alone.
inline std::vector<double> coarser(const std::vector<double>& bins) {
    constexpr int across = DirectionGrid::sectors / 10;
    std::vector<double> sums(static_cast<size_t>(DirectionGrid::rings / 10 * across), 0.0);
    for (int i = 0; i < DirectionGrid::bins; ++i) {
        const int ring = i / DirectionGrid::sectors, sector = i % DirectionGrid::sectors;
        sums[static_cast<size_t>(ring / 10 * across + sector / 10)] += bins[static_cast<size_t>(i)];
    }
    sums.insert(sums.end(), bins.begin() + DirectionGrid::bins, bins.end());
    return sums;
}

// What a chi-square test found.
struct DensityTest {
    double p;       // of the histogram, directions that were not sampled being one more bin
    double covered; // integral of the density
    double sampled; // share of draws that gave a direction
};

// sample(direction) draws and returns false if there was no direction; pdf(direction) is its
// density.
template <class Sample, class Pdf>
DensityTest test_density(const DirectionGrid& grid, int samples, const Sample& sample,
                         const Pdf& pdf) {
    std::vector<double> observed(DirectionGrid::bins + 1, 0.0);
    int missing = 0;
    for (int i = 0; i < samples; ++i) {
        Direction d{};
        if (sample(d))
            ++observed[static_cast<size_t>(grid.bin_of(d))];
        else
            ++missing;
    }
    std::vector<double> expected = grid.integrate(pdf);
    double total = 0;
    for (double& mass : expected) {
        total += mass;
        mass *= samples;
    }
    DensityTest result{0, total, 1 - static_cast<double>(missing) / samples};
    observed.back() = missing;
    expected.push_back(std::max(0.0, (1 - total) * samples));
    // A density that covers everything leaves rounding, not a bin.
    if (missing == 0 && expected.back() < 1e-3 * samples) {
        observed.pop_back();
        expected.pop_back();
        for (double& e : expected)
            e /= total;
    }
    // Small bins see narrow faults, blocks of 10 x 10 bins see faint ones that are wide.
    const double fine = chi_square_test(observed, expected);
    const double coarse = chi_square_test(coarser(observed), coarser(expected));
    result.p = std::min(1.0, 2 * std::min(fine, coarse));
    return result;
}

} // namespace juggler::test
