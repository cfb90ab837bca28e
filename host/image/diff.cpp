#include "host/image/diff.h"

#include "host/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace juggler {
namespace {

template <class P>
std::string size_of(const P& p) {
    return std::to_string(p.width) + "x" + std::to_string(p.height);
}

// distance(pixel, channel) is 0 for equal values only.
template <class P, class Distance>
Difference measure(const P& a, const P& b, uint32_t channels, const Distance& distance) {
    if (a.width != b.width || a.height != b.height)
        throw Error(Exit::differ,
                    "compare pictures of " + size_of(a) + " and " + size_of(b) + " pixels");
    Difference d;
    d.pixel_count = uint64_t(a.width) * a.height;
    double sum = 0, sum_of_squares = 0;
    for (uint64_t pixel = 0; pixel < d.pixel_count; ++pixel) {
        bool differs = false;
        for (uint32_t c = 0; c < channels; ++c) {
            const double apart = distance(pixel, c);
            if (apart == 0) continue;
            differs = true;
            sum += apart;
            sum_of_squares += apart * apart;
            if (apart > d.max) {
                d.max = apart;
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

double light_apart(double a, double b) {
    if (a == b || (a != a && b != b)) return 0;
    return a != a || b != b ? std::numeric_limits<double>::infinity() : std::fabs(a - b);
}

} // namespace

Difference compare(const EncodedPicture& a, const EncodedPicture& b) {
    const double scale_a = 1.0 / a.largest, scale_b = 1.0 / b.largest;
    // The same value has the same fraction in 8 and 16 bits (65535 = 257 * 255): compared as
    // integers, or rounding would tell them apart.
    const uint32_t times_a = 65535 / a.largest, times_b = 65535 / b.largest;
    const auto apart = [&](uint64_t pixel, uint32_t c) {
        const uint32_t va = c < a.channels ? a.values[pixel * a.channels + c] : a.largest;
        const uint32_t vb = c < b.channels ? b.values[pixel * b.channels + c] : b.largest;
        return va * times_a == vb * times_b ? 0 : std::fabs(va * scale_a - vb * scale_b);
    };
    return measure(a, b, std::max(a.channels, b.channels), apart);
}

Difference compare(const Picture& a, const Picture& b) {
    return measure(a, b, 3, [&](uint64_t pixel, uint32_t c) {
        return light_apart(a.rgb[pixel * 3 + c], b.rgb[pixel * 3 + c]);
    });
}

Difference compare(const AnyPicture& a, const AnyPicture& b) {
    if (a.index() != b.index())
        throw Error(Exit::input, "compare a picture of codes (PNG) with one of light (EXR, HDR, "
                                 "PFM): make both of one kind");
    const auto* codes = std::get_if<EncodedPicture>(&a);
    return codes ? compare(*codes, std::get<EncodedPicture>(b))
                 : compare(std::get<Picture>(a), std::get<Picture>(b));
}

} // namespace juggler
