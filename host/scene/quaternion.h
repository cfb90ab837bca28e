// Rotations between rotations.
#pragma once

#include <array>

namespace juggler {

using Quaternion = std::array<double, 4>; // x, y, z, w

// Of unit length; without a direction, no rotation.
Quaternion unit(const Quaternion& q);

// From a (s = 0) to b (s = 1) at an even pace along the shorter arc (Shoemake 1985); of unit
// length. By arithmetic of our own, so that it has the same bits everywhere.
Quaternion slerp(const Quaternion& a, const Quaternion& b, double s);

} // namespace juggler
