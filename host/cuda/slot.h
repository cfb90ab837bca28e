// What a frame in flight has on a GPU: a scene, and a film with its picture. Uploading, rendering
// and downloading may each have a thread of its own: those of one frame follow each other, those of
// different frames overlap.
#pragma once

#include "host/cuda/machine.h"
#include "host/cuda/waves.h"
#include "host/render/backend.h"
#include "host/render/frame.h"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace juggler::cuda {

// A scene on the device. Its memory only grows.
class SceneMemory {
public:
    explicit SceneMemory(Machine& machine);
    // Returns when the scene may change; the copy may still be under way.
    void upload(const CompiledScene& scene);
    // The same where `there` is what was uploaded last: sends what differs, and of meshes whose
    // tree stays only the vertices, around which it is drawn on the device.
    void update(const CompiledScene& scene, const CompiledScene& there);
    [[nodiscard]] const SceneViews& views() const noexcept { return views_; }
    [[nodiscard]] const Event& uploaded() const noexcept { return uploaded_; }
    // Of the copies since it was asked last, which must be over; nothing if there were none.
    [[nodiscard]] std::optional<DeviceInterval> take_time();

private:
    // How to draw a tree: its nodes, lowest first, and where in that order each height begins.
    struct RefitOrder {
        uint64_t topology = 0;
        DeviceBuffer<uint32_t> nodes;
        std::vector<uint32_t> heights;
    };
    void begin_sending();
    void end_sending(const SceneLayout& layout);
    void prepare(const CompiledScene& scene, const RefitMesh& mesh, RefitOrder& order);
    void refit(const RefitMesh& mesh, const RefitOrder& order);

    Machine& machine_;
    DeviceBuffer<std::byte> memory_;
    SceneViews views_{};
    std::map<uint32_t, RefitOrder> orders_; // by mesh
    Event begun_, uploaded_;
    bool sent_ = false; // since it was asked last
};

// What a film takes of the device.
uint64_t film_bytes(const MachineOptions& options, Window window);

// The sums of a film and its picture.
class FilmMemory {
public:
    FilmMemory(Machine& machine, Window window);
    [[nodiscard]] const Window& window() const noexcept { return window_; }

    // Queues that all sums are 0.
    void clear();
    // Adds samples and waits for them. False if stopped before the end.
    bool render(const SceneMemory& scene, const FrameView& frame, SampleRange range,
                const PassControl& control, PassCounters& counters);
    // The means, [height][width][3]; they stay until the next call.
    std::span<const float> download_mean(uint32_t sample_count);
    // The sums, [height][width]; they stay until the next call.
    std::span<const FilmPixel> download_sums();
    // Rendering since the sums were cleared and the downloads after it, which must be over.
    [[nodiscard]] DeviceTimes times() const;

private:
    struct Part { // of a pass, small enough for one launch
        uint32_t first_row, end_row, first_sample, sample_count;
    };
    struct Launch {
        Event begun, ended;
        uint64_t samples = 0; // of all pixels; 0 = nothing is under way
    };
    [[nodiscard]] uint64_t width() const noexcept { return window_.x1 - window_.x0; }
    [[nodiscard]] uint64_t height() const noexcept { return window_.y1 - window_.y0; }
    [[nodiscard]] FilmView view() noexcept;
    [[nodiscard]] Part next_part(const Part& last, SampleRange range) const;
    void start(Launch& launch, const SceneViews& views, const FrameView& frame, const Part& part);
    void finish(Launch& launch, const PassControl& control);
    // Whether samples are to go in waves. Without `whole` they are to be measured first.
    struct Way {
        bool waves, whole;
    };
    [[nodiscard]] Way next_way() const;
    // All return false if stopped before the end.
    bool render_samples(const SceneViews& views, const FrameView& frame, SampleRange range,
                        const PassControl& control, PassCounters& counters);
    bool render_pixels(const SceneViews& views, const FrameView& frame, SampleRange range,
                       const PassControl& control);
    bool render_waves(const SceneViews& views, const FrameView& frame, SampleRange range,
                      const PassControl& control, PassCounters& counters);
    void begin_download();

    Machine& machine_;
    Window window_;
    DeviceBuffer<FilmPixel> pixels_;
    DeviceBuffer<float> rgb_;
    DeviceBuffer<PassCounters> counters_;
    PinnedBuffer<PassCounters> counted_;
    PinnedBuffer<float> picture_;
    PinnedBuffer<FilmPixel> sums_;    // only once someone asks for them
    std::optional<WaveMemory> waves_; // where paths may go so
    Launch launches_[2];
    Event render_begun_, rendered_, download_begun_, downloaded_;
    bool rendering_ = false, downloading_ = false; // since the sums were cleared
    double samples_per_ms_ = 0;                    // measured; 0 = not yet
    Event trial_begun_, trial_ended_;
    double sample_ms_[2] = {}; // of all pixels, by one kernel and in waves; 0 = not yet measured
};

} // namespace juggler::cuda
