// Paths in waves: many paths are under way, each in a slot, and a wave takes all of them from one
// hit to the next by three grids. `wave_shade` has a thread for each slot: it takes what the rays
// of the wave before have found, begins a new path where one has ended, and queues the slot for the
// rays it asks. `wave_closest` and `wave_shadow` walk the rays of the two queues: as many warps as
// the device holds at once, each taking rays until its queue is empty, whose lanes are given new
// rays before the last of them has ended.
//
// Laine, Karras and Aila 2013, "Megakernels Considered Harmful"; Aila and Laine 2009,
// "Understanding the Efficiency of Ray Traversal on GPUs", for warps that stay.
//
// Paths end in any order: their random numbers are those of pixel and sample, and the film's sums
// are integers.
#pragma once

#include "kernels/grid.h"

namespace juggler::inline JUGGLER_ISA {

// ---- slots -----------------------------------------------------------------------------------

// Rows of WaveTask::words, from which on each has as many as its words.
inline constexpr uint32_t row_pixel = 0;      // into the film; `none`: there is no path
inline constexpr uint32_t row_visible = 1;    // what the shadow ray found
inline constexpr uint32_t row_hit = 2;        // of the path's ray
inline constexpr uint32_t row_shadow_ray = 7; // asked by the event before
inline constexpr uint32_t row_state = 16;

// Reads or writes a slot's words, a row after the other.
template <bool writes>
struct WordCursor {
    uint32_t* at;
    uint32_t stride;
};
template <bool writes>
JUGGLER_FN WordCursor<writes> cursor_at(const WaveTask& task, uint32_t row, uint32_t slot) {
    return {task.words + size_t(row) * task.slot_count + slot, task.slot_count};
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes>& cursor, uint32_t& value) {
    if constexpr (writes)
        *cursor.at = value;
    else
        value = *cursor.at;
    cursor.at += cursor.stride;
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes>& cursor, float& value) {
    uint32_t bits = writes ? as_uint(value) : 0;
    pass(cursor, bits);
    value = as_float(bits);
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes>& cursor, Vec3<float>& value) {
    pass(cursor, value.x);
    pass(cursor, value.y);
    pass(cursor, value.z);
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes> cursor, Hit<float>& hit) {
    pass(cursor, hit.t);
    pass(cursor, hit.u);
    pass(cursor, hit.v);
    pass(cursor, hit.instance);
    pass(cursor, hit.primitive);
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes> cursor, Ray<float>& ray) {
    pass(cursor, ray.o);
    pass(cursor, ray.d);
    pass(cursor, ray.t_max);
    pass(cursor, ray.time);
    pass(cursor, ray.filter_key);
}
template <bool writes>
JUGGLER_FN void pass(WordCursor<writes> cursor, PathState<float>& s) {
    pass(cursor, s.key);
    pass(cursor, s.sample);
    pass(cursor, s.depth);
    pass(cursor, s.event);
    pass(cursor, s.beta);
    pass(cursor, s.L);
    pass(cursor, s.o);
    pass(cursor, s.d);
    pass(cursor, s.time);
    pass(cursor, s.from);
    pass(cursor, s.pdf);
    pass(cursor, s.medium);
    pass(cursor, s.eta2);
    pass(cursor, s.shadow_L);
    uint32_t flags = writes ? (s.alive ? 1u : 0u) | (s.shadow ? 2u : 0u) : 0;
    pass(cursor, flags);
    s.alive = (flags & 1) != 0;
    s.shadow = (flags & 2) != 0;
}

// What a thread of wave_shade has in hand.
struct SlotPath {
    uint32_t pixel; // `none`: no path
    PathState<float> state;
    Ray<float> shadow_ray; // good where state.shadow
};

// Takes the path of a slot through the hit that its ray has found. A path that is over goes to the
// film and leaves its slot.
template <class AddToFilm>
JUGGLER_FN void go_on(const WaveTask& task, uint32_t slot, SlotPath& path,
                      const AddToFilm& add_to_film) {
    PathState<float>& state = path.state;
    pass(cursor_at<false>(task, row_state, slot), state);
    if (state.shadow) {
        uint32_t visible;
        auto cursor = cursor_at<false>(task, row_visible, slot);
        pass(cursor, visible);
        after_shadow(state, visible);
    }
    if (state.alive) {
        Hit<float> hit;
        pass(cursor_at<false>(task, row_hit, slot), hit);
        path.shadow_ray = after_hit<float>(task.scene, task.frame, hit, state);
    }
    if (state.alive || state.shadow) return;
    add_to_film(path.pixel, state.L);
    path.pixel = none;
}

// Where path `number` of a pass is in the film. Paths of a sample follow each other along bands of
// four rows, column by column, so that 32 of them begin in a tile of 8 x 4 pixels.
struct PathPlace {
    uint32_t x, y, sample;
};
JUGGLER_FN PathPlace path_place(const WaveTask& task, uint32_t number) {
    const uint32_t width = task.film.width, height = task.film.height;
    const uint32_t sample = number / (width * height), within = number % (width * height);
    const uint32_t band = within / (4 * width), along = within % (4 * width);
    const uint32_t rows = height - 4 * band < 4 ? height - 4 * band : 4;
    return {along / rows, 4 * band + along % rows, task.first_sample + sample};
}

JUGGLER_FN void begin_slot(const WaveTask& task, uint32_t number, SlotPath& path) {
    const PathPlace at = path_place(task, number);
    path.pixel = at.y * task.film.width + at.x;
    path.state = begin_path<float>(task.frame, task.film.x0 + at.x, task.film.y0 + at.y, at.sample);
}

// ---- warps -----------------------------------------------------------------------------------

inline constexpr uint32_t all_lanes = 0xffffffffu;

// Of the numbers from *next on, one for each lane that wants one, by one addition; *next stays
// behind `end` by the lanes that are under way at most. For full warps.
__device__ static __forceinline__ uint32_t claim(uint32_t* next, uint32_t end, bool wants) {
    const uint32_t lane = threadIdx.x % 32;
    const uint32_t ballot = __ballot_sync(all_lanes, wants);
    uint32_t first = 0;
    if (lane == 0 && ballot != 0) {
        first = *static_cast<const volatile uint32_t*>(next);
        if (first < end) first = atomicAdd(next, static_cast<uint32_t>(__popc(ballot)));
    }
    first = __shfl_sync(all_lanes, first, 0);
    return first + static_cast<uint32_t>(__popc(ballot & ((1u << lane) - 1)));
}

__device__ static __forceinline__ void append(uint32_t* queue, uint32_t* length, bool wants,
                                              uint32_t slot) {
    const uint32_t at = claim(length, none, wants);
    if (wants) queue[at] = slot;
}

__device__ static __forceinline__ void add(uint64_t* sum, uint64_t value) {
    atomicAdd(reinterpret_cast<unsigned long long*>(sum), static_cast<unsigned long long>(value));
}

__device__ static __forceinline__ void shade_slot(const WaveTask& task, uint32_t slot) {
    SlotPath path;
    path.pixel = task.words[size_t(row_pixel) * task.slot_count + slot];
    const auto add_to_film = [&](uint32_t pixel, Vec3<float> L) {
        FilmPixel sum{};
        ThreadCounters counters{};
        film_add(sum, L, counters);
        for (int c = 0; c < 3; ++c)
            add(&task.film.pixels[pixel].rgb[c], sum.rgb[c]);
        if (counters.nan_samples != 0) add(&task.counters->nan_samples, 1);
        if (counters.clamped_samples != 0) add(&task.counters->clamped_samples, 1);
    };
    const bool had_path = path.pixel != none;
    if (had_path) go_on(task, slot, path, add_to_film);
    const bool wants = path.pixel == none;
    const uint32_t number = claim(task.next_path, task.path_count, wants);
    if (wants && number < task.path_count) begin_slot(task, number, path);
    const bool has_path = path.pixel != none;
    append(task.closest, &task.counts->closest, has_path && path.state.alive, slot);
    append(task.shadow, &task.counts->shadow, has_path && path.state.shadow, slot);
    if (has_path || had_path) task.words[size_t(row_pixel) * task.slot_count + slot] = path.pixel;
    if (!has_path) return;
    pass(cursor_at<true>(task, row_state, slot), path.state);
    if (path.state.shadow) pass(cursor_at<true>(task, row_shadow_ray, slot), path.shadow_ray);
}

// Fewer lanes than these at work, and the others are given new rays: of 8, 16 and 24 the one with
// which warps issue least by tests/cuda/warp_report.cpp (docs/cuda.md).
inline constexpr uint32_t refill_below = 16;

// The rays of a queue, for one warp of those that share it.
template <class Walker, RayKind kind>
__device__ static __forceinline__ void walk_queue(const WaveTask& task) {
    constexpr bool shadow = kind == ray_shadow;
    const uint32_t* queue = shadow ? task.shadow : task.closest;
    const uint32_t length = shadow ? task.counts->shadow : task.counts->closest;
    uint32_t* taken = shadow ? &task.counts->shadow_taken : &task.counts->closest_taken;
    typename Walker::Entry stack[Walker::stack_entries];
    Walker walker;
    uint32_t slot = 0, at_work = 0; // of the warp: lanes that walk
    bool walks = false, more = length != 0;
    while (more || at_work != 0) {
        bool ended = false;
        if (more && at_work < refill_below) {
            const uint32_t index = claim(taken, length, !walks);
            more = __all_sync(all_lanes, walks || index < length);
            if (!walks && index < length) {
                slot = queue[index];
                Ray<float> ray;
                if (shadow) {
                    pass(cursor_at<false>(task, row_shadow_ray, slot), ray);
                } else {
                    PathState<float> state;
                    pass(cursor_at<false>(task, row_state, slot), state);
                    ray = next_ray(state);
                }
                walks = begin_walk(task.bvh, ray, walker);
                ended = !walks;
            }
        }
        if (walks) {
            walks = step_walk(task.scene, task.bvh, kind, walker, stack);
            ended = !walks;
        }
        if (ended) {
            if (shadow)
                task.words[size_t(row_visible) * task.slot_count + slot] = walker.walk.visible;
            else
                pass(cursor_at<true>(task, row_hit, slot), walker.walk.best);
        }
        at_work = static_cast<uint32_t>(__popc(__ballot_sync(all_lanes, walks)));
    }
}

} // namespace juggler::inline JUGGLER_ISA
