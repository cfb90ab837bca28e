// The small wavefront: a worker keeps some hundred paths in packs of lanes, walks all their rays,
// shades all packs, walks all shadow rays, and starts over. A path that ends is replaced at once in
// its lane, so packs stay full until the work runs out.
//
// Included by one file an instruction set, in that set's namespace.
#pragma once

#include "cpu/wave.h"
#include "kernels/packet.h"
#include "kernels/path.h"

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
    T* p = cutter.base == nullptr ? nullptr : reinterpret_cast<T*>(cutter.base + cutter.used);
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

// Camera paths made a pack at a time, before lanes need them. Where the walker can, their first
// hits are found together.
template <int N>
struct CameraPaths {
    PathState<PackFloat<N>> state;
    Hit<PackFloat<N>> hit;
    uint32_t pixel[N];
    int next, count; // lanes [next, count) are still to be taken
    bool walked;     // `hit` is known
};

template <int N, int W>
JUGGLER_FN bool walk_camera_rays(WideWalker<W>, const WaveScene& s, CameraPaths<N>& camera) {
    return s.tree.plain != 0 &&
           walk_packet<W, PackFloat<N>>(s.scene, s.tree, next_ray(camera.state), camera.hit);
}
template <int N>
JUGGLER_FN bool walk_camera_rays(BinaryWalker, const WaveScene&, CameraPaths<N>&) {
    return false;
}

// The next pack of camera paths; short, or empty, when the work runs out.
template <int N, class Walker>
JUGGLER_FN_LARGE void make_camera_paths(const WaveScene& s, const FrameView& frame,
                                        const FilmView& film, JobFeed& feed,
                                        CameraPaths<N>& camera) {
    using U = PackUint<N>;
    U x(film.x0), y(film.y0), sample(0);
    camera.next = camera.count = 0;
    for (Job job; camera.count < N && next_job(feed, job); ++camera.count) {
        camera.pixel[camera.count] = job.y * film.width + job.x;
        x.v[camera.count] = film.x0 + job.x;
        y.v[camera.count] = film.y0 + job.y;
        sample.v[camera.count] = job.sample;
    }
    if (camera.count == 0) return;
    camera.state = begin_path<PackFloat<N>>(frame, x, y, sample);
    camera.walked = camera.count == N && walk_camera_rays(Walker{}, s, camera);
}

// Words `taken` of a row of N, word i from word source[i] of another row.
template <int N>
JUGGLER_FN void take_row(void* to, const void* from, const uint32_t (&source)[N], uint32_t taken) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        const __m256i chosen = _mm256_cmpeq_epi32(
            _mm256_and_si256(_mm256_set1_epi32(static_cast<int>(taken)), bit), bit);
        const __m256i place = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
        const __m256i words = _mm256_permutevar8x32_epi32(
            _mm256_loadu_si256(static_cast<const __m256i*>(from)), place);
        auto* row = static_cast<__m256i*>(to);
        _mm256_storeu_si256(row, _mm256_blendv_epi8(_mm256_loadu_si256(row), words, chosen));
        return;
    }
#endif
#ifdef __AVX512F__
    if constexpr (N == 16) {
        const __m512i words =
            _mm512_permutexvar_epi32(_mm512_loadu_si512(source), _mm512_loadu_si512(from));
        _mm512_mask_storeu_epi32(to, static_cast<__mmask16>(taken), words);
        return;
    }
#endif
    for (; taken != 0; taken &= taken - 1) {
        const int i = __builtin_ctz(taken);
        __builtin_memcpy(static_cast<char*>(to) + 4 * i,
                         static_cast<const char*>(from) + 4 * source[i], 4);
    }
}

// Lanes `taken` of a struct made of nothing but packs of N lanes, lane i from lane source[i] of
// another; source[i] of the others is any number below N.
template <int N, class Packs>
JUGGLER_FN void take_lanes(Packs& to, const Packs& from, const uint32_t (&source)[N],
                           uint32_t taken) {
    constexpr size_t rows = sizeof(Packs) / (4 * N);
    static_assert(sizeof(Packs) % (4 * N) == 0);
    auto* t = reinterpret_cast<char*>(&to);
    const auto* f = reinterpret_cast<const char*>(&from);
    for (size_t row = 0; row < rows; ++row, t += 4 * N, f += 4 * N)
        take_row<N>(t, f, source, taken);
}

