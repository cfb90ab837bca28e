// Embree's side: the triangles and spheres of a compiled scene, and its calls over recorded rays.
#pragma once

#include "bench/embree_unit.h"

#include <embree3/rtcore.h>

#include <memory>
#include <string>
#include <vector>

namespace juggler {

template <auto Free>
struct EmbreeRelease {
    template <class Handle>
    void operator()(Handle handle) const noexcept {
        Free(handle);
    }
};
using EmbreeDevice = std::unique_ptr<RTCDeviceTy, EmbreeRelease<rtcReleaseDevice>>;
using EmbreeHandle = std::unique_ptr<RTCSceneTy, EmbreeRelease<rtcReleaseScene>>;

class EmbreeScene {
public:
    // Quality HIGH. Instances are placed by their transforms: geometry numbers are instance
    // numbers, primitive numbers those of the mesh. Throws Error for what Embree's side of the
    // bench lacks: motion, and surfaces that filter hits.
    EmbreeScene(RTCDevice device, const SceneView& scene, const Bvh2View& bvh, bool robust);

    [[nodiscard]] RTCScene get() const noexcept { return scene_.get(); }
    [[nodiscard]] double build_seconds() const noexcept { return build_seconds_; }

private:
    EmbreeHandle scene_;
    double build_seconds_ = 0;
};

EmbreeDevice open_embree();
std::string embree_facts(RTCDevice device); // version and what rays it takes natively

// Rays in Embree's own layout, filled before any clock runs.
struct EmbreeRays {
    std::vector<RTCRay> single;
    std::vector<RTCRay16> packets;
};
EmbreeRays make_embree_rays(const RayList& rays);

void walk_embree(RTCScene scene, const EmbreeRays& rays, bool shadow, const HitList& hits);
// Calls of 16 rays. `coherent` tells Embree to expect like directions.
void walk_embree_16(RTCScene scene, const EmbreeRays& rays, bool shadow, bool coherent,
                    const HitList& hits);

} // namespace juggler
