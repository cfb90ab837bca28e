// How far a picture still is from what it converges to, told from its sums alone: those of its
// first samples against those of the others. The same for every backend.
#pragma once

#include "host/render/features.h"
#include "kernels/views.h"

#include <cstdint>
#include <span>
#include <vector>

namespace juggler {

// A picture's sums, and an earlier state of them with fewer samples.
struct TwoSums {
    std::span<const FilmPixel> early, all;
    uint32_t early_samples = 0, samples = 0; // 0 < early_samples < samples
};

// Expected root of the mean squared error of x / (1 + x), x being the light of each channel after
// exposure: of what a display shows, as a share of its white.
double noise_of(const TwoSums& sums, float exposure_factor);

// How many samples are expected to bring the noise below the target, from what `samples` have left
// of it: at least a quarter more than these, at most twice as many, in steps of 8.
uint32_t samples_for(double target, double noise, uint32_t samples);

// Filters the means of a window, [height][width][3], in place. Where there is no earlier state
// (early_samples is 0) the deviation of pixels is taken from their light.
void denoise(std::vector<float>& rgb, const TwoSums& sums, const FeatureMaps& features,
             unsigned threads);

} // namespace juggler
