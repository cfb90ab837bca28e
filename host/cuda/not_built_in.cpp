#include "host/cuda/runtime.h"

namespace juggler::cuda {

const Installation* built_in() { return nullptr; }

} // namespace juggler::cuda
