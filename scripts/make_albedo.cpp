// Writes host/scene/albedo_table.cpp, the tables of kernels/albedo.h, as 16-bit fractions:
//
//   g++ -std=c++20 -O2 -I. scripts/make_albedo.cpp -o /tmp/make_albedo
//   /tmp/make_albedo > host/scene/albedo_table.cpp
//
// Averages are those of the interpolated tables, so that what is put back is what is missing.
#include "kernels/albedo.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using juggler::glass_indices, juggler::glass_side, juggler::ggx_side, juggler::sheen_side;

constexpr double pi = 3.14159265358979323846;
constexpr int steps = 256; // of each random number

struct Vector {
    double x, y, z;
};
double dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vector unit(const Vector& a) {
    const double s = 1 / std::sqrt(dot(a, a));
    return {s * a.x, s * a.y, s * a.z};
}

double fresnel(double cos_i, double eta) {
    const double sin2 = (1 - cos_i * cos_i) / (eta * eta);
    if (sin2 >= 1) return 1;
    const double cos_t = std::sqrt(1 - sin2);
    const double rs = (cos_i - eta * cos_t) / (cos_i + eta * cos_t);
    const double rp = (eta * cos_i - cos_t) / (eta * cos_i + cos_t);
    return 0.5 * (rs * rs + rp * rp);
}

// Smith's masking of both directions over that of the first, height-correlated; all cosines > 0.
double masking(double cos_o, double cos_i, double alpha) {
    const double a2 = alpha * alpha;
    const double ro = std::sqrt(a2 + (1 - a2) * cos_o * cos_o);
    const double ri = std::sqrt(a2 + (1 - a2) * cos_i * cos_i);
    return cos_i * (cos_o + ro) / (cos_i * ro + cos_o * ri);
}

// Share of light that leaves after one facet, over visible facets (Dupuy and Benyoub 2023). With
// eta > 0 a dielectric that reflects and refracts, else a mirror.
double albedo(double cos_o, double alpha, double eta) {
    cos_o = std::max(cos_o, 1e-5);
    const Vector o = {std::sqrt(1 - cos_o * cos_o), 0, cos_o};
    const Vector stretched = unit({alpha * o.x, 0, o.z});
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double z = (1 - (i + 0.5) / steps) * (1 + stretched.z) - stretched.z;
        const double r = std::sqrt(std::max(1 - z * z, 0.0));
        for (int j = 0; j < steps / 2; ++j) { // the other half is its reflection
            const double phi = pi * (j + 0.5) / (steps / 2);
            const Vector cap = {r * std::cos(phi) + stretched.x, r * std::sin(phi),
                                z + stretched.z};
            const Vector h = unit({alpha * cap.x, alpha * cap.y, std::max(cap.z, 0.0)});
            const double o_h = dot(o, h);
            if (!(o_h > 0)) continue;
            const double F = eta > 0 ? fresnel(o_h, eta) : 1;
            const double reflected = 2 * o_h * h.z - o.z;
            if (reflected > 0) sum += F * masking(cos_o, reflected, alpha);
            if (F < 1) {
                const double cos_t = std::sqrt(1 - (1 - o_h * o_h) / (eta * eta));
                const double refracted = (o_h / eta - cos_t) * h.z - o.z / eta;
                if (refracted < 0) sum += (1 - F) * masking(cos_o, -refracted, alpha);
            }
        }
    }
    return sum / (steps * (steps / 2));
}

// Charlie's distribution (Estevez and Kulla 2017) under Neubelt and Pettineo's visibility.
double sheen(double cos_o, double roughness) {
    const double alpha = std::max(roughness, 0.07) * std::max(roughness, 0.07);
    const Vector o = {std::sqrt(1 - cos_o * cos_o), 0, cos_o};
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double cos_i = (i + 0.5) / steps, sin_i = std::sqrt(1 - cos_i * cos_i);
        for (int j = 0; j < steps; ++j) {
            const double phi = pi * (j + 0.5) / steps;
            const Vector h =
                unit({o.x + sin_i * std::cos(phi), sin_i * std::sin(phi), o.z + cos_i});
            const double D =
                (2 + 1 / alpha) * std::pow(std::max(1 - h.z * h.z, 0.0), 0.5 / alpha) / (2 * pi);
            sum += D / (4 * (cos_i + cos_o - cos_i * cos_o)) * cos_i;
        }
    }
    return sum * 2 * pi / (double(steps) * steps);
}

