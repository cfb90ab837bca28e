// What a frame in flight has on a GPU: a scene, and a film with its picture. Uploading, rendering
// and downloading may each have a thread of its own: those of one frame follow each other, those of
// different frames overlap.
#pragma once

#include "host/cuda/machine.h"
#include "host/render/backend.h"
#include "host/render/frame.h"

#include <span>

namespace juggler::cuda {

// A scene on the device. Its memory only grows.
class SceneMemory {
public:
    explicit SceneMemory(Machine& machine);
    // Returns when the scene may change; the copy may still be under way.
    void upload(const CompiledScene& scene);
    [[nodiscard]] const SceneViews& views() const noexcept { return views_; }
    [[nodiscard]] const Event& uploaded() const noexcept { return uploaded_; }

private:
    Machine& machine_;
    DeviceBuffer<std::byte> memory_;
    SceneViews views_{};
    Event uploaded_;
};

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

    Machine& machine_;
    Window window_;
    DeviceBuffer<FilmPixel> pixels_;
    DeviceBuffer<float> rgb_;
    DeviceBuffer<PassCounters> counters_;
    PinnedBuffer<PassCounters> counted_;
    PinnedBuffer<float> picture_;
    PinnedBuffer<FilmPixel> sums_; // only once someone asks for them
    Launch launches_[2];
    Event rendered_, downloaded_;
    double samples_per_ms_ = 0; // measured; 0 = not yet
};

} // namespace juggler::cuda
