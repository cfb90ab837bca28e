// The whole program on a simulated GPU: what the backend is built on ends here instead of in the
// toolkit. Variables set what a test wants:
//   JUGGLER_SIMULATED_KIB=N      memory of the device
//   JUGGLER_SIMULATED_FAIL=K:S   call K, from 0, gives status S
//   JUGGLER_SIMULATED_CALLS=1    tells the number of calls at the end
#include "host/cli/commands.h"
#include "host/cuda/runtime.h"
#include "tests/cuda/failing_runtime.h"
#include "tests/cuda/fiber_executor.h"
#include "tests/cuda/simulated_runtime.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace juggler::cuda {
namespace {

size_t variable(const char* name, size_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct SimulatedGpu {
    test::FiberExecutor executor;
    test::SimulatedRuntime device;
    test::FailingRuntime runtime;
    Installation installation;

    explicit SimulatedGpu(const test::SimulatedRuntime::Options& options, size_t fail_at,
                          Status status)
        : device(executor, options),
          runtime(device, fail_at, status), installation{runtime, executor.kernels()} {}
};

SimulatedGpu& gpu() {
    test::SimulatedRuntime::Options options;
    options.seed = 3;
    options.memory_bytes = variable("JUGGLER_SIMULATED_KIB", 1 << 20) << 10;
    options.real_time = true;
    const char* fail = std::getenv("JUGGLER_SIMULATED_FAIL");
    const char* status = fail != nullptr ? std::strchr(fail, ':') : nullptr;
    static SimulatedGpu gpu(options, variable("JUGGLER_SIMULATED_FAIL", SIZE_MAX),
                            status != nullptr ? std::atoi(status + 1) : 0);
    return gpu;
}

} // namespace

const Installation* built_in() { return &gpu().installation; }

} // namespace juggler::cuda

int main(int argc, char** argv) {
    const int exit = juggler::run_program(argc, argv);
    auto& gpu = juggler::cuda::gpu();
    if (!gpu.device.complaint().empty()) {
        std::fprintf(stderr, "complaint: %s\n", gpu.device.complaint().c_str());
        return 99;
    }
    if (!gpu.runtime.failed() && gpu.device.alive() != 0) {
        std::fprintf(stderr, "complaint: %zu things were not given back\n", gpu.device.alive());
        return 99;
    }
    if (std::getenv("JUGGLER_SIMULATED_CALLS") != nullptr)
        std::fprintf(stderr, "calls: %zu\n", gpu.runtime.calls().size());
    return exit;
}
