// Rays as a path tracer makes them, recorded so that several walks can be given the same ones.
#pragma once

#include "bench/embree_unit.h"

#include <array>
#include <string_view>
#include <vector>

namespace juggler {

struct RaySet {
    std::string_view name;
    bool shadow;
    std::array<std::vector<float>, 3> o, d;
    std::vector<float> t_max, time;
    std::vector<uint32_t> filter_key;
    [[nodiscard]] RayList view() const;
};

// Camera rays, first and second bounces, and shadow rays from the first and the second surface.
using RaySets = std::array<RaySet, 5>;

// Runs scalar paths in the order of a wavefront: tile by tile, row by row, the samples of a pixel
// one after the other. Tiles are left out evenly over the picture to come to about `wanted` camera
// rays.
RaySets record_rays(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                    uint32_t samples, uint64_t wanted);

struct HitSet {
    std::vector<float> t, u, v;
    std::vector<uint32_t> instance, primitive, visible;
    explicit HitSet(size_t count)
        : t(count), u(count), v(count), instance(count), primitive(count), visible(count) {}
    HitList view() {
        return {t.data(), u.data(), v.data(), instance.data(), primitive.data(), visible.data()};
    }
};

// The scalar walk of the binary tree.
void walk_binary(const SceneView& scene, const Bvh2View& bvh, const RayList& rays, bool shadow,
                 const HitList& hits);

} // namespace juggler
