// Random numbers as a function of (seed, frame, pixel, sample, dimension) and nothing else.
// Shuffled, Owen-scrambled Sobol (Burley 2020, "Practical Hash-based Owen Scrambling"), padded two
// dimensions at a time; the scrambling hash is Laine and Karras (2011) with Burley's constants.
#pragma once

#include "kernels/lane.h"

namespace juggler::inline JUGGLER_ISA {

// A 32-bit mixer (Wang/Jenkins family; Ellis 2018, "lowbias32").
template <class U>
JUGGLER_FN U hash32(U x) {
    x = x ^ (x >> 16);
    x = x * U(0x7feb352du);
    x = x ^ (x >> 15);
    x = x * U(0x846ca68bu);
    x = x ^ (x >> 16);
    return x;
}
template <class U>
JUGGLER_FN U hash_combine(U seed, U value) {
    return hash32(seed ^ (value * U(0x9e3779b9u) + U(0x85ebca6bu)));
}

// The upper half of the 64-bit product.
template <class U>
JUGGLER_FN U multiply_high(U a, U b) {
    const U a0 = a & U(0xffffu), a1 = a >> 16, b0 = b & U(0xffffu), b1 = b >> 16;
    const U middle = a1 * b0 + ((a0 * b0) >> 16);
    const U other = a0 * b1 + (middle & U(0xffffu));
    return (a1 * b1 + (middle >> 16)) + (other >> 16);
}

// 24 bits as a float in [0, 1).
template <class F>
JUGGLER_FN F unit_float(Uint<F> x) {
    return int_to_float(x >> 8) * F(5.9604644775390625e-8f);
}

// A permutation in which each bit depends only on lower bits: Owen's scrambling, bit-reversed.
template <class U>
JUGGLER_FN U scramble_reversed(U x, U seed) {
    x = x + seed;
    x = x ^ (x * U(0x6c50b47cu));
    x = x ^ (x * U(0xb82f1e52u));
    x = x ^ (x * U(0xc7afe638u));
    x = x ^ (x * U(0x8d22f6e6u));
    return x;
}

// The second Sobol dimension of index i, bit-reversed: its generator matrix is Pascal's triangle
// modulo 2, a Kronecker power of [1 1; 0 1], so five butterfly steps apply it.
template <class U>
JUGGLER_FN U sobol_second_reversed(U i) {
    i = i ^ ((i & U(0xaaaaaaaau)) >> 1);
    i = i ^ ((i & U(0xccccccccu)) >> 2);
    i = i ^ ((i & U(0xf0f0f0f0u)) >> 4);
    i = i ^ ((i & U(0xff00ff00u)) >> 8);
    i = i ^ (i >> 16);
    return i;
}

// Which sequence a path draws from: one key a pixel, the same for all its samples.
JUGGLER_FN uint32_t frame_key(uint32_t seed, uint32_t frame) {
    return hash_combine(hash32(seed), frame);
}
template <class U>
JUGGLER_FN U pixel_key(uint32_t frame_hash, U pixel) {
    return hash_combine(U(frame_hash), pixel);
}

template <class F>
struct Sample2 {
    F x, y;
};
template <class U>
struct Bits2 {
    U x, y;
};

// Dimensions 2 * pair and 2 * pair + 1 of sample `index` of the sequence `key`: all 32 bits of
// them, as fractions of 2^32.
template <class U>
JUGGLER_FN Bits2<U> sample_2d_bits(U key, U index, U pair) {
    const U seed = hash_combine(key, pair);
    // The index order is scrambled, so that the pairs of dimensions are independent of each other.
    const U shuffled = reverse_bits(scramble_reversed(reverse_bits(index), seed));
    // Index and Sobol value are each other's reversals in the first dimension.
    const U x = reverse_bits(scramble_reversed(shuffled, seed * U(0x9e3779b1u) + U(1)));
    const U y = reverse_bits(
        scramble_reversed(sobol_second_reversed(shuffled), seed * U(0x85ebca77u) + U(3)));
    return {x, y};
}
// The same in [0, 1), as precise as a float can say.
template <class F>
JUGGLER_FN Sample2<F> sample_2d(Uint<F> key, Uint<F> index, Uint<F> pair) {
    const Bits2<Uint<F>> bits = sample_2d_bits(key, index, pair);
    return {unit_float<F>(bits.x), unit_float<F>(bits.y)};
}

} // namespace juggler::inline JUGGLER_ISA
