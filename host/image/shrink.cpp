#include "host/image/shrink.h"

#include "host/image/srgb.h"

#include <algorithm>
#include <array>

namespace juggler {
namespace {

std::vector<float> light_of_codes(const EncodedPicture& p) {
    std::vector<float> light(size_t(p.largest) + 1);
    for (uint32_t code = 0; code <= p.largest; ++code)
        light[code] = float(srgb_to_linear(double(code) / p.largest));
    return light;
}

} // namespace

Shrunk shrink(const EncodedPicture& p, uint32_t max_width, uint32_t max_height) {
    uint64_t width = p.width, height = p.height;
    if (width > max_width) {
        height = std::max<uint64_t>(1, height * max_width / width);
        width = max_width;
    }
    if (height > max_height) {
        width = std::max<uint64_t>(1, width * max_height / height);
        height = max_height;
    }
    Shrunk small{uint32_t(width), uint32_t(height), {}};
    small.rgb.reserve(size_t(width * height * 3));
    const std::vector<float> light = light_of_codes(p);
    for (uint64_t y = 0; y < height; ++y)
        for (uint64_t x = 0; x < width; ++x) {
            const uint64_t x0 = x * p.width / width, x1 = (x + 1) * p.width / width;
            const uint64_t y0 = y * p.height / height, y1 = (y + 1) * p.height / height;
            std::array<double, 3> sum{};
            for (uint64_t sy = y0; sy < y1; ++sy)
                for (uint64_t sx = x0; sx < x1; ++sx)
                    for (unsigned c = 0; c < 3; ++c)
                        sum[c] +=
                            double(light[p.values[size_t((sy * p.width + sx) * p.channels + c)]]);
            const double area = double((x1 - x0) * (y1 - y0));
            for (const double s : sum)
                small.rgb.push_back(srgb8(float(s / area)));
        }
    return small;
}

} // namespace juggler
