// How different two pictures look to people who flip between them: FLIP, for pictures of codes
// (Andersson et al. 2020, "FLIP: A Difference Evaluator for Alternating Images") and of light
// (Andersson et al. 2021, "Visualizing Errors in Rendered High Dynamic Range Images").
#pragma once

#include "host/image/read.h"

#include <cstdint>
#include <vector>

namespace juggler {

struct FlipMap {
    uint32_t width = 0, height = 0;
    std::vector<float> error; // [height][width], 0: looks the same, to 1
    double mean = 0;
    float max = 0;
    uint32_t max_x = 0, max_y = 0; // of the first pixel with that error
};

// For a viewer 0.7 m from a screen 0.7 m and 3840 pixels wide. Alpha is not looked at. The pictures
// must be of one kind and size; light that is no finite number counts as black or as very bright.
FlipMap flip(const AnyPicture& reference, const AnyPicture& test);

// Errors as colours, from black over purple and orange to pale yellow, [height][width][3].
std::vector<uint8_t> heat_map(const FlipMap& map);

} // namespace juggler
