// Where the ways of a program join again.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace juggler::test {

inline constexpr uint32_t no_block = ~0u;

// The blocks that may follow one, `no_block` for fewer than two; a block without any ends the
// program.
using Successors = std::array<uint32_t, 2>;

// Of each block the nearest one that every way from it to the end passes; `no_block` where that is
// the end itself, or the end is never reached. By Cooper, Harvey and Kennedy 2001, "A Simple, Fast
// Dominance Algorithm", on the graph turned around.
std::vector<uint32_t> immediate_post_dominators(const std::vector<Successors>& successors);

} // namespace juggler::test
