// Smaller pictures, for previews.
#pragma once

#include "host/image/png.h"

#include <cstdint>
#include <vector>

namespace juggler {

struct Shrunk {
    uint32_t width = 0, height = 0;
    std::vector<uint8_t> rgb; // [height][width][3], codes of the sRGB curve
};

// To fit into these sides by averaging light over boxes; never enlarged. Alpha is dropped.
Shrunk shrink(const EncodedPicture& picture, uint32_t max_width, uint32_t max_height);

} // namespace juggler
