#include "host/scene/reach.h"

namespace juggler {
namespace {

void extend(Bounds& box, const float* center, double radius) {
    for (size_t k = 0; k < 3; ++k) {
        box.lo[k] = std::min(box.lo[k], double(center[k]) - radius);
        box.hi[k] = std::max(box.hi[k], double(center[k]) + radius);
    }
}

} // namespace

Bounds bounds_of(const MeshDescription& mesh) {
    Bounds box;
    for (const TrianglePart& part : mesh.triangles)
        for (const auto* positions : {&part.positions, &part.positions_end})
            for (const auto& p : *positions)
                extend(box, p.data(), 0);
    for (const SpherePart& part : mesh.spheres)
        for (const auto* spheres : {&part.spheres, &part.spheres_end})
            for (const auto& s : *spheres)
                extend(box, s.data(), double(s[3]));
    return box;
}

bool within_reach(const Affine& placement, const Bounds& box) {
    if (box.lo[0] > box.hi[0]) return true;
    for (size_t i = 0; i < 8; ++i) {
        const auto p =
            transform_point(placement, {(i & 1 ? box.hi : box.lo)[0], (i & 2 ? box.hi : box.lo)[1],
                                        (i & 4 ? box.hi : box.lo)[2]});
        if (!within_reach(p[0], p[1], p[2])) return false;
    }
    return true;
}

} // namespace juggler
