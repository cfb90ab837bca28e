// A tree drawn around leaves that have moved: its nodes stay, their boxes change. Host and device
// do it by these functions, and get the same bytes.
#pragma once

#include "kernels/intersect.h"
#include "kernels/leaf.h"

namespace juggler::inline JUGGLER_ISA {

JUGGLER_FN Box<float> unite(Box<float> a, Box<float> b) {
    return {{min(a.lo.x, b.lo.x), min(a.lo.y, b.lo.y), min(a.lo.z, b.lo.z)},
            {max(a.hi.x, b.hi.x), max(a.hi.y, b.hi.y), max(a.hi.z, b.hi.z)}};
}
JUGGLER_FN void store_box(float lo[3], float hi[3], Box<float> box) {
    lo[0] = box.lo.x;
    lo[1] = box.lo.y;
    lo[2] = box.lo.z;
    hi[0] = box.hi.x;
    hi[1] = box.hi.y;
    hi[2] = box.hi.z;
}
JUGGLER_FN Box<float> node_child_box(const Bvh2Node& node, int k) {
    return {load3<float>(node.lo[k]), load3<float>(node.hi[k])};
}
JUGGLER_FN Box<float> leaf_box(const LeafTriangle& t) {
    return triangle_box(load3<float>(t.v[0]), load3<float>(t.v[1]), load3<float>(t.v[2]));
}
JUGGLER_FN Box<float> leaf_box(const LeafSphere& s) {
    return sphere_box(load3<float>(s.center), s.radius);
}

// The boxes of node i from those of its children and of its leaf entries, which are up to date.
template <class Leaf>
JUGGLER_FN void refit_node(Bvh2Node* nodes, uint32_t i, const Leaf* leaves) {
    for (int k = 0; k < 2; ++k) {
        Box<float> box{};
        if (nodes[i].count[k] == 0) {
            const Bvh2Node& child = nodes[nodes[i].child[k]];
            box = unite(node_child_box(child, 0), node_child_box(child, 1));
        } else {
            box = leaf_box(leaves[nodes[i].child[k]]);
            for (uint32_t j = 1; j < nodes[i].count[k]; ++j)
                box = unite(box, leaf_box(leaves[nodes[i].child[k] + j]));
        }
        store_box(nodes[i].lo[k], nodes[i].hi[k], box);
    }
}

} // namespace juggler::inline JUGGLER_ISA
