// The .cu files of the backend, compiled as C++ and run on fibers.
#pragma once

#include "tests/cuda/executor.h"

namespace juggler::test {

class FiberExecutor : public Executor {
public:
    // Seed 0: in order; others: threads and blocks in orders that the seed picks.
    explicit FiberExecutor(uint64_t seed = 0) : seed_(seed) {}
    [[nodiscard]] cuda::Kernels kernels() const override;
    void launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                const void* argument) override;

private:
    uint64_t seed_;
};

} // namespace juggler::test
