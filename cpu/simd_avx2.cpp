// Eight lanes of AVX2.
#define JUGGLER_ISA avx2
#include "cpu/wavefront.h"

namespace juggler {

WaveUnit wave_unit_avx2() { return make_wave_unit<8, 8, WideWalker<8>>("avx2"); }

} // namespace juggler
