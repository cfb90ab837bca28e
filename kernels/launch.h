// What the grids of the CUDA backend are given: trivial structs that host code fills and kernels
// take by value, and the shapes both sides agree on.
#pragma once

#include "kernels/views.h"

namespace juggler {

// A block of render_pixels is 16 x 8 pixels, each of its four warps a tile of 8 x 4.
inline constexpr uint32_t render_block_threads = 128;
inline constexpr uint32_t render_block_width = 16, render_block_height = 8;
inline constexpr uint32_t resolve_block_threads = 256;
inline constexpr uint32_t refit_block_threads = 128;
// Blocks of render_pixels_merged, and of render_pixels_compressed, that fit a multiprocessor
// together: 128 registers a thread.
inline constexpr uint32_t merged_blocks = 4;
// Blocks of the grids of a wave, and how many of them fit a multiprocessor together.
inline constexpr uint32_t wave_block_threads = 128;
inline constexpr uint32_t wave_shade_blocks = 4, wave_walk_blocks = 8;

// Samples of every pixel of the rows [first_row, end_row) of a film; all pointers are the device's.
struct RenderTask {
    SceneView scene;
    Bvh2View bvh;
    FrameView frame;
    FilmView film;
    uint32_t first_row, end_row;
    uint32_t first_sample, sample_count;
    PassCounters* counters;
};

// Lengths of the queues of a wave, and how much of each has been taken.
struct WaveCounts {
    uint32_t closest, shadow, closest_taken, shadow_taken;
};

inline constexpr uint32_t most_waves_a_batch = 64;
struct WaveControl {
    uint32_t next_path; // to begin
    WaveCounts counts[most_waves_a_batch];
};

// A wave of the paths in flight (kernels/waves.h); all pointers are the device's.
inline constexpr uint32_t wave_slot_words = 44;
struct WaveTask {
    SceneView scene;
    Bvh2View bvh;
    FrameView frame;
    FilmView film;
    uint32_t first_sample;
    uint32_t path_count; // of the pass: every pixel of the film, then the same for the next sample
    uint32_t* next_path;
    uint32_t slot_count; // a multiple of 32
    uint32_t* words;     // [wave_slot_words][slot_count]
    uint32_t* closest;   // queues, [slot_count]
    uint32_t* shadow;
    WaveCounts* counts; // of this wave, 0 at its start
    PassCounters* counters;
};

// Means of a film: `rgb` is [pixel][3].
struct ResolveTask {
    const FilmPixel* pixels;
    float* rgb;
    uint64_t pixel_count;
    uint32_t sample_count;
};

// Part of a mesh whose vertices have moved: either leaf entries from MeshView::leaf_data on, or
// nodes that `order` names, of one height in the tree.
struct RefitTask {
    SceneView scene;
    uint32_t mesh;
    Bvh2Node* nodes; // these three: of the whole scene
    LeafTriangle* triangles;
    LeafSphere* spheres;
    const uint32_t* order; // nodes of the mesh, counted from Bvh2View::nodes
    uint32_t first, count; // leaf entries, or entries of `order`
};

} // namespace juggler
