#include "host/scene/environment.h"

#include "host/scene/degrees.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

constexpr double pi_d = 3.14159265358979323846;
constexpr uint64_t max_cells = uint64_t(1) << 22;

double luminance_of(const float* c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; }

// What part of the integral of linear interpolation between samples at 0.5, 1.5, ... over each of
// `count` equal stretches of [0, size] belongs to which sample.
struct Stretch {
    int64_t first;              // sample; may be one outside
    std::vector<double> weight; // of it and those after it; their sum is 1
};

// The integral of the tent max(0, 1 - |t|) from -infinity to x.
double tent_integral(double x) {
    if (x <= -1) return 0;
    if (x >= 1) return 1;
    return x < 0 ? 0.5 * (1 + x) * (1 + x) : 1 - 0.5 * (1 - x) * (1 - x);
}

std::vector<Stretch> stretches(uint32_t size, uint32_t count) {
    std::vector<Stretch> all(count);
    for (uint32_t i = 0; i < count; ++i) {
        const double begin = double(i) * size / count, end = double(i + 1) * size / count;
        all[i].first = static_cast<int64_t>(std::floor(begin - 0.5));
        for (int64_t sample = all[i].first; double(sample) - 0.5 < end; ++sample) {
            const double center = double(sample) + 0.5;
            all[i].weight.push_back((tent_integral(end - center) - tent_integral(begin - center)) /
                                    (end - begin));
        }
    }
    return all;
}

// Shares of environment_units by weight, as sums from 0 on. Everything above 0 gets at least one
// unit. False if all weights are 0; then the first entry gets everything.
bool distribute(const double* weights, uint32_t count, uint32_t* sums) {
    double total = 0;
    uint32_t lit = 0, largest = 0;
    for (uint32_t i = 0; i < count; ++i) {
        total += weights[i];
        lit += weights[i] > 0;
        if (weights[i] > weights[largest]) largest = i;
    }
    const double units = environment_units - double(lit);
    std::vector<uint32_t> shares(count, 0);
    uint32_t left = environment_units;
    for (uint32_t i = 0; i < count; ++i) {
        if (!(weights[i] > 0)) continue;
        shares[i] = 1 + static_cast<uint32_t>(std::floor(units * (weights[i] / total) * 0.9999999));
        left -= shares[i];
    }
    shares[largest] += left;
    sums[0] = 0;
    for (uint32_t i = 0; i < count; ++i)
        sums[i + 1] = sums[i] + shares[i];
    return lit > 0;
}

// Cells no smaller than texels, and at most max_cells.
void choose_grid(EnvironmentView& view) {
    uint32_t side = 1;
    const auto cells = [&](uint32_t size) { return (size + side - 1) / side; };
    while (uint64_t(cells(view.width)) * cells(view.height) > max_cells)
        ++side;
    view.columns = cells(view.width);
    view.rows = cells(view.height);
}

// Mean luminance of every cell of row `row`, interpolated as kernels do.
void mean_luminance(const std::vector<float>& texels, const EnvironmentView& view,
                    const Stretch& rows, const std::vector<Stretch>& columns,
                    std::vector<double>& line, std::vector<double>& means) {
    std::fill(line.begin(), line.end(), 0.0);
    for (size_t k = 0; k < rows.weight.size(); ++k) {
        const int64_t y =
            std::clamp<int64_t>(rows.first + static_cast<int64_t>(k), 0, int64_t(view.height) - 1);
        const float* texel = texels.data() + size_t(y) * view.width * 3;
        for (uint32_t x = 0; x < view.width; ++x)
            line[x] += rows.weight[k] * luminance_of(texel + size_t(3) * x);
    }
    for (uint32_t c = 0; c < view.columns; ++c) {
        double sum = 0;
        for (size_t k = 0; k < columns[c].weight.size(); ++k) {
            const int64_t x = (columns[c].first + static_cast<int64_t>(k) + view.width) %
                              static_cast<int64_t>(view.width);
            sum += columns[c].weight[k] * line[static_cast<size_t>(x)];
        }
        means[c] = sum;
    }
}

