// Something that runs grids without a GPU.
#pragma once

#include "host/cuda/runtime.h"

namespace juggler::test {

class Executor {
public:
    virtual ~Executor() = default;
    [[nodiscard]] virtual cuda::Kernels kernels() const = 0;
    // Throws std::runtime_error for what a GPU would not forgive.
    virtual void launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                        const void* argument) = 0;
};

} // namespace juggler::test
