// How much memory a picture of light may need.
#pragma once

#include "host/base/error.h"

#include <cstdint>
#include <string>

namespace juggler {

// Throws Error(Exit::input) "the HDR has ..." for more than `max_bytes` of decoded pixels.
inline void check_picture_bytes(const char* kind, uint64_t width, uint64_t height,
                                uint64_t max_bytes) {
    const uint64_t needed = width * height * 3 * sizeof(float);
    if (needed <= max_bytes) return;
    throw Error(Exit::input, "the " + std::string(kind) + " has " + std::to_string(width) + " x " +
                                 std::to_string(height) + " pixels, which need " +
                                 std::to_string(needed) + " bytes; at most " +
                                 std::to_string(max_bytes) + " may be used for it");
}

} // namespace juggler
