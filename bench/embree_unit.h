// The seam between the bench and its units of one instruction set each (cpu/wave.h has the same for
// the product): plain structs and function pointers.
#pragma once

#include "cpu/wave.h"

#include <cstdint>

namespace juggler {

// Rays component by component; `count` is a multiple of 16.
struct RayList {
    const float *o[3], *d[3], *t_max, *time;
    const uint32_t* filter_key;
    uint32_t count;
};

// What was found, entry i for ray i. Shadow rays set `visible` alone.
struct HitList {
    float *t, *u, *v;
    uint32_t *instance, *primitive;
    uint32_t* visible; // bits r = 1, g = 2, b = 4
};

// What a walk of the wide tree touched, summed over rays.
struct Visits {
    uint64_t rays, nodes, leaves, instances;
};

// Where a picture's time went, in ticks of the processor's time stamp.
struct WalkTicks {
    uint64_t closest, shadow, camera, all;
};

// How rays are walked: one by one for the closest hit, the same in packs, one by one for any hit.
enum class WalkKind { closest, camera, shadow };

struct EmbreeUnit {
    WaveUnit own; // the product's
    // The product's driver and shading with Embree's walk: WaveScene::tree.lines is the RTCScene.
    WaveUnit embree;         // by single rays
    WaveUnit embree_packets; // camera rays in packets of the unit's lanes
    // As own.render, by the clock. One thread at a time may call.
    WalkTicks (*render_timed)(const WaveScene& scene, const FrameView& frame, const FilmView& film,
                              WaveSource source, WaveSizes sizes, void* workspace,
                              PassCounters& counters);
    // Walks the wide tree, `sizes.paths` rays at a time as a wavefront would. Returns how many were
    // walked one by one.
    uint64_t (*walk)(const WaveScene& scene, const RayList& rays, WalkKind kind, WaveSizes sizes,
                     void* workspace, const HitList& hits);
    // One by one.
    void (*count_visits)(const WaveScene& scene, const RayList& rays, bool shadow, void* workspace,
                         Visits& visits);
};

EmbreeUnit embree_unit_avx2();
EmbreeUnit embree_unit_avx512();
EmbreeUnit embree_unit_other(); // of another version of the kernels (JUGGLER_BENCH_OTHER)

} // namespace juggler
