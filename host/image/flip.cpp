#include "host/image/flip.h"

#include "host/image/srgb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace juggler {
namespace {

using Color = std::array<float, 3>;

constexpr double pi = 3.14159265358979323846;
constexpr double pixels_per_degree = 0.7 * (3840 / 0.7) * (pi / 180);

// The white of sRGB in CIE XYZ, and the way there and back for linear colours.
constexpr double to_xyz[3][3] = {{0.4124564, 0.3575761, 0.1804375},
                                 {0.2126729, 0.7151522, 0.0721750},
                                 {0.0193339, 0.1191920, 0.9503041}};

struct Matrix {
    double m[3][3];
    [[nodiscard]] std::array<double, 3> of(double x, double y, double z) const {
        return {m[0][0] * x + m[0][1] * y + m[0][2] * z, m[1][0] * x + m[1][1] * y + m[1][2] * z,
                m[2][0] * x + m[2][1] * y + m[2][2] * z};
    }
};

Matrix inverse(const Matrix& a) {
    const auto& m = a.m;
    const auto minor = [&](int r, int c) {
        const int r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
        return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
    };
    const double det = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    Matrix inv{};
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c)
            inv.m[c][r] = minor(r, c) / det;
    return inv;
}

Matrix forward() {
    Matrix matrix{};
    std::copy(&to_xyz[0][0], &to_xyz[0][0] + 9, &matrix.m[0][0]);
    return matrix;
}

const Matrix rgb_to_xyz = forward();
const Matrix xyz_to_rgb = inverse(rgb_to_xyz);
const std::array<double, 3> white = rgb_to_xyz.of(1, 1, 1);

// The opponent colours in which contrast is filtered: linear in light.
Color to_opponent(const Color& rgb) {
    const auto [x, y, z] = rgb_to_xyz.of(rgb[0], rgb[1], rgb[2]);
    const double rx = x / white[0], ry = y / white[1], rz = z / white[2];
    return {float(116 * ry - 16), float(500 * (rx - ry)), float(200 * (ry - rz))};
}

Color from_opponent(const Color& c) {
    const double ry = (c[0] + 16.0) / 116, rx = ry + c[1] / 500.0, rz = ry - c[2] / 200.0;
    const auto rgb = xyz_to_rgb.of(rx * white[0], ry * white[1], rz * white[2]);
    return {float(std::clamp(rgb[0], 0.0, 1.0)), float(std::clamp(rgb[1], 0.0, 1.0)),
            float(std::clamp(rgb[2], 0.0, 1.0))};
}

// CIE L*a*b* with colours that fade in the dark, as Hunt found they do.
Color to_hunt_lab(const Color& rgb) {
    const auto xyz = rgb_to_xyz.of(rgb[0], rgb[1], rgb[2]);
    const auto root = [](double t) {
        constexpr double delta = 6.0 / 29;
        return t > delta * delta * delta ? std::cbrt(t) : t / (3 * delta * delta) + 4.0 / 29;
    };
    const double fx = root(xyz[0] / white[0]), fy = root(xyz[1] / white[1]),
                 fz = root(xyz[2] / white[2]);
    const double l = 116 * fy - 16;
    return {float(l), float(0.01 * l * 500 * (fx - fy)), float(0.01 * l * 200 * (fy - fz))};
}

// City block in lightness, straight in colour: distances stay meaningful when they are large.
double hyab(const Color& a, const Color& b) {
    return std::fabs(a[0] - b[0]) + std::hypot(a[1] - b[1], a[2] - b[2]);
}

constexpr double color_exponent = 0.7;

// Differences up to 0.4 of the greatest one fill most of the range: those seen in practice.
double spread_out(double distance) {
    static const double greatest =
        std::pow(hyab(to_hunt_lab({0, 1, 0}), to_hunt_lab({0, 0, 1})), color_exponent);
    constexpr double share = 0.4, of_range = 0.95;
    const double d = std::pow(distance, color_exponent);
    const double knee = share * greatest;
    return d < knee ? of_range / knee * d
                    : of_range + (d - knee) / (greatest - knee) * (1 - of_range);
}

// Weights for -radius to radius.
using Kernel = std::vector<float>;

Kernel gaussian(int radius, const auto& weight) {
    Kernel k;
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) {
        k.push_back(float(weight(double(i))));
        sum += weight(double(i));
    }
    for (float& w : k)
        w = float(w / sum);
    return k;
}

// A weighted sum of separable filters.
struct Term {
    float share;
    Kernel kernel;
};

