// Entry points of the CUDA backend before and after the paths of a frame (see kernels/render.cu).
#include "kernels/grid.h"

namespace juggler::inline JUGGLER_ISA {

__global__ void __launch_bounds__(resolve_block_threads)
    resolve_mean(const __grid_constant__ ResolveTask task) {
    const uint64_t pixel = uint64_t(blockIdx.x) * resolve_block_threads + threadIdx.x;
    if (pixel < task.pixel_count) resolve_pixel(task, pixel);
}

__global__ void __launch_bounds__(refit_block_threads)
    refit_leaves(const __grid_constant__ RefitTask task) {
    const uint32_t entry = blockIdx.x * refit_block_threads + threadIdx.x;
    if (entry < task.count) refit_leaf(task, task.first + entry);
}

__global__ void __launch_bounds__(refit_block_threads)
    refit_nodes(const __grid_constant__ RefitTask task) {
    const uint32_t entry = blockIdx.x * refit_block_threads + threadIdx.x;
    if (entry < task.count) refit_ordered_node(task, task.first + entry);
}

} // namespace juggler::inline JUGGLER_ISA
