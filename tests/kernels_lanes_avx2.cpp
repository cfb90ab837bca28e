// The lane tests' kernels for AVX2, compiled as the instruction-set units are.
#include "tests/support/lanes.h"

namespace juggler::test {

LaneFunctions lanes_avx2() {
    return {"AVX2, 8 lanes", lane_values<PackFloat<8>>, lane_paths<PackFloat<8>>};
}

} // namespace juggler::test
