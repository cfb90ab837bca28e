// The lane layer: the verbs kernels are written in, for one lane (`float`). kernels/pack.h has the
// same verbs for several lanes. A kernel is a template over the lane type F; Uint<F> and Mask<F>
// are the integers and truth values of as many lanes.
#pragma once

#include "kernels/portable.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct LaneTraits;
template <>
struct LaneTraits<float> {
    using U = uint32_t;
    using M = bool;
    static constexpr int lanes = 1;
};
template <class F>
using Uint = typename LaneTraits<F>::U;
template <class F>
using Mask = typename LaneTraits<F>::M;

JUGGLER_FN float select(bool m, float a, float b) { return m ? a : b; }
JUGGLER_FN uint32_t select(bool m, uint32_t a, uint32_t b) { return m ? a : b; }
JUGGLER_FN bool any(bool m) { return m; }
JUGGLER_FN bool all(bool m) { return m; }

// The x86 rule, on every machine: `b` if either is NaN, `b` if they are equal.
template <class F>
JUGGLER_FN F min(F a, F b) {
    return select(a < b, a, b);
}
template <class F>
JUGGLER_FN F max(F a, F b) {
    return select(a > b, a, b);
}
template <class F>
JUGGLER_FN F clamp(F x, F lo, F hi) {
    return min(max(x, lo), hi);
}

JUGGLER_FN float square_root(float x) {
#ifdef __CUDA_ARCH__
    return sqrtf(x);
#else
    return __builtin_sqrtf(x);
#endif
}

JUGGLER_FN uint32_t as_uint(float x) {
#ifdef __CUDA_ARCH__
    return __float_as_uint(x);
#else
    uint32_t u;
    std::memcpy(&u, &x, sizeof u);
    return u;
#endif
}
JUGGLER_FN float as_float(uint32_t x) {
#ifdef __CUDA_ARCH__
    return __uint_as_float(x);
#else
    float f;
    std::memcpy(&f, &x, sizeof f);
    return f;
#endif
}

// |x| < 2^31; towards zero; negative values wrap as two's complement.
JUGGLER_FN uint32_t truncate_to_int(float x) {
    return static_cast<uint32_t>(static_cast<int32_t>(x));
}
// x is read as a signed integer.
JUGGLER_FN float int_to_float(uint32_t x) { return static_cast<float>(static_cast<int32_t>(x)); }

// Swaps bits within bytes; for reverse_bits.
template <class U>
JUGGLER_FN U reverse_bits_of_bytes(U x) {
    x = ((x >> 1) & U(0x55555555u)) | ((x & U(0x55555555u)) << 1);
    x = ((x >> 2) & U(0x33333333u)) | ((x & U(0x33333333u)) << 2);
    return ((x >> 4) & U(0x0f0f0f0fu)) | ((x & U(0x0f0f0f0fu)) << 4);
}
JUGGLER_FN uint32_t reverse_bits(uint32_t x) {
#ifdef __CUDA_ARCH__
    return __brev(x);
#else
    return __builtin_bswap32(reverse_bits_of_bytes(x));
#endif
}

JUGGLER_FN float gather(const float* p, uint32_t i) { return p[i]; }
JUGGLER_FN uint32_t gather(const uint32_t* p, uint32_t i) { return p[i]; }

// Word `index` * `stride` after p.
JUGGLER_FN float gather_field(const float* p, uint32_t index, uint32_t stride) {
    return p[index * stride];
}
JUGGLER_FN uint32_t gather_field(const uint32_t* p, uint32_t index, uint32_t stride) {
    return p[index * stride];
}
// Field `field` of entry `index` of an array of structs made of 32-bit words.
#define JUGGLER_FIELD(array, index, field)                                                         \
    gather_field(&(array)->field, index, static_cast<uint32_t>(sizeof(*(array)) / 4))

// Entry `index` of an array of structs made of 32-bit words, `stride` words apart, all of its
// fields at once: for one lane the entry itself, for several a struct of the same field names,
// given by RowsOf<Record, F>, whose fields are rows; it may leave out the last fields.
template <class Record, class F>
struct RowsOf;
template <class Record>
struct RowsOf<Record, float> {
    using type = const Record&;
};
template <class Record, class F>
using Rows = typename RowsOf<Record, F>::type;
template <class Record>
JUGGLER_FN Rows<Record, float> gather_record(const Record* array, uint32_t index,
                                             uint32_t stride = sizeof(Record) / 4) {
    return *reinterpret_cast<const Record*>(reinterpret_cast<const char*>(array) +
                                            size_t(4) * stride * index);
}

// Three consecutive words. For several lanes the word after them is read, too, so arrays that are
// read by threes have a word more at their end.
template <class T>
struct Triple {
    T x, y, z;
};
JUGGLER_FN Triple<float> gather_triple(const float* p, uint32_t i) {
    return {p[i], p[i + 1], p[i + 2]};
}
JUGGLER_FN Triple<uint32_t> gather_triple(const uint32_t* p, uint32_t i) {
    return {p[i], p[i + 1], p[i + 2]};
}
// Two and four.
template <class T>
struct Pair {
    T x, y;
};
JUGGLER_FN Pair<float> gather_pair(const float* p, uint32_t i) { return {p[i], p[i + 1]}; }
template <class T>
struct Quad {
    T x, y, z, w;
};
JUGGLER_FN Quad<float> gather_quad(const float* p, uint32_t i) {
    return {p[i], p[i + 1], p[i + 2], p[i + 3]};
}

template <class F>
JUGGLER_FN F absolute(F x) {
    return as_float(as_uint(x) & Uint<F>(0x7fffffffu));
}
// `magnitude`, at least 0, with the sign of `sign`.
template <class F>
JUGGLER_FN F with_sign(F magnitude, F sign) {
    return as_float(as_uint(magnitude) | (as_uint(sign) & Uint<F>(0x80000000u)));
}
// Greatest whole number not above x; |x| < 2^31.
template <class F>
JUGGLER_FN F round_down(F x) {
    const F whole = int_to_float(truncate_to_int(x));
    return select(whole > x, whole - F(1), whole);
}

} // namespace juggler::inline JUGGLER_ISA
