// The lane layer for several lanes: kernels/lane.h's verbs over the compilers' vector types, which
// are lowered to whatever the unit's instruction set has. Structs of ours, so that the verbs are
// found by argument-dependent lookup whatever the include order.
#pragma once

#include "kernels/lane.h"

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace juggler::inline JUGGLER_ISA {

template <int N>
struct VectorTypes {
    using Float [[gnu::vector_size(N * 4)]] = float;
    using Uint [[gnu::vector_size(N * 4)]] = uint32_t;
    using Int [[gnu::vector_size(N * 4)]] = int32_t;
};

// All bits of a lane set, or none.
template <int N>
struct PackMask {
    typename VectorTypes<N>::Int v;
    PackMask() = default;
    JUGGLER_PACK_FN PackMask(typename VectorTypes<N>::Int x) : v(x) {}
    JUGGLER_PACK_FN explicit PackMask(bool b) : v(typename VectorTypes<N>::Int{} - int32_t(b)) {}
};
template <int N>
struct PackUint {
    typename VectorTypes<N>::Uint v;
    PackUint() = default;
    JUGGLER_PACK_FN PackUint(typename VectorTypes<N>::Uint x) : v(x) {}
    JUGGLER_PACK_FN explicit PackUint(uint32_t x) : v(typename VectorTypes<N>::Uint{} + x) {}
};
template <int N>
struct PackFloat {
    typename VectorTypes<N>::Float v;
    PackFloat() = default;
    JUGGLER_PACK_FN PackFloat(typename VectorTypes<N>::Float x) : v(x) {}
    JUGGLER_PACK_FN explicit PackFloat(float x) : v(x - typename VectorTypes<N>::Float{}) {}
};

template <int N>
struct LaneTraits<PackFloat<N>> {
    using U = PackUint<N>;
    using M = PackMask<N>;
    static constexpr int lanes = N;
};

#define JUGGLER_PACK_OPERATOR(Type, Result, op)                                                    \
    template <int N>                                                                               \
    JUGGLER_FN Result<N> operator op(Type<N> a, Type<N> b) {                                       \
        return a.v op b.v;                                                                         \
    }
JUGGLER_PACK_OPERATOR(PackFloat, PackFloat, +)
JUGGLER_PACK_OPERATOR(PackFloat, PackFloat, -)
JUGGLER_PACK_OPERATOR(PackFloat, PackFloat, *)
JUGGLER_PACK_OPERATOR(PackFloat, PackFloat, /)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, +)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, -)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, *)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, &)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, |)
JUGGLER_PACK_OPERATOR(PackUint, PackUint, ^)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, <)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, <=)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, >)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, >=)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, ==)
JUGGLER_PACK_OPERATOR(PackFloat, PackMask, !=)
JUGGLER_PACK_OPERATOR(PackUint, PackMask, <)
JUGGLER_PACK_OPERATOR(PackUint, PackMask, >)
JUGGLER_PACK_OPERATOR(PackUint, PackMask, ==)
JUGGLER_PACK_OPERATOR(PackUint, PackMask, !=)
JUGGLER_PACK_OPERATOR(PackMask, PackMask, &)
JUGGLER_PACK_OPERATOR(PackMask, PackMask, |)
#undef JUGGLER_PACK_OPERATOR

template <int N>
JUGGLER_FN PackMask<N> operator!=(PackMask<N> a, PackMask<N> b) {
    return a.v ^ b.v;
}
template <int N>
JUGGLER_FN PackMask<N> operator==(PackMask<N> a, PackMask<N> b) {
    return ~(a.v ^ b.v);
}
template <int N>
JUGGLER_FN PackMask<N> operator!(PackMask<N> a) {
    return ~a.v;
}
template <int N>
JUGGLER_FN PackUint<N> operator*(PackUint<N> a, uint32_t b) {
    return a.v * b;
}
template <int N>
JUGGLER_FN PackUint<N> operator<<(PackUint<N> a, int b) {
    return a.v << b;
}
template <int N>
JUGGLER_FN PackUint<N> operator>>(PackUint<N> a, int b) {
    return a.v >> b;
}

