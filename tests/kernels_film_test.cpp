// The film at the ends of its range.
#include "kernels/film.h"

#include <gtest/gtest.h>

#include <limits>

namespace juggler {
namespace {

TEST(Film, holds_as_many_samples_of_the_greatest_light_as_it_may) {
    FilmPixel pixel{};
    PassCounters counters{};
    for (uint32_t i = 0; i < film_max_samples; ++i)
        film_add(pixel, {1e30f, film_limit, 0.5f}, counters);
    EXPECT_EQ(film_mean(pixel.rgb[0], film_max_samples), film_limit);
    EXPECT_EQ(film_mean(pixel.rgb[1], film_max_samples), film_limit);
    EXPECT_EQ(film_mean(pixel.rgb[2], film_max_samples), 0.5f);
    EXPECT_EQ(counters.clamped_samples, film_max_samples);
}

TEST(Film, takes_a_sample_that_is_no_number_as_black_and_counts_it) {
    FilmPixel pixel{};
    PassCounters counters{};
    film_add(pixel, {1, std::numeric_limits<float>::quiet_NaN(), 1}, counters);
    film_add(pixel, {-1, 0, 1}, counters);
    EXPECT_EQ(counters.nan_samples, 1u);
    EXPECT_EQ(counters.clamped_samples, 1u);
    EXPECT_EQ(pixel.rgb[0], 0u);
    EXPECT_EQ(film_mean(pixel.rgb[2], 2), 0.5f);
}

} // namespace
} // namespace juggler
