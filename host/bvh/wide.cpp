#include "host/bvh/wide.h"

#include "host/base/error.h"
#include "host/base/hash.h"
#include "host/bvh/collapse.h"
#include "kernels/bvh2.h"
#include "kernels/leaf.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace juggler {
namespace {

Box<float> unite(const Box<float>& a, const Box<float>& b) {
    return {{min(a.lo.x, b.lo.x), min(a.lo.y, b.lo.y), min(a.lo.z, b.lo.z)},
            {max(a.hi.x, b.hi.x), max(a.hi.y, b.hi.y), max(a.hi.z, b.hi.z)}};
}
float half_area(const Box<float>& box) {
    const Vec3<float> d = box.hi - box.lo;
    return d.x * d.y + d.y * d.z + d.z * d.x;
}
constexpr Box<float> nothing() { return {{3e38f, 3e38f, 3e38f}, {-3e38f, -3e38f, -3e38f}}; }

} // namespace

template <int W>
class WideBuilder {
public:
    WideBuilder(const SceneView& scene, const Bvh2View& bvh, WideTree& out)
        : scene_(scene), bvh_(bvh), out_(out), collapse_(bvh) {}

    void run(const WideTree* before, uint32_t resting_meshes,
             const std::vector<uint32_t>& refitted);

private:
    using Child = typename Collapse<W>::Child;
    using Extent = typename Collapse<W>::Extent;
    struct Built {
        uint32_t word, stack_need;
    };
    uint32_t allocate(size_t bytes);
    template <class T>
    T* at(uint32_t word) {
        return reinterpret_cast<T*>(out_.lines_.data() + (word & wide_value_mask_));
    }
    static uint32_t make_word(WideKind kind, uint32_t value) {
        return uint32_t(kind) << wide_value_bits | value;
    }
    size_t copy_lines(const WideTree& before, size_t begin, size_t end);
    Box<float> refit_leaf(uint32_t word, const MeshView& mesh);
    float refit_nodes(uint32_t root, const MeshView& mesh, uint32_t moved_by);
    void refit_mesh(uint32_t mesh, const WideTree& before);
    float relative_area(uint32_t root, uint32_t moved_by);
    Built build_mesh(uint32_t mesh);
    template <class LeafCost, class MakeLeaf>
    Built build_nodes(const Child& root, const LeafCost& leaf_cost, const MakeLeaf& make_leaf);
    void fill_node(uint32_t word, const std::vector<Child>& children);
    uint32_t mesh_leaf(uint32_t mesh, Extent extent);

    static constexpr uint32_t wide_value_mask_ = (1u << wide_value_bits) - 1;
    const SceneView& scene_;
    const Bvh2View& bvh_;
    WideTree& out_;
    Collapse<W> collapse_;
    bool plain_ = true;
};

template <int W>
uint32_t WideBuilder<W>::allocate(size_t bytes) {
    const size_t first = out_.lines_.size();
    if (first + (bytes + 63) / 64 > wide_value_mask_)
        throw Error(Exit::input, "build the tree: it is larger than 32 GiB");
    out_.lines_.resize(first + (bytes + 63) / 64);
    return static_cast<uint32_t>(first);
}

template <int W>
void WideBuilder<W>::fill_node(uint32_t word, const std::vector<Child>& children) {
    auto& node = *at<WideNode<W>>(word);
    for (int j = 0; j < W; ++j) {
        const bool there = static_cast<size_t>(j) < children.size();
        const Box<float> empty = {splat3(3e38f), splat3(-3e38f)};
        const Box<float> box = there ? children[static_cast<size_t>(j)].box : empty;
        const float bounds[6] = {box.lo.x, box.hi.x, box.lo.y, box.hi.y, box.lo.z, box.hi.z};
        for (int row = 0; row < 6; ++row)
            node.bounds[row][j] = bounds[row];
        node.child[j] = make_word(wide_return, 0);
        node.order[j] = 0;
    }
    constexpr int bits = W == 16 ? 4 : 3;
    for (uint32_t octant = 0; octant < 8; ++octant) {
        std::array<uint32_t, W> order;
        std::array<float, W> key;
        for (uint32_t j = 0; j < W; ++j) {
            order[j] = j;
            key[j] = 3e38f; // missing children first: they are never met
            if (j < children.size()) {
                const Box<float>& b = children[j].box;
                const float c[3] = {b.lo.x + b.hi.x, b.lo.y + b.hi.y, b.lo.z + b.hi.z};
                key[j] = 0;
                for (uint32_t axis = 0; axis < 3; ++axis)
                    key[j] += octant >> axis & 1 ? -c[axis] : c[axis];
            }
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](uint32_t a, uint32_t b) { return key[a] > key[b]; });
        for (uint32_t j = 0; j < W; ++j)
            node.order[j] |= order[j] << (octant * bits);
    }
}

