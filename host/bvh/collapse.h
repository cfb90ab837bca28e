// Which nodes of a binary tree become nodes of up to W children and which become leaves, so that
// what a ray is expected to visit costs least: by dynamic programming from the leaves up (Ylitie,
// Karras and Laine 2017, "Efficient Incoherent Ray Traversal on GPUs Through Compressed Wide
// BVHs").
#pragma once

#include "host/base/threads.h"
#include "kernels/intersect.h"
#include "kernels/views.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <vector>

namespace juggler {

// The cost of what may not be a leaf.
inline constexpr float never_a_leaf = std::numeric_limits<float>::infinity();

template <int W>
class Collapse {
public:
    // A child of a binary node: the node `index` if count is 0, else a leaf.
    struct Child {
        Box<float> box;
        uint32_t index, count;
        float area;
    };
    // Leaf entries [first, first + count) below a binary node.
    struct Extent {
        uint32_t first, count;
    };

    explicit Collapse(const Bvh2View& bvh) : bvh_(bvh) {}

    // Takes up the tree under the node `root`; `nodes_end` as in MeshView.
    void start(uint32_t root, uint32_t nodes_end);
    // Plans that tree: 1 for a wide node, `leaf_cost(child)` for a leaf. The plan is the same for
    // every number of threads.
    template <class LeafCost>
    void plan(uint32_t root, const LeafCost& leaf_cost, unsigned threads = 1);

    [[nodiscard]] Extent extent(const Child& c) const {
        return c.count == 0 ? extents_[c.index - first_node_] : Extent{c.index, c.count};
    }
    [[nodiscard]] bool is_leaf(const Child& c) const {
        return c.count != 0 || splits_[c.index - first_node_].leaf;
    }
    // What of the binary tree under `node` the wide node made of it has as children.
    [[nodiscard]] std::vector<Child> children(uint32_t node) const;

private:
    // How a binary node is spread over i + 1 children of a wide one: so many of them to its left
    // half, 0 = as over i. Over one: a leaf or a wide node.
    struct Split {
        std::array<uint8_t, W> left;
        bool leaf;
    };
    // Least cost of a subtree as at most i + 1 children of one wide node.
    using Costs = std::array<float, W>;
    struct Known {
        uint32_t node;
        Child child;
        Costs costs;
    };

    [[nodiscard]] Child child_of(uint32_t node, uint32_t k) const;
    template <class LeafCost>
    Costs plan_below(const Child& root, const LeafCost& leaf_cost, const std::vector<Known>& known);

