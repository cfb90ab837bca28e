// The sRGB curve for 8-bit codes as exact tables (scripts/make_tables.py writes them).
#pragma once

namespace juggler {

extern const float srgb8_to_linear[256]; // light of code i, rounded to float once
extern const float srgb8_threshold[255]; // the least light that is encoded as i + 1 or more

} // namespace juggler
