// Sixteen lanes of AVX-512 (F, BW, DQ, VL).
#define JUGGLER_ISA avx512
#include "cpu/wavefront.h"

namespace juggler {

WaveUnit wave_unit_avx512() { return make_wave_unit<16, 16, WideWalker<16>>("avx512"); }

} // namespace juggler
