#include "host/compare/baseline.h"

#include "host/compare/statistics.h"

namespace juggler {

Change judge_change(std::span<const double> earlier, std::span<const double> now, double limit) {
    Change change{median(earlier), median(now), chance_of_greater(earlier, now), false};
    change.worse = change.share() > limit && change.chance < 0.01;
    return change;
}

} // namespace juggler