    static constexpr uint32_t subtree_least = 4096; // leaf entries of what threads plan
    const Bvh2View& bvh_;
    std::vector<Split> splits_;   // as extents_
    std::vector<Extent> extents_; // a binary node, from first_node_ on
    uint32_t first_node_ = 0, nodes_end_ = 0;
};

// Holds the interpolation of the two at any time of the shutter, its rounding included.
inline Box<float> over_shutter(const Box<float>& start, const Box<float>& end) {
    const auto lower = [](float a, float b) {
        const float x = min(a, b);
        return x - 1e-6f * max(absolute(a), absolute(b));
    };
    const auto upper = [](float a, float b) {
        const float x = max(a, b);
        return x + 1e-6f * max(absolute(a), absolute(b));
    };
    return {
        {lower(start.lo.x, end.lo.x), lower(start.lo.y, end.lo.y), lower(start.lo.z, end.lo.z)},
        {upper(start.hi.x, end.hi.x), upper(start.hi.y, end.hi.y), upper(start.hi.z, end.hi.z)}};
}

template <int W>
typename Collapse<W>::Child Collapse<W>::child_of(uint32_t node_index, uint32_t k) const {
    const Bvh2Node& node = bvh_.nodes[node_index];
    const Vec3<float> lo = load3<float>(node.lo[k]), hi = load3<float>(node.hi[k]);
    const Vec3<float> d = hi - lo;
    Child child{{lo, hi}, node.child[k], node.count[k], d.x * d.y + d.y * d.z + d.z * d.x};
    if (nodes_end_ != 0) {
        const Bvh2Node& end = bvh_.nodes[node_index + nodes_end_];
        child.box = over_shutter(child.box, {load3<float>(end.lo[k]), load3<float>(end.hi[k])});
    }
    return child;
}

// Primitives below each node; a subtree's entries are contiguous.
template <int W>
void Collapse<W>::start(uint32_t root, uint32_t nodes_end) {
    nodes_end_ = nodes_end;
    first_node_ = root;
    std::vector<uint32_t> order{root};
    uint32_t last = root;
    for (size_t i = 0; i < order.size(); ++i)
        for (uint32_t k = 0; k < 2; ++k)
            if (const Bvh2Node& node = bvh_.nodes[order[i]]; node.count[k] == 0) {
                order.push_back(node.child[k]);
                first_node_ = std::min(first_node_, node.child[k]);
                last = std::max(last, node.child[k]);
            }
    extents_.resize(last - first_node_ + 1);
    splits_.resize(extents_.size());
    for (size_t i = order.size(); i-- > 0;) {
        const Bvh2Node& node = bvh_.nodes[order[i]];
        Extent sum{none, 0};
        for (uint32_t k = 0; k < 2; ++k) {
            const Extent part = node.count[k] == 0 ? extents_[node.child[k] - first_node_]
                                                   : Extent{node.child[k], node.count[k]};
            sum.first = std::min(sum.first, part.first);
            sum.count += part.count;
        }
        extents_[order[i] - first_node_] = sum;
    }
}

template <int W>
template <class LeafCost>
typename Collapse<W>::Costs Collapse<W>::plan_below(const Child& root, const LeafCost& leaf_cost,
                                                    const std::vector<Known>& known) {
    struct Frame {
        Child self;
        uint32_t next;
        Child child[2];
        Costs costs[2];
    };
    std::vector<Frame> frames;
    const auto enter = [&](const Child& self) {
        frames.push_back({self, 0, {child_of(self.index, 0), child_of(self.index, 1)}, {}});
    };
    enter(root);
    for (;;) {
        Frame& frame = frames.back();
        if (frame.next < 2) {
            const uint32_t k = frame.next++;
            const Child& child = frame.child[k];
            if (child.count != 0) {
                frame.costs[k].fill(child.area * leaf_cost(child));
                continue;
            }
            const auto at = std::lower_bound(
                known.begin(), known.end(), child.index,
                [](const Known& entry, uint32_t index) { return entry.node < index; });
            if (at != known.end() && at->node == child.index)
                frame.costs[k] = at->costs;
            else
                enter(child);
            continue;
        }
        const Child& self = frame.self;
        Split& split = splits_[self.index - first_node_];
        const Costs &l = frame.costs[0], &r = frame.costs[1];
        Costs best;
        for (uint32_t i = 1; i < W; ++i) {
            best[i] = l[0] + r[i - 1];
            split.left[i] = 1;
            for (uint32_t k = 1; k < i; ++k)
                if (const float cost = l[k] + r[i - 1 - k]; cost < best[i]) {
                    best[i] = cost;
                    split.left[i] = static_cast<uint8_t>(k + 1);
                }
        }
        best[0] = self.area + best[W - 1];
        split.leaf = false;
        if (const float cost = leaf_cost(self);
            cost < never_a_leaf && self.area * cost <= best[0]) {
            best[0] = self.area * cost;
            split.leaf = true;
        }
        for (uint32_t i = 1; i + 1 < W; ++i)
            if (best[i - 1] <= best[i]) {
                best[i] = best[i - 1];
                split.left[i] = 0; // no use for as many
            }
        frames.pop_back();
        if (frames.empty()) return best;
        Frame& parent = frames.back();
        parent.costs[parent.next - 1] = best;
    }
}

template <int W>
template <class LeafCost>
void Collapse<W>::plan(uint32_t root, const LeafCost& leaf_cost, unsigned threads) {
    // The root is a wide node, whatever it costs; its box does not matter.
    const Child whole{{}, root, 0, std::numeric_limits<float>::infinity()};
    std::vector<Known> subtrees;
    const uint32_t small = std::max(subtree_least, extent(whole).count / 64);
    if (threads > 1 && extent(whole).count > 2 * small) {
        std::vector<uint32_t> open{root};
        while (!open.empty()) {
            const uint32_t node = open.back();
            open.pop_back();
            for (uint32_t k = 0; k < 2; ++k) {
                const Child child = child_of(node, k);
                if (child.count != 0) continue;
                if (extent(child).count <= small)
                    subtrees.push_back({child.index, child, {}});
                else
                    open.push_back(child.index);
            }
        }
        std::sort(subtrees.begin(), subtrees.end(),
                  [](const Known& a, const Known& b) { return a.node < b.node; });
        std::atomic<size_t> next{0};
        on_threads(std::min<unsigned>(threads, static_cast<unsigned>(subtrees.size())), [&] {
            for (size_t i; (i = next.fetch_add(1)) < subtrees.size();)
                subtrees[i].costs = plan_below(subtrees[i].child, leaf_cost, {});
        });
    }
    (void)plan_below(whole, leaf_cost, subtrees);
    splits_[root - first_node_].leaf = false;
}

template <int W>
std::vector<typename Collapse<W>::Child> Collapse<W>::children(uint32_t node) const {
    struct Share {
        uint32_t node, slots; // children to spread it over
    };
    std::vector<Child> found;
    std::vector<Share> shares{{node, W}};
    while (!shares.empty()) {
        const Share share = shares.back();
        shares.pop_back();
        const uint32_t left = splits_[share.node - first_node_].left[share.slots - 1];
        for (uint32_t k = 0; k < 2; ++k) {
            const Child child = child_of(share.node, k);
            uint32_t slots = child.count != 0 ? 1 : (k == 0 ? left : share.slots - left);
            while (slots > 1 && splits_[child.index - first_node_].left[slots - 1] == 0)
                --slots;
            if (slots == 1)
                found.push_back(child);
            else
                shares.push_back({child.index, slots});
        }
    }
    return found;
}

} // namespace juggler
