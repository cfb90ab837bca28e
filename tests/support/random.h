// Random numbers for tests: fixed seeds, the same on every machine.
#pragma once

#include <array>
#include <cstdint>

namespace juggler::test {

// SplitMix64 (Steele, Lea and Flood 2014).
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t bits() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    // [0, 1)
    float unit() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }
    float between(float lo, float hi) { return lo + (hi - lo) * unit(); }
    uint32_t below(uint32_t count) { return static_cast<uint32_t>(bits() >> 33) % count; }
    std::array<float, 3> point(float half) {
        const float x = between(-half, half), y = between(-half, half), z = between(-half, half);
        return {x, y, z};
    }

private:
    uint64_t state_;
};

} // namespace juggler::test
