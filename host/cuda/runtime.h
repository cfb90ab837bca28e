// The calls of the CUDA runtime that Juggler makes, as one interface: all others go through it, so
// that tests can put another machine, or a failing one, in its place. Nothing here needs the
// toolkit's headers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

// As CUDA's own headers declare them.
struct CUstream_st;
struct CUevent_st;

namespace juggler::cuda {

using StreamHandle = CUstream_st*;
using EventHandle = CUevent_st*;

// A cudaError_t; named are those that are treated apart.
using Status = int;
inline constexpr Status success = 0;
inline constexpr Status out_of_memory = 2;
inline constexpr Status insufficient_driver = 35;
inline constexpr Status devices_unavailable = 46;
inline constexpr Status invalid_device_function = 98;
inline constexpr Status no_device = 100;
inline constexpr Status invalid_device = 101;
inline constexpr Status no_kernel_image = 209;
inline constexpr Status uncorrectable_memory = 214;
inline constexpr Status jit_compiler_not_found = 221;
inline constexpr Status unsupported_ptx = 222;
inline constexpr Status not_ready = 600;
inline constexpr Status illegal_address = 700;
inline constexpr Status launch_timeout = 702;
inline constexpr Status device_assert = 710;
inline constexpr Status hardware_stack_error = 714;
inline constexpr Status launch_failure = 719;

// After one of these the process cannot use the device again.
inline bool is_lasting(Status status) {
    return status == uncorrectable_memory || status == illegal_address ||
           status == launch_timeout || status == device_assert ||
           (status >= hardware_stack_error && status <= launch_failure);
}

struct DeviceFacts {
    std::string name;
    int major = 0, minor = 0; // compute capability
    uint64_t memory_bytes = 0;
    int multiprocessors = 0;
    bool limits_run_time = false; // it drives a display, and the system ends long launches
};

struct FunctionFacts {
    int registers = 0; // a thread
    size_t local_bytes = 0, shared_bytes = 0;
    int max_threads_per_block = 0;
    int blocks_per_multiprocessor = 0; // at the block size asked for
};

struct Grid {
    uint32_t x = 1, y = 1;
};

// Every function is the one of the CUDA runtime with the like name; results go through references.
class Runtime {
public:
    virtual ~Runtime() = default;

    virtual Status driver_version(int& version) = 0; // 13000 = 13.0; 0 = there is none
    virtual Status runtime_version(int& version) = 0;
    virtual Status device_count(int& count) = 0;
    virtual Status device_facts(int device, DeviceFacts& facts) = 0;
    virtual Status select_device(int device) = 0; // for the calling thread
    virtual Status memory_info(size_t& free, size_t& total) = 0;
    virtual Status function_facts(const void* kernel, uint32_t block_threads,
                                  FunctionFacts& facts) = 0;

    virtual Status allocate(size_t bytes, void*& memory) = 0;
    virtual Status release(void* memory) = 0;
    virtual Status allocate_pinned(size_t bytes, void*& memory) = 0;
    virtual Status release_pinned(void* memory) = 0;

    // Streams do not synchronise with the default stream; urgent ones go first.
    virtual Status create_stream(bool urgent, StreamHandle& stream) = 0;
    virtual Status destroy_stream(StreamHandle stream) = 0;
    virtual Status synchronize(StreamHandle stream) = 0;
    virtual Status create_event(EventHandle& event) = 0; // with times
    virtual Status destroy_event(EventHandle event) = 0;
    virtual Status record(EventHandle event, StreamHandle stream) = 0;
    virtual Status wait(StreamHandle stream, EventHandle event) = 0;
    virtual Status query(EventHandle event) = 0; // not_ready while it lies ahead
    virtual Status elapsed_ms(EventHandle begin, EventHandle end, float& ms) = 0;

    // These only queue; memory must live, and host memory be pinned, until the stream is past them.
    virtual Status copy(void* to, const void* from, size_t bytes, StreamHandle stream) = 0;
    virtual Status fill(void* memory, int byte, size_t bytes, StreamHandle stream) = 0;
    // `argument` is the kernel's only parameter, copied by the call.
    virtual Status launch(const void* kernel, Grid blocks, uint32_t block_threads, void* argument,
                          size_t argument_bytes, StreamHandle stream) = 0;

    // The error of an earlier call that is still on record, which this clears.
    virtual Status last_error() = 0;
    virtual std::string describe(Status status) = 0; // "out of memory (cudaErrorMemoryAllocation)"

    // Nothing will be answered any more: owners leave what they own to the end of the process.
    std::atomic<bool> lost{false};
};

// Kernels as a runtime knows them.
struct RenderKernels {
    const void* pixels;
    const void* pixels_merged;
    const void* pixels_compressed;
    const void *wave_shade, *wave_closest, *wave_shadow;
    const void *wave_closest_compressed, *wave_shadow_compressed;
};
struct Kernels {
    RenderKernels all, common; // for scenes with any materials, and with features_common at most
    const void* resolve_mean;
    const void* refit_leaves;
    const void* refit_nodes;
};

// What a build, or a test, runs the backend on.
struct Installation {
    Runtime& runtime;
    Kernels kernels;
};

// What this build brings; null if it was built without the toolkit.
const Installation* built_in();

} // namespace juggler::cuda
