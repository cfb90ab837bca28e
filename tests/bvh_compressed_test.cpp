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

// Box of the child in slot `k`, exactly.
struct ExactBox {
    double lo[3], hi[3];
};
ExactBox decoded_box(const CompressedNode& node, uint32_t k) {
    ExactBox box;
    for (uint32_t axis = 0; axis < 3; ++axis) {
        const auto plane = [&](uint32_t side) {
            return double(node.base[axis]) +
                   double(decode_plane(exponent_bits(node.exponents, axis),
                                       node.planes[side][axis][k / 4], k % 4));
        };
        box.lo[axis] = plane(0);
        box.hi[axis] = plane(1);
    }
    return box;
}

bool contains(const ExactBox& outer, const Box<float>& inner) {
    const float lo[3] = {inner.lo.x, inner.lo.y, inner.lo.z};
    const float hi[3] = {inner.hi.x, inner.hi.y, inner.hi.z};
    for (uint32_t axis = 0; axis < 3; ++axis)
        if (outer.lo[axis] > double(lo[axis]) || outer.hi[axis] < double(hi[axis])) return false;
    return true;
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
            const ExactBox box = decoded_box(node, slot[k]);
            const Box<float> own{load3<float>(boxes[k].lo), load3<float>(boxes[k].hi)};
            ASSERT_TRUE(contains(box, own)) << "round " << round;
            for (uint32_t axis = 0; axis < 3; ++axis) {
                const uint32_t e = node.exponents >> (8 * axis) & 255;
                const double unit = std::ldexp(1.0, int(e) - 127 - 15);
                const double size =
                    std::max(std::fabs(double(least[axis])), std::fabs(double(greatest[axis])));
                const double extent = double(greatest[axis]) - double(least[axis]);
                // Half a step of a float near 255 planes from here, and as much of the base.
                const double rounding = (size + 300 * unit) * 0x1p-22 + 0x1p-148;
                EXPECT_LE(unit, std::max(2.01 * (extent + rounding) / 254, 0x1p-141));
                EXPECT_LT(double(boxes[k].lo[axis]) - box.lo[axis], unit + rounding);
                EXPECT_LT(box.hi[axis] - double(boxes[k].hi[axis]), unit + rounding);
            }
        }
        ASSERT_EQ(node.exponents >> 24, present);
        if (HasFailure()) FAIL() << "round " << round;
    }
}

TEST(CompressBoxes, KeepFlatOnesAlmostFlat) {
    const ChildBox boxes[2] = {{{1e12f, -3, 0}, {1e12f, -3, 0}}, {{1e12f, -3, 0}, {1e12f, -3, 0}}};
    const uint8_t slot[2] = {6, 1};
    CompressedNode node;
    ASSERT_TRUE(compress_boxes(boxes, slot, 2, node));
    for (uint32_t k : {6u, 1u}) {
        const ExactBox box = decoded_box(node, k);
        const double at[3] = {double(1e12f), -3, 0};
        for (uint32_t axis = 0; axis < 3; ++axis) {
            // Two steps of a float at most.
            EXPECT_LE(at[axis] - box.lo[axis], std::fabs(at[axis]) * 0x1p-22);
            EXPECT_LE(box.hi[axis] - at[axis], std::fabs(at[axis]) * 0x1p-22);
            EXPECT_TRUE(box.lo[axis] <= at[axis] && at[axis] <= box.hi[axis]);
        }
    }
}

TEST(CompressBoxes, AreEnteredNoLaterAndLeftNoSoonerThanWhatTheyHold) {
    Random random(11);
    for (uint32_t round = 0; round < 200000; ++round) {
        ChildBox own;
        float o[3], d[3];
        const float base = hostile(random, round / 7, 0);
        for (uint32_t axis = 0; axis < 3; ++axis) {
            const float a = hostile(random, round, base), b = hostile(random, round, base);
            own.lo[axis] = std::min(a, b);
            own.hi[axis] = round % 5 == axis ? own.lo[axis] : std::max(a, b);
            o[axis] = random.below(3) == 0 ? own.lo[axis] : hostile(random, round, base);
            // Towards some point of the box, or anywhere.
            d[axis] = (random.below(2) == 0 ? own.lo[axis] : own.hi[axis]) - o[axis];
            if (random.below(8) == 0) d[axis] = 0;
            if (random.below(16) == 0) d[axis] = random.between(-1, 1);
        }
        const uint8_t slot = static_cast<uint8_t>(round % 8);
        CompressedNode node;
        ASSERT_TRUE(compress_boxes(&own, &slot, 1, node));
        const Vec3<float> from = load3<float>(o), r = slab_reciprocal(load3<float>(d));
        const Interval<float> interval =
            intersect_box(from, r, load3<float>(own.lo), load3<float>(own.hi));
        if (!(interval.near <= min(interval.far, ray_infinity))) continue;
        CompressedBoxes boxes;
        std::memcpy(&boxes, &node, sizeof boxes);
        // Whatever the limit, a child is not passed by that the ray enters within it.
        const CompressedHits hits = intersect_children(boxes, from, r, interval.near);
        ASSERT_EQ(hits.slots, 1u << slot) << "round " << round;
        ASSERT_EQ(hits.first, slot);
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
                           const ExactBox box = decoded_box(node, k);
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
