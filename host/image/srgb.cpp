#include "host/image/srgb.h"

#include "host/image/srgb_table.h"

#include <array>
#include <bit>

namespace juggler {
namespace {

// Thresholds are looked up in two steps: the leading bits of the float pick a bucket, and the
// bucket knows the code of its lower end. Floats of one sign sort like their bits.
float clamp_unit(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

// 7 bits of mantissa: thresholds of the 8-bit curve are at least a 1/106 apart from each other,
// relative to the light, so no bucket holds more than one.
constexpr unsigned bucket_shift8 = 16;
constexpr uint32_t first_bucket8 = std::bit_cast<uint32_t>(0x1p-13f) >> bucket_shift8;
constexpr uint32_t last_bucket8 = std::bit_cast<uint32_t>(1.0f) >> bucket_shift8;

struct Buckets8 {
    // Code at the bucket's lower end, and the light from which on it is one more.
    std::array<uint8_t, last_bucket8 - first_bucket8 + 1> code;
    std::array<float, last_bucket8 - first_bucket8 + 1> next;

    Buckets8() {
        unsigned at = 0;
        for (uint32_t b = first_bucket8; b <= last_bucket8; ++b) {
            const float low = std::bit_cast<float>(b << bucket_shift8);
            while (at < 255 && srgb8_threshold[at] <= low)
                ++at;
            code[b - first_bucket8] = uint8_t(at);
            next[b - first_bucket8] = at < 255 ? srgb8_threshold[at] : 2.0f;
        }
    }
};

const Buckets8& buckets8() {
    static const Buckets8 made;
    return made;
}

uint8_t code8(const Buckets8& buckets, float linear) {
    const float x = clamp_unit(linear);
    const uint32_t bits = std::bit_cast<uint32_t>(x) >> bucket_shift8;
    const uint32_t b = bits < first_bucket8 ? 0 : bits - first_bucket8;
    return uint8_t(buckets.code[b] + (x >= buckets.next[b] ? 1 : 0));
}

// The positive fifth root of y in (0, 1] by Newton's method from above, which descends until
// rounding stops it.
double fifth_root(double y) {
    double root = 1;
    for (;;) {
        const double power4 = root * root * (root * root);
        const double next = root - (root - y / power4) / 5;
        if (!(next < root)) return root;
        root = next;
    }
}

constexpr unsigned bucket_shift16 = 11; // 12 bits of mantissa: a handful of codes a bucket
constexpr uint32_t first_bucket16 = std::bit_cast<uint32_t>(0x1p-21f) >> bucket_shift16;
constexpr uint32_t last_bucket16 = std::bit_cast<uint32_t>(1.0f) >> bucket_shift16;

struct Buckets16 {
    std::vector<float> threshold;     // [65535], as srgb8_threshold
    std::vector<uint16_t> first_code; // [bucket]

    Buckets16() : threshold(65535), first_code(last_bucket16 - first_bucket16 + 1) {
        for (unsigned i = 0; i < 65535; ++i) {
            const double light = srgb_to_linear((i + 0.5) / 65535);
            float f = float(light);
            if (double(f) < light) f = std::bit_cast<float>(std::bit_cast<uint32_t>(f) + 1);
            threshold[i] = f;
        }
        unsigned at = 0;
        for (uint32_t b = first_bucket16; b <= last_bucket16; ++b) {
            const float low = std::bit_cast<float>(b << bucket_shift16);
            while (at < 65535 && threshold[at] <= low)
                ++at;
            first_code[b - first_bucket16] = uint16_t(at);
        }
    }
};

const Buckets16& buckets16() {
    static const Buckets16 made;
    return made;
}

uint16_t code16(const Buckets16& buckets, float linear) {
    const float x = clamp_unit(linear);
    const uint32_t bits = std::bit_cast<uint32_t>(x) >> bucket_shift16;
    unsigned code = bits < first_bucket16 ? 0 : buckets.first_code[bits - first_bucket16];
    while (code < 65535 && buckets.threshold[code] <= x)
        ++code;
    return uint16_t(code);
}

} // namespace

double srgb_to_linear(double c) {
    if (c <= 0.04045) return c / 12.92;
    const double y = (c + 0.055) / 1.055;
    // y^2.4 = y^2 (y^2)^(1/5)
    return y * y * fifth_root(y * y);
}

const float* srgb_to_linear_table() { return srgb8_to_linear; }

uint8_t srgb8(float linear) { return code8(buckets8(), linear); }
uint16_t srgb16(float linear) { return code16(buckets16(), linear); }

void encode_srgb8(std::span<const float> linear, std::vector<uint8_t>& codes) {
    const Buckets8& buckets = buckets8();
    codes.resize(linear.size());
    for (size_t i = 0; i < linear.size(); ++i)
        codes[i] = code8(buckets, linear[i]);
}

void encode_srgb16(std::span<const float> linear, std::vector<uint16_t>& codes) {
    const Buckets16& buckets = buckets16();
    codes.resize(linear.size());
    for (size_t i = 0; i < linear.size(); ++i)
        codes[i] = code16(buckets, linear[i]);
}

} // namespace juggler