// Which lanes of a pack live, and which of them already know what their ray hits.
struct Filled {
    uint32_t alive, known;
};

// Finished paths go to the film and new ones take their lanes.
template <int N, class Walker>
JUGGLER_FN_LARGE Filled refill(const WaveScene& s, const FrameView& frame, const FilmView& film,
                               JobFeed& feed, CameraPaths<N>& camera, Wave<N>& wave, uint32_t pack,
                               PassCounters& counters) {
    PathState<PackFloat<N>>& state = wave.states[pack];
    uint32_t* pixel = wave.pixel + pack * N;
    constexpr auto everyone = static_cast<uint32_t>((uint64_t(1) << N) - 1);
    uint32_t alive = lane_bits(state.alive), known = 0;
    uint32_t ended = everyone & ~alive;
    for (uint32_t left = ended; left != 0; left &= left - 1) {
        const int i = __builtin_ctz(left);
        if (pixel[i] != none)
            film_add(film.pixels[pixel[i]],
                     {lane_in_memory(state.L.x, i), lane_in_memory(state.L.y, i),
                      lane_in_memory(state.L.z, i)},
                     counters);
        pixel[i] = none;
    }
    while (ended != 0) {
        if (camera.next == camera.count) make_camera_paths<N, Walker>(s, frame, film, feed, camera);
        if (camera.count == 0) break;
        // As many as there are of both.
        uint32_t source[N] = {}, taken = 0;
        for (; ended != 0 && camera.next < camera.count; ended &= ended - 1, ++camera.next) {
            const int i = __builtin_ctz(ended);
            source[i] = static_cast<uint32_t>(camera.next);
            pixel[i] = camera.pixel[camera.next];
            taken |= 1u << i;
            ++counters.camera_rays;
        }
        alive |= taken;
        take_lanes<N>(state, camera.state, source, taken);
        if (!camera.walked) continue;
        known |= taken;
        const uint32_t first = pack * N;
        take_row<N>(wave.hits.t + first, &camera.hit.t, source, taken);
        take_row<N>(wave.hits.u + first, &camera.hit.u, source, taken);
        take_row<N>(wave.hits.v + first, &camera.hit.v, source, taken);
        take_row<N>(wave.hits.instance + first, &camera.hit.instance, source, taken);
        take_row<N>(wave.hits.primitive + first, &camera.hit.primitive, source, taken);
    }
    return {alive, known};
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
    CameraPaths<N> camera;
    camera.next = camera.count = 0;
    // Lanes that never get a path are computed along, so everything in them must be in range: all
    // zero is, and is not alive.
    __builtin_memset(static_cast<void*>(wave.states), 0, wave.packs * sizeof wave.states[0]);
    __builtin_memset(wave.hits.t, 0, wave.packs * N * sizeof(float));
    __builtin_memset(wave.hits.u, 0, wave.packs * N * sizeof(float));
    __builtin_memset(wave.hits.v, 0, wave.packs * N * sizeof(float));
    for (uint32_t i = 0; i < wave.packs * N; ++i) {
        wave.pixel[i] = none;
        wave.hits.instance[i] = none;
        wave.hits.primitive[i] = 0;
    }
    for (;;) {
        // Full lanes, and a list of their rays.
        uint32_t count = 0, living = 0;
        for (uint32_t pack = 0; pack < wave.packs; ++pack) {
            const Filled lanes =
                refill<N, Walker>(s, frame, film, feed, camera, wave, pack, counters);
            living |= lanes.alive;
            const uint32_t unknown = lanes.alive & ~lanes.known;
            if (unknown == 0) continue;
            make_records(next_ray(wave.states[pack]), wave.records + pack * N);
            count = append_lanes(wave, pack, unknown, count);
        }
        if (living == 0) return;
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
            const Ray<F> shadow_ray = after_hit<F>(s.scene, frame, hit, state);
            counters.scattered_rays +=
                static_cast<uint64_t>(__builtin_popcount(lane_bits(state.alive)));
            const uint32_t lit = lane_bits(state.shadow);
            if (lit == 0) continue;
            make_records(shadow_ray, wave.records + first);
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
