// The backend `cuda`: paths as a grid of threads on a GPU.
#pragma once

#include "host/cuda/machine.h"
#include "host/render/backend.h"

namespace juggler {

// For the table of backends.
std::string cuda_unavailable();
std::string cuda_hardware();
std::unique_ptr<Device> open_cuda(const DeviceOptions& options);

namespace cuda {

std::unique_ptr<Device> open_device(const Installation& installation,
                                    const MachineOptions& options);

} // namespace cuda
} // namespace juggler
