// The walk of another version of the kernels, to be timed beside this one's.
#define JUGGLER_ISA other
#include "bench/embree_wave.h"

namespace juggler {

EmbreeUnit embree_unit_other() {
#ifdef __AVX512F__
    constexpr int lanes = 16;
#else
    constexpr int lanes = 8;
#endif
    return make_embree_unit<lanes, lanes>(make_wave_unit<lanes, lanes, WideWalker<lanes>>("other"));
}

} // namespace juggler
