#include "host/bvh/compressed.h"

#include "host/base/hash.h"
#include "host/bvh/collapse.h"
#include "kernels/compressed.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

constexpr int width = 8;
constexpr uint32_t most_entries = 15; // of a leaf, by its child word
constexpr uint32_t most_planned = 6;  // entries that a leaf of several binary ones has
// Testing one of them, in units of visiting a node.
constexpr float entry_cost = 0.3f;
constexpr uint32_t most_values = 1u << compressed_value_bits;
constexpr uint32_t subtree_least = 4096; // leaf entries below what threads make nodes of

using Child = Collapse<width>::Child;

// One axis of a node: planes are counted from `base` with `exponent`.
struct PlaneGrid {
    float base;
    uint32_t exponent; // its bits
    double per_plane;  // planes in a metre

    // Exact: floats of like size, see make_grid.
    [[nodiscard]] double plane(uint32_t q) const {
        return double(base) + double(decode_plane(exponent, q, 0));
    }
    // About where x stands, counted in planes; within the grid.
    [[nodiscard]] double place(float x) const {
        return std::clamp((double(x) - double(base)) * per_plane - 32768, 0.0, 255.0);
    }
    // The last plane that is not above x, the first that is not below it. x is within the grid.
    [[nodiscard]] uint32_t below(float x) const {
        auto q = static_cast<uint32_t>(place(x));
        while (q > 0 && plane(q) > double(x))
            --q;
        while (q < 255 && plane(q + 1) <= double(x))
            ++q;
        return q;
    }
    [[nodiscard]] uint32_t above(float x) const {
        auto q = static_cast<uint32_t>(place(x));
        while (q < 255 && plane(q) < double(x))
            ++q;
        while (q > 0 && plane(q - 1) >= double(x))
            --q;
        return q;
    }
};

// The finest grid from at most lo to at least hi.
bool make_grid(float lo, float hi, PlaneGrid& grid) {
    // 255 planes of 2^(e - 127 - 15) span it. None is so fine that base + v would not fit a double.
    const double size = std::max(std::fabs(double(lo)), std::fabs(double(hi)));
    const double unit = std::max((double(hi) - double(lo)) / 255, size * 0x1p-30);
    const int guess = unit > 0 ? std::ilogb(unit) + 127 + 15 : 1;
    for (int e = std::clamp(guess, 1, 254); e < 255; ++e) {
        grid.exponent = static_cast<uint32_t>(e) << 23;
        grid.base = lo - as_float(grid.exponent);
        while (grid.plane(0) > double(lo))
            grid.base = std::nextafter(grid.base, -3e38f);
        if (grid.plane(255) < double(hi)) continue;
        grid.per_plane = std::ldexp(1.0, 127 + 15 - e);
        return true;
    }
    return false;
}

// Gives each child a slot: as far as can be, those that rays of octant q meet first stand where
// (slot ^ q) is least. Greedily by how much a slot suits a child.
void choose_slots(const std::vector<Child>& children, uint8_t* slot) {
    const size_t count = children.size();
    Box<float> all = children[0].box;
    for (const Child& c : children)
        all = {{min(all.lo.x, c.box.lo.x), min(all.lo.y, c.box.lo.y), min(all.lo.z, c.box.lo.z)},
               {max(all.hi.x, c.box.hi.x), max(all.hi.y, c.box.hi.y), max(all.hi.z, c.box.hi.z)}};
    const Vec3<float> middle = 0.5f * all.lo + 0.5f * all.hi;
    float gain[width][width];
    for (size_t k = 0; k < count; ++k) {
        const Box<float>& box = children[k].box;
        const Vec3<float> at = (0.5f * box.lo + 0.5f * box.hi) - middle;
        for (uint32_t s = 0; s < width; ++s)
            gain[k][s] = (s & 1 ? at.x : -at.x) + (s & 2 ? at.y : -at.y) + (s & 4 ? at.z : -at.z);
    }
    uint32_t free = (1u << width) - 1; // slots
    uint32_t best_slot[width];         // of those that are free, a child
    const auto find_best = [&](size_t k) {
        uint32_t best = width;
        for (uint32_t s = 0; s < width; ++s)
            if ((free >> s & 1) != 0 && (best == width || gain[k][s] > gain[k][best])) best = s;
        best_slot[k] = best;
    };
    for (size_t k = 0; k < count; ++k)
        find_best(k);
    uint32_t unplaced = (1u << count) - 1;
    for (size_t turn = 0; turn < count; ++turn) {
        size_t best = width;
        for (size_t k = 0; k < count; ++k)
            if ((unplaced >> k & 1) != 0 &&
                (best == width || gain[k][best_slot[k]] > gain[best][best_slot[best]]))
                best = k;
        const uint32_t taken = best_slot[best];
        slot[best] = static_cast<uint8_t>(taken);
        free &= ~(1u << taken);
        unplaced &= ~(1u << best);
        for (size_t k = 0; k < count; ++k)
            if ((unplaced >> k & 1) != 0 && best_slot[k] == taken) find_best(k);
    }
}

