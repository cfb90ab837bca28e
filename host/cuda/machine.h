// One GPU, opened: its streams, and the memory that scenes travel through.
#pragma once

#include "host/cuda/owners.h"
#include "host/cuda/scene_memory.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>

namespace juggler::cuda {

// Why the backend cannot run, and the remedy; empty if it can, on the first device.
std::string reason_against(const Installation* installation);
// For people: name, memory, compute capability, driver; every device that can be seen.
std::string describe_devices(const Installation& installation);

// How paths are rendered (kernels/grid.h, kernels/waves.h); the pictures are the same. `fastest`:
// `merged` or `waves`, whichever takes less time for a film's first samples.
enum class RenderKernel { fastest, simple, merged, compressed, waves, waves_compressed };
struct NamedKernel {
    std::string_view name;
    RenderKernel kernel;
};
inline constexpr NamedKernel render_kernels[] = {
    {"simple", RenderKernel::simple},
    {"merged", RenderKernel::merged},
    {"compressed", RenderKernel::compressed},
    {"waves", RenderKernel::waves},
    {"waves-compressed", RenderKernel::waves_compressed},
};
constexpr bool may_go_in_waves(RenderKernel kernel) {
    return kernel == RenderKernel::fastest || kernel == RenderKernel::waves ||
           kernel == RenderKernel::waves_compressed;
}
constexpr bool walks_compressed(RenderKernel kernel) {
    return kernel == RenderKernel::compressed || kernel == RenderKernel::waves_compressed;
}

struct MachineOptions {
    int device = 0;
    RenderKernel kernel = RenderKernel::simple;
    size_t staging_bytes = size_t(8) << 20; // pinned; scenes pass through halves of it in turns
    double launch_ms = 50;                  // what a launch should take, so that stopping is quick
    uint32_t path_slots = 1 << 20;          // waves: paths under way for a film, at most
    std::chrono::milliseconds patience{60000}; // after which a GPU that does not answer is lost
};

class Machine {
public:
    // Throws Error(Exit::backend) if there is no such device or it cannot run our kernels.
    Machine(const Installation& installation, const MachineOptions& options);

    [[nodiscard]] Runtime& runtime() const noexcept { return runtime_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }
    // The smallest that know the materials of `scene`.
    [[nodiscard]] const RenderKernels& kernels_for(const SceneView& scene) const noexcept {
        const bool common = (scene.features & ~uint32_t(features_common)) == 0;
        return common ? kernels_.common : kernels_.all;
    }
    // Where there is no compressed tree, the binary one is walked.
    [[nodiscard]] bool walks_compressed(const Bvh2View& bvh) const noexcept {
        return cuda::walks_compressed(options_.kernel) && bvh.compressed.root != none;
    }
    [[nodiscard]] const void* render_kernel(const SceneView& scene,
                                            const Bvh2View& bvh) const noexcept {
        const RenderKernels& kernels = kernels_for(scene);
        if (options_.kernel == RenderKernel::simple) return kernels.pixels;
        return walks_compressed(bvh) ? kernels.pixels_compressed : kernels.pixels_merged;
    }
    // Blocks that the device works on together; at least one.
    [[nodiscard]] uint32_t resident_blocks(const void* kernel, uint32_t block_threads) const;
    [[nodiscard]] const MachineOptions& options() const noexcept { return options_; }
    [[nodiscard]] const DeviceFacts& facts() const noexcept { return facts_; }
    // What the driver supports: "CUDA 13.0".
    [[nodiscard]] std::string driver() const;
    // Device memory that can be taken.
    [[nodiscard]] uint64_t free_memory() const;

    // To be called by every thread before it uses the rest.
    void select() const;
    // Throws if `bytes` of device memory for `what` are more than is free.
    void require_memory(uint64_t bytes, const std::string& what) const;
    // Waits for what `event` recorded; throws if the GPU fails or does not answer.
    void await(const Event& event) const;
    // Queues a launch and looks whether it was accepted.
    template <class Task>
    void launch(const void* kernel, Grid blocks, uint32_t block_threads, Task task,
                const Stream& stream, const char* name) const {
        launch_any(kernel, blocks, block_threads, &task, sizeof task, stream, name);
    }
    // Copies ranges of something, which read(begin, end, to) gives, to the same places from `to`
    // on, on `up`. It may change when this returns.
    using Reading = std::function<void(size_t begin, size_t end, std::byte* to)>;
    void send(std::span<const ByteRange> ranges, const Reading& read, std::byte* to);

    // When what `event` recorded last was reached, by the host's clock. It must lie behind.
    [[nodiscard]] std::chrono::steady_clock::time_point time_of(const Event& event) const;

    // One a direction, one for kernels.
    const Stream& up() const noexcept { return up_; }
    const Stream& compute() const noexcept { return compute_; }
    const Stream& down() const noexcept { return down_; }

private:
    void pin_clocks();
    void launch_any(const void* kernel, Grid blocks, uint32_t block_threads, void* task,
                    size_t task_bytes, const Stream& stream, const char* name) const;

    Runtime& runtime_;
    Kernels kernels_;
    MachineOptions options_;
    DeviceFacts facts_;
    // Scenes are copied here piece by piece, in turns: one half is filled while the other travels.
    std::mutex sending_;
    PinnedBuffer<std::byte> staging_;
    Event sent_[2];
    Stream up_, compute_, down_;
    // One moment that both clocks know.
    Event pin_, spare_pin_;
    std::chrono::steady_clock::time_point pinned_at_{};
};

} // namespace juggler::cuda