// An albedo below 1 as its half; one above, whose sheen has to be scaled down, as 1 - 1 / (2
// albedo).
double folded(double albedo) { return albedo < 1 ? albedo / 2 : 1 - 1 / (2 * albedo); }

long fraction(double x) { return std::lround(65535 * std::min(std::max(x, 0.0), 1.0)); }

// The integral of 2 cos times the table, which is linear between nodes even in sqrt(cos).
double average(const std::vector<long>& row) {
    const double spans = double(row.size() - 1);
    double sum = 0;
    for (size_t k = 0; k + 1 < row.size(); ++k) {
        const double a = double(k) / spans, b = double(k + 1) / spans;
        const double slope = double(row[k + 1] - row[k]) * spans;
        const auto moment = [&](int power) { // of x^(power - 1) from a to b
            return (std::pow(b, power) - std::pow(a, power)) / power;
        };
        // cos = x^2: 2 cos d cos = 4 x^3 dx.
        sum += 4 * ((double(row[k]) - slope * a) * moment(4) + slope * moment(5));
    }
    return sum / 65535;
}

std::vector<long> table; // in the order of kernels/albedo.h

void add_missing(uint32_t side, double eta, std::vector<long>& averages) {
    for (uint32_t y = 0; y < side; ++y) {
        const double roughness = double(y) / (side - 1);
        std::vector<long> row;
        for (uint32_t x = 0; x < side; ++x) {
            const double root = double(x) / (side - 1);
            // Without roughness nothing is lost.
            row.push_back(y == 0 ? 0
                                 : fraction(1 - albedo(root * root, roughness * roughness, eta)));
        }
        table.insert(table.end(), row.begin(), row.end());
        averages.push_back(fraction(average(row)));
    }
}

} // namespace

int main() {
    std::vector<long> averages;
    add_missing(ggx_side, 0, averages);
    table.insert(table.end(), averages.begin(), averages.end());
    averages.clear();
    for (int inside = 0; inside < 2; ++inside)
        for (uint32_t k = 0; k < glass_indices; ++k) {
            const double w = 0.5 * k / (glass_indices - 1);
            const double ior = (1 + w) / (1 - w);
            add_missing(glass_side, inside != 0 ? 1 / ior : ior, averages);
        }
    table.insert(table.end(), averages.begin(), averages.end());
    for (uint32_t y = 0; y < sheen_side; ++y)
        for (uint32_t x = 0; x < sheen_side; ++x) {
            const double root = double(x) / (sheen_side - 1);
            table.push_back(fraction(folded(sheen(root * root, double(y) / (sheen_side - 1)))));
        }
    std::printf("// Written by scripts/make_albedo.cpp; change that, not this.\n"
                "#include \"host/scene/albedo_table.h\"\n\n#include <vector>\n\n"
                "namespace juggler {\n\n// clang-format off\n"
                "const uint16_t albedo_fractions[albedo_words] = {");
    std::string line;
    for (const long entry : table) {
        const std::string text = std::to_string(entry) + ",";
        if (line.size() + text.size() > 99) {
            std::printf("\n%s", line.c_str());
            line.clear();
        }
        line += text;
    }
    std::printf("\n%s\n};\n// clang-format on\n\n", line.c_str());
    std::puts("const float* albedo_table() {\n"
              "    static const std::vector<float> table = [] {\n"
              "        std::vector<float> floats(albedo_words);\n"
              "        for (uint32_t i = 0; i < albedo_words; ++i)\n"
              "            floats[i] = static_cast<float>(albedo_fractions[i]) / 65535.0f;\n"
              "        return floats;\n"
              "    }();\n"
              "    return table.data();\n"
              "}\n\n} // namespace juggler");
}
