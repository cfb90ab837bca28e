// Entry points of the CUDA backend that follow paths. What their threads do is in kernels/grid.h.
// Nothing but CUDA's built-in names keeps this file from being plain C++: tests compile it with a
// header of their own that defines them.
#include "kernels/grid.h"
#include "kernels/waves.h"

namespace juggler::inline JUGGLER_ISA {

// Adds `value` of every lane of a full warp to *total.
__device__ static inline void add_over_warp(uint64_t* total, uint32_t value) {
    for (int distance = 16; distance > 0; distance /= 2)
        value += __shfl_down_sync(0xffffffffu, value, distance);
    if (threadIdx.x % 32 == 0 && value != 0)
        atomicAdd(reinterpret_cast<unsigned long long*>(total),
                  static_cast<unsigned long long>(value));
}

__device__ static inline void add_counters(const RenderTask& task, const ThreadCounters& counters) {
    __syncwarp();
    add_over_warp(&task.counters->camera_rays, counters.camera_rays);
    add_over_warp(&task.counters->scattered_rays, counters.scattered_rays);
    add_over_warp(&task.counters->shadow_rays, counters.shadow_rays);
    add_over_warp(&task.counters->nan_samples, counters.nan_samples);
    add_over_warp(&task.counters->clamped_samples, counters.clamped_samples);
}

// The next three are written out: nvcc does not inline a function that is given another one.
__global__ void __launch_bounds__(render_block_threads)
    render_pixels(const __grid_constant__ RenderTask task) {
    PixelPlace at = pixel_of(blockIdx.x, blockIdx.y, threadIdx.x);
    at.y += task.first_row;
    ThreadCounters counters{};
    if (at.x < task.film.width && at.y < task.end_row) render_pixel(task, at, counters);
    add_counters(task, counters);
}

// The compiler has to make do with the registers that let so many blocks share a multiprocessor.
__global__ void __launch_bounds__(render_block_threads, merged_blocks)
    render_pixels_merged(const __grid_constant__ RenderTask task) {
    PixelPlace at = pixel_of(blockIdx.x, blockIdx.y, threadIdx.x);
    at.y += task.first_row;
    ThreadCounters counters{};
    if (at.x < task.film.width && at.y < task.end_row)
        render_pixel_stepped<MergedWalker>(task, at, counters);
    add_counters(task, counters);
}

// For scenes with a compressed tree.
__global__ void __launch_bounds__(render_block_threads, merged_blocks)
    render_pixels_compressed(const __grid_constant__ RenderTask task) {
    PixelPlace at = pixel_of(blockIdx.x, blockIdx.y, threadIdx.x);
    at.y += task.first_row;
    ThreadCounters counters{};
    if (at.x < task.film.width && at.y < task.end_row)
        render_pixel_stepped<CompressedWalker>(task, at, counters);
    add_counters(task, counters);
}

__global__ void __launch_bounds__(wave_block_threads, wave_shade_blocks)
    wave_shade(const __grid_constant__ WaveTask task) {
    const uint32_t slot = blockIdx.x * wave_block_threads + threadIdx.x;
    if (slot < task.slot_count) shade_slot(task, slot);
}

__global__ void __launch_bounds__(wave_block_threads, wave_walk_blocks)
    wave_closest(const __grid_constant__ WaveTask task) {
    walk_queue<MergedWalker, ray_closest>(task);
}

__global__ void __launch_bounds__(wave_block_threads, wave_walk_blocks)
    wave_shadow(const __grid_constant__ WaveTask task) {
    walk_queue<MergedWalker, ray_shadow>(task);
}

// For scenes with a compressed tree.
__global__ void __launch_bounds__(wave_block_threads, wave_walk_blocks)
    wave_closest_compressed(const __grid_constant__ WaveTask task) {
    walk_queue<CompressedWalker, ray_closest>(task);
}

__global__ void __launch_bounds__(wave_block_threads, wave_walk_blocks)
    wave_shadow_compressed(const __grid_constant__ WaveTask task) {
    walk_queue<CompressedWalker, ray_shadow>(task);
}

} // namespace juggler::inline JUGGLER_ISA
