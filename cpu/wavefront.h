// The small wavefront: a worker keeps some hundred paths in packs of lanes, walks all their rays,
// shades all packs, walks all shadow rays, and starts over. A path that ends is replaced at once in
// its lane, so packs stay full until the work runs out.
//
// Included by one file an instruction set, in that set's namespace.
#pragma once

#include "cpu/wave.h"
#include "kernels/path.h"
#include "kernels/wide.h"

namespace juggler::inline JUGGLER_ISA {

// Hands out (pixel, sample) pairs of the source's tiles, one after the other; samples innermost,
// so that neighbouring lanes look at the same pixel.
struct JobFeed {
    WaveSource source;
    WaveTile tile;
    uint32_t x, y, sample;
    bool open;
};
struct Job {
    uint32_t x, y, sample; // x, y in the film
};
JUGGLER_FN void next_tile(JobFeed& feed) {
    feed.open = feed.source.next(feed.source.context, feed.tile);
    feed.x = feed.tile.x0;
    feed.y = feed.tile.y0;
    feed.sample = 0;
}
JUGGLER_FN bool next_job(JobFeed& feed, Job& job) {
    if (!feed.open) return false;
    job = {feed.x, feed.y, feed.tile.first_sample + feed.sample};
    if (++feed.sample == feed.tile.sample_count) {
        feed.sample = 0;
        if (++feed.x == feed.tile.x1) {
            feed.x = feed.tile.x0;
            if (++feed.y == feed.tile.y1) next_tile(feed);
        }
    }
    return true;
}

// Memory of one worker, cut out of its workspace in whole cache lines. Without a base it only
// counts.
struct WorkspaceCutter {
    char* base;
    size_t used;
};
template <class T>
JUGGLER_FN T* cut(WorkspaceCutter& cutter, size_t count) {
    T* p = reinterpret_cast<T*>(cutter.base + cutter.used);
    cutter.used += (count * sizeof(T) + 63) / 64 * 64;
    return p;
}

template <int N>
struct Wave {
    uint32_t packs, slot_count;
    PathState<PackFloat<N>>* states; // [packs]
    RayRecord* records;              // [paths], of the rays being walked
    WideSlot* slots;                 // [slot_count]
    uint32_t* pixel;                 // [paths] film pixel of the lane's path, `none` = idle
    uint32_t* list;                  // [paths] numbers of the rays to walk
    WideHits hits;                   // [paths] each
};
template <int N>
JUGGLER_FN_LARGE Wave<N> lay_out(WorkspaceCutter& cutter, WaveSizes sizes, uint32_t stack_need) {
    const size_t paths = sizes.paths;
    Wave<N> wave;
    wave.packs = sizes.paths / N;
    wave.slot_count = sizes.slots;
    wave.states = cut<PathState<PackFloat<N>>>(cutter, wave.packs);
    wave.records = cut<RayRecord>(cutter, paths);
    wave.slots = cut<WideSlot>(cutter, sizes.slots);
    wave.pixel = cut<uint32_t>(cutter, paths);
    wave.list = cut<uint32_t>(cutter, paths);
    wave.hits.t = cut<float>(cutter, paths);
    wave.hits.u = cut<float>(cutter, paths);
    wave.hits.v = cut<float>(cutter, paths);
    wave.hits.instance = cut<uint32_t>(cutter, paths);
    wave.hits.primitive = cut<uint32_t>(cutter, paths);
    wave.hits.visible = cut<uint32_t>(cutter, paths);
    for (uint32_t i = 0; i < sizes.slots; ++i) {
        float* near = cut<float>(cutter, stack_need);
        uint32_t* child = cut<uint32_t>(cutter, stack_need);
        // A line between slots spreads the stacks' tops over the sets of the cache.
        cut<char>(cutter, 64);
        if (cutter.base != nullptr) {
            wave.slots[i].near = near;
            wave.slots[i].child = child;
        }
    }
    return wave;
}

// What walks the rays: the wide tree, W children a node ...
template <int W>
struct WideWalker {};
template <RayKind kind, int N, int W>
JUGGLER_FN void walk_rays(WideWalker<W>, const WaveScene& s, Wave<N>& wave, uint32_t count) {
    walk_wide<W, kind>(s.scene, s.bvh, s.tree, wave.records, wave.list, count, wave.slots,
                       wave.slot_count, wave.hits);
}
// ... or the binary one, ray by ray.
struct BinaryWalker {};
template <RayKind kind, int N>
JUGGLER_FN void walk_rays(BinaryWalker, const WaveScene& s, Wave<N>& wave, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t index = wave.list[i];
        const Ray<float> ray = ray_of(wave.records[index]);
        if (kind == ray_shadow) {
            wave.hits.visible[index] = visible_channels(s.scene, s.bvh, ray);
            continue;
        }
        const Hit<float> hit = closest_hit(s.scene, s.bvh, ray);
        wave.hits.t[index] = hit.t;
        wave.hits.u[index] = hit.u;
        wave.hits.v[index] = hit.v;
        wave.hits.instance[index] = hit.instance;
        wave.hits.primitive[index] = hit.primitive;
    }
}

