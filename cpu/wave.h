// The seam between the baseline and the units of one instruction set each: plain structs and
// function pointers only (docs/architecture.md).
#pragma once

#include "kernels/views.h"

#include <cstddef>
#include <cstdint>

namespace juggler {

// A rectangle of film pixels and a range of samples of each; ends exclusive.
struct WaveTile {
    uint32_t x0, y0, x1, y1;
    uint32_t first_sample, sample_count;
};

// Where a worker gets its tiles: false when there are none left, or the run was stopped. All
// samples of a tile belong to the worker that took it.
struct WaveSource {
    bool (*next)(void* context, WaveTile& tile);
    void* context;
};

// How many paths a worker keeps in flight, and how many of their rays are in the walk at once.
struct WaveSizes {
    uint32_t paths, slots;
};

struct WaveScene {
    SceneView scene;
    Bvh2View bvh;
    WideView tree;
};

// One instruction set's renderer.
struct WaveUnit {
    const char* name; // as on the command line: "avx2"
    uint32_t lanes;   // of a pack
    uint32_t width;   // of the wide tree it walks; 0: it walks the binary tree
    size_t (*workspace_bytes)(WaveSizes sizes, uint32_t stack_need);
    // Renders tiles until the source has none. `workspace` is 64-byte aligned.
    void (*render)(const WaveScene& scene, const FrameView& frame, const FilmView& film,
                   WaveSource source, WaveSizes sizes, void* workspace, PassCounters& counters);
};

WaveUnit wave_unit_baseline(); // what every machine of the architecture has
#ifdef JUGGLER_X86
WaveUnit wave_unit_avx2();
WaveUnit wave_unit_avx512();
#endif
#ifdef JUGGLER_ARM64
WaveUnit wave_unit_neon();
#endif

} // namespace juggler