// Makes the wide nodes under `root` as planned. `make_leaf(child)` returns a word and its stack
// need.
template <int W>
template <class LeafCost, class MakeLeaf>
typename WideBuilder<W>::Built WideBuilder<W>::build_nodes(const Child& root,
                                                           const LeafCost& leaf_cost,
                                                           const MakeLeaf& make_leaf) {
    if (root.count != 0 || leaf_cost(root) < never_a_leaf) return make_leaf(root);
    collapse_.plan(root.index, leaf_cost);
    struct Task {
        uint32_t binary; // node to collapse
        uint32_t word;   // its wide node, once made
        uint32_t parent, slot;
        uint32_t size = 0, deepest = 0; // children; greatest need among them
    };
    // A node stays on the stack until all below it is built, so that needs add up.
    std::vector<Task> nodes{{root.index, 0, none, 0}};
    std::vector<size_t> open{0};
    std::vector<size_t> built_order;
    while (!open.empty()) {
        const size_t current = open.back();
        open.pop_back();
        built_order.push_back(current);
        const std::vector<Child> children = collapse_.children(nodes[current].binary);
        const uint32_t word = make_word(wide_node, allocate(sizeof(WideNode<W>)));
        nodes[current].word = word;
        nodes[current].size = static_cast<uint32_t>(children.size());
        fill_node(word, children);
        if (nodes[current].parent != none)
            at<WideNode<W>>(nodes[nodes[current].parent].word)->child[nodes[current].slot] = word;
        for (uint32_t j = 0; j < children.size(); ++j) {
            if (!collapse_.is_leaf(children[j])) {
                nodes.push_back({children[j].index, 0, static_cast<uint32_t>(current), j});
                open.push_back(nodes.size() - 1);
                continue;
            }
            const Built leaf = make_leaf(children[j]);
            at<WideNode<W>>(word)->child[j] = leaf.word;
            nodes[current].deepest = std::max(nodes[current].deepest, leaf.stack_need);
        }
    }
    uint32_t need = 0;
    for (size_t i = built_order.size(); i-- > 0;) {
        const Task& node = nodes[built_order[i]];
        need = node.size + node.deepest;
        if (node.parent != none)
            nodes[node.parent].deepest = std::max(nodes[node.parent].deepest, need);
    }
    return {nodes[0].word, need};
}

