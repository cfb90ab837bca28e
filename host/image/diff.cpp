#include "host/image/diff.h"

#include "host/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace juggler {
namespace {

std::string size_of(const EncodedPicture& p) {
    return std::to_string(p.width) + "x" + std::to_string(p.height);
}

} // namespace

Difference compare(const EncodedPicture& a, const EncodedPicture& b) {
    if (a.width != b.width || a.height != b.height)
        throw Error(Exit::differ,
                    "compare pictures of " + size_of(a) + " and " + size_of(b) + " pixels");
    Difference d;
    d.pixel_count = uint64_t(a.width) * a.height;
    const uint32_t channels = std::max(a.channels, b.channels);
    const double scale_a = 1.0 / a.largest, scale_b = 1.0 / b.largest;
    // The same value has the same fraction in 8 and 16 bits (65535 = 257 * 255): compared as
    // integers, or rounding would tell them apart.
    const uint32_t times_a = 65535 / a.largest, times_b = 65535 / b.largest;
    double sum = 0, sum_of_squares = 0;
    for (uint64_t pixel = 0; pixel < d.pixel_count; ++pixel) {
        bool differs = false;
        for (uint32_t c = 0; c < channels; ++c) {
            const uint32_t va = c < a.channels ? a.values[pixel * a.channels + c] : a.largest;
            const uint32_t vb = c < b.channels ? b.values[pixel * b.channels + c] : b.largest;
            if (va * times_a == vb * times_b) continue;
            differs = true;
            const double distance = std::fabs(va * scale_a - vb * scale_b);
            sum += distance;
            sum_of_squares += distance * distance;
            if (distance > d.max) {
                d.max = distance;
                d.max_x = uint32_t(pixel % a.width);
                d.max_y = uint32_t(pixel / a.width);
                d.max_channel = c;
            }
        }
        d.differing += differs ? 1 : 0;
    }
    const double value_count = double(d.pixel_count) * channels;
    d.mean = sum / value_count;
    d.rmse = std::sqrt(sum_of_squares / value_count);
    d.psnr = d.rmse > 0 ? -20 * std::log10(d.rmse) : std::numeric_limits<double>::infinity();
    return d;
}

} // namespace juggler
