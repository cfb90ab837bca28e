// CUDA's built-in names over fibers: with this header in front (-include), a .cu file without
// chevrons is plain C++. One block runs at a time, so static memory is shared memory.
#pragma once

#include "tests/cuda/fibers.h"

#include <bit>
#include <cstdint>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __constant__ static
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline

// Names that the language of .cu files gives.
#define threadIdx (juggler::test::fibers::here.thread)
#define blockIdx (juggler::test::fibers::here.block)
#define blockDim (juggler::test::fibers::here.block_size)
#define gridDim (juggler::test::fibers::here.grid_size)

inline void __syncthreads() { juggler::test::fibers::wait_for_block(); }
inline void __syncwarp(uint32_t mask = 0xffffffffu) {
    (void)juggler::test::fibers::exchange(mask, 0);
}

template <class T>
T __shfl_sync(uint32_t mask, T value, int source) {
    static_assert(sizeof(T) == 4);
    const auto words = juggler::test::fibers::exchange(mask, std::bit_cast<uint32_t>(value));
    return std::bit_cast<T>(words[static_cast<uint32_t>(source) % 32]);
}
// Lanes beyond the last have their own value.
template <class T>
T __shfl_down_sync(uint32_t mask, T value, uint32_t distance) {
    static_assert(sizeof(T) == 4);
    const auto words = juggler::test::fibers::exchange(mask, std::bit_cast<uint32_t>(value));
    const uint32_t source = juggler::test::fibers::lane() + distance;
    return source < 32 ? std::bit_cast<T>(words[source]) : value;
}
inline uint32_t __ballot_sync(uint32_t mask, bool vote) {
    const auto words = juggler::test::fibers::exchange(mask, vote ? 1u : 0u);
    uint32_t ballot = 0;
    for (uint32_t lane = 0; lane < 32; ++lane)
        ballot |= (mask >> lane & words[lane] & 1) << lane;
    return ballot;
}
inline bool __any_sync(uint32_t mask, bool vote) { return __ballot_sync(mask, vote) != 0; }
inline bool __all_sync(uint32_t mask, bool vote) { return __ballot_sync(mask, vote) == mask; }
inline int __popc(uint32_t x) { return std::popcount(x); }
inline int __ffs(uint32_t x) { return x == 0 ? 0 : std::countr_zero(x) + 1; }

template <class T>
T atomicAdd(T* sum, T value) {
    const T before = *sum;
    *sum = before + value;
    return before;
}