template <int W>
uint32_t WideBuilder<W>::mesh_leaf(uint32_t mesh_index, Extent extent) {
    const MeshView& mesh = scene_.meshes[mesh_index];
    const bool filtered = (mesh.flags & mesh_has_filter) != 0;
    if (mesh.flags & mesh_moves) {
        plain_ = false;
        const uint32_t block = allocate(sizeof(WideScalarLeaf));
        *at<WideScalarLeaf>(block) = {mesh_index, extent.first, extent.count};
        return make_word(wide_scalar, block);
    }
    if (mesh.kind == mesh_triangles) {
        const uint32_t block = allocate(sizeof(WideTriangles<W>));
        auto& leaf = *at<WideTriangles<W>>(block);
        std::memset(&leaf, 0, sizeof leaf);
        for (uint32_t i = 0; i < extent.count; ++i) {
            const uint32_t entry = mesh.leaf_data + extent.first + i;
            const LeafTriangle t =
                bvh_.leaf_order != nullptr
                    ? make_leaf_triangle(scene_, mesh, bvh_.leaf_order[entry], false)
                    : bvh_.leaf_triangles[entry];
            for (int v = 0; v < 3; ++v)
                for (int axis = 0; axis < 3; ++axis)
                    leaf.v[v][axis][i] = t.v[v][axis];
            leaf.primitive[i] = t.primitive;
        }
        std::fill(leaf.primitive + extent.count, leaf.primitive + W, none);
        return make_word(filtered ? wide_triangles_filtered : wide_triangles, block);
    }
    const uint32_t block = allocate(sizeof(WideSpheres<W>));
    auto& leaf = *at<WideSpheres<W>>(block);
    std::memset(&leaf, 0, sizeof leaf);
    for (uint32_t i = 0; i < extent.count; ++i) {
        const uint32_t entry = mesh.leaf_data + extent.first + i;
        const LeafSphere s = bvh_.leaf_order != nullptr
                                 ? make_leaf_sphere(scene_, mesh, bvh_.leaf_order[entry], false)
                                 : bvh_.leaf_spheres[entry];
        for (int axis = 0; axis < 3; ++axis)
            leaf.center[axis][i] = s.center[axis];
        leaf.radius[i] = s.radius;
        leaf.primitive[i] = s.primitive;
    }
    std::fill(leaf.primitive + extent.count, leaf.primitive + W, none);
    return make_word(filtered ? wide_spheres_filtered : wide_spheres, block);
}

template <int W>
typename WideBuilder<W>::Built WideBuilder<W>::build_mesh(uint32_t mesh_index) {
    const MeshView& mesh = scene_.meshes[mesh_index];
    if (mesh.root_count != 0 && mesh.root_count <= W)
        return {mesh_leaf(mesh_index, {0, mesh.root_count}), 0};
    collapse_.start(mesh.root, mesh.nodes_end);
    const Child root{{}, mesh.root, 0, 0};
    return build_nodes(
        root,
        [&](const Child& c) {
            const uint32_t count = collapse_.extent(c).count;
            if (count > W) return never_a_leaf;
            // What moves is tested one by one.
            return mesh.flags & mesh_moves ? static_cast<float>(count) : 1.0f;
        },
        [&](const Child& c) {
            return Built{mesh_leaf(mesh_index, collapse_.extent(c)), 0};
        });
}

template <int W>
size_t WideBuilder<W>::copy_lines(const WideTree& before, size_t begin, size_t end) {
    const size_t first = out_.lines_.size();
    out_.lines_.insert(out_.lines_.end(), before.lines_.begin() + static_cast<ptrdiff_t>(begin),
                       before.lines_.begin() + static_cast<ptrdiff_t>(end));
    return first;
}

// Puts this frame's vertices into a leaf block. The box around them.
template <int W>
Box<float> WideBuilder<W>::refit_leaf(uint32_t word, const MeshView& mesh) {
    Box<float> box = nothing();
    if (mesh.kind == mesh_triangles) {
        auto& leaf = *at<WideTriangles<W>>(word);
        for (int i = 0; i < W && leaf.primitive[i] != none; ++i) {
            const LeafTriangle t = make_leaf_triangle(scene_, mesh, leaf.primitive[i], false);
            for (int v = 0; v < 3; ++v)
                for (int axis = 0; axis < 3; ++axis)
                    leaf.v[v][axis][i] = t.v[v][axis];
            box = unite(box, triangle_box(load3<float>(t.v[0]), load3<float>(t.v[1]),
                                          load3<float>(t.v[2])));
        }
        return box;
    }
    auto& leaf = *at<WideSpheres<W>>(word);
    for (int i = 0; i < W && leaf.primitive[i] != none; ++i) {
        const LeafSphere s = make_leaf_sphere(scene_, mesh, leaf.primitive[i], false);
        for (int axis = 0; axis < 3; ++axis)
            leaf.center[axis][i] = s.center[axis];
        leaf.radius[i] = s.radius;
        box = unite(box, sphere_box(load3<float>(s.center), s.radius));
    }
    return box;
}

