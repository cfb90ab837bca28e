// A 64-bit hash of bytes, for comparing scenes and films; not for security.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace juggler {

// Multiply and fold, 8 bytes at a time (after wyhash and fxhash); the length counts.
inline uint64_t hash_bytes(const void* data, size_t size, uint64_t seed = 0) {
    constexpr uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t h = seed ^ (size * odd);
    const auto mix = [&h](uint64_t word) {
        h = (h ^ word) * 0xd6e8feb86659fd93u;
        h ^= h >> 32;
    };
    const auto* p = static_cast<const unsigned char*>(data);
    for (; size >= 8; p += 8, size -= 8) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        mix(word);
    }
    uint64_t tail = 0;
    if (size > 0) std::memcpy(&tail, p, size);
    mix(tail);
    return h * odd ^ (h >> 29);
}

} // namespace juggler
