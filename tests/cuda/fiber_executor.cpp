#include "tests/cuda/fiber_executor.h"

#include "kernels/launch.h"
#include "tests/cuda/fibers.h"

#include <stdexcept>

// kernels/*.cu, compiled with JUGGLER_ISA=emulated and emulated_common.
namespace juggler::emulated {
void render_pixels(RenderTask task);
void render_pixels_merged(RenderTask task);
void render_pixels_compressed(RenderTask task);
void wave_shade(WaveTask task);
void wave_closest(WaveTask task);
void wave_shadow(WaveTask task);
void wave_closest_compressed(WaveTask task);
void wave_shadow_compressed(WaveTask task);
void resolve_mean(ResolveTask task);
void refit_leaves(RefitTask task);
void refit_nodes(RefitTask task);
} // namespace juggler::emulated
namespace juggler::emulated_common {
void render_pixels(RenderTask task);
void render_pixels_merged(RenderTask task);
void render_pixels_compressed(RenderTask task);
void wave_shade(WaveTask task);
void wave_closest(WaveTask task);
void wave_shadow(WaveTask task);
void wave_closest_compressed(WaveTask task);
void wave_shadow_compressed(WaveTask task);
} // namespace juggler::emulated_common

namespace juggler::test {
namespace {

template <class Task>
const void* address(void (*kernel)(Task)) {
    return reinterpret_cast<const void*>(kernel);
}

// Calls `kernel` in every thread, if it is the one that is wanted.
template <class Task>
bool try_run(void (*kernel)(Task), const void* wanted, fibers::Shape grid, fibers::Shape block,
             const void* argument, uint64_t seed) {
    if (wanted != address(kernel)) return false;
    const Task task = *static_cast<const Task*>(argument);
    fibers::run(
        grid, block, [&] { kernel(task); }, seed);
    return true;
}

} // namespace

cuda::Kernels FiberExecutor::kernels() const {
    return {
        {address(emulated::render_pixels), address(emulated::render_pixels_merged),
         address(emulated::render_pixels_compressed), address(emulated::wave_shade),
         address(emulated::wave_closest), address(emulated::wave_shadow),
         address(emulated::wave_closest_compressed), address(emulated::wave_shadow_compressed)},
        {address(emulated_common::render_pixels), address(emulated_common::render_pixels_merged),
         address(emulated_common::render_pixels_compressed), address(emulated_common::wave_shade),
         address(emulated_common::wave_closest), address(emulated_common::wave_shadow),
         address(emulated_common::wave_closest_compressed),
         address(emulated_common::wave_shadow_compressed)},
        address(emulated::resolve_mean),
        address(emulated::refit_leaves),
        address(emulated::refit_nodes)};
}

void FiberExecutor::launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                           const void* argument) {
    const fibers::Shape grid{blocks.x, blocks.y, 1}, block{block_threads, 1, 1};
    const uint64_t seed = seed_;
    if (seed_ != 0) ++seed_;
    if (!try_run(emulated::render_pixels, kernel, grid, block, argument, seed) &&
        !try_run(emulated::render_pixels_merged, kernel, grid, block, argument, seed) &&
        !try_run(emulated::render_pixels_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated::wave_shade, kernel, grid, block, argument, seed) &&
        !try_run(emulated::wave_closest, kernel, grid, block, argument, seed) &&
        !try_run(emulated::wave_shadow, kernel, grid, block, argument, seed) &&
        !try_run(emulated::wave_closest_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated::wave_shadow_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::render_pixels, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::render_pixels_merged, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::render_pixels_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::wave_shade, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::wave_closest, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::wave_shadow, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::wave_closest_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated_common::wave_shadow_compressed, kernel, grid, block, argument, seed) &&
        !try_run(emulated::resolve_mean, kernel, grid, block, argument, seed) &&
        !try_run(emulated::refit_leaves, kernel, grid, block, argument, seed) &&
        !try_run(emulated::refit_nodes, kernel, grid, block, argument, seed))
        throw std::runtime_error("there is no such kernel");
}

} // namespace juggler::test
