// The compressed tree: boxes that contain and fit, every leaf entry once, the same tree whatever
// the number of threads.
#include "host/bvh/compressed.h"
#include "host/scene/arrays.h"
#include "kernels/compressed.h"
#include "kernels/refit.h"
#include "tests/support/golden_scenes.h"
#include "tests/support/random_trees.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace juggler {
namespace {

using test::Random;

// Box of the child in slot `k` as walks see it.
Box<float> decoded_box(const CompressedNode& node, uint32_t k) {
    float plane[2][3];
    for (uint32_t side = 0; side < 2; ++side)
        for (uint32_t axis = 0; axis < 3; ++axis)
            plane[side][axis] = decode_plane(node.base[axis], exponent_bits(node.exponents, axis),
                                             node.planes[side][axis][k / 4], k % 4);
    return {load3<float>(plane[0]), load3<float>(plane[1])};
}

bool contains(const Box<float>& outer, const Box<float>& inner) {
    return outer.lo.x <= inner.lo.x && outer.lo.y <= inner.lo.y && outer.lo.z <= inner.lo.z &&
           outer.hi.x >= inner.hi.x && outer.hi.y >= inner.hi.y && outer.hi.z >= inner.hi.z;
}

// From denormal to as large as can be, at once or next to each other.
float hostile(Random& random, uint32_t round, float base) {
    const int exponents[] = {-149, -130, -126, -60, -20, -3, 0, 4, 10, 40, 60, 100};
    const int e = exponents[(round + random.below(2)) % 12];
    float x = std::ldexp(random.between(-1, 1), e);
    if (random.below(3) == 0) x += base;
    if (random.below(8) == 0) x = base;
    if (random.below(16) == 0) x = random.below(2) == 0 ? 0.0f : -0.0f;
    return x;
}

TEST(CompressBoxes, ContainTheirChildrenWithinOnePlane) {
    Random random(5);
    for (uint32_t round = 0; round < 60000; ++round) {
        const uint32_t count = 1 + random.below(8);
        ChildBox boxes[8];
        uint8_t slot[8] = {0, 1, 2, 3, 4, 5, 6, 7};
        for (uint32_t k = 8; k > 1; --k)
            std::swap(slot[k - 1], slot[random.below(k)]);
        float least[3], greatest[3];
        for (uint32_t axis = 0; axis < 3; ++axis) {
            const float base = hostile(random, random.below(12), 0);
            const bool flat = random.below(6) == 0;
            for (uint32_t k = 0; k < count; ++k) {
                const float a = flat ? base : hostile(random, round, base);
                const float b = flat ? base : hostile(random, round, base);
                boxes[k].lo[axis] = std::min(a, b);
                boxes[k].hi[axis] = std::max(a, b);
                least[axis] = k == 0 ? boxes[k].lo[axis] : std::min(least[axis], boxes[k].lo[axis]);
                greatest[axis] =
                    k == 0 ? boxes[k].hi[axis] : std::max(greatest[axis], boxes[k].hi[axis]);
            }
        }
        CompressedNode node;
        ASSERT_TRUE(compress_boxes(boxes, slot, count, node));
        uint32_t present = 0;
        for (uint32_t k = 0; k < count; ++k) {
            present |= 1u << slot[k];
            const Box<float> box = decoded_box(node, slot[k]);
            const Box<float> own{load3<float>(boxes[k].lo), load3<float>(boxes[k].hi)};
            ASSERT_TRUE(contains(box, own)) << "round " << round;
            const float lo[3] = {box.lo.x, box.lo.y, box.lo.z};
            const float hi[3] = {box.hi.x, box.hi.y, box.hi.z};
            for (uint32_t axis = 0; axis < 3; ++axis) {
                const uint32_t e = node.exponents >> (8 * axis) & 255;
                const double unit = std::ldexp(1.0, int(e) - 127 - 15);
                const double size =
                    std::max(std::fabs(double(least[axis])), std::fabs(double(greatest[axis])));
                const double extent = double(greatest[axis]) - double(least[axis]);
                // Half a step of a float near 255 planes from here, and as much of the base.
                const double rounding = (size + 300 * unit) * 0x1p-22 + 0x1p-148;
                EXPECT_LE(unit, std::max(2.01 * (extent + rounding) / 254, 0x1p-141));
                EXPECT_LT(double(boxes[k].lo[axis]) - double(lo[axis]), unit + rounding);
                EXPECT_LT(double(hi[axis]) - double(boxes[k].hi[axis]), unit + rounding);
            }
        }
        ASSERT_EQ(node.exponents >> 24, present);
        if (HasFailure()) FAIL() << "round " << round;
    }
}

TEST(CompressBoxes, KeepFlatOnesAndCornersOfTheGridAsTheyAre) {
    const ChildBox boxes[2] = {{{1e12f, -3, 0}, {1e12f, -3, 0}}, {{1e12f, -3, 0}, {1e12f, -3, 0}}};
    const uint8_t slot[2] = {6, 1};
    CompressedNode node;
    ASSERT_TRUE(compress_boxes(boxes, slot, 2, node));
    for (uint32_t k : {6u, 1u}) {
        const Box<float> box = decoded_box(node, k);
        EXPECT_EQ(box.lo.x, 1e12f);
        EXPECT_EQ(box.hi.x, 1e12f);
        EXPECT_EQ(box.lo.y, -3);
        EXPECT_EQ(box.hi.y, -3);
        EXPECT_EQ(box.lo.z, 0);
        EXPECT_EQ(box.hi.z, 0);
    }
}

TEST(CompressBoxes, RefuseWhatNoExponentHolds) {
    const ChildBox box = {{-3e38f, 0, 0}, {3e38f, 1, 1}};
    const uint8_t slot = 0;
    CompressedNode node;
    EXPECT_FALSE(compress_boxes(&box, &slot, 1, node));
}

// Visits every child of every node under `root`: at(node index, slot, word, levels above).
template <class At>
void for_each_child(const CompressedView& tree, uint32_t root, const At& at) {
    struct Task {
        uint32_t word, depth;
    };
    std::vector<Task> open;
    if (root >> compressed_value_bits == 0) open.push_back({root, 1});
    while (!open.empty()) {
        const Task task = open.back();
        open.pop_back();
        const CompressedNode& node = tree.nodes[task.word];
        for (uint32_t k = 0; k < 8; ++k) {
            if (!(node.exponents >> (24 + k) & 1)) continue;
            at(node, k, node.child[k], task.depth);
            if (node.child[k] >> compressed_value_bits == 0)
                open.push_back({node.child[k], task.depth + 1});
        }
    }
}

// Checks boxes, leaves and depth of the whole tree.
void check_tree(const CompiledScene& scene) {
    const CompressedTree built = CompressedTree::build(scene.view(), scene.bvh2());
    const CompressedView tree = built.view();
    ASSERT_NE(tree.root, none);
    constexpr uint32_t mask = (1u << compressed_value_bits) - 1;
    const CompiledScene::Arrays& a = scene.arrays();
    // Goes up from leaves: each box holds what is in all leaves below it.
    const auto check = [&](uint32_t root, uint32_t entries, const auto& box_of) {
        std::vector<uint32_t> seen(entries, 0);
        const auto count_leaf = [&](uint32_t word) {
            for (uint32_t i = 0; i < word >> compressed_value_bits; ++i)
                ++seen.at((word & mask) + i);
        };
        if (root >> compressed_value_bits != 0) count_leaf(root);
        uint32_t deepest = 0;
        for_each_child(tree, root,
                       [&](const CompressedNode& node, uint32_t k, uint32_t word, uint32_t depth) {
                           deepest = std::max(deepest, depth);
                           const Box<float> box = decoded_box(node, k);
                           const auto holds = [&](uint32_t leaf) {
                               for (uint32_t i = 0; i < leaf >> compressed_value_bits; ++i)
                                   EXPECT_TRUE(contains(box, box_of((leaf & mask) + i)));
                           };
                           if (word >> compressed_value_bits != 0) {
                               count_leaf(word);
                               holds(word);
                           } else {
                               for_each_child(tree, word,
                                              [&](const CompressedNode&, uint32_t, uint32_t below,
                                                  uint32_t) { holds(below); });
                           }
                       });
        EXPECT_LE(deepest, uint32_t(compressed_max_depth));
        for (uint32_t s : seen)
            EXPECT_EQ(s, 1u);
    };
    for (size_t m = 0; m < a.meshes.size(); ++m) {
        const MeshView& mesh = a.meshes[m];
        if (mesh.kind == mesh_triangles)
            check(tree.mesh_root[m], mesh.primitive_count,
                  [&](uint32_t i) { return leaf_box(a.leaf_triangles[mesh.leaf_data + i]); });
        else
            check(tree.mesh_root[m], mesh.primitive_count,
                  [&](uint32_t i) { return leaf_box(a.leaf_spheres[mesh.leaf_data + i]); });
    }
    check(tree.root, static_cast<uint32_t>(a.instances.size()), [&](uint32_t i) {
        const InstanceView& instance = a.instances[a.leaf_instances[i]];
        return Box<float>{load3<float>(instance.box_lo), load3<float>(instance.box_hi)};
    });
}

test::SoupOptions resting_soup() {
    test::SoupOptions options;
    options.motion = false;
    return options;
}

TEST(CompressedTree, HoldsEveryLeafEntryOnceInBoxesThatContainIt) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        CompiledScene scene = test::make_soup(seed, resting_soup());
        check_tree(scene);
        for (uint32_t leaf : {1u, 3u, 15u}) {
            test::randomize_trees(scene, leaf, seed * 7 + leaf);
            check_tree(scene);
        }
        if (HasFailure()) return;
    }
}

