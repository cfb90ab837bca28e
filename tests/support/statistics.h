// What statistical tests are made of: chi-square tests of histograms, means with their standard
// errors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace juggler::test {

// The regularised upper incomplete gamma function Q(a, x): series below the peak, Lentz's continued
// fraction above.
inline double gamma_q(double a, double x) {
    if (x <= 0) return 1;
    const double log_scale = a * std::log(x) - x - std::lgamma(a);
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int k = 1; k < 100000 && term > sum * 1e-15; ++k) {
            term *= x / (a + k);
            sum += term;
        }
        return 1 - sum * std::exp(log_scale);
    }
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int k = 1; k < 100000; ++k) {
        const double an = -k * (k - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (std::fabs(d * c - 1) < 1e-14) break;
    }
    return h * std::exp(log_scale);
}

// Chance of a chi-square statistic this large or larger.
inline double chi_square_p(double statistic, double degrees) {
    return gamma_q(0.5 * degrees, 0.5 * statistic);
}

// p-value of counts against expected counts that sum to about the same; bins that expect fewer
// than 5 are pooled, smallest first.
inline double chi_square_test(const std::vector<double>& observed,
                              const std::vector<double>& expected) {
    std::vector<size_t> order(expected.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return expected[a] < expected[b]; });
    double pooled_observed = 0, pooled_expected = 0;
    size_t first = 0;
    for (; first < order.size() && (pooled_expected < 5 || expected[order[first]] < 5); ++first) {
        pooled_observed += observed[order[first]];
        pooled_expected += expected[order[first]];
    }
    // What no density explains: an empty pool must stay empty.
    if (pooled_expected < 1e-3 && pooled_observed > 0) return 0;
    double statistic = 0;
    const auto add = [&](double o, double e) {
        if (e > 0) statistic += (o - e) * (o - e) / e;
    };
    add(pooled_observed, pooled_expected);
    for (size_t i = first; i < order.size(); ++i)
        add(observed[order[i]], expected[order[i]]);
    return chi_square_p(statistic, std::max(1.0, static_cast<double>(order.size() - first)));
}

// Level of each of `tests` tests so that all pass with chance 0.99 if nothing is wrong (Sidak).
inline double sidak_level(int tests) { return 1 - std::pow(0.99, 1.0 / tests); }

// Mean and its standard error of values that are independent of each other.
class Mean {
public:
    void add(double x) {
        ++count_;
        const double delta = x - mean_;
        mean_ += delta / static_cast<double>(count_);
        squares_ += delta * (x - mean_);
    }
    [[nodiscard]] double mean() const { return mean_; }
    [[nodiscard]] double error() const {
        const auto count = static_cast<double>(count_);
        return count_ < 2 ? 0 : std::sqrt(squares_ / (count - 1) / count);
    }

private:
    uint64_t count_ = 0;
    double mean_ = 0, squares_ = 0;
};

} // namespace juggler::test
