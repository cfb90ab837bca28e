// Timing of variants against each other on a machine that may be busy with other things.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace juggler {

double wall_seconds();
double thread_seconds(); // processor time of the calling thread

struct Variant {
    std::string name;
    std::function<void()> run;
    std::vector<double> seconds = {}; // one a round
};

// One round that does not count, then `rounds` in which every variant runs once, each round
// starting with another one. `clock` is one of the two above.
void time_interleaved(std::span<Variant> variants, unsigned rounds, double (*clock)());

double median(std::vector<double> values);
// Median over the rounds of how many times as fast `a` was as `b` in the same round.
double speed_ratio(const Variant& a, const Variant& b);
// Half the distance from the least to the greatest, over the median.
double spread(const std::vector<double>& values);
double geometric_mean(std::span<const double> values);

} // namespace juggler