TEST(CompressedTree, IsTheSameForEveryNumberOfThreads) {
    SceneDescription d;
    d.materials.emplace_back();
    Random random(3);
    MeshDescription mesh;
    mesh.triangles.push_back(test::random_triangles(random, 40000, 0, false));
    d.meshes.emplace_back(std::move(mesh));
    d.instances.emplace_back();
    const CompiledScene scene = compile_scene(std::move(d));
    const CompressedTree one = CompressedTree::build(scene.view(), scene.bvh2(), nullptr, 0, 1);
    ASSERT_NE(one.view().root, none);
    EXPECT_LT(double(one.bytes()) / 40000, 30.0);
    for (unsigned threads : {2u, 3u, 8u})
        EXPECT_EQ(CompressedTree::build(scene.view(), scene.bvh2(), nullptr, 0, threads).hash(),
                  one.hash());
    // Of the frame before, and nothing else.
    EXPECT_EQ(CompressedTree::build(scene.view(), scene.bvh2(), &one, 1).hash(), one.hash());
}

TEST(CompressedTree, IsNotThereWhereAMeshMovesNorWhereThereIsNothing) {
    const CompiledScene moving = test::make_soup(1);
    EXPECT_EQ(CompressedTree::build(moving.view(), moving.bvh2()).view().root, none);
    const CompiledScene empty = compile_scene({});
    EXPECT_EQ(CompressedTree::build(empty.view(), empty.bvh2()).view().root, none);
}

} // namespace
} // namespace juggler
