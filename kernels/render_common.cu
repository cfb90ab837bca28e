// The kernels of render.cu for scenes whose materials have nothing rare: a third of the spills. In
// a namespace of its own.
#define JUGGLER_FEATURES features_common
#include "kernels/render.cu" // NOLINT: once more
