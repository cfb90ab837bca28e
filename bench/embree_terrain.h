// A landscape of 1,002,528 triangles, the same on every machine.
#pragma once

#include "host/scene/description.h"

namespace juggler {

SceneDescription make_terrain();

} // namespace juggler
