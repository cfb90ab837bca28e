// How much time a tree is worth. It never shows in a picture.
#pragma once

#include <cstdint>

namespace juggler {

enum class TreeQuality : uint8_t {
    quick,  // split across the widest axis only
    normal, // the best split of all three axes
    high,   // normal, and then large subtrees are put where they belong (reinsert.h)
};

} // namespace juggler
