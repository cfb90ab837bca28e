// What a unit of the bench does with the product's own wavefront: walks recorded rays, counts
// visits, and renders with Embree in the walk's place.
//
// Included by one file an instruction set, in that set's namespace.
#pragma once

#include "bench/embree_unit.h"
#include "cpu/wavefront.h"

#include <embree3/rtcore.h>
#include <x86intrin.h>

namespace juggler::inline JUGGLER_ISA {

// Embree's manual asks for denormals to be flushed; shading keeps them.
inline constexpr unsigned flush_denormals = 0x8040;

struct EmbreeWalker {};
template <RayKind kind, int N>
JUGGLER_FN void walk_rays(EmbreeWalker, const WaveScene& s, Wave<N>& wave, uint32_t count) {
    const auto scene = static_cast<RTCScene>(const_cast<void*>(s.tree.lines));
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | flush_denormals);
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t index = wave.list[i];
        const RayRecord& r = wave.records[index];
        const RTCRay ray{r.o[0], r.o[1], r.o[2], 0, r.d[0], r.d[1], r.d[2], 0, r.t_max, ~0u, 0, 0};
        if (kind == ray_shadow) {
            RTCRay shadow = ray;
            rtcOccluded1(scene, &context, &shadow);
            wave.hits.visible[index] = shadow.tfar < 0 ? 0 : 7;
            continue;
        }
        RTCRayHit hit;
        hit.ray = ray;
        hit.hit.geomID = RTC_INVALID_GEOMETRY_ID;
        rtcIntersect1(scene, &context, &hit);
        wave.hits.t[index] = hit.ray.tfar;
        wave.hits.instance[index] = hit.hit.geomID;
        wave.hits.primitive[index] = hit.hit.primID;
        wave.hits.u[index] = hit.hit.u;
        wave.hits.v[index] = hit.hit.v;
        if (hit.hit.geomID != none &&
            s.scene.meshes[s.scene.instances[hit.hit.geomID].mesh].kind == mesh_spheres)
            wave.hits.u[index] = // which crossing
                hit.hit.Ng_x * r.d[0] + hit.hit.Ng_y * r.d[1] + hit.hit.Ng_z * r.d[2] > 0 ? 1 : 0;
    }
    _mm_setcsr(mode);
}

template <int N>
JUGGLER_FN bool walk_camera_rays(EmbreeWalker, const WaveScene&, CameraPaths<N>&) {
    return false;
}

// The same, but for camera rays in packets.
struct EmbreePacketWalker {};
template <RayKind kind, int N>
JUGGLER_FN void walk_rays(EmbreePacketWalker, const WaveScene& s, Wave<N>& wave, uint32_t count) {
    walk_rays<kind>(EmbreeWalker{}, s, wave, count);
}
template <int N>
JUGGLER_FN bool walk_camera_rays(EmbreePacketWalker, const WaveScene& s, CameraPaths<N>& camera) {
    using F = PackFloat<N>;
    const auto scene = static_cast<RTCScene>(const_cast<void*>(s.tree.lines));
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | flush_denormals);
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    const Ray<F> ray = next_ray(camera.state);
    using Packet = std::conditional_t<N == 16, RTCRayHit16, RTCRayHit8>;
    static_assert(sizeof Packet::ray.org_x == sizeof(F));
    Packet hit;
    store_row(hit.ray.org_x, ray.o.x);
    store_row(hit.ray.org_y, ray.o.y);
    store_row(hit.ray.org_z, ray.o.z);
    store_row(hit.ray.dir_x, ray.d.x);
    store_row(hit.ray.dir_y, ray.d.y);
    store_row(hit.ray.dir_z, ray.d.z);
    store_row(hit.ray.tnear, F(0));
    store_row(hit.ray.time, F(0));
    store_row(hit.ray.tfar, ray.t_max);
    store_row(hit.ray.mask, PackUint<N>(~0u));
    store_row(hit.ray.id, PackUint<N>(0));
    store_row(hit.ray.flags, PackUint<N>(0));
    store_row(hit.hit.geomID, PackUint<N>(RTC_INVALID_GEOMETRY_ID));
    alignas(64) int valid[N];
    __builtin_memset(valid, -1, sizeof valid);
    if constexpr (N == 16)
        rtcIntersect16(valid, scene, &context, &hit);
    else
        rtcIntersect8(valid, scene, &context, &hit);
    camera.hit = {load_row<N>(hit.ray.tfar), load_row<N>(hit.hit.u), load_row<N>(hit.hit.v),
                  load_row<N>(hit.hit.geomID), load_row<N>(hit.hit.primID)};
    for (int i = 0; i < N; ++i) {
        const uint32_t instance = hit.hit.geomID[i];
        if (instance != none &&
            s.scene.meshes[s.scene.instances[instance].mesh].kind == mesh_spheres)
            camera.hit.u.v[i] = 0; // the crossing from outside: no camera is inside a sphere
    }
    _mm_setcsr(mode);
    return true;
}