template <int N>
JUGGLER_FN PackFloat<N> select(PackMask<N> m, PackFloat<N> a, PackFloat<N> b) {
    return m.v ? a.v : b.v;
}
template <int N>
JUGGLER_FN PackUint<N> select(PackMask<N> m, PackUint<N> a, PackUint<N> b) {
    return m.v ? a.v : b.v;
}
template <int N>
JUGGLER_FN PackMask<N> select(PackMask<N> m, PackMask<N> a, PackMask<N> b) {
    return (m.v & a.v) | (~m.v & b.v);
}

// Bit i is lane i.
template <int N>
JUGGLER_FN uint32_t lane_bits(PackMask<N> m) {
#ifdef __AVX__
    if constexpr (N == 8) return static_cast<uint32_t>(_mm256_movemask_ps((__m256)m.v));
#endif
#ifdef __AVX512DQ__
    if constexpr (N == 16) return static_cast<uint32_t>(_mm512_movepi32_mask((__m512i)m.v));
#endif
    uint32_t bits = 0;
    for (int i = 0; i < N; ++i)
        bits |= (static_cast<uint32_t>(m.v[i]) & 1u) << i;
    return bits;
}
template <int N>
JUGGLER_FN bool any(PackMask<N> m) {
    return lane_bits(m) != 0;
}
template <int N>
JUGGLER_FN bool all(PackMask<N> m) {
    return lane_bits(m) == (1u << N) - 1;
}

template <int N>
JUGGLER_FN PackFloat<N> square_root(PackFloat<N> x) {
#ifdef __AVX__
    if constexpr (N == 8) return (typename VectorTypes<8>::Float)_mm256_sqrt_ps((__m256)x.v);
#endif
#ifdef __AVX512F__
    if constexpr (N == 16) return (typename VectorTypes<16>::Float)_mm512_sqrt_ps((__m512)x.v);
#endif
    PackFloat<N> r;
    for (int i = 0; i < N; ++i)
        r.v[i] = square_root(float(x.v[i]));
    return r;
}
template <int N>
JUGGLER_FN PackUint<N> as_uint(PackFloat<N> x) {
    return (typename VectorTypes<N>::Uint)x.v;
}
template <int N>
JUGGLER_FN PackFloat<N> as_float(PackUint<N> x) {
    return (typename VectorTypes<N>::Float)x.v;
}
template <int N>
JUGGLER_FN PackUint<N> truncate_to_int(PackFloat<N> x) {
    return (typename VectorTypes<N>::Uint) __builtin_convertvector(x.v,
                                                                   typename VectorTypes<N>::Int);
}
template <int N>
JUGGLER_FN PackFloat<N> int_to_float(PackUint<N> x) {
    return __builtin_convertvector((typename VectorTypes<N>::Int)x.v,
                                   typename VectorTypes<N>::Float);
}

template <int N>
JUGGLER_FN PackFloat<N> gather(const float* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8)
        return (typename VectorTypes<8>::Float)_mm256_i32gather_ps(p, (__m256i)i.v, 4);
#endif
#ifdef __AVX512F__
    if constexpr (N == 16)
        return (typename VectorTypes<16>::Float)_mm512_i32gather_ps((__m512i)i.v, p, 4);
#endif
    PackFloat<N> r;
    for (int k = 0; k < N; ++k)
        r.v[k] = p[i.v[k]];
    return r;
}
template <int N>
JUGGLER_FN PackUint<N> gather(const uint32_t* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8)
        return (typename VectorTypes<8>::Uint)_mm256_i32gather_epi32(
            reinterpret_cast<const int*>(p), (__m256i)i.v, 4);
#endif
#ifdef __AVX512F__
    if constexpr (N == 16)
        return (typename VectorTypes<16>::Uint)_mm512_i32gather_epi32((__m512i)i.v, p, 4);
#endif
    PackUint<N> r;
    for (int k = 0; k < N; ++k)
        r.v[k] = p[i.v[k]];
    return r;
}

template <int N>
JUGGLER_FN float lane(PackFloat<N> x, int i) {
    return x.v[i];
}
template <int N>
JUGGLER_FN uint32_t lane(PackUint<N> x, int i) {
    return x.v[i];
}

} // namespace juggler::inline JUGGLER_ISA
