#define JUGGLER_ISA avx512
#include "bench/embree_wave.h"

namespace juggler {

EmbreeUnit embree_unit_avx512() { return make_embree_unit<16, 16>(wave_unit_avx512()); }

} // namespace juggler