uint32_t leaf_word(uint32_t first, uint32_t count) {
    return count << compressed_value_bits | first;
}

} // namespace

bool compress_boxes(const ChildBox* children, const uint8_t* slot, uint32_t count,
                    CompressedNode& node) {
    node = {};
    for (uint32_t axis = 0; axis < 3; ++axis) {
        float lo = children[0].lo[axis], hi = children[0].hi[axis];
        for (uint32_t k = 1; k < count; ++k) {
            lo = min(lo, children[k].lo[axis]);
            hi = max(hi, children[k].hi[axis]);
        }
        PlaneGrid grid{};
        if (!make_grid(lo, hi, grid)) return false;
        node.base[axis] = grid.base;
        node.exponents |= grid.exponent >> 23 << (8 * axis);
        for (uint32_t k = 0; k < count; ++k) {
            const uint32_t word = slot[k] / 4u, shift = slot[k] % 4u * 8;
            node.planes[0][axis][word] |= grid.below(children[k].lo[axis]) << shift;
            node.planes[1][axis][word] |= grid.above(children[k].hi[axis]) << shift;
        }
    }
    for (uint32_t k = 0; k < count; ++k)
        node.exponents |= 1u << (24 + slot[k]);
    return true;
}

class CompressedBuilder {
public:
    CompressedBuilder(const SceneView& scene, const Bvh2View& bvh, unsigned threads,
                      CompressedTree& out)
        : scene_(scene), bvh_(bvh), threads_(threads == 0 ? usable_threads() : threads), out_(out),
          collapse_(bvh) {}

    // False if there can be no such tree.
    bool run(const CompressedTree* before, uint32_t resting_meshes);

private:
    struct Built {
        uint32_t word = none, depth = 0;
        bool good = true;
    };
    // A binary node and the node that is made of it, numbered within the nodes being made.
    struct Task {
        uint32_t binary, node, depth;
    };
    using Nodes = LargeVector<CompressedNode>;

    template <class LeafCost>
    Built build_tree(uint32_t root, uint32_t root_count, const LeafCost& leaf_cost);
    Built make_nodes(const Task& root, uint32_t defer_below, Nodes& nodes,
                     std::vector<Task>* deferred) const;

    const SceneView& scene_;
    const Bvh2View& bvh_;
    const unsigned threads_;
    CompressedTree& out_;
    Collapse<width> collapse_;
};

// Makes the nodes below `root`, whose place is there; those of small subtrees are left to
// `deferred`, if given. The children of a node lie side by side, and a node's first child is
// followed by what is below it.
CompressedBuilder::Built CompressedBuilder::make_nodes(const Task& root, uint32_t defer_below,
                                                       Nodes& nodes,
                                                       std::vector<Task>* deferred) const {
    Built built{root.node, root.depth, true};
    std::vector<Task> open{root};
    while (!open.empty()) {
        const Task task = open.back();
        open.pop_back();
        const std::vector<Child> children = collapse_.children(task.binary);
        ChildBox boxes[width];
        uint8_t slot[width];
        choose_slots(children, slot);
        const auto first = static_cast<uint32_t>(nodes.size());
        uint32_t child_word[width] = {}, inner = 0;
        std::vector<Task> below;
        for (size_t k = 0; k < children.size(); ++k) {
            const Child& c = children[k];
            boxes[k] = {{c.box.lo.x, c.box.lo.y, c.box.lo.z}, {c.box.hi.x, c.box.hi.y, c.box.hi.z}};
            if (collapse_.is_leaf(c)) {
                const auto extent = collapse_.extent(c);
                built.good &= extent.count <= most_entries && extent.first < most_values;
                child_word[slot[k]] = leaf_word(extent.first, extent.count);
                continue;
            }
            below.push_back({c.index, first + inner, task.depth + 1});
            child_word[slot[k]] = first + inner++;
            if (deferred != nullptr && collapse_.extent(c).count < defer_below) {
                deferred->push_back(below.back());
                below.pop_back();
            }
        }
        CompressedNode node;
        built.good &= compress_boxes(boxes, slot, static_cast<uint32_t>(children.size()), node);
        std::copy(std::begin(child_word), std::end(child_word), node.child);
        built.depth = std::max(built.depth, task.depth);
        nodes[task.node] = node;
        nodes.resize(nodes.size() + inner);
        open.insert(open.end(), below.rbegin(), below.rend());
    }
    return built;
}

