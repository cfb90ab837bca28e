// The builder: a binary tree over boxes by the binned surface area heuristic (Wald 2007, "On fast
// Construction of SAH-based Bounding Volume Hierarchies"). The tree depends on the boxes and the
// options alone, not on the number of threads.
#pragma once

#include "host/base/large_vector.h"
#include "host/bvh/quality.h"
#include "kernels/views.h"

#include <cstdint>
#include <vector>

namespace juggler {

struct BuildPrimitive {
    float lo[3];
    uint32_t id;
    float hi[3];
    uint32_t pad;
};

struct BuildOptions {
    TreeQuality quality = TreeQuality::high;
    uint32_t max_leaf = 4;       // primitives in a leaf at most
    uint32_t leaf_width = 1;     // primitives tested at once: a leaf costs a unit per started block
    float traversal_cost = 1.0f; // of an inner node, in units of testing one block
    unsigned threads = 0;        // 0 = what this process may use
};

struct BuiltTree {
    LargeVector<Bvh2Node> nodes; // children of nodes: into nodes; of leaves: into order
    std::vector<uint32_t> order; // primitive ids, leaf by leaf
    uint32_t root = 0;           // a node, or 0, the first of `order`, if the root is a leaf
    uint32_t root_count = none;  // 0 = a node, else entries of the only leaf; `none` if empty
};

// No path of the tree is longer than bvh2_max_depth (kernels/bvh2.h) whatever the boxes; boxes
// must be finite and not inverted.
BuiltTree build_tree(std::vector<BuildPrimitive>&& primitives, const BuildOptions& options = {});

// Cost of the tree by the surface area heuristic, relative to its root's area.
double sah_cost(const BuiltTree& tree, const BuildOptions& options = {});

} // namespace juggler
