// A picture that grows: drawn anew after each pass, in the terminal or in tev.
#pragma once

#include "host/cli/options.h"
#include "host/image/picture.h"
#include "host/image/tone.h"
#include "host/output/tev.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace juggler {

// Draws text over what it has drawn before.
class Redrawn {
public:
    // `out`: where to, say or print.
    explicit Redrawn(void (*out)(std::string_view)) : out_(out) {}
    // Lines, each with its end.
    void draw(const std::string& lines);

private:
    void (*out_)(std::string_view);
    size_t lines_ = 0;
};

class LiveView {
public:
    // Connects to tev, if it is asked for: throws Error(Exit::output) if it is not there.
    explicit LiveView(const RenderOptions& options);

    // Whether a picture is to be resolved now: not more often than eyes can follow.
    [[nodiscard]] bool due() const;
    // After a pass; safe to be called by several threads. A viewer that has gone is told of once,
    // and then forgotten.
    void show(const std::string& name, const Picture& light, const ToneSettings& tone);
    // The last state of a frame goes over its earlier ones.
    [[nodiscard]] bool in_terminal() const { return terminal_; }

private:
    using Clock = std::chrono::steady_clock;

    bool terminal_;
    mutable std::mutex mutex_; // of the rest
    std::unique_ptr<TevViewer> tev_;
    std::string created_; // the picture that tev knows
    Redrawn redrawn_{say};
    Clock::time_point last_ = {};
};

} // namespace juggler
