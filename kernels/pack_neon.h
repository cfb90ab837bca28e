// Eight lanes as two registers of four: kernels/pack.h's verbs where registers hold no more. g++
// takes comparisons and choices of vectors longer than a register apart, lane by lane. Included by
// kernels/pack.h alone.
#pragma once

#include <arm_neon.h>

namespace juggler::inline JUGGLER_ISA {

template <>
struct PackMask<8> {
    PackMask<4> low, high;
    PackMask() = default;
    JUGGLER_PACK_FN PackMask(PackMask<4> a, PackMask<4> b) : low(a), high(b) {}
    JUGGLER_PACK_FN explicit PackMask(bool b) : low(b), high(b) {}
};
template <>
struct PackUint<8> {
    PackUint<4> low, high;
    PackUint() = default;
    JUGGLER_PACK_FN PackUint(PackUint<4> a, PackUint<4> b) : low(a), high(b) {}
    JUGGLER_PACK_FN explicit PackUint(uint32_t x) : low(x), high(x) {}
};
template <>
struct PackFloat<8> {
    PackFloat<4> low, high;
    PackFloat() = default;
    JUGGLER_PACK_FN PackFloat(PackFloat<4> a, PackFloat<4> b) : low(a), high(b) {}
    JUGGLER_PACK_FN explicit PackFloat(float x) : low(x), high(x) {}
};

#define JUGGLER_PAIR_OPERATOR(Type, Result, op)                                                    \
    JUGGLER_FN Result<8> operator op(Type<8> a, Type<8> b) {                                       \
        return {a.low op b.low, a.high op b.high};                                                 \
    }
JUGGLER_PAIR_OPERATOR(PackFloat, PackFloat, +)
JUGGLER_PAIR_OPERATOR(PackFloat, PackFloat, -)
JUGGLER_PAIR_OPERATOR(PackFloat, PackFloat, *)
JUGGLER_PAIR_OPERATOR(PackFloat, PackFloat, /)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, +)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, -)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, *)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, &)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, |)
JUGGLER_PAIR_OPERATOR(PackUint, PackUint, ^)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, <)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, <=)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, >)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, >=)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, ==)
JUGGLER_PAIR_OPERATOR(PackFloat, PackMask, !=)
JUGGLER_PAIR_OPERATOR(PackUint, PackMask, <)
JUGGLER_PAIR_OPERATOR(PackUint, PackMask, >)
JUGGLER_PAIR_OPERATOR(PackUint, PackMask, ==)
JUGGLER_PAIR_OPERATOR(PackUint, PackMask, !=)
JUGGLER_PAIR_OPERATOR(PackMask, PackMask, &)
JUGGLER_PAIR_OPERATOR(PackMask, PackMask, |)
JUGGLER_PAIR_OPERATOR(PackMask, PackMask, !=)
JUGGLER_PAIR_OPERATOR(PackMask, PackMask, ==)
#undef JUGGLER_PAIR_OPERATOR

JUGGLER_FN PackMask<8> operator!(PackMask<8> a) { return {!a.low, !a.high}; }
JUGGLER_FN PackUint<8> operator*(PackUint<8> a, uint32_t b) { return {a.low * b, a.high * b}; }
JUGGLER_FN PackUint<8> operator<<(PackUint<8> a, int b) { return {a.low << b, a.high << b}; }
JUGGLER_FN PackUint<8> operator>>(PackUint<8> a, int b) { return {a.low >> b, a.high >> b}; }

JUGGLER_FN PackFloat<8> select(PackMask<8> m, PackFloat<8> a, PackFloat<8> b) {
    return {select(m.low, a.low, b.low), select(m.high, a.high, b.high)};
}
JUGGLER_FN PackUint<8> select(PackMask<8> m, PackUint<8> a, PackUint<8> b) {
    return {select(m.low, a.low, b.low), select(m.high, a.high, b.high)};
}
JUGGLER_FN PackMask<8> select(PackMask<8> m, PackMask<8> a, PackMask<8> b) {
    return {select(m.low, a.low, b.low), select(m.high, a.high, b.high)};
}

