// The film: sums of integers, so that no order of lanes, threads, blocks or processes shows.
#pragma once

#include "kernels/vec3.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

inline constexpr float film_limit = 0x1p19f;        // radiance of a sample is clamped here
inline constexpr uint32_t film_max_samples = 65536; // a pixel; then sums still fit in 64 bits

// 28 fractional bits. x must not be NaN.
JUGGLER_FN uint64_t film_quantize(float x) {
    // One after the other: a maximum and a minimum, where a choice of three would be branches.
    x = x > 0 ? x : 0;
    x = x < film_limit ? x : film_limit;
    const int32_t whole = static_cast<int32_t>(x);
    const float fraction = x - static_cast<float>(whole);
    return (static_cast<uint64_t>(whole) << 28) +
           static_cast<uint32_t>(static_cast<int32_t>(fraction * 0x1p28f));
}

// Adds one sample. A sample with a NaN counts as black and is counted, in the fields of
// PassCounters or something like it.
template <class Counters>
JUGGLER_FN void film_add(FilmPixel& pixel, Vec3<float> L, Counters& counters) {
    const float c[3] = {L.x, L.y, L.z};
    if (L.x != L.x || L.y != L.y || L.z != L.z) {
        ++counters.nan_samples;
        return;
    }
    bool clamped = false;
    for (int i = 0; i < 3; ++i) {
        clamped |= (c[i] < 0) | (c[i] > film_limit);
        pixel.rgb[i] += film_quantize(c[i]);
    }
    counters.clamped_samples += clamped;
}

// Mean radiance of `sample_count` samples.
JUGGLER_FN float film_mean(uint64_t sum, uint32_t sample_count) {
    const double scale = 0x1p-28 / static_cast<double>(sample_count);
    // The greatest sum is 2^63, which is no int64_t.
    return static_cast<float>(static_cast<double>(sum) * scale);
}

} // namespace juggler::inline JUGGLER_ISA
