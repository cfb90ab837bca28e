// A scene's arrays, one behind the other as they lie in device memory.
#pragma once

#include "host/cuda/owners.h"
#include "host/scene/compile.h"

#include <vector>

namespace juggler::cuda {

struct SceneViews {
    SceneView scene;
    Bvh2View bvh;
};

// Where each array goes. Refers to the scene, which must not change while this is used.
class SceneLayout {
public:
    explicit SceneLayout(const CompiledScene& scene);
    [[nodiscard]] size_t bytes() const noexcept { return bytes_; }
    // Bytes [begin, end) of the whole.
    void read(size_t begin, size_t end, std::byte* to) const;
    // The views, once the whole lies at `base`.
    [[nodiscard]] SceneViews views_at(const std::byte* base) const;

private:
    struct Piece {
        const std::byte* from;
        size_t at, bytes;
    };
    const CompiledScene& scene_;
    std::vector<Piece> pieces_; // in order of `at`
    size_t bytes_ = 0;
};

} // namespace juggler::cuda
