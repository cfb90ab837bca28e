// From the light of a scene to the light of a display: exposure, then a tone curve.
#pragma once

#include "host/scene/description.h"

#include <span>

namespace juggler {

struct ToneSettings {
    ToneMap curve = ToneMap::aces;
    float exposure = 0; // stops: +1 doubles the light
};

// 2^stops, for stops in [-126, 127]; exact for whole stops.
float exposure_factor(float stops);

// In place, rgb is [pixel][3]; afterwards every value is in [0, 1], still linear.
//
// clamp: no curve. reinhard: the extended curve on luminance (Reinhard et al. 2002, equation 4),
// L' = L (1 + L / white^2) / (1 + L) with white = 4, colours keep their hue until they clip.
// aces: the reference rendering and output transforms for sRGB as fitted by Stephen Hill, fed with
// 1 / 0.6 of the light, so that grey 0.18 comes out as 0.21.
// agx: Troy Sobotka's AgX without a look, as fitted by Benjamin Wrensch ("Minimal AgX
// Implementation", 2023): bright colours fade to white, hues stay.
void apply_tone(std::span<float> rgb, const ToneSettings& settings);

} // namespace juggler
