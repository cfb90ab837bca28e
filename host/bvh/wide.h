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
    template <int W>
    static WideTree build(const SceneView& scene, const Bvh2View& bvh);

    [[nodiscard]] const WideView& view() const noexcept { return view_; }
    [[nodiscard]] uint32_t width() const noexcept { return width_; }
    [[nodiscard]] size_t bytes() const noexcept { return lines_.size() * sizeof(Line); }

private:
    template <int W>
    friend class WideBuilder;
    struct alignas(64) Line {
        unsigned char bytes[64];
    };
    LargeVector<Line> lines_;
    std::vector<uint32_t> mesh_root_;
    uint32_t width_ = 0;
    WideView view_{};
};

} // namespace juggler
