// The compressed tree: the binary trees of a compiled scene, collapsed to nodes of up to eight
// children with boxes of few bits (kernels/views.h, CompressedNode), for GPUs.
#pragma once

#include "host/base/large_vector.h"
#include "kernels/views.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace juggler {

class CompressedTree {
public:
    // Leaves are ranges of leaf entries of `bvh`, which has to be there for walks. The same for
    // every number of threads; 0 = what this process may use. Walks have to take the binary tree,
    // as view() tells, where a mesh moves over the shutter, where a tree is too deep or too large,
    // and where a box is larger than 1e36.
    // `before` is the tree of another frame, or null. The first `resting_meshes` meshes are those
    // of that frame.
    static CompressedTree build(const SceneView& scene, const Bvh2View& bvh,
                                const CompressedTree* before = nullptr, uint32_t resting_meshes = 0,
                                unsigned threads = 0);

    [[nodiscard]] CompressedView view() const noexcept {
        return {nodes_.data(), mesh_root_.data(), root_};
    }
    [[nodiscard]] const LargeVector<CompressedNode>& nodes() const noexcept { return nodes_; }
    [[nodiscard]] const std::vector<uint32_t>& mesh_roots() const noexcept { return mesh_root_; }
    [[nodiscard]] size_t bytes() const noexcept { return nodes_.size() * sizeof(CompressedNode); }
    // Of all of it, carrying on `seed`.
    [[nodiscard]] uint64_t hash(uint64_t seed = 0) const;

private:
    friend class CompressedBuilder;
    struct MeshPart {
        size_t end;     // of the nodes of this mesh and those before it
        uint32_t depth; // in levels of nodes
    };
    LargeVector<CompressedNode> nodes_;
    std::vector<uint32_t> mesh_root_;
    std::vector<MeshPart> mesh_parts_;
    uint32_t root_ = none;
};

struct ChildBox {
    float lo[3], hi[3];
};
// Sets all of the node but its child words: child k goes to slot[k]. False if no exponent is large
// enough.
bool compress_boxes(const ChildBox* children, const uint8_t* slot, uint32_t count,
                    CompressedNode& node);

} // namespace juggler
