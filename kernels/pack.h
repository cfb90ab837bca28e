// The lane layer for several lanes: kernels/lane.h's verbs over the compilers' vector types, which
// are lowered to whatever the unit's instruction set has. Structs of ours, so that the verbs are
// found by argument-dependent lookup whatever the include order.
#pragma once

#include "kernels/lane.h"

#ifdef __AVX__
#include <immintrin.h>
#endif
#ifdef __aarch64__
#include <arm_neon.h>
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

// The bits of a pack, to and from memory. The vector itself is named where there is one: g++ copies
// a struct around it by halves, which are slow to come back as a whole.
template <class Pack>
JUGGLER_FN auto* words_of(Pack& pack) {
    if constexpr (requires { pack.v; })
        return &pack.v;
    else
        return &pack;
}
template <class Pack>
JUGGLER_FN void store_words(void* to, const Pack& from) {
    __builtin_memcpy(to, words_of(from), sizeof from);
}
template <class Pack>
JUGGLER_FN void load_words(Pack& to, const void* from) {
    __builtin_memcpy(words_of(to), from, sizeof to);
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
#ifdef __aarch64__
    if constexpr (N == 4) {
        const uint32x4_t bit = {1, 2, 4, 8};
        return vaddvq_u32((uint32x4_t)m.v & bit);
    }
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
#ifdef __aarch64__
    if constexpr (N == 4) return (typename VectorTypes<4>::Float)vsqrtq_f32((float32x4_t)x.v);
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
JUGGLER_FN PackUint<N> reverse_bits(PackUint<N> x) {
    // Half a byte at a time, looked up: entry i is i reversed, in the upper half or the lower.
#ifdef __AVX2__
    [[maybe_unused]] const __m128i bytes =
        _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    [[maybe_unused]] const __m128i upper =
        _mm_setr_epi8(0x00, -0x80, 0x40, -0x40, 0x20, -0x60, 0x60, -0x20, 0x10, -0x70, 0x50, -0x30,
                      0x30, -0x50, 0x70, -0x10);
    [[maybe_unused]] const __m128i lower =
        _mm_srli_epi16(_mm_and_si128(upper, _mm_set1_epi8(-16)), 4);
    if constexpr (N == 8) {
        const auto in = (__m256i)x.v;
        const __m256i half = _mm256_set1_epi8(15);
        const __m256i reversed = _mm256_or_si256(
            _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(upper), _mm256_and_si256(in, half)),
            _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(lower),
                                _mm256_and_si256(_mm256_srli_epi16(in, 4), half)));
        return (typename VectorTypes<8>::Uint)_mm256_shuffle_epi8(
            reversed, _mm256_broadcastsi128_si256(bytes));
    }
#endif
#ifdef __AVX512BW__
    if constexpr (N == 16) {
        const auto in = (__m512i)x.v;
        const __m512i half = _mm512_set1_epi8(15);
        const __m512i reversed = _mm512_or_si512(
            _mm512_shuffle_epi8(_mm512_broadcast_i32x4(upper), _mm512_and_si512(in, half)),
            _mm512_shuffle_epi8(_mm512_broadcast_i32x4(lower),
                                _mm512_and_si512(_mm512_srli_epi16(in, 4), half)));
        return (typename VectorTypes<16>::Uint)_mm512_shuffle_epi8(reversed,
                                                                   _mm512_broadcast_i32x4(bytes));
    }
#endif
#ifdef __aarch64__
    if constexpr (N == 4)
        return (typename VectorTypes<4>::Uint)vrev32q_u8(vrbitq_u8((uint8x16_t)x.v));
