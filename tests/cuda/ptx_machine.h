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

// What warps issue when their threads go in step: threads that part at a branch are followed one
// side after the other and meet again where all ways from it join, its immediate post-dominator
// (Fung, Sham, Yuan and Aamodt 2007, "Dynamic Warp Formation and Scheduling for Efficient GPU
// Control Flow"). Instructions are those of PTX.
struct WarpCounts {
    uint64_t instructions = 0; // of warps
    uint64_t lanes = 0;        // of threads: 32 times as many at best
    // Pieces of 32 bytes that loads and stores of a warp touch, counted once an instruction.
    uint64_t sectors = 0;
    uint64_t local_sectors = 0; // of them in local memory, where the same word of threads lies side
                                // by side
};

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
    // Instructions of threads so far.
    [[nodiscard]] uint64_t executed() const { return executed_; }
    // From now on warps go in step and are counted, by kernel.
    void count_warps() { counts_warps_ = true; }
    [[nodiscard]] const WarpCounts& counts(const void* kernel) { return counts_[kernel]; }
    [[nodiscard]] WarpCounts total() const; // of all kernels

private:
    struct Entry;
    struct Block;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::function<MemoryRange(const void*)> range_of_;
    uint64_t seed_;
    uint64_t executed_ = 0;
    bool counts_warps_ = false;
    std::map<const void*, WarpCounts> counts_;
};

} // namespace juggler::test
