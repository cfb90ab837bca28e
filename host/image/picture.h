// A picture before it is encoded: linear light.
#pragma once

#include <cstdint>
#include <vector>

namespace juggler {

struct Picture {
    uint32_t width = 0, height = 0;
    std::vector<float> rgb; // [height][width][3], linear, row 0 at the top
};

} // namespace juggler