template <int N>
JUGGLER_FN Ray<PackFloat<N>> pack_of(const RayList& rays, uint32_t i) {
    return {{load_row<N>(rays.o[0] + i), load_row<N>(rays.o[1] + i), load_row<N>(rays.o[2] + i)},
            {load_row<N>(rays.d[0] + i), load_row<N>(rays.d[1] + i), load_row<N>(rays.d[2] + i)},
            load_row<N>(rays.t_max + i),
            load_row<N>(rays.time + i),
            load_row<N>(rays.filter_key + i)};
}
template <int N>
JUGGLER_FN void make_block(const RayList& rays, uint32_t first, uint32_t count,
                           RayRecord* records) {
    for (uint32_t i = 0; i < count; i += N)
        make_records(pack_of<N>(rays, first + i), records + i);
}

// Camera rays as the driver walks them: a pack at a time, and one by one where that fails. Returns
// how many are left for the list.
template <int N, int W>
JUGGLER_FN uint32_t walk_packs(const WaveScene& s, const RayList& rays, uint32_t first,
                               uint32_t count, Wave<N>& wave) {
    using F = PackFloat<N>;
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i += N) {
        const Ray<F> ray = pack_of<N>(rays, first + i);
        Hit<F> hit;
        if (walk_packet<W, F>(s.scene, s.tree, ray, hit)) {
            store_row(wave.hits.t + i, hit.t);
            store_row(wave.hits.u + i, hit.u);
            store_row(wave.hits.v + i, hit.v);
            store_row(wave.hits.instance + i, hit.instance);
            store_row(wave.hits.primitive + i, hit.primitive);
            continue;
        }
        make_records(ray, wave.records + i);
        for (uint32_t lane_index = 0; lane_index < N; ++lane_index)
            wave.list[left++] = i + lane_index;
    }
    return left;
}

template <int N, int W>
JUGGLER_FN_LARGE uint64_t walk_list(const WaveScene& s, const RayList& rays, WalkKind kind,
                                    WaveSizes sizes, void* workspace, const HitList& hits) {
    WorkspaceCutter cutter{static_cast<char*>(workspace), 0};
    Wave<N> wave = lay_out<N>(cutter, sizes, s.tree.stack_need);
    uint64_t singles = 0;
    for (uint32_t i = 0; i < sizes.paths; ++i)
        wave.list[i] = i;
    for (uint32_t first = 0; first < rays.count; first += sizes.paths) {
        const uint32_t left = rays.count - first;
        uint32_t count = left < sizes.paths ? left : sizes.paths;
        wave.hits = {hits.t + first,        hits.u + first,         hits.v + first,
                     hits.instance + first, hits.primitive + first, hits.visible + first};
        if (kind == WalkKind::camera && s.tree.plain != 0)
            count = walk_packs<N, W>(s, rays, first, count, wave);
        else
            make_block<N>(rays, first, count, wave.records);
        singles += count;
        if (kind == WalkKind::shadow)
            walk_rays<ray_shadow>(WideWalker<W>{}, s, wave, count);
        else
            walk_rays<ray_closest>(WideWalker<W>{}, s, wave, count);
    }
    return singles;
}

