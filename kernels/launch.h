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
