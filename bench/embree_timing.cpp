#include "bench/embree_timing.h"

#include <algorithm>
#include <cmath>

#include <time.h>

namespace juggler {
namespace {

double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

} // namespace

double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }
double thread_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

void time_interleaved(std::span<Variant> variants, unsigned rounds, double (*clock)()) {
    for (Variant& variant : variants)
        variant.run();
    for (unsigned round = 0; round < rounds; ++round) {
        for (size_t i = 0; i < variants.size(); ++i) {
            Variant& variant = variants[(i + round) % variants.size()];
            const double start = clock();
            variant.run();
            variant.seconds.push_back(clock() - start);
        }
    }
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

double speed_ratio(const Variant& a, const Variant& b) {
    std::vector<double> ratios;
    for (size_t round = 0; round < a.seconds.size(); ++round)
        ratios.push_back(b.seconds[round] / a.seconds[round]);
    return median(ratios);
}

double spread(const std::vector<double>& values) {
    if (values.empty()) return 0;
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    return 0.5 * (*greatest - *least) / median(values);
}

double geometric_mean(std::span<const double> values) {
    double sum = 0;
    for (double value : values)
        sum += std::log(value);
    return values.empty() ? 0 : std::exp(sum / double(values.size()));
}

} // namespace juggler
