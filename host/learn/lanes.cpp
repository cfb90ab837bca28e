#include "host/learn/lanes.h"

#include "kernels/bvh2.h"
#include "kernels/path.h"
#include "kernels/wide.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace juggler {
namespace {

constexpr int n = int(LaneCensus::lanes);
using F = PackFloat<n>;
using U = PackUint<n>;
constexpr uint32_t everyone = (1u << n) - 1;

template <class Pack, class T>
void set_lane(Pack& pack, int i, T value) {
    static_assert(sizeof(Pack) == n * sizeof(T));
    std::memcpy(reinterpret_cast<char*>(&pack) + size_t(i) * sizeof(T), &value, sizeof value);
}

// Pixels row by row, all samples of one after the other.
class Jobs {
public:
    Jobs(const FrameView& frame, uint32_t samples)
        : width_(frame.width), samples_(samples),
          count_(uint64_t(frame.width) * frame.height * samples) {}

    // The next paths for the lanes in `wanted`; returns those that got one.
    uint32_t deal(const FrameView& frame, uint32_t wanted, PathState<F>& state,
                  uint32_t (&pixel)[n]) {
        U x(0u), y(0u), sample(0u);
        uint32_t dealt = 0;
        for (int i = 0; i < n; ++i) {
            if ((wanted >> i & 1) == 0 || next_ == count_) continue;
            pixel[i] = uint32_t(next_ / samples_);
            set_lane(x, i, pixel[i] % width_);
            set_lane(y, i, pixel[i] / width_);
            set_lane(sample, i, uint32_t(next_++ % samples_));
            dealt |= 1u << i;
        }
        if (dealt == 0) return 0;
        const PathState<F> fresh = begin_path<F>(frame, x, y, sample);
        for (int i = 0; i < n; ++i)
            if (dealt >> i & 1) copy_lane(state, fresh, i);
        return dealt;
    }

private:
    // A state is nothing but packs, one after the other.
    static void copy_lane(PathState<F>& to, const PathState<F>& from, int lane) {
        auto* t = reinterpret_cast<char*>(&to);
        const auto* f = reinterpret_cast<const char*>(&from);
        for (size_t at = size_t(lane) * 4; at < sizeof to; at += sizeof(F))
            std::memcpy(t + at, f + at, 4);
    }

    uint32_t width_, samples_;
    uint64_t count_, next_ = 0;
};

Hit<F> hits_of(const CompiledScene& scene, const PathState<F>& state, uint32_t alive) {
    RayRecord records[n];
    make_records(next_ray(state), records);
    Hit<F> hits{F(0.0f), F(0.0f), F(0.0f), U(none), U(0u)};
    for (int i = 0; i < n; ++i) {
        if ((alive >> i & 1) == 0) continue;
        const Hit<float> hit = closest_hit(scene.view(), scene.bvh2(), ray_of(records[i]));
        set_lane(hits.t, i, hit.t);
        set_lane(hits.u, i, hit.u);
        set_lane(hits.v, i, hit.v);
        set_lane(hits.instance, i, hit.instance);
        set_lane(hits.primitive, i, hit.primitive);
    }
    return hits;
}

void light(const CompiledScene& scene, const Ray<F>& shadow_ray, PathState<F>& state) {
    const uint32_t lit = lane_bits(state.shadow);
    if (lit == 0) return;
    RayRecord records[n];
    make_records(shadow_ray, records);
    U visible(0u);
    for (int i = 0; i < n; ++i)
        if (lit >> i & 1)
            set_lane(visible, i, visible_channels(scene.view(), scene.bvh2(), ray_of(records[i])));
    after_shadow(state, visible);
}

void count_step(LaneCensus& census, const FrameView& frame, const PathState<F>& state,
                const uint32_t (&pixel)[n], uint32_t alive) {
    const int count = __builtin_popcount(alive);
    ++census.pack_steps;
    census.lane_steps += uint64_t(count);
    for (int i = 0; i < n; ++i) {
        if ((alive >> i & 1) == 0) continue;
        const uint32_t depth = std::min(lane_in_memory(state.depth, i), census.depths - 1);
        const uint32_t strip = pixel[i] % frame.width * LaneCensus::strips / frame.width;
        const size_t at = size_t(depth) * LaneCensus::strips + strip;
        census.work[at] += 1;
        census.cost[at] += double(n) / count;
    }
}

void finish(LaneCensus& census, const PathState<F>& state, uint32_t ended,
            const uint32_t (&pixel)[n]) {
    PassCounters counters{};
    for (int i = 0; i < n; ++i)
        if (ended >> i & 1)
            film_add(census.film[pixel[i]],
                     {lane_in_memory(state.L.x, i), lane_in_memory(state.L.y, i),
                      lane_in_memory(state.L.z, i)},
                     counters);
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
    PathState<F> state;
    // Lanes without a path are computed along, so everything in them must be in range.
    std::memset(static_cast<void*>(&state), 0, sizeof state);
    uint32_t pixel[n] = {}, alive = 0;
    for (;;) {
        if (refill || alive == 0) alive |= jobs.deal(frame, everyone & ~alive, state, pixel);
        if (alive == 0) return census;
        count_step(census, frame, state, pixel, alive);
        const Ray<F> shadow_ray =
            after_hit<F>(scene.view(), frame, hits_of(scene, state, alive), state);
        light(scene, shadow_ray, state);
        const uint32_t left = lane_bits(state.alive);
        finish(census, state, alive & ~left, pixel);
        alive = left;
    }
}

} // namespace juggler
