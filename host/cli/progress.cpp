#include "host/cli/progress.h"

#include "host/cli/report.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace juggler {

std::string duration(double seconds) {
    char text[40];
    const auto whole = uint64_t(std::clamp(seconds, 0.0, 1e9));
    if (seconds < 60)
        std::snprintf(text, sizeof text, "%.1fs", seconds);
    else if (whole < 3600)
        std::snprintf(text, sizeof text, "%llum%02llus", (unsigned long long)(whole / 60),
                      (unsigned long long)(whole % 60));
    else
        std::snprintf(text, sizeof text, "%lluh%02llum", (unsigned long long)(whole / 3600),
                      (unsigned long long)(whole / 60 % 60));
    return text;
}

void Progress::update(const RunState& state) {
    const uint64_t total = state.samples_total;
    if (how_ == ProgressHow::off || total == 0 || !state.tracing) return;
    const auto now = Clock::now();
    const auto seconds_from = [now](Clock::time_point t) {
        return std::chrono::duration<double>(now - t).count();
    };
    if (!first_ray_) first_ray_ = now;
    const double elapsed = seconds_from(start_), tracing = seconds_from(*first_ray_);
    const double share = std::min(1.0, double(state.samples_done) / double(total));
    const double left = share > 0 && tracing > 0.1 ? tracing * (1 - share) / share : -1;
    if (how_ == ProgressHow::plain) {
        const int tenths = int(share * 10);
        // Short runs say nothing, and the last line is the summary.
        if (tenths <= tenths_ || tenths >= 10 || tracing < 1) return;
        tenths_ = tenths;
        draw_line(state, share, elapsed, left, false);
    } else if (how_ == ProgressHow::bar) {
        if (seconds_from(last_) < 0.1) return;
        draw_line(state, share, elapsed, left, true);
    } else {
        if (seconds_from(last_) < 0.5) return;
        say(progress_json(
            {state.frame, state.frames_done, state.frame_total, elapsed, left, state.mrays_per_s}));
    }
    last_ = now;
}

void Progress::draw_line(const RunState& state, double share, double elapsed, double left,
                         bool bar) {
    char text[200];
    int at = 0;
    if (state.frame_total > 1)
        at = std::snprintf(text, sizeof text, "frame %u/%u  ", state.frame_index + 1,
                           unsigned(state.frame_total));
    at += std::snprintf(text + at, sizeof text - size_t(at), "%3d%%  %s", int(share * 100),
                        duration(elapsed).c_str());
    if (left >= 0)
        at +=
            std::snprintf(text + at, sizeof text - size_t(at), ", %s left", duration(left).c_str());
    if (state.mrays_per_s > 0)
        at += std::snprintf(text + at, sizeof text - size_t(at), "  %.3g Mrays/s",
                            state.mrays_per_s.load());
    std::string line(text, size_t(at));
    line += "  " + state.output();
    if (!bar) {
        say(line + "\n");
        return;
    }
    const size_t room = std::max(20u, terminal_size(STDERR_FILENO).columns) - 1;
    if (line.size() > room) line.resize(room);
    say("\r" + line + "\x1b[K");
    drawn_ = true;
}

void Progress::clear() {
    if (drawn_) say("\r\x1b[K");
    drawn_ = false;
}

ProgressHow settle_progress(ProgressHow how, bool quiet) {
    if (how != ProgressHow::automatic) return how;
    if (quiet) return ProgressHow::off;
    const char* term = std::getenv("TERM");
    const bool can_move = term && std::string_view(term) != "dumb";
    return isatty(STDERR_FILENO) && can_move ? ProgressHow::bar : ProgressHow::plain;
}

} // namespace juggler
