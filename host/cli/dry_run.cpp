// What a render would do, and about how long it would take: reckoned from one sample a pixel of its
// first frame.
#include "host/cli/machine.h"
#include "host/cli/render_job.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace juggler {
namespace {

class Lap {
public:
    double operator()() {
        const auto now = PipelineClock::now();
        return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
    }

private:
    PipelineClock::time_point last_ = PipelineClock::now();
};

std::string mebibytes(uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20); }

// "1-48:2, 60"
std::string list_of(const std::vector<uint32_t>& frames) {
    std::string text;
    for (size_t first = 0; first < frames.size();) {
        const uint32_t step = first + 1 < frames.size() ? frames[first + 1] - frames[first] : 1;
        size_t last = first;
        while (last + 1 < frames.size() && frames[last + 1] - frames[last] == step)
            ++last;
        const bool run = last > first + 1;
        if (!run) last = first;
        text += (text.empty() ? "" : ", ") + std::to_string(frames[first]);
        if (run) text += "-" + std::to_string(frames[last]);
        if (run && step != 1) text += ":" + std::to_string(step);
        first = last + 1;
        if (text.size() > 200 && first < frames.size()) return text + ", ...";
    }
    return text;
}

} // namespace

void RenderJob::dry_run(const std::stop_token& stop) {
    stage_ = "probe";
    Slot& slot = slots_.front();
    Lap lap;
    (void)prepare({Stage::prepare, 0, 0, 0, stop}, slot);
    slot.canvas->upload(slot.scene);
    slot.traced = slot.scene;
    slot.samples = 1;
    const SceneFacts facts = slot.scene->facts();
    const double prepare_s = lap();
    const std::atomic<bool>& halt = stop_asked();
    const PassControl control{&halt, nullptr};
    if (!slot.canvas->render_pass(slot.view, {plan_.samples.first, 1}, control, slot.counters))
        throw Stopped();
    const double sample_s = lap();
    slot.canvas->download(1, options_.format == PictureFormat::film);
    (void)encode({Stage::encode, 0, 0, 0, stop}, slot);
    const double encode_s = lap();

    // Renderers share the cores, or have one each; stages overlap, but for the first frame.
    const double count = double(frames_.size());
    const double render_s = sample_s * plan_.samples.count;
    const double share = render_s / pipeline_.workers_of(Stage::render);
    const bool overlap = pipeline_.slots() > 1;
    const double busy = std::max({share, prepare_s, encode_s});
    const double sum = prepare_s + render_s + encode_s;
    const double total = stats_.setup + (overlap ? sum + (count - 1) * busy : count * sum);
    const uint64_t frame = frame_bytes(options_, plan_);
    const uint64_t scene = facts.geometry_bytes + facts.tree_bytes + facts.texture_bytes;

    std::string text = "plan    " + stats_.scene + ": " + std::to_string(frames_.size()) +
                       (frames_.size() == 1 ? " frame of " : " frames of ") +
                       std::to_string(plan_.film_width()) + "x" +
                       std::to_string(plan_.film_height()) + ", " +
                       std::to_string(plan_.samples.count) + " samples a pixel";
    if (options_.part.count > 1)
        text += ", part " + std::to_string(options_.part.index) + " of " +
                std::to_string(options_.part.count);
    text += "\nframes  " + list_of(frames_) + "\n";
    const std::string first = options_.to_stdout ? "stdout" : outputs_.front().string();
    text += "output  " + first;
    if (!options_.to_stdout && outputs_.back() != outputs_.front())
        text += " to " + outputs_.back().string();
    text += "\nrun     " + stats_.backend + " on " + stats_.device + ", " +
            std::string(arrangement_name(pipeline_.arrangement)) + ", " +
            std::to_string(pipeline_.slots()) + " in flight\n";
    text += "memory  about " + mebibytes(usage().peak_rss_bytes + (pipeline_.slots() - 1) * frame) +
            " MiB: scene " + mebibytes(scene) + ", frames " + std::to_string(pipeline_.slots()) +
            " x " + mebibytes(frame) + "; " + mebibytes(available_memory()) + " are available\n";
    char line[240];
    std::snprintf(line, sizeof line,
                  "time    about %s; a frame: prepare %.3g, render %.3g, encode %.3g s (1 sample "
                  "of frame %u took %.3g s)\n",
                  duration(total).c_str(), prepare_s, render_s, encode_s, frames_.front(),
                  sample_s);
    print(text + line);
}

} // namespace juggler
