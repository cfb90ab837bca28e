// 64-bit values as text: hashes in files and reports.
#pragma once

#include <cstdint>
#include <string>

namespace juggler {

// 16 digits, lower case.
inline std::string hex(uint64_t value) {
    std::string text(16, '0');
    for (size_t i = text.size(); i-- > 0; value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    return text;
}

} // namespace juggler
