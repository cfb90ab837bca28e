#include "tests/cuda/fiber_executor.h"

#include "host/cuda/entries.h"
#include "tests/cuda/fibers.h"

#include <stdexcept>

// kernels/*.cu, compiled with JUGGLER_ISA=emulated and emulated_common.
JUGGLER_RENDER_ENTRIES(JUGGLER_DECLARE_ENTRY, emulated)
JUGGLER_FRAME_ENTRIES(JUGGLER_DECLARE_ENTRY, emulated)
JUGGLER_RENDER_ENTRIES(JUGGLER_DECLARE_ENTRY, emulated_common)

namespace juggler::test {
namespace {

// Calls `kernel` in every thread, if it is the one that is wanted.
template <class Task>
bool try_run(void (*kernel)(Task), const void* wanted, fibers::Shape grid, fibers::Shape block,
             const void* argument, uint64_t seed) {
    if (wanted != reinterpret_cast<const void*>(kernel)) return false;
    const Task task = *static_cast<const Task*>(argument);
    fibers::run(
        grid, block, [&] { kernel(task); }, seed);
    return true;
}

} // namespace

cuda::Kernels FiberExecutor::kernels() const {
    return JUGGLER_KERNELS_OF(emulated, emulated_common);
}

void FiberExecutor::launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                           const void* argument) {
    const fibers::Shape grid{blocks.x, blocks.y, 1}, block{block_threads, 1, 1};
    const uint64_t seed = seed_;
    if (seed_ != 0) ++seed_;
#define JUGGLER_TRY_ENTRY(isa, entry, Task)                                                        \
    try_run(isa::entry, kernel, grid, block, argument, seed) ||
    if (!(JUGGLER_RENDER_ENTRIES(JUGGLER_TRY_ENTRY, emulated)
              JUGGLER_RENDER_ENTRIES(JUGGLER_TRY_ENTRY, emulated_common)
                  JUGGLER_FRAME_ENTRIES(JUGGLER_TRY_ENTRY, emulated) false))
        throw std::runtime_error("there is no such kernel");
}

} // namespace juggler::test