// The wide walk with a clock around it.
template <int W>
struct TimedWalker {};
static WalkTicks walk_ticks;

template <RayKind kind, int N, int W>
JUGGLER_FN void walk_rays(TimedWalker<W>, const WaveScene& s, Wave<N>& wave, uint32_t count) {
    const uint64_t start = __rdtsc();
    walk_rays<kind>(WideWalker<W>{}, s, wave, count);
    (kind == ray_shadow ? walk_ticks.shadow : walk_ticks.closest) += __rdtsc() - start;
}
template <int N, int W>
JUGGLER_FN bool walk_camera_rays(TimedWalker<W>, const WaveScene& s, CameraPaths<N>& camera) {
    const uint64_t start = __rdtsc();
    const bool walked = walk_camera_rays(WideWalker<W>{}, s, camera);
    walk_ticks.camera += __rdtsc() - start;
    return walked;
}
template <int N, int W>
JUGGLER_FN_LARGE WalkTicks render_timed(const WaveScene& s, const FrameView& frame,
                                        const FilmView& film, WaveSource source, WaveSizes sizes,
                                        void* workspace, PassCounters& counters) {
    walk_ticks = {};
    const uint64_t start = __rdtsc();
    render_wave<N, TimedWalker<W>>(s, frame, film, source, sizes, workspace, counters);
    walk_ticks.all = __rdtsc() - start;
    return walk_ticks;
}

// Other versions of the walk (JUGGLER_BENCH_OTHER) may not know set_ray yet.
template <int W, class Slot>
JUGGLER_FN void follow(Slot& slot, const RayRecord* record) {
    if constexpr (requires { set_ray<W>(slot, record); })
        set_ray<W>(slot, record);
    else
        slot.ray = record;
}

// One ray alone. Its visits do not depend on how many others are in the walk.
template <int W, RayKind kind>
JUGGLER_FN_LARGE void count_ray(const WaveScene& s, const RayRecord* record, WideSlot& slot,
                                Visits& visits) {
    slot.world = record;
    follow<W>(slot, record);
    slot.size = 0;
    slot.instance = none;
    slot.near_instance = 0;
    slot.visible = 7;
    slot.best = {record->t_max, 0, 0, none, none};
    slot.word = s.tree.root;
    for (;;) {
        const uint32_t what = slot.word >> wide_value_bits;
        if (what == wide_return) {
            slot.instance = none;
            slot.near_instance = 0;
            follow<W>(slot, slot.world);
        } else if (what == wide_node) {
            step_node<W, kind>(s.tree, slot);
            ++visits.nodes;
        } else {
            step_leaf<W, kind>(s.scene, s.bvh, s.tree, slot);
            ++(what == wide_instance ? visits.instances : visits.leaves);
        }
        if (slot.size == 0) return;
        slot.word = slot.child[--slot.size];
    }
}

template <int N, int W>
JUGGLER_FN_LARGE void count_list(const WaveScene& s, const RayList& rays, bool shadow,
                                 void* workspace, Visits& visits) {
    WorkspaceCutter cutter{static_cast<char*>(workspace), 0};
    Wave<N> wave = lay_out<N>(cutter, {16, 1}, s.tree.stack_need);
    for (uint32_t first = 0; first < rays.count; first += 16) {
        make_block<N>(rays, first, 16, wave.records);
        for (uint32_t i = 0; i < 16; ++i) {
            if (shadow)
                count_ray<W, ray_shadow>(s, wave.records + i, wave.slots[0], visits);
            else
                count_ray<W, ray_closest>(s, wave.records + i, wave.slots[0], visits);
        }
    }
    visits.rays += rays.count;
}

template <int N, int W>
JUGGLER_FN EmbreeUnit make_embree_unit(WaveUnit own) {
    return {own,
            make_wave_unit<N, 0, EmbreeWalker>("embree"),
            make_wave_unit<N, 0, EmbreePacketWalker>("embree packets"),
            render_timed<N, W>,
            walk_list<N, W>,
            count_list<N, W>};
}

} // namespace juggler::inline JUGGLER_ISA
