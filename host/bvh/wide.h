// The wide tree: the binary trees of a compiled scene, collapsed to W children a node and leaf
// blocks of W primitives, in the layout of kernels/views.h.
#pragma once

#include "host/base/large_vector.h"
#include "kernels/views.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace juggler {

class WideTree {
public:
    // W is 8 or 16. The views are read here only; the tree stands on its own but for moving
    // primitives, which are looked up in `bvh` during a walk.
    // `before` is the tree of another frame, or null. The first `resting_meshes` meshes are those
    // of that frame. Each of `refitted` is the mesh of that frame with its vertices elsewhere: its
    // tree is drawn around them anew. The binary trees of these need not be there.
    template <int W>
    static WideTree build(const SceneView& scene, const Bvh2View& bvh,
                          const WideTree* before = nullptr, uint32_t resting_meshes = 0,
                          const std::vector<uint32_t>& refitted = {});

    // Of a mesh that is there: how much larger the boxes of its nodes are, together and as seen
    // from outside, than when they were built. Walks take about as much longer.
    [[nodiscard]] float growth(uint32_t mesh) const {
        const MeshPart& part = mesh_parts_[mesh];
        return part.built_area > 0 ? part.area / part.built_area : 1;
    }

    [[nodiscard]] const WideView& view() const noexcept { return view_; }
    [[nodiscard]] uint32_t width() const noexcept { return width_; }
    [[nodiscard]] size_t bytes() const noexcept { return lines_.size() * sizeof(Line); }
    // Of the nodes, leaves and roots, carrying on `seed`.
    [[nodiscard]] uint64_t hash(uint64_t seed = 0) const;

private:
    template <int W>
    friend class WideBuilder;
    struct alignas(64) Line {
        unsigned char bytes[64];
    };
    struct MeshPart {
        uint32_t stack_need;
        size_t end_line; // of the lines of this mesh and those before it
        // Of all children over that of the root, now and when it was built; 0 = not measured yet.
        float area, built_area;
    };
    LargeVector<Line> lines_;
    std::vector<uint32_t> mesh_root_;
    std::vector<MeshPart> mesh_parts_;
    uint32_t width_ = 0;
    WideView view_{};
};

} // namespace juggler
