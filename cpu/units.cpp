#include "cpu/units.h"

namespace juggler {
namespace {

constexpr InstructionSet table[] = {
    {"baseline", "nothing beyond the architecture", [] { return true; }, wave_unit_baseline},
#ifdef JUGGLER_X86
    {"avx2", "AVX2, BMI2 and FMA", // FMA comes with the compiler's -march; no fused operation runs
     [] {
         return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                __builtin_cpu_supports("fma");
     },
     wave_unit_avx2},
#endif
#ifdef JUGGLER_AVX512
    {"avx512", "AVX-512 F, BW, DQ and VL",
     [] {
         return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
     },
     wave_unit_avx512},
#endif
#ifdef JUGGLER_ARM64
    {"neon", "NEON, which every AArch64 has", [] { return true; }, wave_unit_neon},
#endif
};

} // namespace

std::span<const InstructionSet> instruction_sets() { return table; }

const InstructionSet& best_instruction_set() {
    const InstructionSet* best = &table[0];
    for (const InstructionSet& set : table)
        if (set.supported()) best = &set;
    return *best;
}

} // namespace juggler
