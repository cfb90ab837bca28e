#include "host/cuda/owners.h"

namespace juggler::cuda {
namespace {

std::string advice(Status status) {
    if (status == out_of_memory)
        return "; close other programs on the GPU, make the picture or the scene smaller, or take "
               "a backend of the CPU, such as -b openmp";
    if (status == launch_timeout)
        return "; the system ends long work on a GPU that drives a display";
    if (is_lasting(status))
        return "; this run cannot use the GPU any more: if it happens again, compute-sanitizer "
               "tells where";
    return "";
}

} // namespace

void check(Runtime& runtime, Status status, const std::string& doing) {
    if (status == success) return;
    const std::string text = doing + ": " + runtime.describe(status) + advice(status);
    if (is_lasting(status)) {
        runtime.lost = true;
        throw CudaError(Exit::failed, status, text);
    }
    // Otherwise the next call that looks at the record would find it again.
    (void)runtime.last_error();
    throw CudaError(status == out_of_memory ? Exit::backend : Exit::failed, status, text);
}

} // namespace juggler::cuda
