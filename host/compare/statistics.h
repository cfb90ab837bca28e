// What can be said of times measured again and again.
#pragma once

#include <span>

namespace juggler {

// The middle value, or the mean of the two in the middle; 0 for none.
double median(std::span<const double> values);

// From the least to the greatest, as a share of the median.
double spread(std::span<const double> values);

// How likely it is that values of one and the same source would fall so that `later` looks at least
// this much greater than `earlier`: the one-sided test of Mann and Whitney (1947), which asks
// nothing of how the values are distributed. Exact where no two values are equal, else by the
// normal approximation with its correction for ties. 1 if either is empty.
double chance_of_greater(std::span<const double> earlier, std::span<const double> later);

} // namespace juggler
