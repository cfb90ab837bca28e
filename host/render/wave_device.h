// The backends that run the wavefront: `simd` on one thread, `openmp` on all.
#pragma once

#include "host/render/backend.h"

#include <memory>

namespace juggler {

// Throw Error(Exit::backend) for an instruction set this processor lacks, Error(Exit::usage) for
// one nobody has.
std::unique_ptr<Device> open_simd(const DeviceOptions& options);
std::unique_ptr<Device> open_openmp(const DeviceOptions& options);

} // namespace juggler
