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

// Planes as DenoiseView has them.
class Planes {
public:
    Planes(const FeatureMaps& maps, size_t count)
        : width_(maps.width), height_(maps.height),
          stride_(tiles(width_) * denoise_tile + 2 * size_t(denoise_margin)),
          rows_(tiles(height_) * denoise_tile + 2 * size_t(denoise_margin)),
          floats_(count * stride_ * rows_) {}

    static size_t tiles(size_t pixels) { return (pixels + denoise_tile - 1) / denoise_tile; }
    [[nodiscard]] size_t stride() const { return stride_; }
    [[nodiscard]] size_t plane() const { return stride_ * rows_; }
    // Of a pixel in its plane.
    [[nodiscard]] size_t at(size_t x, size_t y) const {
        return (y + denoise_margin) * stride_ + x + denoise_margin;
    }
    [[nodiscard]] const float* data(size_t which) const { return &floats_[which * plane()]; }

    // Sets a plane to value(x, y), and around the picture to what its edge mirrors.
    template <class Value>
    void set(size_t which, const Value& value) {
        float* to = &floats_[which * plane()];
        for (size_t row = 0; row < rows_; ++row)
            for (size_t column = 0; column < stride_; ++column)
                *to++ = value(mirrored(column, width_), mirrored(row, height_));
    }
    void set_inside(size_t which) {
        for (size_t y = 0; y < height_; ++y)
            std::fill_n(&floats_[which * plane() + at(0, y)], width_, 1.0f);
    }

private:
    static size_t mirrored(size_t place, size_t count) {
        const auto last = ptrdiff_t(count) - 1;
        const ptrdiff_t i = ptrdiff_t(place) - denoise_margin;
        return size_t(std::clamp(i < 0 ? -i : i > last ? 2 * last - i : i, ptrdiff_t(0), last));
    }
    size_t width_, height_, stride_, rows_;
    std::vector<float> floats_;
};

// A filtered picture, [pixel][3], and how much of every pixel's own light is in it.
struct Candidate {
    std::vector<float> rgb, own;
};

// Where the planes of a view begin.
enum Plane : size_t { color_planes = 0, guide_planes = 3, variance_planes = 6, feature_planes = 9 };
constexpr size_t inside_plane = feature_planes + denoise_features;

// Light is divided by what reflects it, so that textures do not count as differences, but not by
// less than this. What misses everything reflects all of its own light.
constexpr float least_albedo = 0.05f;

// The mean of 3 x 3 pixels, or as many as there are.
float smoothed(const std::vector<float>& rgb, const FeatureMaps& maps, size_t x, size_t y,
               size_t channel) {
    float sum = 0, count = 0;
    for (size_t v = y == 0 ? 0 : y - 1; v < std::min<size_t>(y + 2, maps.height); ++v)
        for (size_t u = x == 0 ? 0 : x - 1; u < std::min<size_t>(x + 2, maps.width); ++u) {
            sum += rgb[3 * (v * maps.width + u) + channel];
            count += 1;
        }
    return sum / count;
}

double mean_depth(const FeatureMaps& maps) {
    double sum = 0, count = 0;
    for (size_t at = 0; at < maps.depth.size(); ++at) {
        sum += double(maps.cover[at]) * maps.depth[at];
        count += maps.cover[at];
    }
    return sum > 0 ? sum / count : 1;
}

Planes make_planes(const std::vector<float>& rgb, const std::vector<float>& variance,
                   const FeatureMaps& maps) {
    Planes planes(maps, inside_plane + 1);
    const size_t width = maps.width, pixels = width * maps.height;
    const auto over = [&](size_t at, size_t c) {
        return max(maps.albedo[c * pixels + at] + (1 - maps.cover[at]), least_albedo);
    };
    for (size_t c = 0; c < 3; ++c) {
        planes.set(color_planes + c,
                   [&](size_t x, size_t y) { return rgb[3 * (y * width + x) + c]; });
        planes.set(guide_planes + c, [&](size_t x, size_t y) {
            const size_t at = y * width + x;
            return rgb[3 * at + c] / over(at, c);
        });
        std::vector<float> of_guide(3 * pixels);
        for (size_t at = 0; at < pixels; ++at)
            of_guide[3 * at + c] = variance[3 * at + c] / (over(at, c) * over(at, c));
        planes.set(variance_planes + c,
                   [&](size_t x, size_t y) { return smoothed(of_guide, maps, x, y, c); });
    }
    // Means over all samples, so that edges are mixtures of what is beside them.
    const auto per_depth = static_cast<float>(1 / mean_depth(maps));
    for (size_t c = 0; c < 3; ++c) {
        planes.set(feature_planes + c,
                   [&](size_t x, size_t y) { return maps.albedo[c * pixels + y * width + x]; });
        planes.set(feature_planes + 3 + c, [&](size_t x, size_t y) {
            const size_t at = y * width + x;
            return maps.cover[at] * maps.normal[c * pixels + at];
        });
    }
    planes.set(feature_planes + 6, [&](size_t x, size_t y) {
        const size_t at = y * width + x;
        return maps.cover[at] * min(maps.depth[at] * per_depth, 10.0f);
    });
    planes.set_inside(inside_plane);
    return planes;
}

