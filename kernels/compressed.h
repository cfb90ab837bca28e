// The walk of the compressed tree: the hits of kernels/bvh2.h with a third of the node visits and
// a stack of few entries (Ylitie, Karras and Laine 2017, "Efficient Incoherent Ray Traversal on
// GPUs Through Compressed Wide BVHs").
#pragma once

#include "kernels/merged_walk.h"

#include <cstddef>

namespace juggler::inline JUGGLER_ISA {

// Levels of both trees together; builders keep to it.
inline constexpr int compressed_max_depth = 32;

// What of a node tells where its children are.
struct CompressedBoxes {
    float base[3];
    uint32_t exponents;
    uint32_t planes[2][3][2];
};

JUGGLER_FN CompressedBoxes load_boxes(const CompressedNode* nodes, uint32_t index) {
#ifdef __CUDA_ARCH__
    const uint4* words = reinterpret_cast<const uint4*>(nodes + index); // 32-byte aligned
    const uint4 a = __ldg(words), b = __ldg(words + 1), c = __ldg(words + 2), d = __ldg(words + 3);
    return {{__uint_as_float(a.x), __uint_as_float(a.y), __uint_as_float(a.z)},
            a.w,
            {{{b.x, b.y}, {b.z, b.w}, {c.x, c.y}}, {{c.z, c.w}, {d.x, d.y}, {d.z, d.w}}}};
#else
    CompressedBoxes boxes;
    static_assert(offsetof(CompressedNode, child) == sizeof boxes);
    __builtin_memcpy(&boxes, nodes + index, sizeof boxes);
    return boxes;
#endif
}

// The float 2^(e - 127) that an axis' planes are counted with, as its bits.
JUGGLER_FN uint32_t exponent_bits(uint32_t exponents, uint32_t axis) {
    return (exponents >> (8 * axis) & 255) << 23;
}

// Plane q of an axis, q being byte `k` of `word`, is at base + v, exactly; this is v = 2^(e - 127)
// (1
// + q / 2^15). The byte goes into the fraction of a float as it is: nothing is converted.
JUGGLER_FN float decode_plane(uint32_t exponent, uint32_t word, uint32_t k) {
#ifdef __CUDA_ARCH__
    return __uint_as_float(__byte_perm(word, exponent, 0x7604u | k << 4));
#else
    return as_float(exponent | (word >> (8 * k) & 255) << 8);
#endif
}

// Bounds of base - o. What a float rounds is less than a part in 2^24, so four of these are enough.
JUGGLER_FN Interval<float> bound_difference(float base, float o) {
    const float c = base - o;
    const float margin = absolute(c) * 0x1p-22f;
    return {c - margin, c + margin};
}

// The children that a ray enters within `limit`.
struct CompressedHits {
    uint32_t slots; // one bit each; the rest means nothing if there is none
    uint32_t first; // the slot that is entered first
    float others;   // where the first of all others is entered
};
JUGGLER_FN CompressedHits intersect_children(const CompressedBoxes& node, Vec3<float> o,
                                             Vec3<float> r, float limit) {
    // A plane b that is in truth no lower than base + v has fl(b - o) >= fl(v + low), since low is
    // not above base - o, and rounding is monotone: so what is computed here contains the interval
    // of every box inside, as between binary nodes (docs/exactness.md).
    const float from[3] = {o.x, o.y, o.z}, reciprocal[3] = {r.x, r.y, r.z};
    uint32_t first[3][2], last[3][2], exponent[3];
    float first_base[3], last_base[3];
    for (uint32_t axis = 0; axis < 3; ++axis) {
        const bool down = reciprocal[axis] < 0;
        const Interval<float> base = bound_difference(node.base[axis], from[axis]);
        exponent[axis] = exponent_bits(node.exponents, axis);
        first_base[axis] = down ? base.far : base.near;
        last_base[axis] = down ? base.near : base.far;
        for (uint32_t half = 0; half < 2; ++half) {
            const uint32_t low = node.planes[0][axis][half], high = node.planes[1][axis][half];
            first[axis][half] = down ? high : low;
            last[axis][half] = down ? low : high;
        }
    }
    constexpr float never = 3.4e38f; // beyond ray_infinity
    CompressedHits hits{0, 0, never};
    float nearest = never;
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
    for (uint32_t k = 0; k < 8; ++k) {
        float enter[3], leave[3];
        for (uint32_t axis = 0; axis < 3; ++axis) {
            const float v0 = decode_plane(exponent[axis], first[axis][k / 4], k % 4);
            const float v1 = decode_plane(exponent[axis], last[axis][k / 4], k % 4);
            enter[axis] = (v0 + first_base[axis]) * reciprocal[axis];
            leave[axis] = (v1 + last_base[axis]) * reciprocal[axis];
        }
        const float near = greater(greater(enter[0], enter[1]), greater(enter[2], 0.0f));
        const float far = lesser(lesser(leave[0], leave[1]), leave[2]) * slab_pad;
        if (!(near <= lesser(far, limit)) || !(node.exponents >> (24 + k) & 1)) continue;
        hits.slots |= 1u << k;
        hits.others = lesser(hits.others, greater(near, nearest));
        hits.first = near < nearest ? k : hits.first;
        nearest = lesser(nearest, near);
    }
    return hits;
}

// Children of a node that a walk has still to see.
struct CompressedEntry {
    uint32_t node;
    uint32_t hits; // low 8 bits: as turned_slots has them; high 16: of a float, not above where the
                   // first of them is entered
};

// Bit s of `slots` becomes bit s ^ turn: so that, with turn = 7 ^ octant, the highest bit
// is of the child to see first.
JUGGLER_FN uint32_t turned_slots(uint32_t slots, uint32_t turn) {
    if (turn & 1) slots = (slots & 0x55) << 1 | (slots >> 1 & 0x55);
    if (turn & 2) slots = (slots & 0x33) << 2 | (slots >> 2 & 0x33);
    if (turn & 4) slots = (slots & 0x0f) << 4 | (slots >> 4 & 0x0f);
    return slots;
}
JUGGLER_FN uint32_t highest_bit(uint32_t x) {
#ifdef __CUDA_ARCH__
    return 31 - static_cast<uint32_t>(__clz(static_cast<int>(x)));
#else
    return 31 - static_cast<uint32_t>(__builtin_clz(x));
#endif
}

// As MergedWalker.
struct CompressedWalker {
    using Entry = CompressedEntry;
    static constexpr uint32_t stack_entries = compressed_max_depth;
    Walk walk;
    MeshVisit visit;
    uint32_t size, floor;          // of the stack; entries below `floor` belong to the top level
    uint32_t word;                 // of the child that comes next
    uint32_t turn;                 // of the visit's ray, see turned_slots
    uint32_t waiting, waiting_end; // instances of a top-level leaf that are still to enter
    bool inside;                   // of an instance
};

JUGGLER_FN uint32_t turn_of(Vec3<float> r) {
    return (r.x < 0 ? 0u : 1u) | (r.y < 0 ? 0u : 2u) | (r.z < 0 ? 0u : 4u);
}

// The view must have a compressed tree.
JUGGLER_FN bool begin_walk(const Bvh2View& bvh, const Ray<float>& ray, CompressedWalker& w) {
    w.walk = {ray, {ray.t_max, 0, 0, none, none}, 7};
    w.visit = {{ray.o, ray.d, slab_reciprocal(ray.d)}, {}, none, 0, 0};
    w.size = w.floor = w.waiting = w.waiting_end = 0;
    w.word = bvh.compressed.root;
    w.turn = turn_of(w.visit.ray.r);
    w.inside = false;
    return true;
}

// A node, or a leaf, or both; threads of a warp that are at nodes do not wait long for those at
// leaves. False where the walk is over: it has found what walk_scene<kind> finds.
JUGGLER_FN bool step_walk(const SceneView& scene, const Bvh2View& bvh, RayKind kind,
                          CompressedWalker& w, CompressedEntry* stack) {
    constexpr uint32_t value_mask = (1u << compressed_value_bits) - 1;
    const CompressedView& tree = bvh.compressed;
    Walk& walk = w.walk;
    MeshVisit& visit = w.visit;
    if (w.word >> compressed_value_bits == 0) {
        JUGGLER_COUNT(nodes);
        const uint32_t node = w.word;
        const CompressedHits hits =
            intersect_children(load_boxes(tree.nodes, node), visit.ray.o, visit.ray.r, walk.best.t);
        if (hits.slots != 0) {
            // The nearest child now; the others by the octant, which takes no sorting.
            const uint32_t others = hits.slots ^ 1u << hits.first;
            if (others != 0)
                stack[w.size++] = {node, (as_uint(hits.others) & 0xffff0000u) |
                                             turned_slots(others, w.turn)};
            w.word = tree.nodes[node].child[hits.first];
            if (w.word >> compressed_value_bits == 0) return true;
        }
    }
    // Still 0 where the ray passes all children of a node.
    if (const uint32_t count = w.word >> compressed_value_bits; count != 0) {
        const uint32_t first = w.word & value_mask;
        if (!w.inside) {
            w.waiting = first;
            w.waiting_end = first + count;
        } else if (visit_leaf(scene, bvh, kind, visit, first, count, walk)) {
            return false;
        }
    }
    // What comes next: of this level, then of the top level.
    for (;;) {
        if (w.inside || w.waiting == w.waiting_end) {
            while (w.size > w.floor) {
                const CompressedEntry entry = stack[w.size - 1];
                if (as_float(entry.hits & 0xffff0000u) > walk.best.t) {
                    --w.size;
                    continue;
                }
                const uint32_t first = highest_bit(entry.hits & 255);
                stack[w.size - 1].hits = entry.hits ^ 1u << first;
                if ((entry.hits & 255) == 1u << first) --w.size;
                w.word = tree.nodes[entry.node].child[first ^ w.turn];
                return true;
            }
            if (!w.inside) return false;
            w.inside = false;
            w.floor = 0;
            visit.ray = {walk.ray.o, walk.ray.d, slab_reciprocal(walk.ray.d)};
            w.turn = turn_of(visit.ray.r);
        }
        if (w.waiting == w.waiting_end) continue;
        const uint32_t instance = bvh.leaf_instances[w.waiting++];
        // Outside of instances, the visit's ray is the world's.
        if (!enter_instance(scene, instance, visit.ray.r, walk, visit)) continue;
        w.inside = true;
        w.floor = w.size;
        w.turn = turn_of(visit.ray.r);
        w.word = tree.mesh_root[visit.mesh];
        return true;
    }
}

} // namespace juggler::inline JUGGLER_ISA
