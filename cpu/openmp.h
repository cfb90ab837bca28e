// `openmp`: the wavefront of an instruction set on every core.
#pragma once

#include "cpu/tiles.h"
#include "cpu/wave.h"

#include <span>

namespace juggler {

// Memory of one worker: workspace_bytes of its unit, 64-byte aligned.
struct WorkerMemory {
    void* workspace;
    PassCounters counters; // of this pass
};

// Runs one worker a memory entry until the dispenser is empty. One thread at a time may call.
void render_openmp(const WaveUnit& unit, const WaveScene& scene, const FrameView& frame,
                   const FilmView& film, TileDispenser& tiles, WaveSizes sizes,
                   std::span<WorkerMemory> workers);

// What OMP_NUM_THREADS says; 0 if it says nothing.
unsigned openmp_threads_wanted();

} // namespace juggler
