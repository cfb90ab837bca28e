// A filter of pictures by regression (Bitterli et al. 2016, "Nonlinearly Weighted First-order
// Regression for Denoising Monte Carlo Renderings"): around every pixel, light is fitted as a
// linear function of what paths met first and of the place. Pixels count for as much as their
// surroundings are alike, by the measure of their noise (Rousselle, Knaus and Zwicker 2012,
// "Adaptive Rendering with Non-Local Means Filtering").
#pragma once

#include "kernels/math.h"
#include "kernels/vec3.h"

namespace juggler::inline JUGGLER_ISA {

inline constexpr int denoise_reach = 5; // pixels to each side that are fitted together
inline constexpr int denoise_side = 2 * denoise_reach + 1;
inline constexpr int denoise_patch = 1; // and to each side of these that are compared
inline constexpr int denoise_tile = 16; // a tile's weights are worked out together
inline constexpr int denoise_weight_count =
    denoise_side * denoise_side * denoise_tile * denoise_tile;
inline constexpr int denoise_features = 7; // albedo, normal, depth
// Pixels around the picture that are read: those above, and what fills up the last pack of a row.
inline constexpr int denoise_margin = denoise_reach + denoise_patch + 6;

// Planes of floats with a margin around the picture on every side; what lies there is finite. Below
// and to the right the picture ends with a whole tile.
struct DenoiseView {
    const float* color;    // [3] what is filtered
    const float* guide;    // [3] color over albedo: what is compared
    const float* variance; // [3] of guide
    const float* features; // [denoise_features], about 1 in size
    const float* inside;   // 1 in the picture, 0 around it
    size_t stride, plane;  // floats from row to row and from plane to plane
};

// Neighbours in a row, one a lane.
template <class F>
JUGGLER_FN F load_run(const float* p) {
    F run;
    __builtin_memcpy(&run, p, sizeof run);
    return run;
}
template <class F>
JUGGLER_FN void store_run(float* p, F run) {
    __builtin_memcpy(p, &run, sizeof run);
}

// How much farther apart than by noise two pixels are, in variances; below 0 where it is less.
template <class F>
JUGGLER_FN F denoise_apart(const DenoiseView& v, size_t here, size_t there) {
    F sum(0);
    for (size_t c = 0; c < 3 * v.plane; c += v.plane) {
        const F d = load_run<F>(v.guide + c + here) - load_run<F>(v.guide + c + there);
        const F a = load_run<F>(v.variance + c + here), b = load_run<F>(v.variance + c + there);
        // Differences of a hundredth and less are none.
        sum = sum + (d * d - (a + min(a, b))) / (a + b + F(3e-4f));
    }
    return sum;
}

// How much every pixel around those of the tile that begins at `at` counts for them:
// [place in the window][denoise_tile][denoise_tile], from 0 to 1.
template <class F>
JUGGLER_FN_LARGE void denoise_weights(const DenoiseView& v, size_t at, float* weights) {
    constexpr int lanes = LaneTraits<F>::lanes, side = denoise_tile + 2 * denoise_patch;
    static_assert(lanes <= 8);
    constexpr int patch_side = 2 * denoise_patch + 1;
    // Of the channels and the patch; that distance counts as if noise deviated by 1.7 times what
    // was measured. Three squarings of the weights make that 0.6 times.
    constexpr float share = 1 / (1.7f * 1.7f) / float(3 * patch_side * patch_side);
    float apart[side][side + 6];
    const size_t first = at - denoise_patch * v.stride - denoise_patch;
    for (int dy = -denoise_reach; dy <= denoise_reach; ++dy)
        for (int dx = -denoise_reach; dx <= denoise_reach; ++dx) {
            const ptrdiff_t by = dy * ptrdiff_t(v.stride) + dx;
            for (int y = 0; y < side; ++y)
                for (int x = 0; x < side; x += lanes) {
                    const size_t here = first + size_t(y) * v.stride + size_t(x);
                    store_run(&apart[y][x], denoise_apart<F>(v, here, here + size_t(by)));
                }
            for (int y = 0; y < denoise_tile; ++y)
                for (int x = 0; x < denoise_tile; x += lanes) {
                    F sum(0);
                    for (int j = 0; j < patch_side; ++j)
                        for (int i = 0; i < patch_side; ++i)
                            sum = sum + load_run<F>(&apart[y + j][x + i]);
                    const F distance = clamp(F(share) * sum, F(0), F(80));
                    const size_t there = at + size_t(y) * v.stride + size_t(x) + size_t(by);
                    store_run(weights, load_run<F>(v.inside + there) * exp(F(0) - distance));
                    weights += lanes;
                }
        }
}

template <class F>
struct Fitted {
    Vec3<F> color;
    F own; // what share the pixel itself has in it
};

// What the pixels around `at` say of it, after `weights`, of the window's first place, for it.
// `powers` squarings make them pickier.
template <class F>
JUGGLER_FN_LARGE Fitted<F> denoise_fit(const DenoiseView& v, size_t at, const float* weights,
                                       int powers) {
    constexpr int place = denoise_features, terms = denoise_features + 2;
    constexpr float least_spread2 = 1e-5f; // what varies less is noise
    constexpr float damping = 1e-3f;

    // Sums over the window: of weights, terms and their products (the lower triangle), and of their
    // products with the colours. Terms are taken from those of the pixel.
    F weight_sum(0), sums[terms], products[terms][terms], color_sum[3], color_products[terms][3];
    F center[denoise_features];
    for (int i = 0; i < terms; ++i) {
        sums[i] = F(0);
        for (int j = 0; j <= i; ++j)
            products[i][j] = F(0);
        for (int c = 0; c < 3; ++c)
            color_products[i][c] = F(0);
    }
    for (int c = 0; c < 3; ++c)
        color_sum[c] = F(0);
    for (int i = 0; i < denoise_features; ++i)
        center[i] = load_run<F>(v.features + size_t(i) * v.plane + at);
    for (int dy = -denoise_reach; dy <= denoise_reach; ++dy)
        for (int dx = -denoise_reach; dx <= denoise_reach; ++dx) {
            const size_t there = at + size_t(dy * ptrdiff_t(v.stride) + dx);
            F weight = load_run<F>(weights);
            weights += denoise_tile * denoise_tile;
            for (int i = 0; i < powers; ++i)
                weight = weight * weight;
            F color[3], term[terms];
            for (int c = 0; c < 3; ++c)
                color[c] = load_run<F>(v.color + size_t(c) * v.plane + there);
            for (int i = 0; i < denoise_features; ++i)
                term[i] = load_run<F>(v.features + size_t(i) * v.plane + there) - center[i];
            term[place] = F(float(dx) / 64);
            term[place + 1] = F(float(dy) / 64);
            weight_sum = weight_sum + weight;
            for (int c = 0; c < 3; ++c)
                color_sum[c] = color_sum[c] + weight * color[c];
            for (int i = 0; i < terms; ++i) {
                const F weighted = weight * term[i];
                sums[i] = sums[i] + weighted;
                for (int j = 0; j <= i; ++j)
                    products[i][j] = products[i][j] + weighted * term[j];
                for (int c = 0; c < 3; ++c)
                    color_products[i][c] = color_products[i][c] + weighted * color[c];
            }
        }

    // Covariances, of terms scaled to a spread of 1. The fourth column is that of a picture that is
    // 1 in the pixel and 0 elsewhere: what is fitted to it is the pixel's own share.
    const F scale = F(1) / weight_sum;
    F mean[terms], shrink[terms], right[terms][4];
    for (int i = 0; i < terms; ++i)
        mean[i] = scale * sums[i];
    for (int i = 0; i < terms; ++i) {
        for (int j = 0; j <= i; ++j)
            products[i][j] = scale * products[i][j] - mean[i] * mean[j];
        shrink[i] = F(1) / square_root(max(products[i][i], F(0)) + F(least_spread2));
        for (int c = 0; c < 3; ++c)
            right[i][c] =
                shrink[i] * (scale * color_products[i][c] - mean[i] * (scale * color_sum[c]));
        right[i][3] = F(0) - shrink[i] * (mean[i] * scale);
        for (int j = 0; j < i; ++j)
            products[i][j] = products[i][j] * (shrink[i] * shrink[j]);
        products[i][i] = F(1 + damping);
    }

    // Cholesky's decomposition L D L^T, over the lower triangle; D on the diagonal.
    for (int j = 0; j < terms; ++j) {
        F row[terms];
        F d = products[j][j];
        for (int k = 0; k < j; ++k) {
            row[k] = products[j][k] * products[k][k];
            d = d - row[k] * products[j][k];
        }
        d = max(d, F(0.1f * damping));
        products[j][j] = d;
        for (int i = j + 1; i < terms; ++i) {
            F rest = products[i][j];
            for (int k = 0; k < j; ++k)
                rest = rest - products[i][k] * row[k];
            products[i][j] = rest / d;
        }
        for (int c = 0; c < 4; ++c)
            for (int k = 0; k < j; ++k)
                right[j][c] = right[j][c] - products[j][k] * right[k][c];
    }
    F value[4] = {scale * color_sum[0], scale * color_sum[1], scale * color_sum[2], scale};
    for (int j = terms - 1; j >= 0; --j)
        for (int c = 0; c < 4; ++c) {
            F x = right[j][c] / products[j][j];
            for (int k = j + 1; k < terms; ++k)
                x = x - products[k][j] * right[k][c];
            right[j][c] = x;
            value[c] = value[c] - x * (shrink[j] * mean[j]);
        }
    const F zero(0);
    return {{max(value[0], zero), max(value[1], zero), max(value[2], zero)}, value[3]};
}

} // namespace juggler::inline JUGGLER_ISA