// Draws the nodes under `root` around this frame's vertices. Their lines were copied to places
// `moved_by` lines further on. Returns their area, as `relative_area` does.
template <int W>
float WideBuilder<W>::refit_nodes(uint32_t root, const MeshView& mesh, uint32_t moved_by) {
    const auto kind_of = [](uint32_t word) { return word >> wide_value_bits; };
    if (kind_of(root) != wide_node) {
        (void)refit_leaf(root, mesh);
        return 1;
    }
    // Nodes before those below them, and for each where the first of its children stands.
    std::vector<uint32_t> nodes{root}, first_below;
    for (size_t i = 0; i < nodes.size(); ++i) {
        auto& node = *at<WideNode<W>>(nodes[i]);
        first_below.push_back(static_cast<uint32_t>(nodes.size()));
        for (uint32_t& child : node.child) {
            if (kind_of(child) == wide_return) continue;
            child += moved_by;
            if (kind_of(child) == wide_node) nodes.push_back(child);
        }
    }
    std::vector<Box<float>> boxes(nodes.size());
    double area = 0;
    for (size_t i = nodes.size(); i-- > 0;) {
        auto& node = *at<WideNode<W>>(nodes[i]);
        uint32_t below = first_below[i];
        Box<float> all = nothing();
        for (int j = 0; j < W; ++j) {
            if (kind_of(node.child[j]) == wide_return) continue;
            const Box<float> box = kind_of(node.child[j]) == wide_node
                                       ? boxes[below++]
                                       : refit_leaf(node.child[j], mesh);
            const float bounds[6] = {box.lo.x, box.hi.x, box.lo.y, box.hi.y, box.lo.z, box.hi.z};
            for (int row = 0; row < 6; ++row)
                node.bounds[row][j] = bounds[row];
            area += static_cast<double>(half_area(box));
            all = unite(all, box);
        }
        boxes[i] = all;
    }
    const double whole = static_cast<double>(half_area(boxes[0]));
    return whole > 0 ? static_cast<float>(area / whole) : 1;
}

// The areas of all children of the nodes under `root`, together, over that of the root's box.
// Children stand `moved_by` lines further on than they say.
template <int W>
float WideBuilder<W>::relative_area(uint32_t root, uint32_t moved_by) {
    if (root >> wide_value_bits != wide_node) return 1;
    double area = 0, whole = 0;
    std::vector<uint32_t> open{root};
    while (!open.empty()) {
        const uint32_t word = open.back();
        open.pop_back();
        const auto& node = *at<WideNode<W>>(word);
        Box<float> all = nothing();
        for (int j = 0; j < W; ++j) {
            const uint32_t kind = node.child[j] >> wide_value_bits;
            if (kind == wide_return) continue;
            const Box<float> box{{node.bounds[0][j], node.bounds[2][j], node.bounds[4][j]},
                                 {node.bounds[1][j], node.bounds[3][j], node.bounds[5][j]}};
            area += static_cast<double>(half_area(box));
            all = unite(all, box);
            if (kind == wide_node) open.push_back(node.child[j] + moved_by);
        }
        if (word == root) whole = static_cast<double>(half_area(all));
    }
    return whole > 0 ? static_cast<float>(area / whole) : 1;
}

// The mesh of the frame before, around this frame's vertices.
template <int W>
void WideBuilder<W>::refit_mesh(uint32_t mesh, const WideTree& before) {
    const size_t begin = mesh > 0 ? before.mesh_parts_[mesh - 1].end_line : 0;
    const size_t first = copy_lines(before, begin, before.mesh_parts_[mesh].end_line);
    const auto moved_by = static_cast<uint32_t>(first - begin);
    const uint32_t root = before.mesh_root_[mesh] + moved_by;
    WideTree::MeshPart part = before.mesh_parts_[mesh];
    if (part.built_area == 0) part.built_area = relative_area(root, moved_by);
    part.area = refit_nodes(root, scene_.meshes[mesh], moved_by);
    part.end_line = out_.lines_.size();
    out_.mesh_root_.push_back(root);
    out_.mesh_parts_.push_back(part);
}

