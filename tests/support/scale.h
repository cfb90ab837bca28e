// How much longer than usual the tests that count are to run.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace juggler::test {

// 1 for `quick` runs; the `full` label sets JUGGLER_TEST_SCALE to more.
inline uint32_t scale() {
    const char* text = std::getenv("JUGGLER_TEST_SCALE");
    const int value = text == nullptr ? 1 : std::atoi(text);
    return value > 0 ? static_cast<uint32_t>(value) : 1;
}

} // namespace juggler::test
