// What the lanes of a pack do while paths end one after another.
#pragma once

#include "host/scene/compile.h"
#include "kernels/views.h"

#include <cstdint>
#include <vector>

namespace juggler {

// Of all packs' steps, how many lanes had a path to work on, by how deep that path was and in which
// strip of the picture. A step of a pack costs the same however many of its lanes have one.
struct LaneCensus {
    static constexpr uint32_t lanes = 8, strips = 32;
    uint32_t depths = 0;
    std::vector<double> work; // [depths][strips] lanes with a path
    std::vector<double> cost; // [depths][strips] lanes of those packs, shared among its paths
    uint64_t pack_steps = 0, lane_steps = 0;
    std::vector<FilmPixel> film;

    // Share of the lanes at work where paths had that depth; negative where there was none.
    [[nodiscard]] double share(uint32_t depth, uint32_t strip) const;
    [[nodiscard]] double share(uint32_t depth) const;
    [[nodiscard]] double share() const;
};

// The steps of kernels/path.h in packs of lanes, which are counted and not timed: a lane is a path
// of the scalar code, with the bits it would have in a pack. Without `refill` a pack takes its next
// paths when the last of its lanes has ended; with it, each lane takes one as soon as its own has.
// The scene has the binary tree.
LaneCensus count_lanes(const CompiledScene& scene, const FrameView& frame, uint32_t samples,
                       bool refill);

} // namespace juggler
