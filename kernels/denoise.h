// An edge-avoiding filter of pictures (Dammertz et al. 2010, "Edge-Avoiding A-Trous Wavelet
// Transform for fast Global Illumination Filtering"), guided by what paths met first and by the
// variance of the pixels, which is filtered along (Schied et al. 2017, "Spatiotemporal
// Variance-Guided Filtering").
#pragma once

#include "kernels/math.h"
#include "kernels/vec3.h"

namespace juggler::inline JUGGLER_ISA {

// Planes of [height][width] floats; colours and normals are [3] such planes, one after the other.
struct DenoiseView {
    const float* color;    // light over albedo
    const float* variance; // of its luminance
    const float* albedo;
    const float* normal; // unit length, or 0
    const float* depth;  // metres; 0 where nothing was hit
    const float* slope;  // [2] planes: change of depth from pixel to pixel, across and down
    uint32_t width, height;
};
// What decides how far apart pixels may be that are taken together.
struct DenoiseStrength {
    float luminance;      // in standard deviations
    float normal, albedo; // 1 / (2 sigma^2)
    float depth;          // share of the distance
};

template <class F>
struct Denoised {
    Vec3<F> color;
    F variance;
};

template <class F>
JUGGLER_FN Vec3<F> load_planes(const float* planes, uint32_t plane, Uint<F> at) {
    return {gather(planes, at), gather(planes + plane, at), gather(planes + size_t(2) * plane, at)};
}
template <class F>
JUGGLER_FN F distance2(Vec3<F> a, Vec3<F> b) {
    const Vec3<F> d = a - b;
    return dot(d, d);
}

// The variance around a pixel, with the weights 1 2 1 both ways; edges repeat.
template <class F>
JUGGLER_FN F blurred_variance(const DenoiseView& v, Uint<F> x, Uint<F> y) {
    using U = Uint<F>;
    F sum(0);
    for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
            const F qx = clamp(int_to_float(x) + F(float(dx)), F(0), F(float(v.width - 1)));
            const F qy = clamp(int_to_float(y) + F(float(dy)), F(0), F(float(v.height - 1)));
            const U at = truncate_to_int(qy) * U(v.width) + truncate_to_int(qx);
            sum = sum + F(float((2 - dx * dx) * (2 - dy * dy)) / 16) * gather(v.variance, at);
        }
    return sum;
}

// The pixel (x, y) after one round, with taps `step` pixels apart.
template <class F>
JUGGLER_FN_LARGE Denoised<F> denoise_pixel(const DenoiseView& v, const DenoiseStrength& strength,
                                           Uint<F> x, Uint<F> y, uint32_t step) {
    using U = Uint<F>;
    constexpr float kernel[3] = {0.375f, 0.25f, 0.0625f}; // of a cubic B-spline
    const uint32_t plane = v.width * v.height;
    const U here = y * U(v.width) + x;
    const Vec3<F> color = load_planes<F>(v.color, plane, here);
    const Vec3<F> normal = load_planes<F>(v.normal, plane, here);
    const Vec3<F> albedo = load_planes<F>(v.albedo, plane, here);
    const F light = luminance(color), depth = gather(v.depth, here);
    const F slope_x = gather(v.slope, here), slope_y = gather(v.slope + plane, here);
    const F deviation = square_root(max(blurred_variance<F>(v, x, y), F(0)));
    const F per_light = F(1) / (F(strength.luminance) * deviation + F(1e-6f));
    Vec3<F> sum = splat3(F(0));
    F variance(0), total(0);
    for (int dy = -2; dy <= 2; ++dy)
        for (int dx = -2; dx <= 2; ++dx) {
            const float off_x = float(dx) * float(step), off_y = float(dy) * float(step);
            const F qx = int_to_float(x) + F(off_x), qy = int_to_float(y) + F(off_y);
            const auto inside =
                (qx >= F(0)) & (qx < F(float(v.width))) & (qy >= F(0)) & (qy < F(float(v.height)));
            if (!any(inside)) continue;
            const U at = truncate_to_int(select(inside, qy, F(0))) * U(v.width) +
                         truncate_to_int(select(inside, qx, F(0)));
            const Vec3<F> c = load_planes<F>(v.color, plane, at);
            // Depth is compared with that of the plane through the pixel.
            const F expected = depth + (slope_x * F(off_x) + slope_y * F(off_y));
            const F reach = absolute(slope_x * F(off_x)) + absolute(slope_y * F(off_y));
            const F far = absolute(gather(v.depth, at) - expected) /
                          (F(0.5f) * reach + F(strength.depth) * depth + F(1e-6f));
            const F apart =
                far + absolute(luminance(c) - light) * per_light +
                F(strength.normal) * distance2(load_planes<F>(v.normal, plane, at), normal) +
                F(strength.albedo) * distance2(load_planes<F>(v.albedo, plane, at), albedo);
            const F share(kernel[dx < 0 ? -dx : dx] * kernel[dy < 0 ? -dy : dy]);
            const F weight = select(inside, share * exp(F(0) - min(apart, F(80))), F(0));
            sum = sum + weight * c;
            variance = variance + (weight * weight) * gather(v.variance, at);
            total = total + weight;
        }
    const F scale = F(1) / total;
    return {scale * sum, (scale * scale) * variance};
}

} // namespace juggler::inline JUGGLER_ISA
