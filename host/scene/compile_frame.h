// Between the two ways to compile a scene.
#pragma once

#include "host/scene/compile.h"

namespace juggler {

// As compile_scene, and remembers what the next frame may take over. `before` is the result of an
// earlier call with the same layouts, or null.
CompiledScene compile_frame(SceneDescription&& description, TreeLayouts layouts,
                            const CompiledScene* before);

} // namespace juggler
