// How far a run is, for people on a terminal, for logs, and for programs.
#pragma once

#include "host/cli/options.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace juggler {

// Written by the thread that renders, read by the one that draws.
struct RunState {
    std::atomic<uint32_t> frame{0};       // its number in the animation
    std::atomic<uint32_t> frame_index{0}; // counted from 0
    std::atomic<uint32_t> frames_done{0};
    std::atomic<uint64_t> samples_done{0}; // of all frames, pixel samples
    std::atomic<double> mrays_per_s{0};    // of the passes so far
    std::atomic<uint32_t> frame_total{0};  // 0 until the scene is read
    std::atomic<uint64_t> samples_total{0};
    std::atomic<bool> writing{false}; // a file is being written just now
    std::atomic<bool> tracing{false}; // the first ray has left

    void set_output(const std::string& name) {
        const std::lock_guard lock(mutex_);
        output_ = name;
    }
    [[nodiscard]] std::string output() const {
        const std::lock_guard lock(mutex_);
        return output_;
    }

private:
    mutable std::mutex mutex_;
    std::string output_;
};

// "12.4s", "3m05s", "2h07m".
std::string duration(double seconds);

class Progress {
public:
    // `how` must be settled: not automatic. Nothing is drawn with `none`.
    explicit Progress(ProgressHow how) : how_(how) {}

    // Draws if it is time to. Call often.
    void update(const RunState& state);
    // Takes the bar off the terminal, so that lines can follow.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    void draw_line(const RunState& state, double share, double elapsed, double left, bool bar);

    ProgressHow how_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
    std::optional<Clock::time_point> first_ray_; // what is left is reckoned from here
    int tenths_ = 0;                             // printed so far
    bool drawn_ = false;
};

// The bar where stderr is a terminal that can move its cursor, plain lines elsewhere.
ProgressHow settle_progress(ProgressHow how, bool quiet);

} // namespace juggler
