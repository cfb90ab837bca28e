// Elementary functions from + - * / sqrt alone, so that every compiler, instruction set and device
// computes the same bits. Polynomials: coefficients of Cephes (Moshier, single precision). Errors
// stated are the largest seen over the tested range (tests/kernels_math_test.cpp measures them).
#pragma once

#include "kernels/lane.h"

namespace juggler::inline JUGGLER_ISA {

inline constexpr float pi = 3.14159274f;
inline constexpr float two_pi = 6.28318548f;
inline constexpr float half_pi = 1.57079637f;
inline constexpr float inv_pi = 0.318309873f;

template <class F>
struct SinCos {
    F sin, cos;
};

// sin and cos of an angle in [-pi/4, pi/4] plus `quadrant` right angles.
template <class F>
JUGGLER_FN SinCos<F> sin_cos_quadrant(F x, Uint<F> quadrant) {
    const F x2 = x * x;
    const F s =
        x +
        x * x2 * (F(-1.6666654611e-1f) + x2 * (F(8.3321608736e-3f) + x2 * F(-1.9515295891e-4f)));
    const F c = F(1) - F(0.5f) * x2 +
                x2 * x2 *
                    (F(4.166664568298827e-2f) +
                     x2 * (F(-1.388731625493765e-3f) + x2 * F(2.443315711809948e-5f)));
    const auto swap = (quadrant & Uint<F>(1)) != Uint<F>(0);
    const F sin_magnitude = select(swap, c, s);
    const F cos_magnitude = select(swap, s, c);
    const Uint<F> sin_sign = (quadrant & Uint<F>(2)) << 30;
    const Uint<F> cos_sign = ((quadrant + Uint<F>(1)) & Uint<F>(2)) << 30;
    return {as_float(as_uint(sin_magnitude) ^ sin_sign),
            as_float(as_uint(cos_magnitude) ^ cos_sign)};
}

// sin and cos of 2 pi u, |u| < 2^20; absolute error below 1.2e-7 for u in [0, 1].
template <class F>
JUGGLER_FN SinCos<F> sin_cos_2pi(F u) {
    const F turn = F(4) * u;
    const F nearest = round_down(turn + F(0.5f));
    return sin_cos_quadrant((turn - nearest) * F(half_pi), truncate_to_int(nearest));
}

// sin and cos of x radians, |x| <= 1000; absolute error below 1.2e-7.
template <class F>
JUGGLER_FN SinCos<F> sin_cos(F x) {
    const F nearest = round_down(x * F(0.636619747f) + F(0.5f));
    // pi/2 in three parts (Cody and Waite 1980), the first two exact in few bits.
    const F r =
        ((x - nearest * F(1.5703125f)) - nearest * F(4.83751297e-4f)) - nearest * F(7.54979013e-8f);
    return sin_cos_quadrant(r, truncate_to_int(nearest));
}

// 2^x, x clamped to [-126, 127]; relative error below 1.2e-7.
template <class F>
JUGGLER_FN F exp2(F x) {
    x = clamp(x, F(-126), F(127));
    const F whole = round_down(x + F(0.5f));
    const F f = x - whole;
    F p = F(1.535336188319500e-4f);
    p = p * f + F(1.339887440266574e-3f);
    p = p * f + F(9.618437357674640e-3f);
    p = p * f + F(5.550332471162809e-2f);
    p = p * f + F(2.402264791363012e-1f);
    p = p * f + F(6.931472028550421e-1f);
    const F scale = as_float((truncate_to_int(whole) + Uint<F>(127)) << 23);
    return (F(1) + p * f) * scale;
}

// e^x; relative error below 1e-7 * (1 + |x|).
template <class F>
JUGGLER_FN F exp(F x) {
    return exp2(x * F(1.44269502f));
}

// Natural logarithm of a normal x > 0; relative error below 1e-7.
template <class F>
JUGGLER_FN F log(F x) {
    const Uint<F> bits = as_uint(x);
    // The mantissa m in [sqrt(1/2), sqrt(2)), x = m 2^e.
    const Uint<F> shifted = bits - Uint<F>(0x3f3504f3u);
    const F e = int_to_float((shifted & Uint<F>(0xff800000u)) >> 23) -
                select((shifted & Uint<F>(0x80000000u)) != Uint<F>(0), F(512), F(0));
    const F m = as_float((shifted & Uint<F>(0x007fffffu)) + Uint<F>(0x3f3504f3u));
    const F f = m - F(1);
    F p = F(7.0376836292e-2f);
    p = p * f + F(-1.1514610310e-1f);
    p = p * f + F(1.1676998740e-1f);
    p = p * f + F(-1.2420140846e-1f);
    p = p * f + F(1.4249322787e-1f);
    p = p * f + F(-1.6668057665e-1f);
    p = p * f + F(2.0000714765e-1f);
    p = p * f + F(-2.4999993993e-1f);
    p = p * f + F(3.3333331174e-1f);
    const F f2 = f * f;
    // ln 2 in two parts; the first has few bits, so e times it is exact.
    return e * F(0.693359375f) + (f + (f * f2 * p - F(0.5f) * f2 - e * F(2.12194440e-4f)));
}

// Relative error below 1.4e-7.
template <class F>
JUGGLER_FN F log2(F x) {
    return log(x) * F(1.44269502f);
}

// x^y for a normal x > 0; relative error below 1.2e-7 * (1 + |y log2 x|).
template <class F>
JUGGLER_FN F pow(F x, F y) {
    return exp2(y * log2(x));
}

// asin of x in [0, 1/2].
template <class F>
JUGGLER_FN F asin_small(F x) {
    const F x2 = x * x;
    F p = F(4.2163199048e-2f);
    p = p * x2 + F(2.4181311049e-2f);
    p = p * x2 + F(4.5470025998e-2f);
    p = p * x2 + F(7.4953002686e-2f);
    p = p * x2 + F(1.6666752422e-1f);
    return x + x * x2 * p;
}

// acos of x clamped to [-1, 1]; absolute error below 3.2e-7.
template <class F>
JUGGLER_FN F acos(F x) {
    x = clamp(x, F(-1), F(1));
    const F a = absolute(x);
    const auto large = a > F(0.5f);
    const F s = asin_small(select(large, square_root(F(0.5f) - F(0.5f) * a), a));
    const F result = select(large, F(2) * s, F(half_pi) - s); // acos(|x|)
    return select(x < F(0), F(pi) - result, result);
}

// Angle of (x, y) in (-pi, pi]; 0 for (0, 0); absolute error below 3e-7.
template <class F>
JUGGLER_FN F atan2(F y, F x) {
    const F ax = absolute(x), ay = absolute(y);
    const auto steep = ay > ax;
    const F t = min(ax, ay) / max(max(ax, ay), F(1e-37f));
    // Fold to |t| <= tan(pi/8).
    const auto fold = t > F(0.414213568f);
    const F z = select(fold, (t - F(1)) / (t + F(1)), t);
    const F z2 = z * z;
    F p = F(8.05374449538e-2f);
    p = p * z2 + F(-1.38776856032e-1f);
    p = p * z2 + F(1.99777106478e-1f);
    p = p * z2 + F(-3.33329491539e-1f);
    F angle = z + z * z2 * p + select(fold, F(0.785398185f), F(0));
    angle = select(steep, F(half_pi) - angle, angle);
    angle = select(x < F(0), F(pi) - angle, angle);
    return with_sign(angle, y);
}

} // namespace juggler::inline JUGGLER_ISA
