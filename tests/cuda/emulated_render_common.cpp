// The kernels for scenes without rare materials as plain C++.
#include "tests/cuda/builtins.h"

#include "kernels/render_common.cu" // NOLINT: the very file
