// The walk of the compressed tree: the hits of kernels/bvh2.h with a third of the node visits and
// a stack of few entries (Ylitie, Karras and Laine 2017, "Efficient Incoherent Ray Traversal on
// GPUs Through Compressed Wide BVHs").
#pragma once

#include "kernels/merged_walk.h"

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

// Where plane q of an axis is, q being byte `k` of `word`: base + 2^(e - 127) (1 + q / 2^15). The
// byte goes into the fraction of a float as it is, so nothing is converted, and only the sum
// rounds. It does not fall where q rises.
JUGGLER_FN float decode_plane(float base, uint32_t exponent, uint32_t word, uint32_t k) {
#ifdef __CUDA_ARCH__
    return base + __uint_as_float(__byte_perm(word, exponent, 0x7604u | k << 4));
#else
    return base + as_float(exponent | (word >> (8 * k) & 255) << 8);
#endif
}

// One bit a slot whose child the ray enters within `limit`.
JUGGLER_FN uint32_t intersect_children(const CompressedBoxes& node, Vec3<float> o, Vec3<float> r,
                                       float limit) {
    const bool down[3] = {r.x < 0, r.y < 0, r.z < 0};
    uint32_t first[3][2], last[3][2], exponent[3];
    for (uint32_t axis = 0; axis < 3; ++axis) {
        exponent[axis] = exponent_bits(node.exponents, axis);
        for (uint32_t half = 0; half < 2; ++half) {
            first[axis][half] = node.planes[down[axis] ? 1 : 0][axis][half];
            last[axis][half] = node.planes[down[axis] ? 0 : 1][axis][half];
        }
    }
    uint32_t hits = 0;
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
    for (uint32_t k = 0; k < 8; ++k) {
        const auto distance = [&](const uint32_t(&planes)[3][2], uint32_t axis, float from,
                                  float reciprocal) {
            const float plane =
                decode_plane(node.base[axis], exponent[axis], planes[axis][k / 4], k % 4);
            return (plane - from) * reciprocal;
        };
        const float x0 = distance(first, 0, o.x, r.x), x1 = distance(last, 0, o.x, r.x);
        const float y0 = distance(first, 1, o.y, r.y), y1 = distance(last, 1, o.y, r.y);
        const float z0 = distance(first, 2, o.z, r.z), z1 = distance(last, 2, o.z, r.z);
        const float near = greater(greater(x0, y0), greater(z0, 0.0f));
        const float far = lesser(lesser(x1, y1), z1) * slab_pad;
        if (near <= lesser(far, limit)) hits |= 1u << k;
    }
    return hits & node.exponents >> 24;
}

} // namespace juggler::inline JUGGLER_ISA