template <class LeafCost>
CompressedBuilder::Built CompressedBuilder::build_tree(uint32_t root, uint32_t root_count,
                                                       const LeafCost& leaf_cost) {
    if (root_count != 0)
        return {leaf_word(root, root_count), 0, root_count <= most_entries && root < most_values};
    collapse_.start(root, 0);
    collapse_.plan(root, leaf_cost, threads_);
    const uint32_t count = collapse_.extent({{}, root, 0, 0}).count;
    const uint32_t defer_below = std::max(subtree_least, count / 64);
    Nodes& nodes = out_.nodes_;
    const auto place = static_cast<uint32_t>(nodes.size());
    nodes.emplace_back();
    // The top of the tree first; what is below it is independent, whoever makes it.
    std::vector<Task> deferred;
    Built built = make_nodes({root, place, 1}, defer_below, nodes, &deferred);
    std::vector<Nodes> subtrees(deferred.size());
    std::vector<Built> parts(deferred.size());
    std::atomic<size_t> next{0};
    on_threads(std::clamp<unsigned>(static_cast<unsigned>(deferred.size()), 1, threads_), [&] {
        for (size_t i; (i = next.fetch_add(1)) < deferred.size();) {
            subtrees[i].reserve(collapse_.extent({{}, deferred[i].binary, 0, 0}).count / 6);
            subtrees[i].emplace_back();
            parts[i] =
                make_nodes({deferred[i].binary, 0, deferred[i].depth}, 0, subtrees[i], nullptr);
        }
    });
    for (size_t i = 0; i < deferred.size(); ++i) {
        // Its first node has its place; the others follow from here on.
        const auto moved_by = static_cast<uint32_t>(nodes.size()) - 1;
        for (CompressedNode& node : subtrees[i])
            for (uint32_t k = 0; k < width; ++k)
                if ((node.exponents >> (24 + k) & 1) && node.child[k] >> compressed_value_bits == 0)
                    node.child[k] += moved_by;
        nodes[deferred[i].node] = subtrees[i][0];
        nodes.insert(nodes.end(), subtrees[i].begin() + 1, subtrees[i].end());
        subtrees[i] = {};
        built.depth = std::max(built.depth, parts[i].depth);
        built.good &= parts[i].good;
    }
    built.good &= nodes.size() < most_values;
    return built;
}

bool CompressedBuilder::run(const CompressedTree* before, uint32_t resting_meshes) {
    uint32_t mesh_count = 0;
    for (uint32_t i = 0; i < scene_.instance_count; ++i)
        mesh_count = std::max(mesh_count, scene_.instances[i].mesh + 1);
    std::vector<bool> used(mesh_count, false);
    for (uint32_t i = 0; i < scene_.instance_count; ++i)
        used[scene_.instances[i].mesh] = true;
    for (uint32_t mesh = 0; mesh < mesh_count; ++mesh)
        if (used[mesh] && (scene_.meshes[mesh].flags & mesh_moves)) return false;
    if (bvh_.root_count == none) return false;
    if (before == nullptr || before->root_ == none) resting_meshes = 0;
    resting_meshes = std::min(resting_meshes, mesh_count);
    if (before != nullptr && resting_meshes > before->mesh_parts_.size()) resting_meshes = 0;
    // Address space for more than most trees take, so that they hardly ever move.
    size_t entries = scene_.instance_count;
    for (uint32_t i = 0; i < mesh_count; ++i)
        entries += scene_.meshes[i].primitive_count;
    out_.nodes_.reserve(64 + mesh_count + entries / 6);
    if (resting_meshes > 0) {
        const auto end = static_cast<ptrdiff_t>(before->mesh_parts_[resting_meshes - 1].end);
        out_.nodes_.assign(before->nodes_.begin(), before->nodes_.begin() + end);
        out_.mesh_root_.assign(before->mesh_root_.begin(),
                               before->mesh_root_.begin() + resting_meshes);
        out_.mesh_parts_.assign(before->mesh_parts_.begin(),
                                before->mesh_parts_.begin() + resting_meshes);
    }
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < mesh_count; ++i) {
        if (i >= resting_meshes) {
            const MeshView& mesh = scene_.meshes[i];
            Built built;
            if (used[i])
                built = build_tree(mesh.root, mesh.root_count, [&](const Child& c) {
                    const uint32_t count = collapse_.extent(c).count;
                    if (c.count == 0 && count > most_planned) return never_a_leaf;
                    return entry_cost * static_cast<float>(count);
                });
            if (!built.good) return false;
            out_.mesh_root_.push_back(built.word);
            out_.mesh_parts_.push_back({out_.nodes_.size(), built.depth});
        }
        if (used[i] && out_.mesh_root_[i] == none) return false;
        deepest = std::max(deepest, out_.mesh_parts_[i].depth);
    }
    const Built top = build_tree(bvh_.root, bvh_.root_count, [](const Child& c) {
        return c.count != 0 ? static_cast<float>(c.count) : never_a_leaf;
    });
    if (!top.good || top.depth + deepest > compressed_max_depth) return false;
    out_.root_ = top.word;
    return true;
}

CompressedTree CompressedTree::build(const SceneView& scene, const Bvh2View& bvh,
                                     const CompressedTree* before, uint32_t resting_meshes,
                                     unsigned threads) {
    CompressedTree tree;
    if (!CompressedBuilder(scene, bvh, threads, tree).run(before, resting_meshes)) return {};
    return tree;
}

uint64_t CompressedTree::hash(uint64_t seed) const {
    uint64_t h = hash_bytes(nodes_.data(), bytes(), seed);
    h = hash_bytes(mesh_root_.data(), mesh_root_.size() * sizeof(uint32_t), h);
    return hash_bytes(&root_, sizeof root_, h);
}

} // namespace juggler
