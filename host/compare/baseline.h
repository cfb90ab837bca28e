// Whether times got worse since an earlier measurement.
#pragma once

#include <span>

namespace juggler {

struct Change {
    double earlier = 0, now = 0; // medians, seconds
    double chance = 1;           // that nothing has changed and it still looks this much slower
    bool worse = false;

    // 0.1: takes a tenth longer.
    [[nodiscard]] double share() const { return earlier > 0 ? now / earlier - 1 : 0; }
};

// Worse: slower by more than `limit`, a share, and beyond chance at one in a hundred.
Change judge_change(std::span<const double> earlier, std::span<const double> now, double limit);

} // namespace juggler
