// The four ways to arrange the same work, on purpose and comparable.
#pragma once

#include <cstdint>
#include <string_view>

namespace juggler {

enum class Arrangement : uint8_t {
    sequential, // one thing at a time
    concurrent, // one thread; whatever waits lets another frame go on
    parallel,   // workers of one thread each, every one doing whole frames
    both,       // stages on threads of their own, the renderer on all cores
};

constexpr std::string_view arrangement_name(Arrangement arrangement) {
    constexpr std::string_view names[] = {"sequential", "concurrent", "parallel", "both"};
    return names[size_t(arrangement)];
}

} // namespace juggler