// How well contrast of each width is seen, as sums of Gaussians a sqrt(pi / b) exp(-pi^2 x^2 / b),
// x in degrees.
std::vector<Term> contrast_filter(std::initializer_list<std::array<double, 2>> gaussians) {
    const int radius = int(std::ceil(3 * std::sqrt(0.04 / (2 * pi * pi)) * pixels_per_degree));
    std::vector<Term> terms;
    double total = 0;
    for (const auto& [a, b] : gaussians) {
        const auto weight = [b = b](double i) {
            const double x = i / pixels_per_degree;
            return std::exp(-pi * pi * x * x / b);
        };
        double sum = 0;
        for (int i = -radius; i <= radius; ++i)
            sum += weight(i);
        const double volume = a * std::sqrt(pi / b) * sum * sum;
        terms.push_back({float(volume), gaussian(radius, weight)});
        total += volume;
    }
    for (Term& term : terms)
        term.share = float(term.share / total);
    return terms;
}

// Detectors of edges and points as wide as the eye's: derivatives of a Gaussian, each sign of which
// sums to 1.
struct Detectors {
    int radius;
    Kernel blur, edge, point;
};

Detectors make_detectors() {
    const double sigma = 0.5 * 0.082 * pixels_per_degree;
    Detectors d;
    d.radius = int(std::ceil(3 * sigma));
    const auto g = [sigma](double x) { return std::exp(-x * x / (2 * sigma * sigma)); };
    d.blur = gaussian(d.radius, g);
    const auto balanced = [&](const auto& weight) {
        double above = 0, below = 0;
        for (int i = -d.radius; i <= d.radius; ++i)
            (weight(i) > 0 ? above : below) += std::fabs(weight(i));
        Kernel k;
        for (int i = -d.radius; i <= d.radius; ++i)
            k.push_back(float(weight(i) / (weight(i) > 0 ? above : below)));
        return k;
    };
    d.edge = balanced([&](double x) { return -x * g(x); });
    d.point = balanced([&](double x) { return (x * x / (sigma * sigma) - 1) * g(x); });
    return d;
}

struct Filters {
    std::vector<Term> lightness = contrast_filter({{1, 0.0047}});
    std::vector<Term> red_green = contrast_filter({{1, 0.0053}});
    std::vector<Term> blue_yellow = contrast_filter({{34.1, 0.04}, {13.5, 0.025}});
    Detectors detect = make_detectors();
    [[nodiscard]] int reach() const {
        return std::max(int(lightness.front().kernel.size() / 2), detect.radius);
    }
};

// Rows of numbers.
struct Plane {
    Plane(uint32_t w, uint32_t h) : width(w), height(h), values(size_t(w) * h, 0.0f) {}
    [[nodiscard]] const float* row(uint32_t y) const { return &values[size_t(y) * width]; }
    [[nodiscard]] float* row(uint32_t y) { return &values[size_t(y) * width]; }
    uint32_t width, height;
    std::vector<float> values;
};

// The picture goes on beyond its edges as it ends there.
Plane across(const Plane& in, const Kernel& kernel) {
    const uint32_t radius = uint32_t(kernel.size() / 2);
    Plane out(in.width, in.height);
    std::vector<float> line(in.width + 2 * size_t(radius));
    for (uint32_t y = 0; y < in.height; ++y) {
        const float* from = in.row(y);
        std::fill_n(line.begin(), radius, from[0]);
        std::copy_n(from, in.width, line.begin() + radius);
        std::fill_n(line.end() - radius, radius, from[in.width - 1]);
        float* to = out.row(y);
        for (size_t k = 0; k < kernel.size(); ++k)
            for (uint32_t x = 0; x < in.width; ++x)
                to[x] += kernel[k] * line[x + k];
    }
    return out;
}

// Of the rows that have `margin` others above and below.
void add_down(const Plane& in, const Kernel& kernel, uint32_t margin, float share, Plane& out) {
    const uint32_t radius = uint32_t(kernel.size() / 2);
    for (uint32_t y = 0; y < out.height; ++y)
        for (uint32_t k = 0; k < kernel.size(); ++k) {
            const float* from = in.row(y + margin - radius + k);
            float* to = out.row(y);
            const float weight = share * kernel[k];
            for (uint32_t x = 0; x < in.width; ++x)
                to[x] += weight * from[x];
        }
}

Plane filtered(const Plane& in, const std::vector<Term>& terms, uint32_t margin) {
    Plane out(in.width, in.height - 2 * margin);
    for (const Term& term : terms)
        add_down(across(in, term.kernel), term.kernel, margin, term.share, out);
    return out;
}

