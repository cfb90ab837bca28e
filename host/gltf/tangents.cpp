#include "host/gltf/tangents.h"

#include <cmath>

namespace juggler::gltf {
namespace {

using Vec = std::array<double, 3>;

template <class T>
Vec vec(const T& v) {
    return {v[0], v[1], v[2]};
}
Vec operator-(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec operator+(const Vec& a, const Vec& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Vec operator*(double s, const Vec& a) { return {s * a[0], s * a[1], s * a[2]}; }
double dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec cross(const Vec& a, const Vec& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
// The zero vector stays what it is.
Vec unit(const Vec& a) {
    const double length = std::sqrt(dot(a, a));
    return length > 0 ? (1 / length) * a : a;
}

// Any unit vector at right angles to `n`.
Vec perpendicular(const Vec& n) {
    const Vec axis = std::fabs(n[0]) < 0.5 ? Vec{1, 0, 0} : Vec{0, 1, 0};
    const Vec across = unit(cross(axis, n));
    return dot(across, across) > 0 ? across : Vec{1, 0, 0};
}

// Calls `change` with each attribute that the part has, one vector of a vertex's values each.
template <class Change>
void for_each_attribute(TrianglePart& part, Change&& change) {
    change(part.positions);
    change(part.positions_end);
    change(part.normals);
    change(part.tangents);
    for (auto& set : part.texcoords)
        change(set);
    change(part.colors);
}

// Vertex `v` of the result is vertex sources[v] of what was.
void gather_vertices(TrianglePart& part, const std::vector<uint32_t>& sources) {
    for_each_attribute(part, [&](auto& values) {
        if (values.empty()) return;
        std::remove_reference_t<decltype(values)> gathered(sources.size());
        for (size_t v = 0; v < sources.size(); ++v)
            gathered[v] = values[sources[v]];
        values = std::move(gathered);
    });
}

struct Edges {
    Vec e1, e2;            // positions
    double u1, v1, u2, v2; // texture coordinates, v up
};

Edges edges_of(const TrianglePart& part, size_t set, const uint32_t* corner) {
    const auto& uv = part.texcoords[set];
    const Vec p0 = vec(part.positions[corner[0]]);
    const double u0 = uv[corner[0]][0], v0 = uv[corner[0]][1];
    // Pictures begin at the top, so v points down; tangent space has it up.
    return {vec(part.positions[corner[1]]) - p0,
            vec(part.positions[corner[2]]) - p0,
            uv[corner[1]][0] - u0,
            v0 - uv[corner[1]][1],
            uv[corner[2]][0] - u0,
            v0 - uv[corner[2]][1]};
}

// Twice the signed area in the texture; negative where it is mirrored.
double texture_area(const Edges& e) { return e.u1 * e.v2 - e.u2 * e.v1; }

// Doubles the vertices that triangles of both orientations share. Returns one sign a vertex.
std::vector<signed char> split_mirrored(TrianglePart& part, size_t set) {
    const size_t count = part.positions.size();
    std::vector<signed char> sign(count, 0);
    std::vector<uint32_t> twin(count, none), sources(count);
    for (size_t v = 0; v < count; ++v)
        sources[v] = static_cast<uint32_t>(v);
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const double area = texture_area(edges_of(part, set, &part.indices[i]));
        const signed char own = area < 0 ? -1 : 1;
        for (size_t k = i; k < i + 3; ++k) {
            uint32_t& v = part.indices[k];
            if (sign[v] == 0) sign[v] = own;
            if (sign[v] == own || area == 0) continue;
            if (twin[v] == none) {
                twin[v] = static_cast<uint32_t>(sources.size());
                sources.push_back(v);
                sign.push_back(own);
            }
        }
    }
    if (sources.size() == count) return sign;
    // A second pass, since the areas above are of the vertices as they were.
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const double area = texture_area(edges_of(part, set, &part.indices[i]));
        if (area == 0) continue;
        for (size_t k = i; k < i + 3; ++k) {
            uint32_t& v = part.indices[k];
            if (sign[v] != (area < 0 ? -1 : 1)) v = twin[v];
        }
    }
    gather_vertices(part, sources);
    return sign;
}

std::vector<Vec> flat_normals(const TrianglePart& part) {
    std::vector<Vec> normals(part.positions.size(), Vec{});
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const Vec p0 = vec(part.positions[part.indices[i]]);
        const Vec n = unit(cross(vec(part.positions[part.indices[i + 1]]) - p0,
                                 vec(part.positions[part.indices[i + 2]]) - p0));
        for (size_t k = i; k < i + 3; ++k)
            normals[part.indices[k]] = n;
    }
    return normals;
}

} // namespace

void unshare_vertices(TrianglePart& part) {
    gather_vertices(part, part.indices);
    for (size_t i = 0; i < part.indices.size(); ++i)
        part.indices[i] = static_cast<uint32_t>(i);
}

void drop_unused_vertices(TrianglePart& part) {
    std::vector<uint32_t> place(part.positions.size(), none), sources;
    for (const uint32_t v : part.indices)
        place[v] = 0;
    for (size_t v = 0; v < place.size(); ++v) {
        if (place[v] == none) continue;
        place[v] = static_cast<uint32_t>(sources.size());
        sources.push_back(static_cast<uint32_t>(v));
    }
    if (sources.size() == place.size()) return;
    gather_vertices(part, sources);
    for (uint32_t& v : part.indices)
        v = place[v];
}

void generate_tangents(TrianglePart& part, size_t set) {
    part.tangents.clear();
    if (part.normals.empty()) unshare_vertices(part);
    const std::vector<signed char> sign = split_mirrored(part, set);

    std::vector<Vec> sums(part.positions.size(), Vec{});
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const Edges e = edges_of(part, set, &part.indices[i]);
        const double area = texture_area(e);
        // Along u on the surface, as long as the triangle is large.
        const Vec along_u = unit((area < 0 ? -1.0 : 1.0) * (e.v2 * e.e1 - e.v1 * e.e2));
        const Vec normal = cross(e.e1, e.e2);
        const Vec weighted = (area == 0 ? 0 : std::sqrt(dot(normal, normal))) * along_u;
        for (size_t k = i; k < i + 3; ++k)
            sums[part.indices[k]] = sums[part.indices[k]] + weighted;
    }

    const std::vector<Vec> flat = part.normals.empty() ? flat_normals(part) : std::vector<Vec>();
    part.tangents.resize(part.positions.size());
    for (size_t v = 0; v < sums.size(); ++v) {
        const Vec n = flat.empty() ? vec(part.normals[v]) : flat[v];
        Vec t = unit(unit(sums[v]) - dot(n, unit(sums[v])) * n);
        if (!(dot(t, t) > 0)) t = perpendicular(n);
        part.tangents[v] = {static_cast<float>(t[0]), static_cast<float>(t[1]),
                            static_cast<float>(t[2]), sign[v] < 0 ? -1.0f : 1.0f};
    }
}

} // namespace juggler::gltf
