// The builder: every primitive once, boxes that contain, a depth that is bounded, and the same
// tree whatever the number of threads.
#include "host/bvh/build.h"
#include "host/bvh/reinsert.h"
#include "kernels/bvh2.h"
#include "tests/support/random.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

namespace juggler {
namespace {

using test::Random;

std::vector<BuildPrimitive> random_boxes(uint32_t count, uint64_t seed) {
    Random random(seed);
    std::vector<BuildPrimitive> primitives(count);
    for (uint32_t i = 0; i < count; ++i) {
        const auto c = random.point(10);
        for (size_t axis = 0; axis < 3; ++axis) {
            primitives[i].lo[axis] = c[axis];
            primitives[i].hi[axis] = c[axis] + random.between(0, 0.2f);
        }
        primitives[i].id = i;
    }
    return primitives;
}

// Depth of the tree; checks every box and counts every primitive on the way.
uint32_t check_tree(const BuiltTree& tree, const std::vector<BuildPrimitive>& primitives,
                    uint32_t max_leaf) {
    std::vector<uint32_t> seen(primitives.size(), 0);
    for (uint32_t id : tree.order)
        ++seen.at(id);
    for (uint32_t s : seen)
        EXPECT_EQ(s, 1u);
    if (tree.root_count != 0) return 0;
    struct Task {
        uint32_t node, depth;
    };
    std::vector<Task> tasks{{tree.root, 1}};
    uint32_t deepest = 0;
    size_t in_leaves = 0;
    while (!tasks.empty()) {
        const Task task = tasks.back();
        tasks.pop_back();
        deepest = std::max(deepest, task.depth);
        const Bvh2Node& node = tree.nodes.at(task.node);
        for (int k = 0; k < 2; ++k) {
            if (node.count[k] == 0) {
                const Bvh2Node& child = tree.nodes.at(node.child[k]);
                for (int axis = 0; axis < 3; ++axis) {
                    EXPECT_EQ(std::min(child.lo[0][axis], child.lo[1][axis]), node.lo[k][axis]);
                    EXPECT_EQ(std::max(child.hi[0][axis], child.hi[1][axis]), node.hi[k][axis]);
                }
                tasks.push_back({node.child[k], task.depth + 1});
                continue;
            }
            EXPECT_LE(node.count[k], max_leaf);
            in_leaves += node.count[k];
            for (uint32_t i = 0; i < node.count[k]; ++i) {
                const BuildPrimitive& p = primitives.at(tree.order.at(node.child[k] + i));
                for (int axis = 0; axis < 3; ++axis) {
                    EXPECT_LE(node.lo[k][axis], p.lo[axis]);
                    EXPECT_GE(node.hi[k][axis], p.hi[axis]);
                }
            }
        }
    }
    EXPECT_EQ(in_leaves, primitives.size());
    return deepest;
}

constexpr TreeQuality qualities[] = {TreeQuality::quick, TreeQuality::normal, TreeQuality::high};

TEST(BuildTree, HoldsEveryPrimitiveOnceInBoxesThatFit) {
    for (uint32_t count : {1u, 2u, 3u, 5u, 64u, 1000u, 70000u}) {
        const auto primitives = random_boxes(count, count);
        for (TreeQuality quality : qualities) {
            BuildOptions options;
            options.quality = quality;
            auto copy = primitives;
            check_tree(build_tree(std::move(copy), options), primitives, 4);
        }
    }
}

TEST(BuildTree, IsEmptyForNothing) { EXPECT_EQ(build_tree({}).root_count, none); }

TEST(BuildTree, IsTheSameForEveryNumberOfThreads) {
    const auto primitives = random_boxes(50000, 7);
    for (TreeQuality quality : qualities) {
        std::optional<BuiltTree> first;
        for (unsigned threads : {1u, 2u, 3u, 8u}) {
            BuildOptions options;
            options.quality = quality;
            options.threads = threads;
            auto copy = primitives;
            BuiltTree tree = build_tree(std::move(copy), options);
            if (!first) {
                first = std::move(tree);
                continue;
            }
            ASSERT_EQ(tree.nodes.size(), first->nodes.size());
            EXPECT_EQ(std::memcmp(tree.nodes.data(), first->nodes.data(),
                                  tree.nodes.size() * sizeof(Bvh2Node)),
                      0);
            EXPECT_EQ(tree.order, first->order);
        }
    }
}

// Dense heaps in a wide space: bins of the whole space cannot tell what lies within a heap.
TEST(BuildTree, CostsLessTheMoreTimeItGets) {
    Random random(3);
    std::vector<BuildPrimitive> primitives = random_boxes(30000, 3);
    for (size_t i = 0; i < primitives.size(); ++i) {
        const float scale = i % 3 == 0 ? 1 : i % 3 == 1 ? 0.03f : 0.001f;
        const auto shift = random.point(1);
        for (size_t axis = 0; axis < 3; ++axis)
            for (float* bound : {primitives[i].lo, primitives[i].hi})
                bound[axis] = bound[axis] * scale + shift[axis] * scale;
    }
    double cost[3];
    for (size_t i = 0; i < 3; ++i) {
        BuildOptions options;
        options.quality = qualities[i];
        auto copy = primitives;
        cost[i] = sah_cost(build_tree(std::move(copy), options), options);
    }
    EXPECT_LT(cost[1], cost[0]);
    EXPECT_LT(cost[2], 0.99 * cost[1]);
}

// Reinsertion alone would make a list of a tree, were paths not bounded.
TEST(BuildTree, IsLeftAsItIsWherePathsWouldBecomeTooLong) {
    auto primitives = random_boxes(5000, 11);
    BuildOptions options;
    options.quality = TreeQuality::normal;
    BuiltTree tree = build_tree(std::move(primitives), options);
    const BuiltTree before = tree;
    reinsert_subtrees(tree, 5);
    ASSERT_EQ(tree.nodes.size(), before.nodes.size());
    EXPECT_EQ(
        std::memcmp(tree.nodes.data(), before.nodes.data(), tree.nodes.size() * sizeof(Bvh2Node)),
        0);
    EXPECT_EQ(tree.order, before.order);
}

TEST(BuildTree, StaysShallowForPrimitivesThatDefeatTheHeuristic) {
    // Sizes and places that shrink geometrically: each split would peel off one.
    std::vector<BuildPrimitive> primitives(3000);
    float x = 1e30f;
    for (uint32_t i = 0; i < primitives.size(); ++i) {
        BuildPrimitive& p = primitives[i];
        p.id = i;
        for (int axis = 0; axis < 3; ++axis) {
            p.lo[axis] = 0;
            p.hi[axis] = x;
        }
        x *= 0.95f;
    }
    auto copy = primitives;
    EXPECT_LE(check_tree(build_tree(std::move(copy)), primitives, 4), uint32_t(bvh2_max_depth));
}

TEST(BuildTree, CopesWithPrimitivesInOnePlace) {
    std::vector<BuildPrimitive> primitives(1000);
    for (uint32_t i = 0; i < primitives.size(); ++i)
        primitives[i] = {{1, 2, 3}, i, {1, 2, 3}, 0};
    auto copy = primitives;
    EXPECT_LE(check_tree(build_tree(std::move(copy)), primitives, 4), 12u);
}

TEST(BuildTree, CostsAboutWhatTheHeuristicPromises) {
    auto primitives = random_boxes(20000, 11);
    const BuiltTree tree = build_tree(std::move(primitives));
    EXPECT_LT(sah_cost(tree), 90);
}

} // namespace
} // namespace juggler
