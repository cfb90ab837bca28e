#include "bench/embree_rays.h"

#include "kernels/bvh2.h"
#include "kernels/path.h"

#include <algorithm>

namespace juggler {
namespace {

constexpr uint32_t tile_side = 16;

void record(RaySet& set, const Ray<float>& ray) {
    const float o[3] = {ray.o.x, ray.o.y, ray.o.z}, d[3] = {ray.d.x, ray.d.y, ray.d.z};
    for (size_t axis = 0; axis < 3; ++axis) {
        set.o[axis].push_back(o[axis]);
        set.d[axis].push_back(d[axis]);
    }
    set.t_max.push_back(ray.t_max);
    set.time.push_back(ray.time);
    set.filter_key.push_back(ray.filter_key);
}

void record_path(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame, uint32_t x,
                 uint32_t y, uint32_t sample, RaySets& sets) {
    PathState<float> state = begin_path<float>(frame, x, y, sample);
    for (size_t event = 0; event < 3 && state.alive; ++event) {
        const Ray<float> ray = next_ray(state);
        record(sets[event], ray);
        const Ray<float> shadow_ray =
            after_hit<float>(scene, frame, closest_hit(scene, bvh, ray), state);
        if (!state.shadow) continue;
        if (event < 2) record(sets[3 + event], shadow_ray);
        after_shadow(state, visible_channels(scene, bvh, shadow_ray));
    }
}

// Whole packs of 16 only.
void trim(RaySet& set) {
    const size_t count = set.t_max.size() / 16 * 16;
    for (size_t axis = 0; axis < 3; ++axis) {
        set.o[axis].resize(count);
        set.d[axis].resize(count);
    }
    set.t_max.resize(count);
    set.time.resize(count);
    set.filter_key.resize(count);
}

} // namespace

RayList RaySet::view() const {
    return {{o[0].data(), o[1].data(), o[2].data()},
            {d[0].data(), d[1].data(), d[2].data()},
            t_max.data(),
            time.data(),
            filter_key.data(),
            static_cast<uint32_t>(t_max.size())};
}

RaySets record_rays(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                    uint32_t samples, uint64_t wanted) {
    RaySets sets{{{"camera", false, {}, {}, {}, {}, {}},
                  {"bounce 1", false, {}, {}, {}, {}, {}},
                  {"bounce 2", false, {}, {}, {}, {}, {}},
                  {"shadow 0", true, {}, {}, {}, {}, {}},
                  {"shadow 1", true, {}, {}, {}, {}, {}}}};
    const double all = double(frame.width) * double(frame.height) * double(samples);
    const double share = std::min(1.0, double(wanted) / all);
    // Multiples of the golden ratio spread the tiles evenly, along rows and across them.
    double place = 0;
    for (uint32_t y0 = 0; y0 < frame.height; y0 += tile_side) {
        for (uint32_t x0 = 0; x0 < frame.width; x0 += tile_side) {
            place += 0.6180339887498949;
            place -= place >= 1 ? 1 : 0;
            if (place >= share) continue;
            for (uint32_t y = y0; y < std::min(y0 + tile_side, frame.height); ++y)
                for (uint32_t x = x0; x < std::min(x0 + tile_side, frame.width); ++x)
                    for (uint32_t sample = 0; sample < samples; ++sample)
                        record_path(scene, bvh, frame, x, y, sample, sets);
        }
    }
    for (RaySet& set : sets)
        trim(set);
    return sets;
}

void walk_binary(const SceneView& scene, const Bvh2View& bvh, const RayList& rays, bool shadow,
                 const HitList& hits) {
    for (uint32_t i = 0; i < rays.count; ++i) {
        const Ray<float> ray{{rays.o[0][i], rays.o[1][i], rays.o[2][i]},
                             {rays.d[0][i], rays.d[1][i], rays.d[2][i]},
                             rays.t_max[i],
                             rays.time[i],
                             rays.filter_key[i]};
        if (shadow) {
            hits.visible[i] = visible_channels(scene, bvh, ray);
            continue;
        }
        const Hit<float> hit = closest_hit(scene, bvh, ray);
        hits.t[i] = hit.t;
        hits.u[i] = hit.u;
        hits.v[i] = hit.v;
        hits.instance[i] = hit.instance;
        hits.primitive[i] = hit.primitive;
    }
}

} // namespace juggler
