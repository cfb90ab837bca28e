// NEON: paths in packs of four lanes, a tree of eight children a node, two registers.
#define JUGGLER_ISA neon
#include "cpu/wavefront.h"

namespace juggler {

WaveUnit wave_unit_neon() { return make_wave_unit<4, 8, WideWalker<8>>("neon"); }

} // namespace juggler
