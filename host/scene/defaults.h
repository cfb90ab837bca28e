// What a scene shows when its file leaves something out: light and a camera.
#pragma once

#include "host/scene/description.h"

#include <span>

namespace juggler {

// True if something gives light: a light, a sky that is not black, a used material that emits. A
// material whose emission comes from a texture does not count: lit details, not lamps. Unlit
// materials need no light.
bool has_light(const SceneDescription& scene);

// A soft blue sky and a sun from above, left and front.
void add_default_light(SceneDescription& scene);

// A camera at three quarters from the front that sees everything but ground planes, in all of the
// scenes (frames of one animation); fits any shape of picture.
CameraDescription framed_camera(std::span<const SceneDescription> scenes);
CameraDescription framed_camera(const SceneDescription& scene);

} // namespace juggler
