#include "host/bvh/build.h"

#include "host/base/threads.h"
#include "host/bvh/reinsert.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace juggler {
namespace {

constexpr int bin_count_max = 32;
constexpr uint32_t max_path = 60;       // below bvh2_max_depth
constexpr uint32_t subtree_target = 64; // subtrees that may be built by other threads

// Four floats; lane 3 is carried along and means nothing.
using Float4 = float __attribute__((vector_size(16)));
using Int4 = int32_t __attribute__((vector_size(16)));

Float4 min4(Float4 a, Float4 b) { return a < b ? a : b; }
Float4 max4(Float4 a, Float4 b) { return a > b ? a : b; }

struct Box4 {
    Float4 lo, hi;
};
constexpr float huge = 3e38f;
Box4 empty_box() {
    const Float4 high = {huge, huge, huge, huge};
    return Box4{high, -high};
}
void extend(Box4& box, const Box4& other) {
    box.lo = min4(box.lo, other.lo);
    box.hi = max4(box.hi, other.hi);
}
void extend(Box4& box, Float4 point) {
    box.lo = min4(box.lo, point);
    box.hi = max4(box.hi, point);
}
float half_area(const Box4& box) {
    const Float4 d = box.hi - box.lo;
    return d[0] * d[1] + d[1] * d[2] + d[2] * d[0];
}
// Keeps three lanes; the id in the fourth may look like a NaN, or be denormal and slow.
Float4 three_lanes(const float* p) {
    Int4 bits;
    std::memcpy(&bits, p, sizeof bits);
    bits &= Int4{-1, -1, -1, 0};
    return (Float4)bits;
}
Box4 load_box(const BuildPrimitive& p) { return {three_lanes(p.lo), three_lanes(p.hi)}; }
int widest_axis(Float4 d) { return d[0] >= d[1] ? (d[0] >= d[2] ? 0 : 2) : (d[1] >= d[2] ? 1 : 2); }
// Twice the centre.
Float4 centroid(const Box4& box) { return box.lo + box.hi; }

// A range of primitives and its boxes.
struct Range {
    uint32_t begin, end;
    Box4 box, centroids;
    [[nodiscard]] uint32_t count() const { return end - begin; }
};

Range empty_range(uint32_t begin, uint32_t end) {
    return Range{begin, end, empty_box(), empty_box()};
}

struct Split {
    float cost = huge; // times the node's half area
    int axis = -1;     // -1: none found
    int bin = 0;       // first bin of the right side
    Box4 left, right;
};

struct Binning {
    Float4 origin, scale;
    int bins;
    // Of one axis, as `of` has it.
    [[nodiscard]] int on_axis(float x, int axis) const {
        const float b = std::min((x - origin[axis]) * scale[axis], float(bins - 1));
        return static_cast<int>(std::max(b, 0.0f));
    }
    [[nodiscard]] Int4 of(Float4 point) const {
        Float4 x = (point - origin) * scale;
        const Float4 last = {float(bins - 1), float(bins - 1), float(bins - 1), 0};
        x = max4(min4(x, last), Float4{0, 0, 0, 0});
        return __builtin_convertvector(x, Int4);
    }
};

class Builder {
public:
    Builder(std::vector<BuildPrimitive>& primitives, const BuildOptions& options)
        : primitives_(primitives), options_(options) {}

    // Builds the tree over `range` at depth `depth` into `nodes`; children number from `nodes`.
    // Ranges small enough are left to `deferred`, if given, and their child word to be filled in.
    struct Deferred {
        uint32_t node, slot, depth;
        Range range;
    };
    void build(const Range& root, uint32_t depth, uint32_t defer_below,
               LargeVector<Bvh2Node>& nodes, std::vector<Deferred>* deferred);

    Range measure(uint32_t begin, uint32_t end) const;
    // Whether `range` becomes a leaf; if not, its two halves.
    bool split(const Range& range, uint32_t depth, Range& left, Range& right);

private:
    // Of the axes [first, end).
    template <int first, int end>
    Split find_split(const Range& range, const Binning& binning) const;
    void partition(const Range& range, const Binning& binning, const Split& split, Range& left,
                   Range& right);
    void halve(const Range& range, Range& left, Range& right);
    [[nodiscard]] float leaf_cost(uint32_t count) const {
        return static_cast<float>((count + options_.leaf_width - 1) / options_.leaf_width);
    }

