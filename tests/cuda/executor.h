// Something that runs grids without a GPU.
#pragma once

#include "host/cuda/runtime.h"

#include <functional>

namespace juggler::test {

struct MemoryRange {
    const std::byte *begin = nullptr, *end = nullptr;
};

class Executor {
public:
    virtual ~Executor() = default;
    // Tells which piece of device memory an address is in, for those that check.
    virtual void watch(std::function<MemoryRange(const void*)>) {}
    [[nodiscard]] virtual cuda::Kernels kernels() const = 0;
    // Throws std::runtime_error for what a GPU would not forgive.
    virtual void launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                        const void* argument) = 0;
};

} // namespace juggler::test
