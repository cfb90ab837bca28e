#include "host/image/tone.h"

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
    }
}

} // namespace juggler