#endif
    x = reverse_bits_of_bytes(x);
    x = ((x >> 8) & PackUint<N>(0x00ff00ffu)) | ((x & PackUint<N>(0x00ff00ffu)) << 8);
    return (x >> 16) | (x << 16);
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
JUGGLER_FN bool uniform(PackUint<N> i) {
    return all(i == PackUint<N>(lane(i, 0)));
}
template <int N>
JUGGLER_FN PackFloat<N> gather_field(const float* p, PackUint<N> index, uint32_t stride) {
    if (uniform(index)) return PackFloat<N>(p[lane(index, 0) * stride]);
    return gather(p, index * stride);
}
template <int N>
JUGGLER_FN PackUint<N> gather_field(const uint32_t* p, PackUint<N> index, uint32_t stride) {
    if (uniform(index)) return PackUint<N>(p[lane(index, 0) * stride]);
    return gather(p, index * stride);
}

#ifdef __AVX2__
struct QuadRows {
    __m256 x, y, z, w;
};
// Four words from word `index` of p on: eight loads and a transpose, in place of four gathers.
JUGGLER_FN QuadRows gather_quad_words(const void* p, PackUint<8> index) {
    const auto* words = static_cast<const char*>(p);
    alignas(32) uint32_t i[8];
    __builtin_memcpy(i, &index.v, sizeof i);
    const auto row = [&](int k) __attribute__((always_inline)) {
        const __m128 low = _mm_loadu_ps(reinterpret_cast<const float*>(words + size_t(4) * i[k]));
        const __m128 high =
            _mm_loadu_ps(reinterpret_cast<const float*>(words + size_t(4) * i[k + 4]));
        return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
    };
    const __m256 r0 = row(0), r1 = row(1), r2 = row(2), r3 = row(3);
    const __m256 xy01 = _mm256_unpacklo_ps(r0, r1), xy23 = _mm256_unpacklo_ps(r2, r3);
    const __m256 zw01 = _mm256_unpackhi_ps(r0, r1), zw23 = _mm256_unpackhi_ps(r2, r3);
    return {_mm256_shuffle_ps(xy01, xy23, 0x44), _mm256_shuffle_ps(xy01, xy23, 0xee),
            _mm256_shuffle_ps(zw01, zw23, 0x44), _mm256_shuffle_ps(zw01, zw23, 0xee)};
}
#endif
// Lanes mostly look at the same instance, mesh, geometry and material: then one load serves all.
template <class Record, int N>
JUGGLER_FN Rows<Record, PackFloat<N>> gather_record(const Record* array, PackUint<N> index,
                                                    uint32_t stride = sizeof(Record) / 4) {
    constexpr uint32_t count = sizeof(Rows<Record, PackFloat<N>>) / (4 * N);
    static_assert(count % 4 == 0 && 4 * count <= sizeof(Record));
    const auto* words = reinterpret_cast<const char*>(array);
    Rows<Record, PackFloat<N>> rows;
    const auto put = [&](uint32_t k, const auto& row) __attribute__((always_inline)) {
        static_assert(sizeof row == 4 * N);
        store_words(reinterpret_cast<char*>(&rows) + k * (4 * N), row);
    };
    if (uniform(index)) {
        const char* entry = words + size_t(4) * stride * lane(index, 0);
        for (uint32_t k = 0; k < count; ++k) {
            uint32_t word;
            __builtin_memcpy(&word, entry + 4 * k, 4);
            put(k, PackUint<N>(word));
        }
        return rows;
    }
    const PackUint<N> first = index * stride;
#ifdef __AVX2__
    if constexpr (N == 8) {
        for (uint32_t k = 0; k < count; k += 4) {
            const QuadRows four = gather_quad_words(words + 4 * k, first);
            put(k, four.x);
            put(k + 1, four.y);
            put(k + 2, four.z);
            put(k + 3, four.w);
        }
        return rows;
    }
#endif
    for (uint32_t k = 0; k < count; ++k)
        put(k, gather(reinterpret_cast<const uint32_t*>(words) + k, first));
    return rows;
}
template <int N>
JUGGLER_FN Triple<PackFloat<N>> gather_triple(const float* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        using Float = typename VectorTypes<8>::Float;
        const QuadRows t = gather_quad_words(p, i);
        return {(Float)t.x, (Float)t.y, (Float)t.z};
    }
