#include "host/learn/lanes.h"

#include "kernels/bvh2.h"
#include "kernels/path.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace juggler {
namespace {

// What a lane of a pack works on.
struct Lane {
    PathState<float> state{};
    uint32_t pixel = 0;
    bool busy = false;
};
using Pack = std::array<Lane, LaneCensus::lanes>;

int busy_lanes(const Pack& pack) {
    return int(std::count_if(pack.begin(), pack.end(), [](const Lane& lane) { return lane.busy; }));
}

// Pixels row by row, all samples of one after the other.
class Jobs {
public:
    Jobs(const FrameView& frame, uint32_t samples)
        : width_(frame.width), samples_(samples),
          count_(uint64_t(frame.width) * frame.height * samples) {}

    // The next paths for lanes without one, as long as there are any.
    void deal(const FrameView& frame, Pack& pack) {
        for (Lane& lane : pack) {
            if (lane.busy || next_ == count_) continue;
            lane.pixel = uint32_t(next_ / samples_);
            lane.state = begin_path<float>(frame, lane.pixel % width_, lane.pixel / width_,
                                           uint32_t(next_++ % samples_));
            lane.busy = true;
        }
    }

private:
    uint32_t width_, samples_;
    uint64_t count_, next_ = 0;
};

void count_step(LaneCensus& census, const FrameView& frame, const Pack& pack, int busy) {
    ++census.pack_steps;
    census.lane_steps += uint64_t(busy);
    for (const Lane& lane : pack) {
        if (!lane.busy) continue;
        const uint32_t depth = std::min(uint32_t(lane.state.depth), census.depths - 1);
        const uint32_t strip = lane.pixel % frame.width * LaneCensus::strips / frame.width;
        const size_t at = size_t(depth) * LaneCensus::strips + strip;
        census.work[at] += 1;
        census.cost[at] += double(pack.size()) / busy;
    }
}

// One step of its path, after which the lane may be free.
void step(const CompiledScene& scene, const FrameView& frame, Lane& lane, LaneCensus& census) {
    PathState<float>& state = lane.state;
    const Hit<float> hit = closest_hit(scene.view(), scene.bvh2(), next_ray(state));
    const Ray<float> shadow_ray = after_hit<float>(scene.view(), frame, hit, state);
    if (state.shadow) after_shadow(state, visible_channels(scene.view(), scene.bvh2(), shadow_ray));
    lane.busy = state.alive;
    if (lane.busy) return;
    PassCounters counters{};
    film_add(census.film[lane.pixel], state.L, counters);
}

double share_of(const LaneCensus& census, size_t begin, size_t end) {
    const auto sum = [&](const std::vector<double>& v) {
        return std::accumulate(v.begin() + std::ptrdiff_t(begin), v.begin() + std::ptrdiff_t(end),
                               0.0);
    };
    const double cost = sum(census.cost);
    return cost > 0 ? sum(census.work) / cost : -1;
}

} // namespace

double LaneCensus::share(uint32_t depth, uint32_t strip) const {
    const size_t at = size_t(depth) * strips + strip;
    return share_of(*this, at, at + 1);
}

double LaneCensus::share(uint32_t depth) const {
    return share_of(*this, size_t(depth) * strips, size_t(depth + 1) * strips);
}

double LaneCensus::share() const { return share_of(*this, 0, work.size()); }

LaneCensus count_lanes(const CompiledScene& scene, const FrameView& frame, uint32_t samples,
                       bool refill) {
    LaneCensus census;
    census.depths = frame.max_depth + 1;
    census.work.resize(size_t(census.depths) * LaneCensus::strips);
    census.cost.resize(census.work.size());
    census.film.resize(size_t(frame.width) * frame.height);
    Jobs jobs(frame, samples);
    Pack pack;
    for (;;) {
        if (refill || busy_lanes(pack) == 0) jobs.deal(frame, pack);
        const int busy = busy_lanes(pack);
        if (busy == 0) return census;
        count_step(census, frame, pack, busy);
        for (Lane& lane : pack)
            if (lane.busy) step(scene, frame, lane, census);
    }
}

} // namespace juggler
