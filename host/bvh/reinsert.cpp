#include "host/bvh/reinsert.h"

#include "host/base/threads.h"

#include <algorithm>
#include <atomic>
#include <numeric>

namespace juggler {
namespace {

// Only the largest subtrees are moved, among those that are not small: they decide what a tree
// costs. On trees of up to 1.4 million triangles, moving a thirty-second of all brought as much as
// moving all of them.
constexpr size_t moved_share = 8, moved_least = 1024; // of the parts
constexpr size_t taken_apart_share = 8, taken_apart_least = 16384;
constexpr int rounds_max = 40;
constexpr float least_progress = 0.002f; // of the sum of areas; a round below it is the last
constexpr uint32_t chunk = 256;          // parts a thread takes at once

using Float4 = float __attribute__((vector_size(16))); // lane 3 means nothing

struct Box4 {
    Float4 lo, hi;
};
Box4 unite(const Box4& a, const Box4& b) {
    return {a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}
float half_area(const Box4& box) {
    const Float4 d = box.hi - box.lo;
    return d[0] * d[1] + d[1] * d[2] + d[2] * d[0];
}

// A node, a leaf or a small subtree, with its own box, so that it can be moved.
struct Part {
    Box4 box;
    float area;
    uint32_t parent;   // `none`: the root
    uint32_t child[2]; // of a leaf: child[0] is the first entry
    uint32_t count;    // 0: a node; `whole`: a subtree that stays together; else entries of a leaf
};
constexpr uint32_t whole = none; // child[0] is its root in the tree it came from

// Where `part` would go: between `beside` and its parent. `gain` is how much area goes.
struct Move {
    uint32_t part, beside;
    float gain;
};

class Reinserter {
public:
    explicit Reinserter(const BuiltTree& tree);

    // Moves what gains by it, once; returns the sum of the nodes' areas.
    double round(unsigned threads);
    // Writes the tree back; false, and nothing written, if a path is too long.
    bool store(BuiltTree& tree, uint32_t max_path) const;
    [[nodiscard]] double total_area() const;

private:
    [[nodiscard]] uint32_t sibling(uint32_t part) const {
        const Part& parent = parts_[parts_[part].parent];
        return parent.child[parent.child[0] == part ? 1 : 0];
    }
    struct Place {
        uint32_t part;
        float gain; // before the part's own box is paid for
    };
    [[nodiscard]] Move best_move(uint32_t part, std::vector<Place>& stack) const;
    [[nodiscard]] std::vector<uint32_t> largest() const;
    void search(uint32_t from, float gain, const Part& part, std::vector<Place>& stack,
                Move& best) const;
    void apply(const Move& move);
    void replace_child(uint32_t parent, uint32_t child, uint32_t by);
    void refit_from(uint32_t part);

    std::vector<Part> parts_;
    std::vector<bool> touched_;
    uint32_t root_ = 0;
};

Box4 box_of(const Bvh2Node& node, uint32_t k) {
    return Box4{Float4{node.lo[k][0], node.lo[k][1], node.lo[k][2], 0},
                Float4{node.hi[k][0], node.hi[k][1], node.hi[k][2], 0}};
}

// Subtrees of at least this area are taken apart.
float least_area_taken_apart(const BuiltTree& tree) {
    std::vector<float> areas;
    areas.reserve(tree.nodes.size() * 2);
    for (const Bvh2Node& node : tree.nodes)
        for (const uint32_t k : {0u, 1u})
            if (node.count[k] == 0) areas.push_back(half_area(box_of(node, k)));
    const size_t wanted = std::max(areas.size() / taken_apart_share, taken_apart_least);
    if (wanted >= areas.size()) return 0;
    const auto last = areas.begin() + static_cast<ptrdiff_t>(wanted);
    std::nth_element(areas.begin(), last, areas.end(), std::greater<>());
    return *last;
}

Reinserter::Reinserter(const BuiltTree& tree) {
    struct Task {
        uint32_t child, count, parent, slot;
        Box4 box;
    };
    const float least_area = least_area_taken_apart(tree);
    std::vector<Task> tasks;
    tasks.push_back(Task{tree.root, 0, none, 0, Box4{}});
    while (!tasks.empty()) {
        const Task task = tasks.back();
        tasks.pop_back();
        const auto index = static_cast<uint32_t>(parts_.size());
        const float area = half_area(task.box);
        const bool apart = task.count == 0 && (task.parent == none || area >= least_area);
        parts_.push_back(Part{task.box,
                              area,
                              task.parent,
                              {task.child, 0},
                              task.count == 0 && !apart ? whole : task.count});
        if (task.parent != none) parts_[task.parent].child[task.slot] = index;
        if (!apart) continue;
        const Bvh2Node& node = tree.nodes[task.child];
        for (const uint32_t k : {1u, 0u})
            tasks.push_back(Task{node.child[k], node.count[k], index, k, box_of(node, k)});
    }
    Part& root = parts_[root_];
    root.box = unite(parts_[root.child[0]].box, parts_[root.child[1]].box);
    root.area = half_area(root.box);
}

double Reinserter::total_area() const {
    double sum = 0;
    for (const Part& part : parts_)
        if (part.count == 0) sum += part.area;
    return sum;
}

// The best place in the subtree `from`. `gain` is what taking the part out brings if it is put
// back in there.
void Reinserter::search(uint32_t from, float gain, const Part& part, std::vector<Place>& stack,
                        Move& best) const {
    stack.push_back({from, gain});
    while (!stack.empty()) {
        const Place place = stack.back();
        stack.pop_back();
        if (place.gain - part.area <= best.gain) continue;
        const Part& here = parts_[place.part];
        const float united = half_area(unite(here.box, part.box));
        if (place.gain - united > best.gain) {
            best.beside = place.part;
            best.gain = place.gain - united;
        }
        if (here.count != 0) continue;
        const float below = place.gain - (united - here.area);
        if (below - part.area <= best.gain) continue;
        stack.push_back({here.child[0], below});
        stack.push_back({here.child[1], below});
    }
}

Move Reinserter::best_move(uint32_t index, std::vector<Place>& stack) const {
    const Part& part = parts_[index];
    Move best{index, none, 0};
    if (part.parent == none || parts_[part.parent].parent == none) return best;
    // The parent goes with the part; the boxes above it, up to where the way to the new place
    // branches off, shrink to what is left in them.
    float gain = parts_[part.parent].area;
    Box4 left = parts_[sibling(index)].box;
    search(sibling(index), gain, part, stack, best);
    for (uint32_t pivot = part.parent; parts_[pivot].parent != none;) {
        const uint32_t other = sibling(pivot);
        search(other, gain, part, stack, best);
        pivot = parts_[pivot].parent;
        left = unite(left, parts_[other].box);
        const float smaller = half_area(left);
        gain += parts_[pivot].area - smaller;
        // Beside what is left of the pivot: the two together are as large as it was.
        if (gain - parts_[pivot].area > best.gain) {
            best.beside = pivot;
            best.gain = gain - parts_[pivot].area;
        }
        if (gain - part.area <= best.gain && smaller >= parts_[pivot].area) {
            // Nothing above shrinks any more, and what was gained does not pay for the part.
            break;
        }
    }
    return best;
}

void Reinserter::replace_child(uint32_t parent, uint32_t child, uint32_t by) {
    if (parent == none)
        root_ = by;
    else
        parts_[parent].child[parts_[parent].child[0] == child ? 0 : 1] = by;
    parts_[by].parent = parent;
}

void Reinserter::refit_from(uint32_t index) {
    for (; index != none; index = parts_[index].parent) {
        Part& part = parts_[index];
        part.box = unite(parts_[part.child[0]].box, parts_[part.child[1]].box);
        part.area = half_area(part.box);
    }
}

// Moves of a round were found in the tree before it: those that touch what another one changed are
// left for the next round.
void Reinserter::apply(const Move& move) {
    const uint32_t parent = parts_[move.part].parent;
    if (parent == none || parts_[parent].parent == none || move.beside == parent) return;
    const uint32_t involved[] = {move.part,          parent,
                                 sibling(move.part), parts_[parent].parent,
                                 move.beside,        parts_[move.beside].parent};
    for (uint32_t i : involved)
        if (i != none && touched_[i]) return;
    for (uint32_t i = move.beside; i != none; i = parts_[i].parent)
        if (i == move.part) return;
    const uint32_t rest = sibling(move.part), above = parts_[parent].parent;
    replace_child(above, parent, rest);
    refit_from(above);
    replace_child(parts_[move.beside].parent, move.beside, parent);
    parts_[parent].child[0] = move.beside;
    parts_[parent].child[1] = move.part;
    parts_[move.beside].parent = parent;
    refit_from(parent);
    for (uint32_t i : involved)
        if (i != none) touched_[i] = true;
}

// The largest parts; of equal ones, those of the lower numbers.
std::vector<uint32_t> Reinserter::largest() const {
    std::vector<uint32_t> numbers(parts_.size());
    std::iota(numbers.begin(), numbers.end(), 0u);
    const size_t wanted = std::max<size_t>(numbers.size() / moved_share, moved_least);
    if (wanted >= numbers.size()) return numbers;
    const auto end = numbers.begin() + static_cast<ptrdiff_t>(wanted);
    std::nth_element(numbers.begin(), end, numbers.end(), [this](uint32_t a, uint32_t b) {
        return parts_[a].area != parts_[b].area ? parts_[a].area > parts_[b].area : a < b;
    });
    numbers.erase(end, numbers.end());
    return numbers;
}

double Reinserter::round(unsigned threads) {
    const std::vector<uint32_t> numbers = largest();
    const auto chunks = static_cast<uint32_t>((numbers.size() + chunk - 1) / chunk);
    std::vector<std::vector<Move>> found(chunks);
    std::atomic<uint32_t> next{0};
    const auto work = [&] {
        std::vector<Place> stack;
        for (uint32_t c; (c = next.fetch_add(1)) < chunks;)
            for (size_t i = c * chunk; i < std::min<size_t>(numbers.size(), (c + 1) * chunk); ++i)
                if (const Move move = best_move(numbers[i], stack); move.beside != none)
                    found[c].push_back(move);
    };
    on_threads(std::min(threads, chunks), work);
    std::vector<Move> moves;
    for (const std::vector<Move>& some : found)
        moves.insert(moves.end(), some.begin(), some.end());
    std::sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) {
        return a.gain != b.gain ? a.gain > b.gain : a.part < b.part;
    });
    touched_.assign(parts_.size(), false);
    for (const Move& move : moves)
        apply(move);
    return total_area();
}

bool Reinserter::store(BuiltTree& tree, uint32_t max_path) const {
    // A part, or what a child of the tree's nodes names.
    struct Task {
        bool is_part;
        uint32_t child, count;
        uint32_t parent, slot, depth;
    };
    LargeVector<Bvh2Node> nodes;
    std::vector<uint32_t> order;
    nodes.reserve(tree.nodes.size());
    order.reserve(tree.order.size());
    std::vector<Task> tasks{{true, root_, 0, none, 0, 0}};
    while (!tasks.empty()) {
        Task task = tasks.back();
        tasks.pop_back();
        if (task.depth > max_path) return false;
        Bvh2Node node{};
        bool of_parts = false;
        if (task.is_part) {
            const Part& part = parts_[task.child];
            if (task.parent != none)
                for (int axis = 0; axis < 3; ++axis) {
                    nodes[task.parent].lo[task.slot][axis] = part.box.lo[axis];
                    nodes[task.parent].hi[task.slot][axis] = part.box.hi[axis];
                }
            of_parts = part.count == 0;
            task.child = part.child[0];
            task.count = part.count == whole ? 0 : part.count;
            if (of_parts) std::copy_n(part.child, 2, node.child);
        }
        const bool leaf = task.count != 0;
        if (task.parent != none) {
            nodes[task.parent].child[task.slot] =
                static_cast<uint32_t>(leaf ? order.size() : nodes.size());
            nodes[task.parent].count[task.slot] = task.count;
        }
        if (leaf) {
            const auto first = tree.order.begin() + task.child;
            order.insert(order.end(), first, first + task.count);
            continue;
        }
        if (!of_parts) node = tree.nodes[task.child];
        const auto index = static_cast<uint32_t>(nodes.size());
        nodes.push_back(node);
        for (const uint32_t k : {1u, 0u})
            tasks.push_back({of_parts, node.child[k], node.count[k], index, k, task.depth + 1});
    }
    tree.nodes = std::move(nodes);
    tree.order = std::move(order);
    tree.root = 0;
    return true;
}

} // namespace

void reinsert_subtrees(BuiltTree& tree, uint32_t max_path, unsigned threads) {
    if (tree.root_count != 0) return;
    Reinserter reinserter(tree);
    const double start = reinserter.total_area();
    double area = start;
    for (int round = 0; round < rounds_max; ++round) {
        const double before = area;
        area = reinserter.round(threads == 0 ? usable_threads() : threads);
        if (area > before * (1 - least_progress)) break;
    }
    if (area < start * (1 - least_progress)) reinserter.store(tree, max_path);
}

} // namespace juggler