Plane detected(const Plane& in, const Kernel& x, const Kernel& y, uint32_t margin) {
    Plane out(in.width, in.height - 2 * margin);
    add_down(across(in, x), y, margin, 1, out);
    return out;
}

// What is seen of some rows of a picture.
struct Seen {
    Plane lightness, red_green, blue_yellow; // as far as the eye resolves them
    Plane edge_x, edge_y, point_x, point_y;  // of lightness from 0 to 1

    [[nodiscard]] Color lab(size_t i) const {
        return to_hunt_lab(
            from_opponent({lightness.values[i], red_green.values[i], blue_yellow.values[i]}));
    }
    [[nodiscard]] double edge(size_t i) const {
        return std::hypot(edge_x.values[i], edge_y.values[i]);
    }
    [[nodiscard]] double point(size_t i) const {
        return std::hypot(point_x.values[i], point_y.values[i]);
    }
};

struct Size {
    uint32_t width, height;
};

// Rows y0 to y1, exclusive. light(pixel) is linear, 0 to 1.
template <class Light>
Seen look_at(const Light& light, Size size, uint32_t y0, uint32_t y1, const Filters& filters) {
    const auto margin = uint32_t(filters.reach());
    const uint32_t rows = y1 - y0 + 2 * margin;
    Plane opponent[3] = {{size.width, rows}, {size.width, rows}, {size.width, rows}};
    Plane gray(size.width, rows);
    for (uint32_t row = 0; row < rows; ++row) {
        const int64_t y = std::clamp<int64_t>(int64_t(y0) + row - margin, 0, size.height - 1);
        for (uint32_t x = 0; x < size.width; ++x) {
            const Color c = to_opponent(light(uint64_t(y) * size.width + x));
            for (int i = 0; i < 3; ++i)
                opponent[i].row(row)[x] = c[size_t(i)];
            gray.row(row)[x] = (c[0] + 16) / 116;
        }
    }
    const Detectors& d = filters.detect;
    return {filtered(opponent[0], filters.lightness, margin),
            filtered(opponent[1], filters.red_green, margin),
            filtered(opponent[2], filters.blue_yellow, margin),
            detected(gray, d.edge, d.blur, margin),
            detected(gray, d.blur, d.edge, margin),
            detected(gray, d.point, d.blur, margin),
            detected(gray, d.blur, d.point, margin)};
}

float error_of(const Seen& a, const Seen& b, size_t i) {
    const double color = spread_out(hyab(a.lab(i), b.lab(i)));
    const double feature =
        std::max(std::fabs(a.edge(i) - b.edge(i)), std::fabs(a.point(i) - b.point(i)));
    const double features = std::sqrt(std::min(feature / std::sqrt(2.0), 1.0));
    return float(std::pow(color, 1 - features));
}

// Raises `error` to that between two pictures of linear light from 0 to 1. In bands, so that
// memory does not grow with the picture.
template <class Light>
void raise(const Light& a, const Light& b, Size size, std::vector<float>& error) {
    static const Filters filters;
    constexpr uint32_t band = 128;
    for (uint32_t y0 = 0; y0 < size.height; y0 += band) {
        const uint32_t y1 = std::min(y0 + band, size.height);
        const Seen seen_a = look_at(a, size, y0, y1, filters);
        const Seen seen_b = look_at(b, size, y0, y1, filters);
        const size_t first = size_t(y0) * size.width;
        for (size_t i = 0; i < size_t(y1 - y0) * size.width; ++i)
            error[first + i] = std::max(error[first + i], error_of(seen_a, seen_b, i));
    }
}

struct CodeLight {
    const EncodedPicture& picture;
    std::vector<float> light; // of each code

    explicit CodeLight(const EncodedPicture& p) : picture(p), light(size_t(p.largest) + 1) {
        for (size_t code = 0; code < light.size(); ++code)
            light[code] = float(srgb_to_linear(double(code) / p.largest));
    }
    Color operator()(uint64_t pixel) const {
        const uint16_t* v = &picture.values[pixel * picture.channels];
        return {light[v[0]], light[v[1]], light[v[2]]};
    }
};

float sane(float value) { // no NaN, nothing negative, nothing infinite
    return value > 0 ? std::min(value, 1e30f) : 0;
}

// The filmic curve of the paper: (x (a x + b)) / (x (c x + d) + e), Narkowicz's fit of ACES.
constexpr double film_a = 0.36 * 2.51, film_b = 0.6 * 0.03, film_c = 0.36 * 2.43,
                 film_d = 0.6 * 0.59, film_e = 0.14;

