// The table of backends: the only place that knows which exist.
#pragma once

#include "cpu/tiles.h"
#include "host/render/frame.h"
#include "host/scene/compile.h"
#include "kernels/views.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace juggler {

// How a running pass is watched and stopped; both may be null.
struct PassControl {
    const std::atomic<bool>* stop = nullptr;       // true: return soon (within 0.1 s)
    std::atomic<uint64_t>* samples_done = nullptr; // pixel samples finished so far, added to
    TileLog* tiles = nullptr; // simd, openmp: who renders which tile of this pass
};

struct SampleRange {
    uint32_t first, count; // samples of every pixel of the film view
};

struct DeviceOptions {
    unsigned threads = 0;     // openmp: 0 = OMP_NUM_THREADS, else what this process may use
    std::string isa = "best"; // simd, openmp: an instruction set of cpu/units.h
    Schedule schedule = Schedule::dynamic; // openmp
    uint32_t tile = 16;                    // simd, openmp: side of a tile in pixels, 1 to 65536
    WaveSizes wave{512, 32}; // simd, openmp: paths (a multiple of 16), rays in the walk (1 to 64)
    unsigned device = 0;     // cuda: which GPU, as `juggler devices` counts them
};

// When the engines of a device worked on a frame, by the host's clock.
struct DeviceInterval {
    std::chrono::steady_clock::time_point begin, end;
};
struct DeviceTimes {
    std::optional<DeviceInterval> upload, render, download;
};

// What a frame in flight has on a device with memory of its own: a scene, sums and a picture. The
// calls for one slot follow each other; those for different slots may overlap, from any threads.
class FrameSlot {
public:
    virtual ~FrameSlot() = default;
    // The scene may change when this returns; its memory on the device only ever grows.
    virtual void upload(const CompiledScene& scene) = 0;
    // The same where `there` is what was uploaded last: what is equal stays, and trees that the
    // device can draw around their new vertices are drawn there.
    virtual void update(const CompiledScene& scene, const CompiledScene& /*there*/) {
        upload(scene);
    }
    virtual void clear() = 0; // all sums are 0 from here on
    // As Device::render_pass, into the slot's sums.
    virtual bool render_pass(const FrameView& frame, SampleRange range, const PassControl& control,
                             PassCounters& counters) = 0;
    // Means of the sums, [height][width][3] linear RGB, formed on the device. They stay until they
    // are downloaded again.
    virtual std::span<const float> download_mean(uint32_t sample_count) = 0;
    // The sums themselves, [height][width]. They stay until they are downloaded again.
    virtual std::span<const FilmPixel> download_sums() = 0;
    // Of the frame that was downloaded last. `upload` is missing where nothing was.
    [[nodiscard]] virtual DeviceTimes times() { return {}; }
};

// What an opened device is made of, for programs that read it; empty where there is no such thing.
struct DeviceLabels {
    std::string isa;    // an instruction set of cpu/units.h
    std::string gpu;    // its name
    std::string driver; // and what its driver supports: "CUDA 13.0"
};

// A backend opened on some hardware, holding one scene.
class Device {
public:
    virtual ~Device() = default;
    // What runs, for people: "1 thread", "2 threads, AVX2", "NVIDIA H200".
    [[nodiscard]] virtual std::string description() const = 0;
    [[nodiscard]] virtual DeviceLabels labels() const { return {}; }
    // Host threads that render.
    [[nodiscard]] virtual unsigned threads() const { return 1; }
    // Numbers that each of them works on at a time; 0 where that is not the host's to say.
    [[nodiscard]] virtual unsigned lanes() const { return 0; }
    // The trees it walks: what a scene should be compiled with if this device alone renders it.
    [[nodiscard]] virtual TreeLayouts layouts() const { return {}; }
    // The scene must outlive its use here, and have been compiled with the binary tree or with
    // layouts().
    virtual void set_scene(const CompiledScene& scene) = 0;
    // Adds the samples of `range` for every pixel of `film`. False if stopped before the end;
    // the film is then good for nothing.
    virtual bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                             const PassControl& control, PassCounters& counters) = 0;
    // A slot for frames of this window, which must not outlive the device. Null for devices that
    // work in host memory: for them there is nothing but set_scene and render_pass.
    virtual std::unique_ptr<FrameSlot> open_slot(Window) { return nullptr; }
    // What a slot takes of the device's own memory, its scene apart.
    [[nodiscard]] virtual uint64_t slot_bytes(Window) const { return 0; }
    // Of memory of its own, in bytes, that slots may take.
    [[nodiscard]] virtual std::optional<uint64_t> free_memory() { return std::nullopt; }
};

struct Backend {
    std::string_view name;
    std::string_view short_name;
    std::string (*unavailable)(); // empty if it can run here, else the reason and the remedy
    std::unique_ptr<Device> (*open)(const DeviceOptions&);
    // What it could run on, for people; null: what the opened device says.
    std::string (*hardware)() = nullptr;
};

// All that are built in; the first is the reference for all others.
std::span<const Backend> backends();

// By name or short name; "auto" is the fastest that can run here. Throws Error(Exit::usage) for an
// unknown name (listing the known ones) and Error(Exit::backend) for one that cannot run.
const Backend& find_backend(std::string_view name);

} // namespace juggler
