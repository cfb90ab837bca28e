// The list of lights that next-event estimation picks from.
#pragma once

#include "host/scene/arrays.h"
#include "host/scene/description.h"

namespace juggler {

// Fills arrays.lights from the description's lights and from the emissive geometry of
// arrays.instances, sets their picking chances, and links instances to their first light.
// Geometry that moves is not listed: paths find it by themselves. `environment` is the integral of
// the environment's luminance over all directions, 0 if there is none.
void collect_lights(CompiledScene::Arrays& arrays, const std::vector<LightDescription>& lights,
                    double environment);

} // namespace juggler
