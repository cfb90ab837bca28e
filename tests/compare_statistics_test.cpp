// Medians, and the U-test against all orders counted one by one.
#include "host/compare/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace juggler {
namespace {

TEST(Statistics, MedianIsTheMiddle) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(median(std::vector<double>{3, 1, 2}), 2);
    EXPECT_EQ(median(std::vector<double>{4, 1, 3, 2}), 2.5);
    EXPECT_EQ(spread(std::vector<double>{4, 1, 3, 2}), 1.2);
}

// The share of all ways to deal the values out in which U is at least as great.
double by_counting(std::vector<double> earlier, std::vector<double> later) {
    const auto u_of = [](const std::vector<double>& a, const std::vector<double>& b) {
        double u = 0;
        for (const double y : b)
            for (const double x : a)
                u += y > x ? 1 : 0;
        return u;
    };
    const double seen = u_of(earlier, later);
    std::vector<double> all = earlier;
    all.insert(all.end(), later.begin(), later.end());
    std::vector<int> kind(all.size(), 0);
    std::fill(kind.begin() + std::ptrdiff_t(earlier.size()), kind.end(), 1);
    double count = 0, as_great = 0;
    do {
        std::vector<double> a, b;
        for (size_t i = 0; i < all.size(); ++i)
            (kind[i] == 0 ? a : b).push_back(all[i]);
        count += 1;
        as_great += u_of(a, b) >= seen ? 1 : 0;
    } while (std::next_permutation(kind.begin(), kind.end()));
    return as_great / count;
}

TEST(Statistics, UTestCountsOrders) {
    const std::vector<double> a{1.0, 2.5, 3.1, 0.4, 7.0}, b{2.0, 2.9, 8.0, 9.5};
    EXPECT_NEAR(chance_of_greater(a, b), by_counting(a, b), 1e-12);
    EXPECT_NEAR(chance_of_greater(b, a), by_counting(b, a), 1e-12);
    // All later ones greater: one order of 10 over 5.
    EXPECT_NEAR(
        chance_of_greater(std::vector<double>{1, 2, 3, 4, 5}, std::vector<double>{6, 7, 8, 9, 10}),
        1.0 / 252, 1e-12);
}

TEST(Statistics, UTestKnowsTiesAndMany) {
    const std::vector<double> same(20, 1.0);
    EXPECT_EQ(chance_of_greater(same, same), 1);
    EXPECT_EQ(chance_of_greater({}, same), 1);
    std::vector<double> a, b;
    for (int i = 0; i < 60; ++i) {
        a.push_back(i);
        b.push_back(i + 0.5); // hardly greater, and too many to count orders
    }
    EXPECT_NEAR(chance_of_greater(a, b), 0.44, 0.05);
    for (double& value : b)
        value += 30;
    EXPECT_LT(chance_of_greater(a, b), 1e-6);
}

} // namespace
} // namespace juggler