// Appends the numbers of the lanes in `bits` of pack `pack` to the wave's list.
template <int N>
JUGGLER_FN uint32_t append_lanes(Wave<N>& wave, uint32_t pack, uint32_t bits, uint32_t count) {
    for (; bits != 0; bits &= bits - 1)
        wave.list[count++] = pack * N + static_cast<uint32_t>(__builtin_ctz(bits));
    return count;
}

// Finished paths go to the film and their lanes to the next jobs. Returns the lanes alive.
template <int N>
JUGGLER_FN_LARGE uint32_t refill(const FrameView& frame, const FilmView& film, JobFeed& feed,
                                 Wave<N>& wave, uint32_t pack, PassCounters& counters) {
    using F = PackFloat<N>;
    using U = PackUint<N>;
    PathState<F>& state = wave.states[pack];
    uint32_t* pixel = wave.pixel + pack * N;
    constexpr uint32_t everyone = static_cast<uint32_t>((uint64_t(1) << N) - 1);
    const uint32_t ended = everyone & ~lane_bits(state.alive);
    if (ended == 0) return everyone;
    U x(0), y(0), sample(0);
    PackMask<N> fresh(false);
    uint32_t started = 0;
    for (uint32_t bits = ended; bits != 0; bits &= bits - 1) {
        const int i = __builtin_ctz(bits);
        if (pixel[i] != none)
            film_add(film.pixels[pixel[i]],
                     {lane(state.L.x, i), lane(state.L.y, i), lane(state.L.z, i)}, counters);
        pixel[i] = none;
        Job job;
        if (!next_job(feed, job)) continue;
        pixel[i] = job.y * film.width + job.x;
        x.v[i] = film.x0 + job.x;
        y.v[i] = film.y0 + job.y;
        sample.v[i] = job.sample;
        fresh.v[i] = -1;
        ++started;
    }
    if (started > 0) state = select(fresh, begin_path<F>(frame, x, y, sample), state);
    counters.camera_rays += started;
    return lane_bits(state.alive);
}

template <int N, class Walker>
JUGGLER_FN_LARGE void render_wave(const WaveScene& s, const FrameView& frame, const FilmView& film,
                                  WaveSource source, WaveSizes sizes, void* workspace,
                                  PassCounters& counters) {
    using F = PackFloat<N>;
    WorkspaceCutter cutter{static_cast<char*>(workspace), 0};
    Wave<N> wave = lay_out<N>(cutter, sizes, s.tree.stack_need);
    JobFeed feed{source, {}, 0, 0, 0, false};
    next_tile(feed);
    for (uint32_t i = 0; i < wave.packs; ++i)
        wave.states[i].alive = PackMask<N>(false);
    for (uint32_t i = 0; i < wave.packs * N; ++i) {
        wave.pixel[i] = none;
        wave.hits.instance[i] = none;
        wave.hits.primitive[i] = 0;
    }
    for (;;) {
        // Full lanes, and a list of their rays.
        uint32_t count = 0;
        for (uint32_t pack = 0; pack < wave.packs; ++pack) {
            const uint32_t alive = refill(frame, film, feed, wave, pack, counters);
            if (alive == 0) continue;
            make_records(next_ray(wave.states[pack]), wave.records + pack * N);
            count = append_lanes(wave, pack, alive, count);
        }
        if (count == 0) return;
        walk_rays<ray_closest>(Walker{}, s, wave, count);

        // Shading; the shadow rays take the records' places.
        count = 0;
        for (uint32_t pack = 0; pack < wave.packs; ++pack) {
            PathState<F>& state = wave.states[pack];
            if (!any(state.alive)) continue;
            const uint32_t first = pack * N;
            const Hit<F> hit{load_row<N>(wave.hits.t + first), load_row<N>(wave.hits.u + first),
                             load_row<N>(wave.hits.v + first),
                             load_row<N>(wave.hits.instance + first),
                             load_row<N>(wave.hits.primitive + first)};
            after_hit<F>(s.scene, frame, hit, state);
            counters.scattered_rays +=
                static_cast<uint64_t>(__builtin_popcount(lane_bits(state.alive)));
            const uint32_t lit = lane_bits(state.shadow);
            if (lit == 0) continue;
            make_records(shadow_ray(state), wave.records + first);
            count = append_lanes(wave, pack, lit, count);
        }
        if (count == 0) continue;
        counters.shadow_rays += count;
        walk_rays<ray_shadow>(Walker{}, s, wave, count);
        for (uint32_t pack = 0; pack < wave.packs; ++pack)
            if (any(wave.states[pack].shadow))
                after_shadow(wave.states[pack], load_row<N>(wave.hits.visible + pack * N));
    }
}

template <int N>
JUGGLER_FN_LARGE size_t wave_bytes(WaveSizes sizes, uint32_t stack_need) {
    WorkspaceCutter cutter{nullptr, 0};
    lay_out<N>(cutter, sizes, stack_need);
    return cutter.used;
}

template <int N, int W, class Walker>
JUGGLER_FN WaveUnit make_wave_unit(const char* name) {
    return {name, N, W, wave_bytes<N>, render_wave<N, Walker>};
}

} // namespace juggler::inline JUGGLER_ISA
