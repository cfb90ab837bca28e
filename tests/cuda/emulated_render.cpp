// kernels/render.cu as plain C++.
#include "tests/cuda/builtins.h"

#include "kernels/render.cu" // NOLINT: the very file
