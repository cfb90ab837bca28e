#define JUGGLER_ISA avx2
#include "bench/embree_wave.h"

namespace juggler {

EmbreeUnit embree_unit_avx2() { return make_embree_unit<8, 8>(wave_unit_avx2()); }

} // namespace juggler