    std::vector<BuildPrimitive>& primitives_;
    const BuildOptions& options_;
};

Range Builder::measure(uint32_t begin, uint32_t end) const {
    Range r = empty_range(begin, end);
    for (uint32_t i = begin; i < end; ++i) {
        const Box4 box = load_box(primitives_[i]);
        extend(r.box, box);
        extend(r.centroids, centroid(box));
    }
    return r;
}

template <int first, int end>
Split Builder::find_split(const Range& range, const Binning& binning) const {
    const int bins = binning.bins;
    Box4 boxes[end - first][bin_count_max];
    uint32_t counts[end - first][bin_count_max];
    for (int axis = 0; axis < end - first; ++axis)
        for (int b = 0; b < bins; ++b) {
            boxes[axis][b] = empty_box();
            counts[axis][b] = 0;
        }
    const auto put = [&](const BuildPrimitive& p, auto& to, auto& number) {
        const Box4 box = load_box(p);
        const Int4 bin = binning.of(centroid(box));
        for (int axis = first; axis < end; ++axis) {
            extend(to[axis - first][bin[axis]], box);
            ++number[axis - first][bin[axis]];
        }
    };
    // Neighbours mostly fall into the same bin, and each would wait for the one before: of two
    // sets of bins they take turns.
    uint32_t i = range.begin;
    if (range.count() >= 128) {
        Box4 others[end - first][bin_count_max];
        uint32_t other_counts[end - first][bin_count_max];
        std::memcpy(others, boxes, sizeof boxes);
        std::memcpy(other_counts, counts, sizeof counts);
        for (; i + 1 < range.end; i += 2) {
            put(primitives_[i], boxes, counts);
            put(primitives_[i + 1], others, other_counts);
        }
        for (int axis = 0; axis < end - first; ++axis)
            for (int b = 0; b < bins; ++b) {
                extend(boxes[axis][b], others[axis][b]);
                counts[axis][b] += other_counts[axis][b];
            }
    }
    for (; i < range.end; ++i)
        put(primitives_[i], boxes, counts);
    Split best;
    for (int axis = first; axis < end; ++axis) {
        if (!(binning.scale[axis] > 0)) continue;
        const Box4* const bin_box = boxes[axis - first];
        const uint32_t* const bin_count = counts[axis - first];
        float right_cost[bin_count_max];
        Box4 right[bin_count_max];
        Box4 box = empty_box();
        uint32_t count = 0;
        for (int b = bins - 1; b > 0; --b) {
            extend(box, bin_box[b]);
            count += bin_count[b];
            right_cost[b] = count > 0 ? half_area(box) * leaf_cost(count) : huge;
            right[b] = box;
        }
        box = empty_box();
        count = 0;
        for (int b = 1; b < bins; ++b) {
            extend(box, bin_box[b - 1]);
            count += bin_count[b - 1];
            if (count == 0 || right_cost[b] == huge) continue;
            const float cost = half_area(box) * leaf_cost(count) + right_cost[b];
            if (cost < best.cost) best = {cost, axis, b, box, right[b]};
        }
    }
    return best;
}

// Without a branch on the side, which nobody could foresee: every primitive changes places with the
// first of the right side, which then starts behind it or stays.
void Builder::partition(const Range& range, const Binning& binning, const Split& split, Range& left,
                        Range& right) {
    const Float4 far = {huge, huge, huge, huge};
    Box4 on_left = empty_box(), on_right = empty_box(); // of the centroids
    uint32_t first_right = range.begin;
    for (uint32_t i = range.begin; i < range.end; ++i) {
        const BuildPrimitive p = primitives_[i];
        const Float4 c = centroid(load_box(p));
        const bool is_left =
            binning.on_axis(p.lo[split.axis] + p.hi[split.axis], split.axis) < split.bin;
        const int32_t all = -static_cast<int32_t>(is_left);
        const Int4 chosen = {all, all, all, all};
        on_left.lo = min4(on_left.lo, chosen ? c : far);
        on_left.hi = max4(on_left.hi, chosen ? c : -far);
        on_right.lo = min4(on_right.lo, chosen ? far : c);
        on_right.hi = max4(on_right.hi, chosen ? -far : c);
        primitives_[i] = primitives_[first_right];
        primitives_[first_right] = p;
        first_right += static_cast<uint32_t>(is_left);
    }
    left = Range{range.begin, first_right, split.left, on_left};
    right = Range{first_right, range.end, split.right, on_right};
}

// By count, along the widest axis of the centroids: ends every recursion in time.
void Builder::halve(const Range& range, Range& left, Range& right) {
    const int axis = widest_axis(range.centroids.hi - range.centroids.lo);
    const uint32_t middle = range.begin + range.count() / 2;
    const auto key = [axis](const BuildPrimitive& p) { return p.lo[axis] + p.hi[axis]; };
    std::nth_element(primitives_.begin() + range.begin, primitives_.begin() + middle,
                     primitives_.begin() + range.end,
                     [&](const BuildPrimitive& a, const BuildPrimitive& b) {
                         return key(a) != key(b) ? key(a) < key(b) : a.id < b.id;
                     });
    left = measure(range.begin, middle);
    right = measure(middle, range.end);
}

bool Builder::split(const Range& range, uint32_t depth, Range& left, Range& right) {
    const uint32_t count = range.count();
    if (count <= 1) return false;
    // Levels that halving by count still needs; SAH may choose only while there are more left.
    const uint32_t halvings = std::bit_width(count - 1);
    Split best;
    Binning binning{};
    if (depth + halvings < max_path) {
        binning.bins = count >= 64 ? bin_count_max : (count >= 16 ? 16 : 8);
        binning.origin = range.centroids.lo;
        const Float4 d = range.centroids.hi - range.centroids.lo;
        for (int axis = 0; axis < 3; ++axis)
            binning.scale[axis] =
                d[axis] > 1e-30f ? (static_cast<float>(binning.bins) * 0.99999f) / d[axis] : 0;
        if (options_.quality != TreeQuality::quick)
            best = find_split<0, 3>(range, binning);
        else if (const int axis = widest_axis(d); axis == 0)
            best = find_split<0, 1>(range, binning);
        else
            best = axis == 1 ? find_split<1, 2>(range, binning) : find_split<2, 3>(range, binning);
    }
    const float area = half_area(range.box);
    const bool leaf_allowed = count <= options_.max_leaf;
    if (leaf_allowed &&
        (best.axis < 0 || best.cost + options_.traversal_cost * area >= leaf_cost(count) * area))
        return false;
    if (best.axis >= 0)
        partition(range, binning, best, left, right);
    else
        halve(range, left, right);
    return true;
}

void store_child(Bvh2Node& node, int slot, const Box4& box) {
    for (int axis = 0; axis < 3; ++axis) {
        node.lo[slot][axis] = box.lo[axis];
        node.hi[slot][axis] = box.hi[axis];
    }
}

void Builder::build(const Range& root, uint32_t depth, uint32_t defer_below,
                    LargeVector<Bvh2Node>& nodes, std::vector<Deferred>* deferred) {
    struct Task {
        Range range;
        uint32_t parent, slot, depth; // parent `none`: the root
    };
    std::vector<Task> tasks{{root, none, 0, depth}};
    while (!tasks.empty()) {
        const Task task = tasks.back();
        tasks.pop_back();
        if (deferred != nullptr && task.parent != none && task.range.count() < defer_below) {
            deferred->push_back({task.parent, task.slot, task.depth, task.range});
            continue;
        }
        Range half[2];
        uint32_t child = task.range.begin, count = task.range.count();
        if (split(task.range, task.depth, half[0], half[1])) {
            child = static_cast<uint32_t>(nodes.size());
            count = 0;
            Bvh2Node node{};
            store_child(node, 0, half[0].box);
            store_child(node, 1, half[1].box);
            nodes.push_back(node);
            tasks.push_back({half[1], child, 1, task.depth + 1});
            tasks.push_back({half[0], child, 0, task.depth + 1});
        }
        if (task.parent != none) {
            nodes[task.parent].child[task.slot] = child;
            nodes[task.parent].count[task.slot] = count;
        } else if (count != 0) {
            // The whole range is one leaf: told by there being no node.
            return;
        }
    }
}

// Keeps the order of the primitives and lets go of the rest, once.
void take_order(std::vector<BuildPrimitive>& primitives, BuiltTree& tree) {
    if (primitives.empty()) return;
    tree.order.resize(primitives.size());
    for (size_t i = 0; i < primitives.size(); ++i)
        tree.order[i] = primitives[i].id;
    std::vector<BuildPrimitive>().swap(primitives);
}

} // namespace