JUGGLER_FN uint32_t lane_bits(PackMask<8> m) {
    const uint32x4_t first = {1, 2, 4, 8}, second = {16, 32, 64, 128};
    return vaddvq_u32(((uint32x4_t)m.low.v & first) | ((uint32x4_t)m.high.v & second));
}

JUGGLER_FN PackFloat<8> square_root(PackFloat<8> x) {
    return {square_root(x.low), square_root(x.high)};
}
JUGGLER_FN PackUint<8> as_uint(PackFloat<8> x) { return {as_uint(x.low), as_uint(x.high)}; }
JUGGLER_FN PackFloat<8> as_float(PackUint<8> x) { return {as_float(x.low), as_float(x.high)}; }
JUGGLER_FN PackUint<8> truncate_to_int(PackFloat<8> x) {
    return {truncate_to_int(x.low), truncate_to_int(x.high)};
}
JUGGLER_FN PackFloat<8> int_to_float(PackUint<8> x) {
    return {int_to_float(x.low), int_to_float(x.high)};
}

JUGGLER_FN PackFloat<8> gather(const float* p, PackUint<8> i) {
    return {gather(p, i.low), gather(p, i.high)};
}
JUGGLER_FN PackUint<8> gather(const uint32_t* p, PackUint<8> i) {
    return {gather(p, i.low), gather(p, i.high)};
}

JUGGLER_FN float lane(PackFloat<8> x, int i) { return i < 4 ? x.low.v[i] : x.high.v[i - 4]; }
JUGGLER_FN uint32_t lane(PackUint<8> x, int i) { return i < 4 ? x.low.v[i] : x.high.v[i - 4]; }

// Lane j of the result is lane index[j] of x, index[j] below 8.
JUGGLER_FN PackFloat<8> permute_lanes(PackFloat<8> x, PackUint<8> index) {
    const uint8x16x2_t bytes = {(uint8x16_t)x.low.v, (uint8x16_t)x.high.v};
    // The numbers of a word's four bytes.
    const PackUint<8> at = index * 0x04040404u + PackUint<8>(0x03020100u);
    return {(VectorTypes<4>::Float)vqtbl2q_u8(bytes, (uint8x16_t)at.low.v),
            (VectorTypes<4>::Float)vqtbl2q_u8(bytes, (uint8x16_t)at.high.v)};
}

// Least and greatest of the lanes, by the rule of `min` and `max`.
JUGGLER_FN float least_lane(PackFloat<4> x) {
    const PackFloat<4> m = min(x, PackFloat<4>(__builtin_shufflevector(x.v, x.v, 2, 3, 0, 1)));
    return min(lane(m, 0), lane(m, 1));
}
JUGGLER_FN float greatest_lane(PackFloat<4> x) {
    const PackFloat<4> m = max(x, PackFloat<4>(__builtin_shufflevector(x.v, x.v, 2, 3, 0, 1)));
    return max(lane(m, 0), lane(m, 1));
}
JUGGLER_FN float least_lane(PackFloat<8> x) { return least_lane(min(x.low, x.high)); }
JUGGLER_FN float greatest_lane(PackFloat<8> x) { return greatest_lane(max(x.low, x.high)); }

// The bytes of `packed`, lowest first, as lanes.
JUGGLER_FN PackUint<8> widen_bytes(uint64_t packed) {
    const uint16x8_t halves = vmovl_u8(vcreate_u8(packed));
    return {PackUint<4>((VectorTypes<4>::Uint)vmovl_u16(vget_low_u16(halves))),
            PackUint<4>((VectorTypes<4>::Uint)vmovl_high_u16(halves))};
}

} // namespace juggler::inline JUGGLER_ISA
