// Runs the PTX that nvcc made, on the CPU, instruction by instruction, one block at a time. It
// knows what our kernels are made of and refuses everything else; memory accesses are checked.
//
// The instructions: NVIDIA, "Parallel Thread Execution ISA", chapter 9.
#pragma once

#include "tests/cuda/executor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace juggler::test {

class PtxMachine : public Executor {
public:
    // Throws std::runtime_error for an instruction it does not know. Seed 0: threads in order, else
    // in the seed's.
    explicit PtxMachine(std::string_view ptx, uint64_t seed = 0);
    ~PtxMachine() override;
    PtxMachine(const PtxMachine&) = delete;
    PtxMachine& operator=(const PtxMachine&) = delete;

    // The entry whose (mangled) name contains `part`; null if there is none.
    [[nodiscard]] const void* entry(std::string_view part) const;
    [[nodiscard]] cuda::Kernels kernels() const override;
    void watch(std::function<MemoryRange(const void*)> range_of) override {
        range_of_ = std::move(range_of);
    }
    // Throws std::runtime_error for a bad access, or threads that wait for what cannot come.
    void launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                const void* argument) override;
    // Instructions so far.
    [[nodiscard]] uint64_t executed() const { return executed_; }

private:
    struct Entry;
    struct Block;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::function<MemoryRange(const void*)> range_of_;
    uint64_t seed_;
    uint64_t executed_ = 0;
};

} // namespace juggler::test
