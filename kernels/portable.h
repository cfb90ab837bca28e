// The dialect of kernel code: what a function that every backend compiles looks like.
//
// JUGGLER_FN is `static inline` on purpose. With plain `inline`, a file built for AVX2 and one
// built for the baseline would share one copy of a function, and the linker might keep the AVX2
// one for both. For the same reason every kernel header but views.h sits in a namespace named
// after the unit's instruction set: `namespace juggler::inline JUGGLER_ISA { ... }`.
#pragma once

#ifdef __CUDACC__
#define JUGGLER_FN __host__ __device__ static __forceinline__
#else
#define JUGGLER_FN [[gnu::always_inline]] static inline
#endif

// For functions too large, or too cold, to be copied into every caller.
#ifdef __CUDACC__
#define JUGGLER_FN_LARGE __host__ __device__ static __forceinline__
#else
#define JUGGLER_FN_LARGE [[maybe_unused]] static
#endif

#ifndef JUGGLER_ISA
#define JUGGLER_ISA baseline
#endif

// What the unit's kernels know of SceneFeatures: those of scenes that have no more take fewer
// registers.
#ifndef JUGGLER_FEATURES
#define JUGGLER_FEATURES features_all
#endif

// Constructors of packs.
#define JUGGLER_PACK_FN [[gnu::always_inline]] inline

// What walks do, for a program that counts it (bench/visits_bench.cpp); nothing elsewhere.
#ifndef JUGGLER_COUNT
#define JUGGLER_COUNT(what)
#endif
