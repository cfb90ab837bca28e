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

// What the parts that a picture's samples come in say of the variance of their mean: each has a
// mean of its own. In doubles and floats, pixel by pixel, and so the same whoever rendered it.
class PartSpread {
public:
    void clear() { samples_ = parts_ = 0; }
    // The sums of the first `samples`, more than there were.
    void add(std::span<const FilmPixel> sums, uint32_t samples);
    // Of the means, [pixel][3]; empty where there were no two parts.
    [[nodiscard]] std::vector<float> variance() const;

private:
    std::vector<FilmPixel> sums_;
    std::vector<float> squares_; // of deviations, by the samples that deviate
    uint32_t samples_ = 0, parts_ = 0;
};

// As many parts are wanted.
inline constexpr uint32_t spread_parts = 16;

// Filters the means of a window, [height][width][3], in place. Without a variance of the means it
// is taken from their light.
void denoise(std::vector<float>& rgb, std::vector<float> variance, const FeatureMaps& features,
             unsigned threads);

} // namespace juggler
