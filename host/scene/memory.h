// How much memory a scene is going to take, before any of it is taken.
#pragma once

#include "host/scene/compile.h"

#include <cstdint>

namespace juggler {

struct SceneMemory {
    uint64_t geometry = 0; // attributes and indices
    uint64_t trees = 0;    // and what building the largest of them takes
    uint64_t textures = 0;
    uint64_t held = 0; // by the description now; compiling it hands this on or gives it back
    [[nodiscard]] uint64_t total() const { return geometry + trees + textures; }
};

// Of compile_scene(scene, layouts) at its height. Trees depend on what is in them: for them it is
// what common scenes take at most, and thus rather too much than too little.
SceneMemory estimate_memory(const SceneDescription& scene, const TreeLayouts& layouts);

} // namespace juggler
