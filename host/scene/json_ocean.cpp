// Water that moves by itself: a grid of vertices on a sum of Gerstner waves.
#include "host/scene/degrees.h"
#include "host/scene/json_objects.h"

#include <cmath>

namespace juggler {
namespace {

constexpr double two_pi = 6.28318530717958647692;
constexpr double gravity = 9.81; // m/s^2

struct OceanWave {
    double amplitude;    // metres above and below the level
    double steepness;    // horizontal motion over vertical: 0 is a sine, 1 has sharp crests
    double direction[2]; // x and z, the way it runs; unit length
    double number;       // radians a metre
    double frequency;    // turns a second
    double phase;        // turns
};

struct Ocean {
    double size[2] = {100, 100};    // metres along x and z
    uint32_t cells[2] = {256, 256}; // along x and z
    std::vector<OceanWave> waves;
};

OceanWave read_wave(const Field& field, double loop) {
    OceanWave wave{};
    if (!check_object(field, scene_keys::wave)) return wave;
    require(field, {"length", "amplitude"});
    const double length = read_number(field, "length", {1e-3, 1e6}, 1);
    wave.amplitude = read_number(field, "amplitude", not_negative, 0);
    wave.steepness = read_number(field, "steepness", unit_range, 0.5);
    const double azimuth = read_number(field, "azimuth_deg", {-360, 360}, 0);
    wave.direction[0] = sin_deg(azimuth);
    wave.direction[1] = 0 - cos_deg(azimuth);
    wave.number = two_pi / length;
    // Deep water: long waves run faster.
    const double speed =
        read_number(field, "speed", {-1e3, 1e3}, std::sqrt(gravity * length / two_pi));
    wave.frequency = speed / length;
    // A whole number of turns until everything repeats.
    if (loop > 0) wave.frequency = std::floor(wave.frequency * loop + 0.5) / loop;
    wave.phase = read_number(field, "phase_deg", {-360, 360}, 0) / 360;
    return wave;
}

// One number, or two along x and z.
template <class Read>
void read_pair(const Field& object, std::string_view key, const Read& read) {
    const Field field = object.member(key);
    if (!field) return;
    if (field.value().number()) {
        read(field, 0);
        read(field, 1);
    } else if (check_array(field, 2, 2)) {
        read(field.item(0), 0);
        read(field.item(1), 1);
    }
}

Ocean read_description(const Field& field) {
    constexpr double most_cells = 8192;
    Ocean ocean;
    if (!check_object(field, scene_keys::ocean)) return ocean;
    read_pair(field, "size", [&](const Field& f, size_t i) {
        ocean.size[i] = as_number(f, {0, 1e6, true, false}).value_or(1);
    });
    read_pair(field, "cells", [&](const Field& f, size_t i) {
        const double count = as_number(f, {1, most_cells}).value_or(1);
        if (count != std::floor(count)) f.fail_value("must be a whole number");
        ocean.cells[i] = static_cast<uint32_t>(count);
    });
    const double loop = read_number(field, "loop", not_negative, 0);
    const Field waves = field.member("waves");
    if (!waves || !check_array(waves, 0, 1000)) return ocean;
    double slope = 0;
    for (size_t i = 0; i < waves.size() && !waves.problems().full(); ++i) {
        ocean.waves.push_back(read_wave(waves.item(i), loop));
        const OceanWave& wave = ocean.waves.back();
        slope += wave.steepness * wave.amplitude * wave.number;
    }
    if (slope > 1)
        waves.fail("are too steep together: crests would turn over. The sum of steepness x "
                   "amplitude x 2 pi / length must be at most 1, not " +
                   number_text(slope));
    return ocean;
}

// Sine and cosine of each wave's phase along one axis, [wave][vertex]: the phase of a vertex is the
// sum of those of its column and its row.
struct Phases {
    std::vector<float> sine, cosine;
};

Phases phases_along(const Ocean& ocean, size_t axis, double time) {
    const size_t count = size_t(ocean.cells[axis]) + 1;
    Phases phases;
    phases.sine.reserve(ocean.waves.size() * count);
    phases.cosine.reserve(ocean.waves.size() * count);
    for (const OceanWave& wave : ocean.waves) {
        // The part that is the same everywhere goes along with x.
        const double turns = axis == 0 ? wave.phase - wave.frequency * time : 0;
        const double start = two_pi * (turns - std::floor(turns));
        for (size_t i = 0; i < count; ++i) {
            const double x = (static_cast<double>(i) / ocean.cells[axis] - 0.5) * ocean.size[axis];
            const double angle = wave.number * wave.direction[axis] * x + start;
            phases.sine.push_back(static_cast<float>(sin_radians(angle)));
            phases.cosine.push_back(static_cast<float>(cos_radians(angle)));
        }
    }
    return phases;
}

// Sums over the waves for one row of vertices.
struct Row {
    explicit Row(size_t count)
        : dx(count), y(count), dz(count), y_x(count), y_z(count), x_x(count), x_z(count),
          z_z(count) {}
    void clear() {
        for (std::vector<float>* v : {&dx, &y, &dz, &y_x, &y_z, &x_x, &x_z, &z_z})
            std::fill(v->begin(), v->end(), 0.0f);
    }
    std::vector<float> dx, y, dz;               // displacement
    std::vector<float> y_x, y_z, x_x, x_z, z_z; // its derivatives along x and z
};

void add_wave(const OceanWave& wave, const float* sine, const float* cosine, float row_sine,
              float row_cosine, Row& row) {
    const double across = wave.steepness * wave.amplitude, rise = wave.amplitude * wave.number;
    const double x = wave.direction[0], z = wave.direction[1];
    const auto height = static_cast<float>(wave.amplitude);
    const auto across_x = static_cast<float>(across * x), across_z = static_cast<float>(across * z);
    const auto rise_x = static_cast<float>(rise * x), rise_z = static_cast<float>(rise * z);
    const auto pull_x = static_cast<float>(across * wave.number * x * x);
    const auto pull = static_cast<float>(across * wave.number * x * z);
    const auto pull_z = static_cast<float>(across * wave.number * z * z);
    const size_t count = row.y.size();
    for (size_t i = 0; i < count; ++i) {
        const float s = sine[i] * row_cosine + cosine[i] * row_sine;
        const float c = cosine[i] * row_cosine - sine[i] * row_sine;
        row.dx[i] -= across_x * s;
        row.y[i] += height * c;
        row.dz[i] -= across_z * s;
        row.y_x[i] -= rise_x * s;
        row.y_z[i] -= rise_z * s;
        row.x_x[i] -= pull_x * c;
        row.x_z[i] -= pull * c;
        row.z_z[i] -= pull_z * c;
    }
}

void add_vertices(const Ocean& ocean, double z, const Row& row, TrianglePart& part) {
    for (size_t i = 0; i < row.y.size(); ++i) {
        const double x = (static_cast<double>(i) / ocean.cells[0] - 0.5) * ocean.size[0];
        const auto x0 = static_cast<float>(x), z0 = static_cast<float>(z);
        part.positions.push_back({x0 + row.dx[i], row.y[i], z0 + row.dz[i]});
        part.texcoords[0].push_back({x0, z0});
        // The derivative along z times the derivative along x.
        const float xx = 1 + row.x_x[i], zz = 1 + row.z_z[i];
        const float n[3] = {row.x_z[i] * row.y_z[i] - zz * row.y_x[i],
                            zz * xx - row.x_z[i] * row.x_z[i],
                            row.x_z[i] * row.y_x[i] - xx * row.y_z[i]};
        const float size = std::sqrt((n[0] * n[0] + n[1] * n[1]) + n[2] * n[2]);
        if (size > 0)
            part.normals.push_back({n[0] / size, n[1] / size, n[2] / size});
        else
            part.normals.push_back({0, 1, 0});
    }
}

} // namespace

TrianglePart read_ocean(const SceneReading& reading, const Field& field) {
    TrianglePart part;
    const Ocean ocean = read_description(field);
    if (field.problems().full()) return part;
    const size_t columns = size_t(ocean.cells[0]) + 1, rows = size_t(ocean.cells[1]) + 1;
    const size_t vertices = columns * rows, triangles = size_t(2) * ocean.cells[0] * ocean.cells[1];
    const uint64_t bytes = vertices * (12 + 12 + 8) + triangles * 12;
    if (bytes > reading.options.max_memory_bytes) {
        field.fail("needs " + std::to_string(bytes >> 20) + " MiB, more than may be used");
        return part;
    }
    part.positions.reserve(vertices);
    part.normals.reserve(vertices);
    part.texcoords[0].reserve(vertices);
    part.indices.reserve(triangles * 3);
    const Phases along_x = phases_along(ocean, 0, reading.time);
    const Phases along_z = phases_along(ocean, 1, reading.time);
    Row row(columns);
    for (size_t j = 0; j < rows; ++j) {
        row.clear();
        for (size_t w = 0; w < ocean.waves.size(); ++w)
            add_wave(ocean.waves[w], &along_x.sine[w * columns], &along_x.cosine[w * columns],
                     along_z.sine[w * rows + j], along_z.cosine[w * rows + j], row);
        const double z = (static_cast<double>(j) / ocean.cells[1] - 0.5) * ocean.size[1];
        add_vertices(ocean, z, row, part);
    }
    for (uint32_t j = 0; j + 1 < rows; ++j)
        for (uint32_t i = 0; i + 1 < columns; ++i) {
            const auto a = static_cast<uint32_t>(j * columns + i);
            const auto b = static_cast<uint32_t>(a + columns);
            part.indices.insert(part.indices.end(), {a, b, a + 1, a + 1, b, b + 1});
        }
    return part;
}

} // namespace juggler
