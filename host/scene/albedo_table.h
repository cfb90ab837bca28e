// The tables of kernels/albedo.h (scripts/make_albedo.cpp writes them).
#pragma once

#include "kernels/albedo.h"

namespace juggler {

extern const uint16_t albedo_fractions[albedo_words]; // of 65535

// The same as floats, rounded once: what SceneView::albedo points to.
const float* albedo_table();

} // namespace juggler
