// How far apart two pictures are, with the measures of OpenImageIO's idiff.
#pragma once

#include "host/image/read.h"

#include <cstdint>

namespace juggler {

// Of codes as fractions of their largest, or of light; all channels count alike. A picture without
// alpha is opaque.
struct Difference {
    uint64_t pixel_count = 0;
    uint64_t differing = 0; // pixels with any channel that is not equal
    double max = 0;
    uint32_t max_x = 0, max_y = 0, max_channel = 0; // of the first value that far apart
    double mean = 0, rmse = 0;
    double psnr = 0; // dB below 1; infinite for equal pictures

    [[nodiscard]] bool identical() const { return differing == 0; }
};

// Throw Error(Exit::differ) if the sizes are not the same. Light is equal if it is the same number,
// or not a number in both; one that is not a number is infinitely far from all others.
Difference compare(const EncodedPicture& a, const EncodedPicture& b);
Difference compare(const Picture& a, const Picture& b);
// Throws Error(Exit::input) for codes and light.
Difference compare(const AnyPicture& a, const AnyPicture& b);

} // namespace juggler
