#include "host/compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace juggler {
namespace {

// How many of the orders of n + m values have each U, from 0 to n m. An order's last value is of
// the first kind, which adds nothing, or of the second, which is greater than all n of the first:
// count(n, m, u) = count(n - 1, m, u) + count(n, m - 1, u - n). Doubles, for there are many.
std::vector<double> orders_by_u(size_t n, size_t m) {
    std::vector<std::vector<double>> row(n + 1, std::vector<double>(n * m + 1, 0.0));
    for (size_t i = 0; i <= n; ++i)
        row[i][0] = 1; // m = 0
    for (size_t j = 1; j <= m; ++j)
        for (size_t i = 1; i <= n; ++i)
            for (size_t u = n * m + 1; u-- > 0;)
                row[i][u] = row[i - 1][u] + (u >= i ? row[i][u - i] : 0);
    return row[n];
}

double exact_chance(size_t n, size_t m, double u) {
    const std::vector<double> orders = orders_by_u(n, m);
    double all = 0, as_great = 0;
    for (size_t i = 0; i < orders.size(); ++i) {
        all += orders[i];
        if (double(i) >= u) as_great += orders[i];
    }
    return as_great / all;
}

// `ties` is the sum of t^3 - t over groups of t equal values.
double normal_chance(double n, double m, double u, double ties) {
    const double count = n + m;
    const double variance = n * m / 12 * (count + 1 - ties / (count * (count - 1)));
    if (!(variance > 0)) return 1; // all values are equal
    return 0.5 * std::erfc((u - n * m / 2 - 0.5) / std::sqrt(2 * variance));
}

} // namespace

double median(std::span<const double> values) {
    if (values.empty()) return 0;
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double spread(std::span<const double> values) {
    const double middle = median(values);
    if (!(middle > 0)) return 0;
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    return (*greatest - *least) / middle;
}

double chance_of_greater(std::span<const double> earlier, std::span<const double> later) {
    if (earlier.empty() || later.empty()) return 1;
    // U: pairs in which the later value is greater; equal ones count half.
    double u = 0;
    for (const double b : later)
        for (const double a : earlier)
            u += b > a ? 1 : b == a ? 0.5 : 0;
    std::vector<double> all(earlier.begin(), earlier.end());
    all.insert(all.end(), later.begin(), later.end());
    std::sort(all.begin(), all.end());
    double ties = 0;
    for (size_t i = 0; i < all.size();) {
        const auto end = std::upper_bound(all.begin() + std::ptrdiff_t(i), all.end(), all[i]);
        const double t = double(end - all.begin()) - double(i);
        ties += t * t * t - t;
        i = size_t(end - all.begin());
    }
    const bool few = earlier.size() * later.size() <= 2500; // the exact way is cheap
    return ties == 0 && few ? exact_chance(earlier.size(), later.size(), u)
                            : normal_chance(double(earlier.size()), double(later.size()), u, ties);
}

} // namespace juggler