// 1 - cos of the angle at the edge between rows.
double cap_at(uint32_t row, uint32_t rows) {
    const double s = sin_radians(pi_d * row / rows / 2);
    return 2 * s * s;
}

void build_tables(CompiledScene::Arrays& arrays, const EnvironmentView& view) {
    const std::vector<Stretch> columns = stretches(view.width, view.columns);
    const std::vector<Stretch> rows = stretches(view.height, view.rows);
    arrays.environment_caps.resize(size_t(view.rows) + 1);
    for (uint32_t row = 0; row <= view.rows; ++row)
        arrays.environment_caps[row] = static_cast<float>(cap_at(row, view.rows));
    std::vector<double> line(view.width), means(view.columns), row_light(view.rows);
    std::vector<double> solid_angle(view.rows); // of a cell
    arrays.environment_column_sums.resize(size_t(view.rows) * (view.columns + 1));
    for (uint32_t row = 0; row < view.rows; ++row) {
        // From the pole that is nearer, where caps have more digits.
        const uint32_t from = row < view.rows / 2 ? row : view.rows - 1 - row;
        const double height = cap_at(from + 1, view.rows) - cap_at(from, view.rows);
        solid_angle[row] = 2 * pi_d / view.columns * height;
        mean_luminance(arrays.environment_texels, view, rows[row], columns, line, means);
        double sum = 0;
        for (const double mean : means)
            sum += mean;
        row_light[row] = sum * solid_angle[row];
        distribute(means.data(), view.columns,
                   arrays.environment_column_sums.data() + size_t(row) * (view.columns + 1));
    }
    arrays.environment_light = 0;
    for (const double light : row_light)
        arrays.environment_light += light;
    arrays.environment_row_sums.resize(size_t(view.rows) + 1);
    const bool lit = distribute(row_light.data(), view.rows, arrays.environment_row_sums.data());
    arrays.environment_density.assign(size_t(view.rows) * view.columns, 0);
    for (uint32_t row = 0; lit && row < view.rows; ++row) {
        const uint32_t* row_sums = arrays.environment_row_sums.data() + row;
        const uint32_t* sums =
            arrays.environment_column_sums.data() + size_t(row) * (view.columns + 1);
        const double share = double(row_sums[1] - row_sums[0]) / environment_units;
        for (uint32_t c = 0; c < view.columns; ++c)
            arrays.environment_density[size_t(row) * view.columns + c] = static_cast<float>(
                share * (double(sums[c + 1] - sums[c]) / environment_units) / solid_angle[row]);
    }
}

} // namespace

double add_environment(CompiledScene::Arrays& arrays, const SkyDescription& sky,
                       const CompiledScene::Arrays* before) {
    EnvironmentView& view = arrays.scene.environment;
    const LightMapDescription& map = *sky.map;
    view.width = map.width;
    view.height = map.height;
    choose_grid(view);
    // A turn by +90 degrees brings what was ahead (-z) to the left (-x).
    const auto c = static_cast<float>(cos_deg(sky.rotate_deg));
    const auto s = static_cast<float>(sin_deg(sky.rotate_deg));
    const float to_map[9] = {c, 0, 0 - s, 0, 1, 0, s, 0, c};
    std::copy(std::begin(to_map), std::end(to_map), view.to_map);
    arrays.environment_key = {sky.map, sky.strength};
    if (before != nullptr && before->environment_key == arrays.environment_key) {
        arrays.environment_texels = before->environment_texels;
        arrays.environment_row_sums = before->environment_row_sums;
        arrays.environment_column_sums = before->environment_column_sums;
        arrays.environment_density = before->environment_density;
        arrays.environment_caps = before->environment_caps;
        arrays.environment_light = before->environment_light;
        return arrays.environment_light;
    }
    arrays.environment_texels.reserve(map.rgb.size() + 1);
    for (const float value : map.rgb)
        arrays.environment_texels.push_back(std::min(value * sky.strength, max_map_radiance));
    arrays.environment_texels.push_back(0); // lanes read three words and one more
    build_tables(arrays, view);
    return arrays.environment_light;
}

} // namespace juggler
