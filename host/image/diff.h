// How far apart two pictures are, with the measures of OpenImageIO's idiff.
#pragma once

#include "host/image/png.h"

#include <cstdint>

namespace juggler {

// Encoded values as fractions of their largest code; all channels count alike. A picture without
// alpha is opaque.
struct Difference {
    uint64_t pixel_count = 0;
    uint64_t differing = 0; // pixels with any channel that is not equal
    double max = 0;
    uint32_t max_x = 0, max_y = 0, max_channel = 0; // of the first value that far apart
    double mean = 0, rmse = 0;
    double psnr = 0; // dB; infinite for equal pictures

    [[nodiscard]] bool identical() const { return differing == 0; }
};

// Throws Error(Exit::differ) if the sizes are not the same.
Difference compare(const EncodedPicture& a, const EncodedPicture& b);

} // namespace juggler
