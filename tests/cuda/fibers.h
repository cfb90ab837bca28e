// CUDA threads as fibers: one block at a time, every thread on a stack of its own, switched where
// threads wait for each other.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

namespace juggler::test::fibers {

struct Index {
    uint32_t x = 0, y = 0, z = 0;
};
struct Shape {
    uint32_t x = 1, y = 1, z = 1;
};

// Of the thread that runs.
struct Place {
    Index thread, block;
    Shape block_size, grid_size;
};
extern Place here;

// Runs `thread` for every thread of the grid. Seed 0: blocks and threads in order; others: in an
// order that the seed picks, new in every round. Throws std::runtime_error where threads wait for
// what cannot come.
void run(Shape grid, Shape block, const std::function<void()>& thread, uint64_t seed);

// For threads: waits for all of the block.
void wait_for_block();
// For threads: waits for the lanes of `mask`, then has everyone's word.
std::array<uint32_t, 32> exchange(uint32_t mask, uint32_t word);
uint32_t lane();

} // namespace juggler::test::fibers
