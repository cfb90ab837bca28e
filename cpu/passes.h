// What the CPU backends offer to host: one function each, over views only.
#pragma once

#include "kernels/views.h"

#include <atomic>
#include <cstdint>

namespace juggler {

// A part of the film and of its samples; x, y count film pixels, ends exclusive.
struct PassView {
    uint32_t x0, y0, x1, y1;
    uint32_t first_sample, sample_count;
};

// Renders with one scalar thread. False if `stop` became true before the end. `samples_done` may
// be null; it grows by finished pixel samples.
bool render_sequential(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                       const FilmView& film, const PassView& pass, const std::atomic<bool>* stop,
                       std::atomic<uint64_t>* samples_done, PassCounters& counters);

} // namespace juggler
