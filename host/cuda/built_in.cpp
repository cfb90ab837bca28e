// The runtime of the CUDA toolkit, behind our interface. No other file includes its headers.
#include "host/cuda/entries.h"
#include "host/cuda/runtime.h"

#include <cuda_runtime_api.h>

JUGGLER_RENDER_ENTRIES(JUGGLER_DECLARE_ENTRY, device)
JUGGLER_FRAME_ENTRIES(JUGGLER_DECLARE_ENTRY, device)
JUGGLER_RENDER_ENTRIES(JUGGLER_DECLARE_ENTRY, device_common)

namespace juggler::cuda {
namespace {

class NvidiaRuntime : public Runtime {
public:
    Status driver_version(int& version) override { return cudaDriverGetVersion(&version); }
    Status runtime_version(int& version) override { return cudaRuntimeGetVersion(&version); }
    Status device_count(int& count) override { return cudaGetDeviceCount(&count); }

    Status device_facts(int device, DeviceFacts& facts) override {
        cudaDeviceProp properties{};
        const Status status = cudaGetDeviceProperties(&properties, device);
        if (status != success) return status;
        facts = {properties.name,
                 properties.major,
                 properties.minor,
                 properties.totalGlobalMem,
                 properties.multiProcessorCount,
                 false};
        int limited = 0;
        const Status asked = cudaDeviceGetAttribute(&limited, cudaDevAttrKernelExecTimeout, device);
        facts.limits_run_time = limited != 0;
        return asked;
    }

    Status select_device(int device) override { return cudaSetDevice(device); }
    Status memory_info(size_t& free, size_t& total) override {
        return cudaMemGetInfo(&free, &total);
    }

    Status function_facts(const void* kernel, uint32_t block_threads,
                          FunctionFacts& facts) override {
        cudaFuncAttributes attributes{};
        const Status status = cudaFuncGetAttributes(&attributes, kernel);
        if (status != success) return status;
        facts = {attributes.numRegs, attributes.localSizeBytes, attributes.sharedSizeBytes,
                 attributes.maxThreadsPerBlock, 0};
        return cudaOccupancyMaxActiveBlocksPerMultiprocessor(
            &facts.blocks_per_multiprocessor, kernel, static_cast<int>(block_threads), 0);
    }

    Status allocate(size_t bytes, void*& memory) override { return cudaMalloc(&memory, bytes); }
    Status release(void* memory) override { return cudaFree(memory); }
    Status allocate_pinned(size_t bytes, void*& memory) override {
        return cudaHostAlloc(&memory, bytes, cudaHostAllocDefault);
    }
    Status release_pinned(void* memory) override { return cudaFreeHost(memory); }

    Status create_stream(bool urgent, StreamHandle& stream) override {
        int least = 0, greatest = 0;
        const Status status = cudaDeviceGetStreamPriorityRange(&least, &greatest);
        if (status != success) return status;
        return cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking,
                                            urgent ? greatest : least);
    }
    Status destroy_stream(StreamHandle stream) override { return cudaStreamDestroy(stream); }
    Status synchronize(StreamHandle stream) override { return cudaStreamSynchronize(stream); }
    Status create_event(EventHandle& event) override { return cudaEventCreate(&event); }
    Status destroy_event(EventHandle event) override { return cudaEventDestroy(event); }
    Status record(EventHandle event, StreamHandle stream) override {
        return cudaEventRecord(event, stream);
    }
    Status wait(StreamHandle stream, EventHandle event) override {
        return cudaStreamWaitEvent(stream, event, 0);
    }
    Status query(EventHandle event) override { return cudaEventQuery(event); }
    Status elapsed_ms(EventHandle begin, EventHandle end, float& ms) override {
        return cudaEventElapsedTime(&ms, begin, end);
    }

    Status copy(void* to, const void* from, size_t bytes, StreamHandle stream) override {
        return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream);
    }
    Status fill(void* memory, int byte, size_t bytes, StreamHandle stream) override {
        return cudaMemsetAsync(memory, byte, bytes, stream);
    }
    Status launch(const void* kernel, Grid blocks, uint32_t block_threads, void* argument, size_t,
                  StreamHandle stream) override {
        void* arguments[] = {argument};
        return cudaLaunchKernel(kernel, dim3(blocks.x, blocks.y), dim3(block_threads), arguments, 0,
                                stream);
    }

    Status last_error() override { return cudaGetLastError(); }
    std::string describe(Status status) override {
        const auto error = static_cast<cudaError_t>(status);
        return std::string(cudaGetErrorString(error)) + " (" + cudaGetErrorName(error) + ")";
    }
};

} // namespace

const Installation* built_in() {
    static NvidiaRuntime runtime;
    static const Installation installation{runtime, JUGGLER_KERNELS_OF(device, device_common)};
    return &installation;
}

} // namespace juggler::cuda
