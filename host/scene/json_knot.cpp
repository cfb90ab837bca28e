// A tube along a torus knot: a smooth mesh of as many triangles as one likes.
#include "host/scene/degrees.h"
#include "host/scene/json_objects.h"

#include <cmath>

namespace juggler {
namespace {

constexpr uint32_t most_vertices = 1u << 22;

Triple plus(const Triple& a, const Triple& b, double s = 1) {
    return {a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]};
}
Triple cross(const Triple& a, const Triple& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Triple unit(const Triple& v) {
    const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    return {v[0] / length, v[1] / length, v[2] / length};
}

// The middle of the tube: `turns` times around the y axis while it goes `winds` times around the
// torus, whose outer rim has the radius 1.
struct Knot {
    double turns, winds;

    [[nodiscard]] Triple at(double degrees) const {
        const double out = (2 + cos_deg(winds * degrees)) / 3;
        return {out * cos_deg(turns * degrees), sin_deg(winds * degrees) / 3,
                out * sin_deg(turns * degrees)};
    }
};

} // namespace

TrianglePart read_knot(const Field& field) {
    TrianglePart part;
    if (!check_object(field, scene_keys::knot)) return part;
    const Knot knot{double(read_count(field, "turns", 1, 64).value_or(2)),
                    double(read_count(field, "winds", 1, 64).value_or(3))};
    const double radius = read_number(field, "radius", positive, 1);
    const double thickness = read_number(field, "thickness", positive, 0.15 * radius);
    const uint32_t segments = read_count(field, "segments", 3, 65536).value_or(256);
    const uint32_t sides = read_count(field, "sides", 3, 65536).value_or(32);
    if (uint64_t(segments) * sides > most_vertices) {
        field.fail("has more than " + std::to_string(most_vertices) +
                   " vertices: fewer \"segments\" or \"sides\", please");
        return part;
    }
    part.positions.reserve(size_t(segments) * sides);
    part.normals.reserve(size_t(segments) * sides);
    part.indices.reserve(size_t(6) * segments * sides);
    for (uint32_t i = 0; i < segments; ++i) {
        const double degrees = 360.0 * i / segments;
        const Triple middle = knot.at(degrees);
        const Triple along = unit(plus(knot.at(degrees + 0.01), knot.at(degrees - 0.01), -1));
        const Triple across = unit(cross(along, middle)), out = cross(across, along);
        for (uint32_t k = 0; k < sides; ++k) {
            const double angle = 360.0 * k / sides;
            const Triple normal =
                plus({out[0] * cos_deg(angle), out[1] * cos_deg(angle), out[2] * cos_deg(angle)},
                     across, sin_deg(angle));
            const Triple center{radius * middle[0], radius * middle[1], radius * middle[2]};
            part.positions.push_back(to_float(plus(center, normal, thickness)));
            part.normals.push_back(to_float(normal));
        }
    }
    for (uint32_t i = 0; i < segments; ++i)
        for (uint32_t k = 0; k < sides; ++k) {
            const uint32_t next = (i + 1) % segments, beside = (k + 1) % sides;
            const uint32_t a = i * sides + k, b = next * sides + k, c = next * sides + beside,
                           d = i * sides + beside;
            part.indices.insert(part.indices.end(), {a, d, c, a, c, b});
        }
    return part;
}

} // namespace juggler
