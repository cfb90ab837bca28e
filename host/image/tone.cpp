#include "host/image/tone.h"

#include "kernels/math.h"

#include <cmath>
#include <cstddef>

namespace juggler {
namespace {

float clamp_unit(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

void clamp_all(std::span<float> rgb, float factor) {
    for (float& x : rgb)
        x = clamp_unit(x * factor);
}

void reinhard(std::span<float> rgb, float factor) {
    constexpr float inverse_white2 = 1.0f / 16.0f;
    for (size_t i = 0; i + 2 < rgb.size(); i += 3) {
        const float r = rgb[i] * factor, g = rgb[i + 1] * factor, b = rgb[i + 2] * factor;
        const float luminance = 0.2126f * r + 0.7152f * g + 0.0722f * b; // Rec. 709
        const float scale = (1.0f + luminance * inverse_white2) / (1.0f + luminance);
        rgb[i] = clamp_unit(r * scale);
        rgb[i + 1] = clamp_unit(g * scale);
        rgb[i + 2] = clamp_unit(b * scale);
    }
}

// Light is cut at 2^16 first: the fit is flat there, and its squares stay finite.
float aces_curve(float x) {
    const float v = x < 65536.0f ? x : 65536.0f;
    const float a = v * (v + 0.0245786f) - 0.000090537f;
    const float b = v * (0.983729f * v + 0.4329510f) + 0.238081f;
    return a / b;
}

void aces(std::span<float> rgb, float factor) {
    const float in = factor / 0.6f;
    for (size_t i = 0; i + 2 < rgb.size(); i += 3) {
        const float r = rgb[i] * in, g = rgb[i + 1] * in, b = rgb[i + 2] * in;
        const float x = aces_curve(0.59719f * r + 0.35458f * g + 0.04823f * b);
        const float y = aces_curve(0.07600f * r + 0.90834f * g + 0.01566f * b);
        const float z = aces_curve(0.02840f * r + 0.13383f * g + 0.83777f * b);
        rgb[i] = clamp_unit(1.60475f * x - 0.53108f * y - 0.07367f * z);
        rgb[i + 1] = clamp_unit(-0.10208f * x + 1.10813f * y - 0.00605f * z);
        rgb[i + 2] = clamp_unit(-0.00327f * x - 0.07276f * y + 1.07602f * z);
    }
}

// Display light, encoded, of the logarithm of scene light as a fraction of AgX's 16.5 stops.
float agx_curve(float x) {
    const float x2 = x * x, x4 = x2 * x2;
    return 15.5f * x4 * x2 - 40.14f * x4 * x + 31.96f * x4 - 6.868f * x2 * x + 0.4298f * x2 +
           0.1191f * x - 0.00232f;
}
float agx_encoded(float light) {
    constexpr float least_ev = -12.47393f, most_ev = 4.026069f;
    const float ev = log2(light > 1e-10f ? (light < 65536.0f ? light : 65536.0f) : 1e-10f);
    const float clamped = ev > least_ev ? (ev < most_ev ? ev : most_ev) : least_ev;
    return agx_curve((clamped - least_ev) / (most_ev - least_ev));
}
// From its encoding, a power of 2.2.
float agx_light(float encoded) { return encoded > 1e-6f ? clamp_unit(pow(encoded, 2.2f)) : 0.0f; }

void agx(std::span<float> rgb, float factor) {
    for (size_t i = 0; i + 2 < rgb.size(); i += 3) {
        const float r = rgb[i] * factor, g = rgb[i + 1] * factor, b = rgb[i + 2] * factor;
        const float x = agx_encoded(0.842479062f * r + 0.0784336f * g + 0.0792237451f * b);
        const float y = agx_encoded(0.0423282422f * r + 0.878468636f * g + 0.0791661275f * b);
        const float z = agx_encoded(0.0423756549f * r + 0.0784336f * g + 0.879142974f * b);
        rgb[i] = agx_light(1.196879f * x - 0.0980208811f * y - 0.0990297441f * z);
        rgb[i + 1] = agx_light(-0.0528968518f * x + 1.15190313f * y - 0.0989611768f * z);
        rgb[i + 2] = agx_light(-0.0529716355f * x - 0.0980434501f * y + 1.15107367f * z);
    }
}

} // namespace

float exposure_factor(float stops) {
    const double whole = std::floor(double(stops) + 0.5);
    const double rest = (double(stops) - whole) * 0.69314718055994530942;
    // e^rest, |rest| <= 0.35: the first term left out is below 2^-60.
    double power = 1;
    for (int term = 14; term > 0; --term)
        power = 1 + power * rest / term;
    for (double n = whole; n > 0; n -= 1)
        power *= 2;
    for (double n = whole; n < 0; n += 1)
        power *= 0.5;
    return float(power);
}

void apply_tone(std::span<float> rgb, const ToneSettings& settings) {
    const float factor = exposure_factor(settings.exposure);
    switch (settings.curve) {
    case ToneMap::clamp:
        clamp_all(rgb, factor);
        break;
    case ToneMap::reinhard:
        reinhard(rgb, factor);
        break;
    case ToneMap::aces:
        aces(rgb, factor);
        break;
    case ToneMap::agx:
        agx(rgb, factor);
        break;
    }
}

} // namespace juggler