template <int W>
void WideBuilder<W>::run(const WideTree* before, uint32_t resting_meshes,
                         const std::vector<uint32_t>& refitted) {
    uint32_t mesh_count = 0;
    for (uint32_t i = 0; i < scene_.instance_count; ++i)
        mesh_count = std::max(mesh_count, scene_.instances[i].mesh + 1);
    std::vector<uint32_t> uses(mesh_count, 0);
    for (uint32_t i = 0; i < scene_.instance_count; ++i)
        ++uses[scene_.instances[i].mesh];
    WideView& view = out_.view_;
    view.world_triangles = view.world_spheres = none;
    for (uint32_t i = 0; i < scene_.instance_count; ++i) {
        const InstanceView& instance = scene_.instances[i];
        uint32_t& world = scene_.meshes[instance.mesh].kind == mesh_triangles ? view.world_triangles
                                                                              : view.world_spheres;
        if (world == none && (instance.flags & instance_identity) && uses[instance.mesh] == 1)
            world = i;
    }
    // Address space for more than most trees take, so that the arena hardly ever moves; what is not
    // used is never touched.
    size_t primitives = 0;
    for (uint32_t i = 0; i < mesh_count; ++i)
        primitives += scene_.meshes[i].primitive_count;
    out_.lines_.reserve(64 + primitives * 2 + size_t(scene_.instance_count) * 4);
    if (before == nullptr) resting_meshes = 0;
    if (resting_meshes > 0)
        (void)copy_lines(*before, 0, before->mesh_parts_[resting_meshes - 1].end_line);
    for (uint32_t mesh = 0; mesh < mesh_count; ++mesh) {
        if (mesh < resting_meshes) {
            out_.mesh_root_.push_back(before->mesh_root_[mesh]);
            out_.mesh_parts_.push_back(before->mesh_parts_[mesh]);
        } else if (std::find(refitted.begin(), refitted.end(), mesh) != refitted.end()) {
            refit_mesh(mesh, *before);
        } else {
            const Built built =
                uses[mesh] != 0 ? build_mesh(mesh) : Built{make_word(wide_return, 0), 0};
            out_.mesh_root_.push_back(built.word);
            out_.mesh_parts_.push_back({built.stack_need, out_.lines_.size(), 0, 0});
        }
    }
    view.root = make_word(wide_return, 0);
    uint32_t need = 0;
    if (bvh_.root_count != none) {
        const auto make_leaf = [&](const Child& c) -> Built {
            const uint32_t index = bvh_.leaf_instances[c.index];
            const uint32_t of = scene_.instances[index].mesh;
            const Built mesh{out_.mesh_root_[of], out_.mesh_parts_[of].stack_need};
            if (index == view.world_triangles || index == view.world_spheres) return mesh;
            plain_ = false;
            return {make_word(wide_instance, index), mesh.stack_need + 2};
        };
        const Child root{{}, bvh_.root, bvh_.root_count, 0};
        if (bvh_.root_count == 0) collapse_.start(bvh_.root, 0);
        const Built top = build_nodes(
            root, [](const Child& c) { return c.count != 0 ? 1.0f : never_a_leaf; }, make_leaf);
        view.root = top.word;
        need = top.stack_need;
    }
    view.stack_need = need + 5 + W;
    view.plain = plain_ ? 1 : 0;
    view.lines = out_.lines_.data();
    view.mesh_root = out_.mesh_root_.data();
}

template <int W>
WideTree WideTree::build(const SceneView& scene, const Bvh2View& bvh, const WideTree* before,
                         uint32_t resting_meshes, const std::vector<uint32_t>& refitted) {
    WideTree tree;
    tree.width_ = W;
    WideBuilder<W>(scene, bvh, tree).run(before, resting_meshes, refitted);
    return tree;
}

uint64_t WideTree::hash(uint64_t seed) const {
    const uint32_t rest[] = {
        width_,           view_.root, view_.world_triangles, view_.world_spheres,
        view_.stack_need, view_.plain};
    uint64_t h = hash_bytes(lines_.data(), bytes(), seed);
    h = hash_bytes(mesh_root_.data(), mesh_root_.size() * sizeof(uint32_t), h);
    return hash_bytes(rest, sizeof rest, h);
}

template WideTree WideTree::build<8>(const SceneView&, const Bvh2View&, const WideTree*, uint32_t,
                                     const std::vector<uint32_t>&);
template WideTree WideTree::build<16>(const SceneView&, const Bvh2View&, const WideTree*, uint32_t,
                                      const std::vector<uint32_t>&);

} // namespace juggler
