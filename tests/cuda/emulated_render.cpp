// The kernels as plain C++.
#include "tests/cuda/builtins.h"

#include "kernels/frame.cu"  // NOLINT: the very file
#include "kernels/render.cu" // NOLINT