#endif
    return {gather(p, i), gather(p + 1, i), gather(p + 2, i)};
}
template <int N>
JUGGLER_FN Triple<PackUint<N>> gather_triple(const uint32_t* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        using Words = typename VectorTypes<8>::Uint;
        const QuadRows t = gather_quad_words(p, i);
        return {(Words)t.x, (Words)t.y, (Words)t.z};
    }
#endif
    return {gather(p, i), gather(p + 1, i), gather(p + 2, i)};
}

template <int N>
JUGGLER_FN Pair<PackFloat<N>> gather_pair(const float* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        using Float = typename VectorTypes<8>::Float;
        alignas(32) uint32_t at[8];
        __builtin_memcpy(at, &i.v, sizeof at);
        const auto two = [&](int a, int b) __attribute__((always_inline)) {
            double first; // two floats, which need not be aligned to eight bytes
            __builtin_memcpy(&first, p + at[a], sizeof first);
            return _mm_loadh_pi(_mm_castpd_ps(_mm_set_sd(first)),
                                reinterpret_cast<const __m64*>(p + at[b]));
        };
        const __m256 r01 = _mm256_insertf128_ps(_mm256_castps128_ps256(two(0, 1)), two(4, 5), 1);
        const __m256 r23 = _mm256_insertf128_ps(_mm256_castps128_ps256(two(2, 3)), two(6, 7), 1);
        return {(Float)_mm256_shuffle_ps(r01, r23, 0x88), (Float)_mm256_shuffle_ps(r01, r23, 0xdd)};
    }
#endif
    return {gather(p, i), gather(p + 1, i)};
}
template <int N>
JUGGLER_FN Quad<PackFloat<N>> gather_quad(const float* p, PackUint<N> i) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        using Float = typename VectorTypes<8>::Float;
        const QuadRows t = gather_quad_words(p, i);
        return {(Float)t.x, (Float)t.y, (Float)t.z, (Float)t.w};
    }
#endif
    return {gather(p, i), gather(p + 1, i), gather(p + 2, i), gather(p + 3, i)};
}

template <int N>
JUGGLER_FN float lane(PackFloat<N> x, int i) {
    return x.v[i];
}
template <int N>
JUGGLER_FN uint32_t lane(PackUint<N> x, int i) {
    return x.v[i];
}

// The same of a pack that lies in memory, without loading the rest.
template <int N>
JUGGLER_FN float lane_in_memory(const PackFloat<N>& x, int i) {
    float value;
    __builtin_memcpy(&value, reinterpret_cast<const char*>(&x) + 4 * i, 4);
    return value;
}
template <int N>
JUGGLER_FN uint32_t lane_in_memory(const PackUint<N>& x, int i) {
    uint32_t value;
    __builtin_memcpy(&value, reinterpret_cast<const char*>(&x) + 4 * i, 4);
    return value;
}

// Lane j of all 16 rows goes to the 64 bytes at `to` + 64 j, in order; four by four, transposed.
template <int N>
JUGGLER_FN void store_columns(const PackFloat<N> (&rows)[16], char* to) {
    using Four = typename VectorTypes<4>::Float;
    for (int first = 0; first < N; first += 4)
        for (int row = 0; row < 16; row += 4) {
            Four r[4];
            for (int k = 0; k < 4; ++k)
                __builtin_memcpy(&r[k], reinterpret_cast<const char*>(&rows[row + k]) + 4 * first,
                                 16);
            const Four ab_low = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
            const Four ab_high = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
            const Four cd_low = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
            const Four cd_high = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
            const Four columns[4] = {__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
                                     __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
                                     __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                                     __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
            for (int k = 0; k < 4; ++k)
                __builtin_memcpy(to + 64 * (first + k) + 4 * row, &columns[k], 16);
        }
}

} // namespace juggler::inline JUGGLER_ISA

#ifdef __aarch64__
#include "kernels/pack_neon.h"
#endif