// Fits the pixels of a tile, with all that is alike in its noise and with what is alike beyond it.
void fit_tile(const Planes& planes, const DenoiseView& view, const FeatureMaps& maps, size_t left,
              size_t top, std::vector<float>& weights, Candidate& broad, Candidate& narrow) {
    constexpr size_t lanes = LaneTraits<Lanes>::lanes;
    denoise_weights<Lanes>(view, planes.at(left, top), weights.data());
    const auto keep = [&](const Fitted<Lanes>& fitted, size_t x, size_t y, Candidate& to) {
        for (size_t i = 0; i < lanes && x + i < maps.width; ++i) {
            const size_t at = y * maps.width + x + i;
            to.rgb[3 * at] = lane(fitted.color.x, int(i));
            to.rgb[3 * at + 1] = lane(fitted.color.y, int(i));
            to.rgb[3 * at + 2] = lane(fitted.color.z, int(i));
            to.own[at] = lane(fitted.own, int(i));
        }
    };
    for (size_t y = top; y < std::min<size_t>(top + denoise_tile, maps.height); ++y)
        for (size_t x = left; x < std::min<size_t>(left + denoise_tile, maps.width); x += lanes) {
            const float* of = &weights[(y - top) * denoise_tile + x - left];
            keep(denoise_fit<Lanes>(view, planes.at(x, y), of, 0), x, y, broad);
            keep(denoise_fit<Lanes>(view, planes.at(x, y), of, 3), x, y, narrow);
        }
}

// Moves a candidate towards another, in every neighbourhood as far as makes the error least by
// Stein's estimate (1981, "Estimation of the Mean of a Multivariate Normal Distribution"): the
// distance to the noisy picture, and twice its variance by each pixel's share in itself. Errors are
// taken as a display shows them.
void blend(Candidate& from, const Candidate& to, const std::vector<float>& noisy,
           const std::vector<float>& variance, const FeatureMaps& maps, unsigned threads) {
    constexpr size_t reach = 3; // pixels to each side, which count for less the farther they are
    const size_t width = maps.width, height = maps.height;
    std::vector<float> gain(width * height), change(width * height), moved(width * height);
    for (size_t at = 0; at < gain.size(); ++at)
        for (size_t i = 3 * at; i < 3 * at + 3; ++i) {
            // A pixel that happened upon something dazzling must not decide for all around it.
            const float bend = 1 + max(from.rgb[i], noisy[i]);
            const float scale = 1 / (bend * bend * bend * bend);
            const float d = to.rgb[i] - from.rgb[i];
            gain[at] +=
                scale * ((noisy[i] - from.rgb[i]) * d - variance[i] * (to.own[at] - from.own[at]));
            change[at] += scale * (d * d);
        }
    for_each_row(maps.height, threads, nullptr, [&](uint32_t y) {
        for (size_t x = 0; x < width; ++x) {
            float gains = 0, changes = 0;
            for (size_t v = y < reach ? 0 : y - reach; v < std::min(y + reach + 1, height); ++v)
                for (size_t u = x < reach ? 0 : x - reach; u < std::min(x + reach + 1, width);
                     ++u) {
                    const size_t across = u < x ? x - u : u - x, down = v < y ? y - v : v - y;
                    const auto weight = float((reach + 1 - across) * (reach + 1 - down));
                    gains += weight * gain[v * width + u];
                    changes += weight * change[v * width + u];
                }
            moved[y * width + x] = gains > 0 ? min(gains / changes, 1.0f) : 0;
        }
    });
    for (size_t at = 0; at < gain.size(); ++at) {
        for (size_t i = 3 * at; i < 3 * at + 3; ++i)
            from.rgb[i] += moved[at] * (to.rgb[i] - from.rgb[i]);
        from.own[at] += moved[at] * (to.own[at] - from.own[at]);
    }
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

void PartSpread::add(std::span<const FilmPixel> sums, uint32_t samples) {
    if (parts_ == 0) {
        sums_.assign(sums.begin(), sums.end());
        squares_.assign(3 * sums.size(), 0.0f);
    } else {
        // Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance".
        const double before = samples_, count = samples - samples_;
        const double share = before * count / samples;
        for (size_t at = 0; at < sums.size(); ++at)
            for (size_t c = 0; c < 3; ++c) {
                const uint64_t had = sums_[at].rgb[c], has = sums[at].rgb[c];
                const double d =
                    double(has - had) * (0x1p-28 / count) - double(had) * (0x1p-28 / before);
                squares_[3 * at + c] += static_cast<float>(share * (d * d));
            }
        std::copy(sums.begin(), sums.end(), sums_.begin());
    }
    samples_ = samples;
    ++parts_;
}

std::vector<float> PartSpread::variance() const {
    if (parts_ < 2) return {};
    const auto scale = static_cast<float>(1 / (double(parts_ - 1) * samples_));
    std::vector<float> variance = squares_;
    for (float& x : variance)
        x *= scale;
    return variance;
}

void denoise(std::vector<float>& rgb, std::vector<float> variance, const FeatureMaps& features,
             unsigned threads) {
    if (variance.empty())
        for (const float x : rgb)
            variance.push_back(0.25f * x * x);
    Candidate filtered{std::vector<float>(rgb.size()), std::vector<float>(rgb.size() / 3)};
    Candidate narrow = filtered;
    {
        const Planes planes = make_planes(rgb, variance, features);
        const DenoiseView view{planes.data(color_planes),
                               planes.data(guide_planes),
                               planes.data(variance_planes),
                               planes.data(feature_planes),
                               planes.data(inside_plane),
                               planes.stride(),
                               planes.plane()};
        const size_t columns = Planes::tiles(features.width);
        for_each_row(uint32_t(columns * Planes::tiles(features.height)), threads, nullptr,
                     [&](uint32_t tile) {
                         std::vector<float> weights(denoise_weight_count);
                         fit_tile(planes, view, features, tile % columns * denoise_tile,
                                  tile / columns * denoise_tile, weights, filtered, narrow);
                     });
    }
    blend(filtered, narrow, rgb, variance, features, threads);
    narrow.rgb = rgb;
    narrow.own.assign(narrow.own.size(), 1.0f);
    blend(filtered, narrow, rgb, variance, features, threads);
    rgb = std::move(filtered.rgb);
}

} // namespace juggler
