#include "host/cuda/machine.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

namespace juggler::cuda {
namespace {

constexpr uint64_t headroom = uint64_t(128) << 20; // left to the driver and to others

std::string version_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string no_devices_text() {
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (visible != nullptr)
        return std::string("no GPU is visible: CUDA_VISIBLE_DEVICES is '") + visible + "'";
    return "no NVIDIA GPU was found";
}

std::string old_driver_text(Runtime& runtime) {
    int driver = 0, wanted = 0;
    (void)runtime.driver_version(driver);
    (void)runtime.runtime_version(wanted);
    if (driver == 0)
        return "there is no NVIDIA driver here; install one for CUDA " + version_text(wanted) +
               " or newer";
    return "the NVIDIA driver supports CUDA up to " + version_text(driver) + ", this build needs " +
           version_text(wanted) + "; update the driver";
}

// Why our code cannot run on the device selected; empty if it can.
std::string reason_against_device(Runtime& runtime, const Kernels& kernels,
                                  const DeviceFacts& facts) {
    std::vector<const void*> entries{kernels.resolve_mean, kernels.refit_leaves,
                                     kernels.refit_nodes};
    for (const RenderKernels& set : {kernels.all, kernels.common})
        entries.insert(entries.end(), {set.pixels, set.pixels_merged, set.pixels_compressed,
                                       set.wave_shade, set.wave_closest, set.wave_shadow,
                                       set.wave_closest_compressed, set.wave_shadow_compressed});
    for (const void* kernel : entries) {
        FunctionFacts function;
        const Status status = runtime.function_facts(kernel, 1, function);
        if (status == success) continue;
        (void)runtime.last_error();
        if (status == no_kernel_image || status == invalid_device_function ||
            status == unsupported_ptx || status == jit_compiler_not_found)
            return "this build has no code for " + facts.name + " (compute capability " +
                   std::to_string(facts.major) + "." + std::to_string(facts.minor) +
                   "); build with -DCMAKE_CUDA_ARCHITECTURES=" + std::to_string(facts.major) +
                   std::to_string(facts.minor);
        return facts.name + " does not answer: " + runtime.describe(status);
    }
    return "";
}

std::string device_text(const DeviceFacts& facts, int driver) {
    return facts.name + ", " + std::to_string(facts.memory_bytes >> 20) +
           " MiB, compute capability " + std::to_string(facts.major) + "." +
           std::to_string(facts.minor) + ", driver for CUDA " + version_text(driver);
}

const Installation& checked(const Installation& installation, int device) {
    Runtime& runtime = installation.runtime;
    int count = 0;
    check(runtime, runtime.device_count(count), "count the GPUs");
    if (device < 0 || device >= count)
        throw Error(Exit::backend, "use --device " + std::to_string(device) + ": there " +
                                       (count == 1 ? "is one, 0" : "are " + std::to_string(count)) +
                                       "; `juggler devices` lists them");
    return installation;
}

} // namespace

std::string reason_against(const Installation* installation) {
    if (installation == nullptr)
        return "this build has none; install the CUDA toolkit (nvcc 12 or newer) and build again";
    Runtime& runtime = installation->runtime;
    // The count is only written on success.
    int count = 0;
    Status status = runtime.device_count(count);
    if (status != success) (void)runtime.last_error();
    if (status == insufficient_driver) return old_driver_text(runtime);
    if (status == no_device || (status == success && count == 0)) return no_devices_text();
    if (status != success) return "the GPU does not answer: " + runtime.describe(status);
    DeviceFacts facts;
    status = runtime.device_facts(0, facts);
    if (status == success) status = runtime.select_device(0);
    if (status == success) return reason_against_device(runtime, installation->kernels, facts);
    (void)runtime.last_error();
    return "the GPU does not answer: " + runtime.describe(status);
}

std::string describe_devices(const Installation& installation) {
    Runtime& runtime = installation.runtime;
    int count = 0, driver = 0;
    check(runtime, runtime.device_count(count), "count the GPUs");
    check(runtime, runtime.driver_version(driver), "ask for the driver's version");
    std::string text;
    for (int device = 0; device < count; ++device) {
        DeviceFacts facts;
        check(runtime, runtime.device_facts(device, facts), "ask what the GPU is");
        if (device > 0) text += "; ";
        if (count > 1) text += std::to_string(device) + ": ";
        text += device_text(facts, driver);
    }
    return text;
}

Machine::Machine(const Installation& installation, const MachineOptions& options)
    : runtime_(checked(installation, options.device).runtime), kernels_(installation.kernels),
      options_(options),
      staging_((select(), runtime_), options.staging_bytes / 2 * 2), sent_{Event(runtime_),
                                                                           Event(runtime_)},
      up_(runtime_), compute_(runtime_), down_(runtime_, Urgency::urgent), pin_(runtime_),
      spare_pin_(runtime_) {
    check(runtime_, runtime_.device_facts(options.device, facts_), "ask what the GPU is");
    const std::string reason = reason_against_device(runtime_, kernels_, facts_);
    if (!reason.empty()) throw Error(Exit::backend, "use the backend 'cuda': " + reason);
    for (const Event& event : sent_)
        up_.record(event);
    pin_clocks();
}

// The device has nothing else to do, so it gets to an event at once; the host may be held up.
void Machine::pin_clocks() {
    using Clock = std::chrono::steady_clock;
    Clock::duration best = Clock::duration::max();
    for (int turn = 0; turn < 3; ++turn) {
        const Clock::time_point before = Clock::now();
        compute_.record(spare_pin_);
        await(spare_pin_);
        const Clock::duration taken = Clock::now() - before;
        if (taken >= best) continue;
        best = taken;
        pinned_at_ = before + taken / 2;
        std::swap(pin_, spare_pin_);
    }
}

std::string Machine::driver() const {
    int version = 0;
    check(runtime_, runtime_.driver_version(version), "ask for the driver's version");
    return "CUDA " + version_text(version);
}

uint64_t Machine::free_memory() const {
    size_t free = 0, total = 0;
    check(runtime_, runtime_.memory_info(free, total), "ask for the GPU's free memory");
    return free > headroom ? free - headroom : 0;
}

std::chrono::steady_clock::time_point Machine::time_of(const Event& event) const {
    float ms = 0;
    check(runtime_, runtime_.elapsed_ms(pin_.get(), event.get(), ms), "read times from the GPU");
    const std::chrono::duration<double, std::milli> since(ms);
    return pinned_at_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(since);
}

void Machine::select() const {
    check(runtime_, runtime_.select_device(options_.device), "use the GPU");
}

void Machine::require_memory(uint64_t bytes, const std::string& what) const {
    size_t free = 0, total = 0;
    check(runtime_, runtime_.memory_info(free, total), "ask for the GPU's free memory");
    if (bytes + headroom <= free) return;
    throw Error(Exit::backend, "keep " + what + " on " + facts_.name + ": it takes " +
                                   megabytes(bytes) + ", and " + megabytes(free) + " of " +
                                   megabytes(total) +
                                   " are free; close other programs on the GPU, or take a backend "
                                   "of the CPU, such as -b openmp");
}

uint32_t Machine::resident_blocks(const void* kernel, uint32_t block_threads) const {
    FunctionFacts facts;
    check(runtime_, runtime_.function_facts(kernel, block_threads, facts),
          "ask for a kernel on the GPU");
    return static_cast<uint32_t>(
        std::max(1, facts.blocks_per_multiprocessor * facts_.multiprocessors));
}

void Machine::await(const Event& event) const {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point deadline = Clock::now() + options_.patience;
    for (int turn = 0; !event.reached(); ++turn) {
        // Short work is over before a sleep would be.
        if (turn < 100)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        if (Clock::now() < deadline) continue;
        runtime_.lost = true;
        throw CudaError(Exit::failed, not_ready,
                        "finish work on " + facts_.name + ": it has not answered for " +
                            std::to_string(options_.patience.count() / 1000) + " s");
    }
}

void Machine::launch_any(const void* kernel, Grid blocks, uint32_t block_threads, void* task,
                         size_t task_bytes, const Stream& stream, const char* name) const {
    const std::string doing = std::string("launch ") + name + " on the GPU";
    check(runtime_, runtime_.launch(kernel, blocks, block_threads, task, task_bytes, stream.get()),
          doing);
    check(runtime_, runtime_.last_error(), doing);
}

void Machine::send(std::span<const ByteRange> ranges, const Reading& read, std::byte* to) {
    constexpr size_t alignment = 256; // of copies, for their speed
    const size_t staging_half = staging_.size() / 2;
    const std::lock_guard lock(sending_);
    size_t turn = 0, used = 0;
    for (const ByteRange& range : ranges)
        for (size_t at = range.begin; at < range.end;) {
            if (used == 0) await(sent_[turn % 2]);
            std::byte* from = staging_.data() + turn % 2 * staging_half + used;
            const size_t end = std::min(range.end, at + (staging_half - used));
            read(at, end, from);
            check(runtime_, runtime_.copy(to + at, from, end - at, up_.get()),
                  "copy the scene to the GPU");
            used += (end - at + alignment - 1) / alignment * alignment;
            at = end;
            if (used < staging_half) continue;
            up_.record(sent_[turn++ % 2]);
            used = 0;
        }
    if (used > 0) up_.record(sent_[turn % 2]);
}

} // namespace juggler::cuda
