// The Cornell box without its blocks against another method: radiosity by finite elements, in
// double, with form factors in closed form. Nothing of the path tracer is used in it.
#include "host/scene/load.h"
#include "tests/support/density.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace juggler {
namespace {

using test::cross;
using test::dot;
using Point = test::Direction;
using Color = std::array<double, 3>;

Point minus(const Point& a, const Point& b) { return a + -1 * b; }

struct Triangle {
    Point v[3];
    Color albedo, emission;
};

Point normal_of(const Triangle& t) {
    return test::unit(cross(minus(t.v[1], t.v[0]), minus(t.v[2], t.v[0])));
}
Point point_of(const Triangle& t, double b0, double b1) {
    return b0 * t.v[0] + (b1 * t.v[1] + (1 - b0 - b1) * t.v[2]);
}

// The share of a cosine-weighted hemisphere around n that the triangle fills as seen from x: the
// part of it above the horizon, by Lambert's sum over the edges (Baum, Rushmeier and Winget 1989).
double form_factor(const Point& x, const Point& n, const Triangle& t) {
    Point polygon[4];
    int count = 0;
    for (int i = 0; i < 3; ++i) {
        const Point a = minus(t.v[i], x), b = minus(t.v[(i + 1) % 3], x);
        const double above_a = dot(n, a), above_b = dot(n, b);
        if (above_a > 0) polygon[count++] = a;
        if ((above_a > 0) != (above_b > 0))
            polygon[count++] = a + above_a / (above_a - above_b) * minus(b, a);
    }
    double sum = 0;
    for (int i = 0; i < count; ++i) {
        const Point& a = polygon[i];
        const Point& b = polygon[(i + 1) % count];
        const Point across = cross(a, b);
        const double sine = std::sqrt(dot(across, across));
        if (sine > 0) sum += std::atan2(sine, dot(a, b)) / sine * dot(across, n);
    }
    return std::fabs(sum) / (2 * test::pi);
}

// A room without anything in it: every surface sees every other.
class Radiosity {
public:
    // Elements have edges of about `edge` metres.
    Radiosity(const std::vector<Triangle>& room, double edge) {
        for (const Triangle& t : room)
            split(t, edge);
        const size_t count = elements_.size();
        std::vector<double> factors(count * count);
        for (size_t i = 0; i < count; ++i)
            for (size_t j = 0; j < count; ++j)
                if (i != j) factors[i * count + j] = factor(middle(i), normals_[i], j);
        for (const Triangle& e : elements_)
            radiance_.push_back(e.emission);
        // Gauss-Seidel: each sweep gathers from the newest values.
        double change = 1;
        while (change > 1e-9) {
            change = 0;
            for (size_t i = 0; i < count; ++i) {
                Color gathered{};
                for (size_t j = 0; j < count; ++j)
                    for (size_t c = 0; c < 3; ++c)
                        gathered[c] += factors[i * count + j] * radiance_[j][c];
                for (size_t c = 0; c < 3; ++c) {
                    const double L =
                        elements_[i].emission[c] + elements_[i].albedo[c] * gathered[c];
                    change = std::max(change, std::fabs(L - radiance_[i][c]));
                    radiance_[i][c] = L;
                }
            }
        }
    }

    // Radiance that leaves a point of the triangle, whose inside is that of the room.
    [[nodiscard]] Color radiance(const Triangle& t, const Point& x, const Point& n) const {
        Color L = t.emission;
        for (size_t j = 0; j < elements_.size(); ++j) {
            const double f = factor(x, n, j);
            for (size_t c = 0; c < 3; ++c)
                L[c] += t.albedo[c] * f * radiance_[j][c];
        }
        return L;
    }

