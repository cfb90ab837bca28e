#include "host/render/noise.h"

#include "host/render/rows.h"
#include "kernels/denoise.h"
#include "kernels/film.h"
#include "kernels/lane.h"
#include "kernels/pack.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

using Lanes = PackFloat<4>;

constexpr uint32_t rounds = 4; // taps 1, 2, ... 8 pixels apart
constexpr DenoiseStrength strength{3.0f, 20, 8, 0.01f};

// Light is divided by what reflects it, so that textures are kept, but not by less than this.
constexpr float least_albedo = 0.05f;

// Planes that the rounds take turns with.
struct Planes {
    std::vector<float> color, variance;
};

float luminance_of(const float* c) { return luminance(Vec3<float>{c[0], c[1], c[2]}); }

// What a sum that grew from `early` says of the variance of the whole mean, by the difference of
// the two parts' means: it has the variance s^2 (1/n + 1/m), the mean s^2 / (n + m).
double variance_share(const TwoSums& sums) {
    const double n = sums.early_samples, all = sums.samples;
    return n * (all - n) / (all * all);
}
double difference(const TwoSums& sums, size_t pixel, int channel) {
    const uint64_t early = sums.early[pixel].rgb[channel], all = sums.all[pixel].rgb[channel];
    return double(early) * (0x1p-28 / double(sums.early_samples)) -
           double(all - early) * (0x1p-28 / double(sums.samples - sums.early_samples));
}

// Difference to the next pixel on the side where it is smaller.
float gentler(float before, float here, float after) {
    const float a = here - before, b = after - here;
    return absolute(a) < absolute(b) ? a : b;
}

std::vector<float> slopes(const FeatureMaps& maps) {
    const size_t width = maps.width, height = maps.height, plane = width * height;
    std::vector<float> slope(2 * plane);
    for (size_t y = 0; y < height; ++y)
        for (size_t x = 0; x < width; ++x) {
            const size_t at = y * width + x;
            const float here = maps.depth[at];
            const float left = x > 0 ? maps.depth[at - 1] : maps.depth[at + (width > 1)];
            const float right = x + 1 < width ? maps.depth[at + 1] : left;
            const float above = y > 0 ? maps.depth[at - width] : here;
            const float below = y + 1 < height ? maps.depth[at + width] : above;
            slope[at] = gentler(x > 0 ? left : 2 * here - right, here, right);
            slope[plane + at] = gentler(y > 0 ? above : 2 * here - below, here, below);
        }
    return slope;
}

void one_round(const DenoiseView& view, uint32_t step, unsigned threads, Planes& out) {
    constexpr uint32_t lanes = LaneTraits<Lanes>::lanes;
    const size_t plane = size_t(view.width) * view.height;
    for_each_row(view.height, threads, nullptr, [&](uint32_t y) {
        for (uint32_t first = 0; first < view.width; first += lanes) {
            Uint<Lanes> x(0);
            for (uint32_t i = 0; i < lanes; ++i)
                x.v[i] = std::min(first + i, view.width - 1);
            const Denoised<Lanes> pixel =
                denoise_pixel<Lanes>(view, strength, x, Uint<Lanes>(y), step);
            for (uint32_t i = 0; i < lanes && first + i < view.width; ++i) {
                const size_t at = size_t(y) * view.width + first + i;
                out.color[at] = lane(pixel.color.x, int(i));
                out.color[plane + at] = lane(pixel.color.y, int(i));
                out.color[2 * plane + at] = lane(pixel.color.z, int(i));
                out.variance[at] = lane(pixel.variance, int(i));
            }
        }
    });
}

// How far the filter changed pixels and how far noise alone would have them off, summed over the
// channels, as a display shows them.
struct Change {
    float made, explained;
};

