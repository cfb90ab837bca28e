// Four lanes of what every machine of the architecture has (SSE2, NEON), over the binary tree.
#include "cpu/wavefront.h"

namespace juggler {

WaveUnit wave_unit_baseline() { return make_wave_unit<4, 0, BinaryWalker>("baseline"); }

} // namespace juggler
