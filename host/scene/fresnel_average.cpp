#include "host/scene/fresnel_average.h"

#include <cmath>

namespace juggler {

float fresnel_average(double ior) {
    constexpr int steps = 256; // even in the root of the cosine
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double x = (i + 0.5) / steps, cosine = x * x;
        const double cos_t = std::sqrt(1 - (1 - cosine * cosine) / (ior * ior));
        const double rs = (cosine - ior * cos_t) / (cosine + ior * cos_t);
        const double rp = (ior * cosine - cos_t) / (ior * cosine + cos_t);
        sum += (rs * rs + rp * rp) / 2 * (4 * x * cosine);
    }
    return static_cast<float>(sum / steps);
}

} // namespace juggler