BuiltTree build_tree(std::vector<BuildPrimitive>&& primitives, const BuildOptions& options) {
    BuiltTree tree;
    const auto count = static_cast<uint32_t>(primitives.size());
    if (count == 0) return tree;
    Builder builder(primitives, options);
    const Range root = builder.measure(0, count);

    // The top of the tree first; what is below it is independent, whoever builds it.
    std::vector<Builder::Deferred> deferred;
    const uint32_t defer_below = std::max(4096u, count / subtree_target);
    tree.nodes.reserve(count);
    builder.build(root, 0, defer_below, tree.nodes, &deferred);
    if (tree.nodes.empty()) {
        tree.root_count = count;
    } else {
        std::vector<LargeVector<Bvh2Node>> subtrees(deferred.size());
        std::atomic<size_t> next{0};
        const auto work = [&] {
            for (size_t i; (i = next.fetch_add(1)) < deferred.size();) {
                // Address space for the most there can be: growing would copy, and what is not
                // used is never touched.
                subtrees[i].reserve(deferred[i].range.count());
                builder.build(deferred[i].range, deferred[i].depth, 0, subtrees[i], nullptr);
            }
        };
        const unsigned wanted = options.threads == 0 ? usable_threads() : options.threads;
        const auto workers = static_cast<unsigned>(
            std::min<size_t>(wanted, count < 2 * defer_below ? 1 : deferred.size()));
        on_threads(workers, work);
        take_order(primitives, tree);
        for (size_t i = 0; i < deferred.size(); ++i) {
            const Builder::Deferred& d = deferred[i];
            const auto offset = static_cast<uint32_t>(tree.nodes.size());
            const bool leaf = subtrees[i].empty();
            tree.nodes[d.node].child[d.slot] = leaf ? d.range.begin : offset;
            tree.nodes[d.node].count[d.slot] = leaf ? d.range.count() : 0;
            for (Bvh2Node node : subtrees[i]) {
                for (int k = 0; k < 2; ++k)
                    if (node.count[k] == 0) node.child[k] += offset;
                tree.nodes.push_back(node);
            }
            subtrees[i] = {};
        }
        tree.root = 0;
        tree.root_count = 0;
    }
    take_order(primitives, tree);
    if (options.quality == TreeQuality::high) reinsert_subtrees(tree, max_path, options.threads);
    return tree;
}

double sah_cost(const BuiltTree& tree, const BuildOptions& options) {
    if (tree.root_count != 0) return tree.root_count == none ? 0 : tree.root_count;
    const auto area = [](const Bvh2Node& n, int k) {
        const double x = double(n.hi[k][0]) - n.lo[k][0], y = double(n.hi[k][1]) - n.lo[k][1],
                     z = double(n.hi[k][2]) - n.lo[k][2];
        return x * y + y * z + z * x;
    };
    Bvh2Node root = tree.nodes[0];
    for (int axis = 0; axis < 3; ++axis) {
        root.lo[0][axis] = std::min(root.lo[0][axis], root.lo[1][axis]);
        root.hi[0][axis] = std::max(root.hi[0][axis], root.hi[1][axis]);
    }
    double cost = options.traversal_cost * area(root, 0);
    for (const Bvh2Node& node : tree.nodes)
        for (int k = 0; k < 2; ++k)
            cost += area(node, k) * (node.count[k] == 0 ? options.traversal_cost
                                                        : (node.count[k] + options.leaf_width - 1) /
                                                              options.leaf_width);
    return cost / area(root, 0);
}

} // namespace juggler
