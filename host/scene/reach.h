// How far from the origin things may be. Beyond it, products of coordinates in the kernels leave
// the range of float, and what is there would vanish without a word.
#pragma once

#include "host/scene/description.h"

#include <algorithm>
#include <cmath>

namespace juggler {

inline constexpr double max_coordinate = 1e12; // metres, along each axis

inline constexpr const char* too_far = "more than 1e12 m from the origin, where rays lose it";

inline bool within_reach(double x, double y, double z) {
    return std::fabs(x) <= max_coordinate && std::fabs(y) <= max_coordinate &&
           std::fabs(z) <= max_coordinate;
}

// Of the vertices and spheres of a mesh; empty: lo > hi.
struct Bounds {
    std::array<double, 3> lo{1e300, 1e300, 1e300}, hi{-1e300, -1e300, -1e300};
};
Bounds bounds_of(const MeshDescription& mesh);

// Whether all corners of the box are, once placed.
bool within_reach(const Affine& placement, const Bounds& box);

} // namespace juggler
