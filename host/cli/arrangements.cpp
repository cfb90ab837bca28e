// The same frames one after another, overlapped on one thread, on several, and both.
#include "host/cli/contest_setup.h"
#include "host/cli/render_job.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stop_token>
#include <thread>

#include <unistd.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t default_frames = 6;
constexpr double patience = 30; // seconds, unless the number of frames was asked for

// Where the frames are written to, as in any run, and then thrown away.
class ScratchFolder {
public:
    ScratchFolder() {
        std::string name = (fs::temp_directory_path() / "juggler-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw Error(Exit::output, "make a folder like " + name);
        path_ = name;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// Seconds for all four, reckoned from the fastest run: three arrangements that use every core, and
// one that uses one.
double seconds_for(const ContestRecord& record, uint32_t frames) {
    double fastest = 1e9;
    for (const Score& score : record.contest.scores)
        fastest = std::min(fastest, score.median_seconds());
    return fastest * frames * (3 + record.cores.usable);
}

RenderOptions options_for(const CompareOptions& options, uint32_t frames, bool still) {
    RenderOptions run = options.picture;
    run.frames.ranges = {{1, frames, 1}};
    if (still) run.set.push_back("/animation={\"frames\":" + std::to_string(frames) + "}");
    run.progress = ProgressHow::off;
    run.output.before = "f";
    run.output.after = ".png";
    run.output.digits = 4;
    return run;
}

// Until it is told otherwise by a signal, which leaves no files behind.
class Watch {
public:
    Watch() {
        watch_signals();
        thread_ = std::jthread([this](const std::stop_token& end) {
            while (!end.stop_requested()) {
                if (stop_asked()) stop_.request_stop();
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        });
    }
    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    std::jthread thread_; // last: it uses the above
};

Timeline run_one(const RenderOptions& options, const std::stop_token& stop) {
    Context context;
    context.quiet = true;
    RunState state;
    RenderJob job(options, context, state);
    try {
        job.run_all(stop);
    } catch (const Stopped&) {
        throw Error(stop_signal() == SIGTERM ? Exit::terminated : Exit::interrupted,
                    "stopped before the report was written");
    }
    Timeline timeline = job.timeline();
    timeline.title = std::string(arrangement_name(options.arrangement));
    return timeline;
}

} // namespace

std::vector<Timeline> run_arrangements(const CompareOptions& options, const ContestRecord& record,
                                       bool quiet) {
    uint32_t frames = options.arrangements.value_or(default_frames);
    if (frames == 0) return {};
    const auto without = [quiet](const std::string& why) {
        if (!quiet) say("note: no timelines in the report: " + why + "\n");
        return std::vector<Timeline>();
    };
    const bool still = record.animation_frames < 2;
    if (options.picture.scene == "-") return without("standard input cannot be read again");
    if (still && fs::path(options.picture.scene).extension() != ".json")
        return without("this file has no animation");
    if (!still) frames = std::min(frames, record.animation_frames);
    if (!options.arrangements && seconds_for(record, frames) > patience)
        return without("they would take long; --arrangements " + std::to_string(frames) +
                       " runs them nevertheless");

    const ScratchFolder folder;
    RenderOptions run = options_for(options, frames, still);
    run.output.folder = folder.path();
    const Watch watch;
    std::vector<Timeline> timelines;
    for (const Arrangement arrangement : {Arrangement::sequential, Arrangement::concurrent,
                                          Arrangement::parallel, Arrangement::both}) {
        run.arrangement = arrangement;
        timelines.push_back(run_one(run, watch.token()));
    }
    return timelines;
}

} // namespace juggler
