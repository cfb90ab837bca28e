// Work for lessons: frames of a small scene whose stages wait, compute, or both, as one likes.
#pragma once

#include "host/pipeline/timeline.h"
#include "host/render/backend.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace juggler {

// A few spheres under a sky: some paths end at once, some go on between the spheres.
SceneDescription lesson_spheres();
FrameView lesson_view(uint32_t width, uint32_t height, uint32_t max_depth);

// That scene, and how much of it a vector thread renders in a given time.
class Studio {
public:
    Studio();
    // Of about that much time of a core, as measured when this was made.
    [[nodiscard]] uint32_t samples_in(double seconds) const;
    [[nodiscard]] const CompiledScene& scene() const { return scene_; }
    [[nodiscard]] const FrameView& view() const { return view_; }
    [[nodiscard]] Window window() const { return {0, 0, view_.width, view_.height}; }

private:
    CompiledScene scene_;
    FrameView view_{};
    double samples_per_second_ = 1;
};

std::unique_ptr<Device> open_painter(const Studio& studio, const char* backend, unsigned threads);

// What each frame asks for.
struct Chore {
    std::array<double, stage_count> waits{}; // seconds, as for a disk or a device
    double render = 0;                       // seconds of a core, in passes of about 4 ms
    bool blocking = false;                   // waits hold on to their thread
    // The write of this frame, from 1, takes so much longer (0: none does),
    uint32_t slow_frame = 0;
    double slow_wait = 0;
    bool slow_blocking = false; // and holds on to its thread
};

PipelinePlan lesson_plan(Arrangement arrangement, uint32_t frames, unsigned in_flight,
                         unsigned workers = 1);

// Throws what the run threw.
Timeline run_chores(const Studio& studio, const Chore& chore, const PipelinePlan& plan,
                    const std::string& title);

double thread_cpu_seconds();

// Keeps this thread, and those it starts, on one core while it lives.
class OneCore {
public:
    OneCore();
    ~OneCore();
    OneCore(const OneCore&) = delete;
    OneCore& operator=(const OneCore&) = delete;

private:
    std::vector<unsigned char> before_; // a cpu_set_t
};

} // namespace juggler
