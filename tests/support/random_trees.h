// Trees no sane builder would make, over the primitives of a compiled scene.
#pragma once

#include "host/scene/arrays.h"
#include "kernels/intersect.h"
#include "tests/support/random.h"

#include <algorithm>
#include <vector>

namespace juggler::test {

inline Box<float> unite_boxes(const Box<float>& a, const Box<float>& b) {
    return {{min(a.lo.x, b.lo.x), min(a.lo.y, b.lo.y), min(a.lo.z, b.lo.z)},
            {max(a.hi.x, b.hi.x), max(a.hi.y, b.hi.y), max(a.hi.z, b.hi.z)}};
}
inline Box<float> box_of(const LeafTriangle& t) {
    return triangle_box(load3<float>(t.v[0]), load3<float>(t.v[1]), load3<float>(t.v[2]));
}
inline Box<float> box_of(const LeafSphere& s) {
    return sphere_box(load3<float>(s.center), s.radius);
}
inline void store_box(Bvh2Node& node, int k, const Box<float>& box) {
    node.lo[k][0] = box.lo.x, node.lo[k][1] = box.lo.y, node.lo[k][2] = box.lo.z;
    node.hi[k][0] = box.hi.x, node.hi[k][1] = box.hi.y, node.hi[k][2] = box.hi.z;
}

// A random binary tree: shuffled entries, random cuts, leaves of up to `max_leaf`, child order at
// random. `boxes[e]` has a box a key (one, or two for motion); nodes come out a key.
struct RandomTree {
    std::vector<Bvh2Node> nodes[2];
    std::vector<uint32_t> order;
    uint32_t root_count = 0;
};
inline RandomTree make_random_tree(const std::vector<std::vector<Box<float>>>& boxes,
                                   uint32_t max_leaf, Random& random) {
    RandomTree tree;
    const auto count = static_cast<uint32_t>(boxes.size());
    tree.order.resize(count);
    for (uint32_t i = 0; i < count; ++i)
        tree.order[i] = i;
    for (uint32_t i = count; i > 1; --i)
        std::swap(tree.order[i - 1], tree.order[random.below(i)]);
    if (count <= max_leaf) {
        tree.root_count = count;
        return tree;
    }
    const size_t keys = boxes[0].size();
    const auto box_over = [&](uint32_t begin, uint32_t end, size_t key) {
        Box<float> box = boxes[tree.order[begin]][key];
        for (uint32_t i = begin + 1; i < end; ++i)
            box = unite_boxes(box, boxes[tree.order[i]][key]);
        return box;
    };
    struct Task {
        uint32_t begin, end, depth, node;
    };
    std::vector<Task> tasks{{0, count, 0, 0}};
    for (size_t key = 0; key < keys; ++key)
        tree.nodes[key].emplace_back();
    while (!tasks.empty()) {
        const Task task = tasks.back();
        tasks.pop_back();
        const uint32_t size = task.end - task.begin;
        uint32_t cut = task.begin + 1 + random.below(size - 1);
        if (task.depth > 24) cut = task.begin + size / 2;
        const uint32_t swap = random.below(2);
        for (uint32_t half = 0; half < 2; ++half) {
            const uint32_t slot = half ^ swap;
            const uint32_t begin = half == 0 ? task.begin : cut;
            const uint32_t end = half == 0 ? cut : task.end;
            const bool leaf = end - begin <= 1 + random.below(max_leaf);
            const auto child = leaf ? begin : static_cast<uint32_t>(tree.nodes[0].size());
            for (size_t key = 0; key < keys; ++key) {
                if (!leaf) tree.nodes[key].emplace_back();
                Bvh2Node& node = tree.nodes[key][task.node];
                store_box(node, int(slot), box_over(begin, end, key));
                node.child[slot] = child;
                node.count[slot] = leaf ? end - begin : 0;
            }
            if (!leaf) tasks.push_back({begin, end, task.depth + 1, child});
        }
    }
    return tree;
}

// Replaces every tree of the scene by a random one.
inline void randomize_trees(CompiledScene& scene, uint32_t max_leaf, uint64_t seed) {
    CompiledScene::Arrays& a = scene.arrays();
    Random random(seed);
    a.nodes.clear();
    const auto append_nodes = [&](RandomTree& tree) {
        const auto first = static_cast<uint32_t>(a.nodes.size());
        for (auto& nodes : tree.nodes) {
            for (Bvh2Node node : nodes) {
                for (int k = 0; k < 2; ++k)
                    if (node.count[k] == 0) node.child[k] += first;
                a.nodes.push_back(node);
            }
        }
        return first;
    };
    for (MeshView& mesh : a.meshes) {
        const bool moves = (mesh.flags & mesh_moves) != 0;
        const auto rebuild = [&](auto& leaves) {
            std::vector<std::vector<Box<float>>> boxes(mesh.primitive_count);
            const auto begin = leaves.begin() + mesh.leaf_data;
            for (uint32_t i = 0; i < mesh.primitive_count; ++i) {
                boxes[i].push_back(box_of(begin[i]));
                if (moves) boxes[i].push_back(box_of(begin[i + mesh.leaf_data_end]));
            }
            RandomTree tree = make_random_tree(boxes, max_leaf, random);
            const std::vector old(begin, begin + mesh.primitive_count * (moves ? 2 : 1));
            for (uint32_t i = 0; i < mesh.primitive_count; ++i) {
                begin[i] = old[tree.order[i]];
                if (moves) begin[i + mesh.leaf_data_end] = old[tree.order[i] + mesh.leaf_data_end];
            }
            mesh.nodes_end = moves ? static_cast<uint32_t>(tree.nodes[0].size()) : 0;
            mesh.root_count = tree.root_count;
            mesh.root = append_nodes(tree);
            if (tree.root_count != 0) mesh.root = 0;
        };
        if (mesh.kind == mesh_triangles)
            rebuild(a.leaf_triangles);
        else
            rebuild(a.leaf_spheres);
    }
    std::vector<std::vector<Box<float>>> boxes;
    for (const InstanceView& i : a.instances)
        boxes.push_back({{load3<float>(i.box_lo), load3<float>(i.box_hi)}});
    RandomTree top = make_random_tree(boxes, max_leaf, random);
    a.leaf_instances = top.order;
    a.bvh.root_count = top.root_count;
    a.bvh.root = append_nodes(top);
    if (top.root_count != 0) a.bvh.root = 0;
    a.connect();
}

} // namespace juggler::test
