// The tables by which kernels look up and sample a picture of the light from all directions.
#pragma once

#include "host/scene/arrays.h"
#include "host/scene/description.h"

namespace juggler {

// Fills the environment of the arrays' scene from the sky's picture. What the frame before had of
// the same picture is copied; it may be null. Returns the integral of luminance over all
// directions.
double add_environment(CompiledScene::Arrays& arrays, const SkyDescription& sky,
                       const CompiledScene::Arrays* before);

} // namespace juggler
