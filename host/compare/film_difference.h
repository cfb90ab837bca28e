// Whether two films are the same, sum by sum.
#pragma once

#include "kernels/views.h"

#include <cstdint>
#include <span>
#include <string>

namespace juggler {

struct FilmDifference {
    uint64_t pixel_count = 0;
    uint64_t differing = 0;             // pixels with any sum that is not equal
    uint32_t x = 0, y = 0, channel = 0; // of the first such sum, row by row; in the whole picture
    double reference = 0, other = 0;    // means of the samples there

    [[nodiscard]] bool identical() const { return differing == 0; }
};

// Films of the same window of `sample_count` samples a pixel.
FilmDifference compare_films(const FilmView& reference, const FilmView& other,
                             uint32_t sample_count);

// "identical: 240 of 240 pixels", or how many differ, where the first is and both values.
std::string sentence(const FilmDifference& d);

} // namespace juggler
