// Linear light to sRGB codes and back (IEC 61966-2-1), the same bits on every machine: the 8-bit
// curve is a shipped table of thresholds, the 16-bit one comes from + - * / in double alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace juggler {

// [256]: the light of each 8-bit code, 0 to 1.
const float* srgb_to_linear_table();

// The nearest code; anything that is not more than 0 (NaN included) is 0, anything above 1 the
// largest code.
uint8_t srgb8(float linear);
uint16_t srgb16(float linear);

// As many codes as there are values.
void encode_srgb8(std::span<const float> linear, std::vector<uint8_t>& codes);
void encode_srgb16(std::span<const float> linear, std::vector<uint16_t>& codes);

// The light of the encoded value c in [0, 1].
double srgb_to_linear(double c);

} // namespace juggler