// Where the filter changed a neighbourhood by more than its noise explains, it took away what was
// there: as much of that comes back as the estimator of James and Stein (1961, "Estimation with
// Quadratic Loss") gives, the filtered picture being the point to which it shrinks.
void keep_what_noise_does_not_explain(std::vector<float>& rgb, const std::vector<float>& filtered,
                                      const TwoSums& sums, const FeatureMaps& features,
                                      unsigned threads) {
    constexpr uint32_t reach = 2; // pixels to each side
    const uint32_t width = features.width, height = features.height;
    const auto share = static_cast<float>(variance_share(sums));
    std::vector<Change> changes(size_t(width) * height);
    for (size_t at = 0; at < changes.size(); ++at) {
        Change change{0, 0};
        for (size_t c = 0; c < 3; ++c) {
            const float bend = 1 + filtered[3 * at + c], scale = 1 / (bend * bend);
            const float made = scale * (rgb[3 * at + c] - filtered[3 * at + c]);
            const float apart = scale * static_cast<float>(difference(sums, at, int(c)));
            change.made += made * made;
            change.explained += share * (apart * apart);
        }
        changes[at] = change;
    }
    for_each_row(height, threads, nullptr, [&](uint32_t y) {
        for (uint32_t x = 0; x < width; ++x) {
            Change sum{0, 0};
            for (uint32_t v = y < reach ? 0 : y - reach; v <= std::min(y + reach, height - 1); ++v)
                for (uint32_t u = x < reach ? 0 : x - reach; u <= std::min(x + reach, width - 1);
                     ++u) {
                    sum.made += changes[size_t(v) * width + u].made;
                    sum.explained += changes[size_t(v) * width + u].explained;
                }
            const float kept = sum.made > sum.explained ? 1 - sum.explained / sum.made : 0;
            for (size_t i = 3 * (size_t(y) * width + x), end = i + 3; i < end; ++i)
                rgb[i] = filtered[i] + kept * (rgb[i] - filtered[i]);
        }
    });
}

} // namespace

double noise_of(const TwoSums& sums, float exposure_factor) {
    const double share = variance_share(sums), factor = exposure_factor;
    double sum = 0;
    for (size_t pixel = 0; pixel < sums.all.size(); ++pixel)
        for (int c = 0; c < 3; ++c) {
            const double x = factor * film_mean(sums.all[pixel].rgb[c], sums.samples);
            const double d = factor * difference(sums, pixel, c);
            const double bend = (1 + x) * (1 + x); // 1 / the slope of x / (1 + x)
            // A difference that bends the curve tells of no more than all of it.
            sum += std::min(share * (d / bend) * (d / bend), 1.0);
        }
    return std::sqrt(sum / (3 * double(std::max<size_t>(sums.all.size(), 1))));
}

uint32_t samples_for(double target, double noise, uint32_t samples) {
    const double ratio = noise / target;
    const double wanted = std::clamp(1.05 * ratio * ratio, 1.25, 2.0) * samples;
    return static_cast<uint32_t>((wanted + 7) / 8) * 8;
}

void denoise(std::vector<float>& rgb, const TwoSums& sums, const FeatureMaps& features,
             unsigned threads) {
    const size_t plane = size_t(features.width) * features.height;
    Planes in{std::vector<float>(3 * plane), std::vector<float>(plane)}, out = in;
    // What misses everything reflects all of its own light.
    std::vector<float> albedo = features.albedo, normal = features.normal;
    for (size_t at = 0; at < plane; ++at) {
        float light[3];
        for (size_t c = 0; c < 3; ++c) {
            float& a = albedo[c * plane + at];
            a = max(a + (1 - features.cover[at]), least_albedo);
            light[c] = rgb[3 * at + c] / a;
            in.color[c * plane + at] = light[c];
        }
        const float length2 = normal[at] * normal[at] + normal[plane + at] * normal[plane + at] +
                              normal[2 * plane + at] * normal[2 * plane + at];
        const float unit = length2 > 0 ? 1 / square_root(length2) : 0;
        for (size_t c = 0; c < 3; ++c)
            normal[c * plane + at] *= unit;
        if (sums.early_samples == 0) {
            const float l = luminance_of(light);
            in.variance[at] = 0.25f * l * l;
            continue;
        }
        float apart[3];
        for (int c = 0; c < 3; ++c)
            apart[c] = static_cast<float>(difference(sums, at, c)) / albedo[size_t(c) * plane + at];
        const float d = luminance_of(apart);
        in.variance[at] = static_cast<float>(variance_share(sums)) * d * d;
    }
    const std::vector<float> slope = slopes(features);
    for (uint32_t round = 0; round < rounds; ++round) {
        const DenoiseView view{in.color.data(), in.variance.data(),    albedo.data(),
                               normal.data(),   features.depth.data(), slope.data(),
                               features.width,  features.height};
        one_round(view, 1u << round, threads, out);
        std::swap(in, out);
    }
    std::vector<float> filtered(3 * plane);
    for (size_t at = 0; at < plane; ++at)
        for (size_t c = 0; c < 3; ++c)
            filtered[3 * at + c] = in.color[c * plane + at] * albedo[c * plane + at];
    if (sums.early_samples == 0)
        rgb = std::move(filtered);
    else
        keep_what_noise_does_not_explain(rgb, filtered, sums, features, threads);
}

} // namespace juggler
