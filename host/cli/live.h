// A picture that grows: drawn anew after each pass, in the terminal or in tev.
#pragma once

#include "host/cli/options.h"
#include "host/image/picture.h"
#include "host/image/tone.h"
#include "host/output/tev.h"

#include <chrono>
#include <functional>
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
    using Note = std::function<void(const std::string&)>;
    // Connects to tev, if it is asked for: throws Error(Exit::output) if it is not there.
    LiveView(const RenderOptions& options, Note note);

    // Whether a picture is to be resolved now: not more often than eyes can follow.
    [[nodiscard]] bool due() const;
    // After a pass; safe to be called by several threads. Never waits for tev; one that has gone is
    // told of once, and then forgotten.
    void show(const std::string& name, const Picture& light, const ToneSettings& tone);
    // At the end of a run that was not stopped: tev gets what it has not got yet.
    void finish();
    // The last state of a frame goes over its earlier ones.
    [[nodiscard]] bool in_terminal() const { return terminal_; }

private:
    using Clock = std::chrono::steady_clock;

    void forget_lost_tev(const char* consequence);

    Note note_;
    bool terminal_;
    mutable std::mutex mutex_; // of the rest
    std::unique_ptr<TevViewer> tev_;
    Redrawn redrawn_{say};
    Clock::time_point last_ = {};
};

} // namespace juggler