struct ExposedLight {
    const Picture& picture;
    double factor;

    [[nodiscard]] float developed(float light) const {
        const double x = std::min(double(sane(light)) * factor, 1e12);
        return float(
            std::clamp(x * (film_a * x + film_b) / (x * (film_c * x + film_d) + film_e), 0.0, 1.0));
    }
    Color operator()(uint64_t pixel) const {
        const float* v = &picture.rgb[pixel * 3];
        return {developed(v[0]), developed(v[1]), developed(v[2])};
    }
};

// Stops at which the brightest of the reference, and at which its median, comes out at 0.85.
struct Exposures {
    double first = 0, last = 0;
    int count = 2;
};

Exposures choose_exposures(const Picture& reference) {
    std::vector<float> luminance;
    for (size_t i = 0; i < reference.rgb.size(); i += 3) {
        const float* v = &reference.rgb[i];
        const double y =
            to_xyz[1][0] * sane(v[0]) + to_xyz[1][1] * sane(v[1]) + to_xyz[1][2] * sane(v[2]);
        if (y > 0) luminance.push_back(float(y));
    }
    if (luminance.empty()) return {};
    // The median of all, black ones too, unless it is black itself.
    const size_t black = reference.rgb.size() / 3 - luminance.size();
    const size_t half = reference.rgb.size() / 3 / 2;
    const size_t middle = half >= black ? half - black : luminance.size() / 2;
    std::nth_element(luminance.begin(), luminance.begin() + std::ptrdiff_t(middle),
                     luminance.end());
    const double typical = luminance[middle];
    const double brightest = *std::max_element(luminance.begin(), luminance.end());
    constexpr double t = 0.85;
    const double a = film_a - t * film_c, b = film_b - t * film_d, c = -t * film_e;
    const double x = (-b + std::sqrt(b * b - 4 * a * c)) / (2 * a);
    Exposures e;
    e.first = std::log2(x / brightest);
    e.last = std::log2(x / typical);
    e.count = int(std::clamp(std::ceil(e.last - e.first), 2.0, 64.0));
    return e;
}

void raise_light(const Picture& reference, const Picture& test, std::vector<float>& error) {
    const Exposures e = choose_exposures(reference);
    for (int i = 0; i < e.count; ++i) {
        const double factor = std::exp2(e.first + (e.last - e.first) * i / (e.count - 1));
        raise(ExposedLight{reference, factor}, ExposedLight{test, factor},
              {reference.width, reference.height}, error);
    }
}

} // namespace

FlipMap flip(const AnyPicture& reference, const AnyPicture& test) {
    FlipMap map;
    std::visit(
        [&](const auto& picture) {
            map.width = picture.width;
            map.height = picture.height;
        },
        reference);
    map.error.resize(size_t(map.width) * map.height);
    if (const auto* codes = std::get_if<EncodedPicture>(&reference))
        raise(CodeLight(*codes), CodeLight(std::get<EncodedPicture>(test)), {map.width, map.height},
              map.error);
    else
        raise_light(std::get<Picture>(reference), std::get<Picture>(test), map.error);
    double sum = 0;
    for (size_t i = 0; i < map.error.size(); ++i) {
        sum += map.error[i];
        if (map.error[i] > map.max) {
            map.max = map.error[i];
            map.max_x = uint32_t(i % map.width);
            map.max_y = uint32_t(i / map.width);
        }
    }
    map.mean = map.error.empty() ? 0 : sum / double(map.error.size());
    return map;
}

std::vector<uint8_t> heat_map(const FlipMap& map) {
    // Lightness rises evenly, so that it reads in grey as well.
    static constexpr int stops[][3] = {{0, 0, 0},      {45, 15, 90},   {115, 30, 125},
                                       {185, 55, 110}, {235, 110, 75}, {250, 180, 95},
                                       {252, 250, 190}};
    constexpr int last = int(std::size(stops)) - 1;
    std::vector<uint8_t> rgb;
    rgb.reserve(map.error.size() * 3);
    for (const float error : map.error) {
        const float at = std::clamp(error, 0.0f, 1.0f) * float(last);
        const int i = std::min(int(at), last - 1);
        for (int c = 0; c < 3; ++c)
            rgb.push_back(uint8_t(float(stops[i][c]) +
                                  (at - float(i)) * float(stops[i + 1][c] - stops[i][c]) + 0.5f));
    }
    return rgb;
}

} // namespace juggler
