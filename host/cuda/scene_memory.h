// A scene's arrays, one behind the other as they lie in device memory.
#pragma once

#include "host/cuda/owners.h"
#include "host/scene/compile.h"

#include <span>
#include <vector>

namespace juggler::cuda {

struct SceneViews {
    SceneView scene;
    Bvh2View bvh;
};

// Bytes [begin, end).
struct ByteRange {
    size_t begin, end;
};

// A mesh whose tree another scene has too, around other vertices; where its nodes and its leaf
// entries are.
struct RefitMesh {
    uint32_t mesh;
    uint64_t topology;
    uint32_t first_node, node_count, leaf_count;
    ByteRange nodes, leaves;
};

// Where each array goes. Refers to the scene, which must not change while this is used.
class SceneLayout {
public:
    explicit SceneLayout(const CompiledScene& scene);
    [[nodiscard]] const CompiledScene& scene() const noexcept { return scene_; }
    [[nodiscard]] size_t bytes() const noexcept { return bytes_; }
    // Bytes [begin, end) of the whole.
    void read(size_t begin, size_t end, std::byte* to) const;
    // The views, once the whole lies at `base`.
    [[nodiscard]] SceneViews views_at(const std::byte* base) const;

    // Where `there` lies on the device: whether every array of this has the size and place of its
    // own there; what differs, in blocks, without what lies in `made` (in order, apart); meshes
    // that the device can refit.
    [[nodiscard]] bool lies_as(const SceneLayout& there) const;
    [[nodiscard]] std::vector<ByteRange> differences(const SceneLayout& there,
                                                     std::span<const ByteRange> made) const;
    [[nodiscard]] std::vector<RefitMesh> refits(const SceneLayout& there) const;

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