    static Point inward_normal(const Triangle& t) {
        const Point n = normal_of(t), inside = {0.278, 0.273, 0.28};
        return dot(n, minus(inside, t.v[0])) > 0 ? n : -1 * n;
    }

private:
    [[nodiscard]] Point middle(size_t i) const { return point_of(elements_[i], 1.0 / 3, 1.0 / 3); }
    [[nodiscard]] double factor(const Point& x, const Point& n, size_t j) const {
        // Only fronts are seen: of its own plane nothing.
        if (dot(normals_[j], minus(x, elements_[j].v[0])) < 1e-9) return 0;
        return form_factor(x, n, elements_[j]);
    }
    void split(const Triangle& t, double edge) {
        double longest = 0;
        for (int i = 0; i < 3; ++i) {
            const Point side = minus(t.v[(i + 1) % 3], t.v[i]);
            longest = std::max(longest, std::sqrt(dot(side, side)));
        }
        const int n = std::max(1, static_cast<int>(std::ceil(longest / edge)));
        const auto corner = [&](int i, int j) { return point_of(t, double(i) / n, double(j) / n); };
        const auto add = [&](const Point& a, const Point& b, const Point& c) {
            elements_.push_back({{a, b, c}, t.albedo, t.emission});
            normals_.push_back(inward_normal(t));
        };
        for (int i = 0; i < n; ++i)
            for (int j = 0; i + j < n; ++j) {
                add(corner(i, j), corner(i + 1, j), corner(i, j + 1));
                if (i + j + 1 < n) add(corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1));
            }
    }

    std::vector<Triangle> elements_;
    std::vector<Point> normals_;
    std::vector<Color> radiance_;
};

// The published room as scenes/cornell.json has it, its objects in their order, without the blocks.
SceneDescription empty_room() {
    SceneDescription scene = load_scene(JUGGLER_SOURCE_DIR "/scenes/cornell.json");
    std::vector<TrianglePart>& parts = scene.meshes.at(0).change().triangles;
    EXPECT_EQ(parts.size(), 8u);
    parts.resize(6);
    return scene;
}

std::vector<Triangle> triangles_of(const SceneDescription& scene, const TrianglePart& part) {
    const MaterialDescription& m = scene.materials[static_cast<size_t>(part.material)];
    std::vector<Triangle> triangles;
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        Triangle t{};
        for (size_t k = 0; k < 3; ++k) {
            const auto& p = part.positions[part.indices[i + k]];
            t.v[k] = {p[0], p[1], p[2]};
            t.albedo[k] = double(m.base_color[k]);
            t.emission[k] = double(m.emission[k]);
        }
        triangles.push_back(t);
    }
    return triangles;
}

TEST(Cornell, TheEmptyBoxHasTheRadianceThatFiniteElementsFind) {
    SceneDescription description = empty_room();
    std::vector<Triangle> room, probes;
    for (const TrianglePart& part : description.meshes[0]->triangles) {
        const std::vector<Triangle> triangles = triangles_of(description, part);
        room.insert(room.end(), triangles.begin(), triangles.end());
        probes.insert(probes.end(), triangles.begin(), triangles.begin() + 2);
    }
    const Radiosity coarse(room, 0.1), fine(room, 0.05);
    const CompiledScene scene = compile_scene(std::move(description));
    const test::Float3 eye = {0.27f, 0.26f, 0.3f};
    for (size_t k = 0; k < probes.size(); ++k) {
        const Triangle& t = probes[k];
        const Point x = point_of(t, 0.3, k % 2 == 0 ? 0.25 : 0.45);
        const Point n = Radiosity::inward_normal(t);
        const Color rough = coarse.radiance(t, x, n), truth = fine.radiance(t, x, n);
        test::Shot shot;
        shot.camera = test::probe(eye, {float(x.x), float(x.y), float(x.z)});
        shot.max_depth = 100;
        const test::Estimate e = estimate(scene, shot);
        EXPECT_EQ(e.counters.nan_samples + e.counters.clamped_samples, 0u);
        for (size_t c = 0; c < 3; ++c) {
            const std::string what =
                "probe " + std::to_string(k) + ", channel " + std::to_string(c);
            // Halving the elements takes away more error than is left.
            const double left = std::fabs(rough[c] - truth[c]);
            EXPECT_LE(left, 0.001 * truth[c]) << what;
            EXPECT_NEAR(e.rgb[c].mean(), truth[c], 4 * e.rgb[c].error() + left) << what;
            EXPECT_LE(e.rgb[c].error(), 0.005 * truth[c]) << what;
        }
    }
}

} // namespace
} // namespace juggler
