#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/pages.h"
#include "host/cli/progress.h"
#include "host/cli/render_job.h"
#include "host/cli/report.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/pipeline/timeline.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

#include <unistd.h>

namespace juggler {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs the job beside the caller, who draws its progress and watches for signals.
class Worker {
public:
    explicit Worker(RenderJob& job)
        : thread_([this, &job] {
              try {
                  job.run_all(stop_.get_token());
              } catch (...) {
                  failure_ = std::current_exception();
              }
              const std::lock_guard lock(mutex_);
              done_ = true;
              ended_.notify_all();
          }) {}
    ~Worker() { thread_.join(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void stop() { stop_.request_stop(); }
    // True if it has ended within the time.
    bool wait(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return ended_.wait_for(lock, time, [&] { return done_; });
    }
    // After wait has been true.
    [[nodiscard]] std::exception_ptr failure() const { return failure_; }

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_ = false;
    std::exception_ptr failure_;
    std::stop_source stop_;
    std::thread thread_; // last: it uses all of the above
};

std::string stop_message() {
    return std::string("stopped by ") + (stop_signal() == SIGTERM ? "SIGTERM" : "SIGINT") +
           "; finished frames are kept";
}

Error stop_error() {
    return {stop_signal() == SIGTERM ? Exit::terminated : Exit::interrupted, stop_message()};
}

// Reading a scene and building its trees do not look at the signal. Nothing is written then, so
// the process may end under them.
[[noreturn]] void leave(const Context& context, ProgressHow how) {
    const Error error = stop_error();
    if (how == ProgressHow::json)
        say(failed_json(context.stage, int(error.exit()), error.what()));
    else
        say("juggler: " + std::string(error.what()) + "\n");
    _exit(int(error.exit()));
}

bool wants_reports(const RenderOptions& options) {
    return !options.stats.empty() || !options.trace.empty() || !options.timeline.empty();
}

void watch_over(Worker& worker, const RunState& state, Progress& progress, const Context& context,
                const RenderOptions& options) {
    // Reports tell of a run whose threads have ended.
    const double patience = wants_reports(options) ? 4 : 0.7; // seconds
    std::optional<Clock::time_point> asked;
    while (!worker.wait(std::chrono::milliseconds(50))) {
        progress.update(state);
        if (!stop_asked()) continue;
        if (!asked) asked = Clock::now();
        worker.stop();
        if (seconds_since(*asked) < (state.tracing ? patience : 0.7) || state.writing) continue;
        progress.clear();
        leave(context, options.progress);
    }
    progress.clear();
}

void tell_done(const RenderJob& job, const RenderOptions& options, const Context& context) {
    const RunStats& stats = job.stats();
    uint64_t rays = 0, nan = 0;
    double compute = 0;
    for (const FrameStats& f : stats.frames) {
        rays += f.rays();
        nan += f.nan_samples;
        compute += f.compute;
    }
    compute /= job.timeline().plan.workers_of(Stage::render);
    const double mrays = compute > 0 ? double(rays) / compute / 1e6 : 0;
    const auto frames = uint32_t(stats.frames.size());
    if (options.progress == ProgressHow::json) {
        say(done_json(frames, stats.wall, mrays));
        return;
    }
    if (context.quiet) return;
    if (job.idle()) {
        say("done    nothing to do\n");
        return;
    }
    if (nan > 0)
        say("note: " + std::to_string(nan) + " samples were not a number and count as black\n");
    char text[100];
    std::snprintf(text, sizeof text, " in %s, %.3g Mrays/s", duration(stats.wall).c_str(), mrays);
    const std::string last = options.to_stdout ? "stdout" : job.last_output().string();
    if (frames == 1)
        say("done    " + last + text + "\n");
    else
        say("done    " + std::to_string(frames) + " frames" + text + ", last " + last + "\n");
    if (frames > 1) say("frames  " + sentence(judge(job.timeline()), job.timeline()) + "\n");
    if (context.verbosity == 0) return;
    const FrameStats& f = stats.frames.back();
    std::snprintf(text, sizeof text,
                  "stages  prepare %.3f, upload %.3f, compute %.3f, encode %.3f, write %.3f s\n",
                  f.prepare, f.upload, f.compute, f.encode, f.write);
    say(text);
}

void write_file(const std::string& text, const std::string& target) {
    OutputFile file(target);
    file.write(text);
    file.commit();
}

void write_reports(const RenderJob& job, const RenderOptions& options, const Context& context,
                   const RunFailure* failure = nullptr) {
    if (options.stats == "-")
        print(stats_json(job.stats(), job.timeline(), failure));
    else if (!options.stats.empty())
        write_file(stats_json(job.stats(), job.timeline(), failure), options.stats);
    if (!options.trace.empty()) write_file(trace_json(job.timeline()), options.trace);
    if (!options.timeline.empty()) write_file(timeline_svg({&job.timeline(), 1}), options.timeline);
    if (!options.report.empty())
        write_page(render_page(job.stats(), job.timeline(), job.shown(), context.command, failure),
                   options.report);
}

RunFailure describe(const std::exception_ptr& failure, const std::string& stage) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& e) {
        return {int(e.exit()), stage, e.what()};
    } catch (const std::exception& e) {
        return {int(Exit::failed), stage, e.what()};
    }
}

// What happened until then. The run's own failure matters more than one of these files.
void write_reports_of_failure(const RenderJob& job, const RenderOptions& options,
                              const Context& context, const RunFailure& failure) {
    try {
        write_reports(job, options, context, &failure);
    } catch (const std::exception& e) {
        say("note: cannot " + std::string(e.what()) + "\n");
    }
}

} // namespace

Exit render(const RenderOptions& asked, Context& context) {
    RenderOptions options = asked;
    options.progress = settle_progress(asked.progress, context.quiet);
    // A bar and a picture would draw over each other.
    if (options.show == ShowHow::live && options.progress == ProgressHow::bar)
        options.progress = ProgressHow::off;
    if (options.to_stdout && isatty(STDOUT_FILENO))
        throw UsageError("-o - writes a picture's bytes; send them to a file or a program");
    for (const std::string& report :
         {options.stats, options.trace, options.timeline, options.report})
        if (!report.empty() && report != "-") check_output_place(report);

    watch_signals();
    RunState state;
    RenderJob job(options, context, state);
    Progress progress(options.progress);
    std::exception_ptr failure;
    {
        Worker worker(job);
        watch_over(worker, state, progress, context, options);
        failure = worker.failure();
    }
    context.stage = job.stage();
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const Stopped&) {
            failure = std::make_exception_ptr(stop_error());
        } catch (...) { // is thrown again below
        }
        if (job.has_run())
            write_reports_of_failure(job, options, context, describe(failure, context.stage));
        std::rethrow_exception(failure);
    }
    if (options.dry_run) return Exit::done;
    context.stage = "write";
    write_reports(job, options, context);
    tell_done(job, options, context);
    return Exit::done;
}

} // namespace juggler
