#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/plan.h"
#include "host/cli/progress.h"
#include "host/cli/report.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/encode.h"
#include "host/output/sink.h"
#include "host/render/backend.h"
#include "host/scene/compile.h"
#include "host/scene/load.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <set>
#include <thread>

#include <unistd.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

class Stopwatch {
public:
    // Seconds since the last lap, or since this was made.
    double lap() {
        const double seconds = seconds_since(start_);
        start_ = Clock::now();
        return seconds;
    }

private:
    Clock::time_point start_ = Clock::now();
};

// Thrown when a signal has ended a frame.
struct Stopped {};

// Samples in the next pass: about 0.2 s of work, so that progress moves and a pass stays bounded.
uint32_t next_count(uint32_t count, double seconds) {
    const double factor = 0.2 / std::max(seconds, 1e-4);
    if (factor > 1.5) return uint32_t(double(count) * std::min(factor, 4.0));
    if (factor < 0.4) return std::max(1u, uint32_t(double(count) * factor * 1.5));
    return count;
}

// Renders frames one after another, on a thread of its own: the same one throughout, because the
// openmp backend's pool belongs to the thread that enters it.
class Job {
public:
    Job(const RenderOptions& options, const Context& context, RunState& state)
        : options_(options), verbosity_(context.quiet ? -1 : context.verbosity), state_(state) {}

    void run();

    [[nodiscard]] const RunStats& stats() const { return stats_; }
    [[nodiscard]] RunStats& stats() { return stats_; }
    // What was being done last, for messages.
    [[nodiscard]] const char* stage() const { return stage_; }
    [[nodiscard]] const fs::path& last_output() const { return last_output_; }
    [[nodiscard]] double compute_seconds() const { return compute_seconds_; }

private:
    SceneDescription load(uint32_t frame);
    void start(const SceneDescription& scene);
    void tell_scene(const SceneFacts& facts, const AnimationDescription& animation) const;
    void render_frame(uint32_t index, SceneDescription&& scene);
    void accumulate(const FrameView& view, FrameStats& stats);
    std::vector<std::byte> encode(EncodedPicture& shown);
    void clear_up() const;
    void open_sink(double fps);
    void deliver(uint32_t index, const std::vector<std::byte>& bytes);
    void note(const std::string& text) const;

    const RenderOptions& options_;
    int verbosity_;
    RunState& state_;
    const char* stage_ = "setup";

    const Backend* backend_ = nullptr;
    std::unique_ptr<Device> device_;
    std::optional<CompiledScene> compiled_;
    std::vector<uint32_t> frames_;
    std::vector<fs::path> outputs_;
    FramePlan plan_;
    std::optional<Film> film_;
    std::unique_ptr<FrameSink> sink_;
    uint32_t pass_count_ = 1;
    double compute_seconds_ = 0; // of finished frames, as rays_
    uint64_t rays_ = 0;
    fs::path last_output_;
    std::vector<std::string> noted_;
    RunStats stats_;
};

void Job::note(const std::string& text) const {
    if (options_.progress == ProgressHow::json)
        say(note_json(text));
    else if (verbosity_ >= 0)
        say("note: " + text + "\n");
}

SceneDescription Job::load(uint32_t frame) {
    stage_ = "prepare";
    LoadOptions load;
    load.frame = frame;
    load.set = options_.set;
    if (options_.no_sky) load.sky = "none";
    load.max_memory_bytes = memory_limit(options_) / 4 * 3;
    SceneDescription scene = load_scene(options_.scene, load);
    // Frames of an animation have the same things to say: once is enough.
    for (const std::string& text : scene.notes)
        if (std::find(noted_.begin(), noted_.end(), text) == noted_.end()) {
            noted_.push_back(text);
            note(text);
        }
    return scene;
}

void Job::start(const SceneDescription& scene) {
    stage_ = "setup";
    const uint32_t frame_count = std::max(1u, scene.animation.frames);
    FrameList wanted = options_.frames;
    if (!wanted.all && wanted.ranges.empty()) {
        wanted.all = facts_of(options_.format).clip;
        if (!wanted.all) wanted.ranges.push_back({1, 1, 1});
    }
    frames_ = frames_of(wanted, frame_count);
    plan_ = plan_frame(options_, scene.image);
    (void)choose_camera(options_, scene.cameras);
    outputs_ = plan_outputs(options_, frames_);
    check_memory(options_, plan_, estimate_memory(scene, device_->layouts()), available_memory());
    film_.emplace(plan_.window);
    clear_up();
    open_sink(options_.fps.value_or(scene.animation.fps));

    stats_.scene = fs::path(options_.scene).filename().string();
    stats_.backend = backend_->name;
    stats_.device = device_->description();
    stats_.width = plan_.film_width();
    stats_.height = plan_.film_height();
    stats_.spp = plan_.spp;
    stats_.max_depth = plan_.max_depth;
    stats_.seed = plan_.seed;
    state_.frame_total = uint32_t(frames_.size());
    state_.samples_total = plan_.pixel_count() * plan_.spp * frames_.size();
}

std::string grouped(uint64_t count) { // 12 486
    std::string text = std::to_string(count);
    for (size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, " ");
    return text;
}

std::string count_of(uint64_t count, const std::string& thing) {
    return grouped(count) + " " + thing + (count == 1 ? "" : "s");
}

void Job::tell_scene(const SceneFacts& facts, const AnimationDescription& animation) const {
    if (verbosity_ < 0 || options_.progress == ProgressHow::json) return;
    std::string text = "scene   " + stats_.scene + ": ";
    if (facts.sphere_count > 0) text += count_of(facts.sphere_count, "sphere") + ", ";
    text += count_of(facts.triangle_count, "triangle");
    if (facts.instanced_triangle_count > facts.triangle_count)
        text += " (" + grouped(facts.instanced_triangle_count) + " with instances)";
    text += ", " + count_of(facts.light_count, "light");
    if (animation.frames > 1) {
        char rate[40];
        std::snprintf(rate, sizeof rate, "%g", animation.fps);
        text += ", " + count_of(animation.frames, "frame") + " at " + rate + "/s";
    }
    text += "\nrun     " + std::string(backend_->name) + " on " + stats_.device + ", " +
            std::to_string(plan_.film_width()) + "x" + std::to_string(plan_.film_height()) + ", " +
            count_of(plan_.spp, "sample") + " a pixel\n";
    if (verbosity_ > 0) {
        char line[160];
        std::snprintf(line, sizeof line,
                      "memory  geometry %.1f MiB, trees %.1f MiB, textures %.1f MiB; trees built "
                      "in %.3f s\n",
                      double(facts.geometry_bytes) / 1048576, double(facts.tree_bytes) / 1048576,
                      double(facts.texture_bytes) / 1048576, facts.build_seconds);
        text += line;
    }
    say(text);
}

void Job::accumulate(const FrameView& view, FrameStats& stats) {
    stage_ = "compute";
    film_->clear();
    PassCounters counters{};
    const PassControl control{&stop_asked(), &state_.samples_done};
    const Clock::time_point begin = Clock::now();
    state_.tracing = true;
    // The first pass has enough samples to fill a machine, unless the picture does alone.
    pass_count_ =
        std::max(pass_count_, uint32_t(std::clamp<uint64_t>(65536 / plan_.pixel_count(), 1, 4096)));
    for (uint32_t first = 0; first < plan_.spp;) {
        const uint32_t count = std::min(pass_count_, plan_.spp - first);
        Stopwatch watch;
        sink_->check();
        if (!device_->render_pass(view, film_->view(), {first, count}, control, counters) ||
            stop_asked())
            throw Stopped();
        pass_count_ = next_count(count, watch.lap());
        first += count;
        const uint64_t rays =
            rays_ + counters.camera_rays + counters.scattered_rays + counters.shadow_rays;
        state_.mrays_per_s = double(rays) / (compute_seconds_ + seconds_since(begin)) / 1e6;
    }
    stats.film_hash = film_->hash();
    stats.camera_rays = counters.camera_rays;
    stats.scattered_rays = counters.scattered_rays;
    stats.shadow_rays = counters.shadow_rays;
    stats.nan_samples = counters.nan_samples;
    stats.clamped_samples = counters.clamped_samples;
}

// The file's bytes; `shown` gets the codes if the picture is wanted in the terminal.
std::vector<std::byte> Job::encode(EncodedPicture& shown) {
    stage_ = "encode";
    Picture light{plan_.film_width(), plan_.film_height(), film_->mean(plan_.spp)};
    return encode_picture(std::move(light),
                          {plan_.window.x0, plan_.window.y0, plan_.width, plan_.height},
                          {options_.format, plan_.tone, options_.png_effort}, "",
                          options_.show != ShowHow::off ? &shown : nullptr);
}

// Temporary files of earlier runs that were killed.
void Job::clear_up() const {
    if (options_.to_stdout) return;
    std::set<std::string> names;
    for (const fs::path& output : outputs_)
        names.insert(output.filename().string());
    (void)remove_leftovers(options_.output.folder, names);
}

void Job::open_sink(double fps) {
    if (options_.to_stdout)
        sink_ = to_stream(send);
    else if (facts_of(options_.format).clip)
        sink_ = to_clip(outputs_.front(),
                        {options_.format, plan_.film_width(), plan_.film_height(), fps},
                        options_.no_clobber, [] { return stop_asked().load(); });
    else
        sink_ = to_files(outputs_, options_.no_clobber);
}

void Job::deliver(uint32_t index, const std::vector<std::byte>& bytes) {
    stage_ = "write";
    state_.writing = !options_.to_stdout;
    sink_->write({index, frames_[index], plan_.film_width(), plan_.film_height(), bytes});
    if (index + 1 == frames_.size()) sink_->finish();
    state_.writing = false;
    if (!options_.to_stdout) last_output_ = outputs_[index];
}

void Job::render_frame(uint32_t index, SceneDescription&& scene) {
    FrameStats& stats = stats_.frames.back();
    Stopwatch watch;
    stage_ = "prepare";
    const CameraDescription camera = choose_camera(options_, scene.cameras);
    const AnimationDescription animation = scene.animation;
    compiled_.emplace(compile_scene(std::move(scene), device_->layouts()));
    if (stop_asked()) throw Stopped();
    stats.prepare += watch.lap();

    stage_ = "upload";
    device_->set_scene(*compiled_);
    stats.upload = watch.lap();
    if (index == 0) tell_scene(compiled_->facts(), animation);

    FrameView view{};
    view.camera = make_camera(camera, plan_.width, plan_.height);
    view.width = plan_.width;
    view.height = plan_.height;
    view.seed = plan_.seed;
    view.frame = frames_[index];
    view.max_depth = plan_.max_depth;
    view.flags = options_.no_light_sampling ? uint32_t(frame_no_light_sampling) : 0;
    view.shutter_open = 0;
    view.shutter_close = 1;
    watch.lap();
    accumulate(view, stats);
    stats.compute = watch.lap();
    compute_seconds_ += stats.compute;
    rays_ += stats.rays();

    EncodedPicture shown;
    const std::vector<std::byte> bytes = encode(shown);
    stats.encode = watch.lap();
    deliver(index, bytes);
    stats.write = watch.lap();
    const bool visible = options_.show != ShowHow::automatic || isatty(STDERR_FILENO);
    if (options_.show != ShowHow::off && visible)
        say(terminal_picture(shown, options_.show, terminal_size(STDERR_FILENO)));
}

void Job::run() {
    const Clock::time_point begin = Clock::now();
    backend_ = &find_backend(options_.backend);
    if (!options_.to_stdout) check_output_place(options_.output.name(1));
    DeviceOptions device_options;
    device_options.threads = options_.threads;
    device_options.isa = options_.isa;
    device_options.schedule = options_.schedule;
    device_options.tile = options_.tile;
    device_options.device = options_.device;
    device_ = backend_->open(device_options);
    stats_.threads = device_->threads();
    for (const std::string& text : thread_notes(options_, stats_.threads))
        note(text);
    stats_.setup = seconds_since(begin);

    Stopwatch watch;
    std::optional<SceneDescription> scene = load(1);
    start(*scene);
    double load_seconds = watch.lap();
    for (uint32_t index = 0; index < frames_.size(); ++index) {
        if (stop_asked()) throw Stopped();
        const Clock::time_point frame_begin = Clock::now();
        const uint32_t frame = frames_[index];
        state_.frame = frame;
        state_.frame_index = index;
        state_.set_output(options_.to_stdout ? "stdout" : outputs_[index].string());
        if (!scene || (index == 0 && frame != 1)) {
            scene = load(frame);
            load_seconds += watch.lap();
        }
        FrameStats& stats = stats_.frames.emplace_back();
        stats.frame = frame;
        stats.output = options_.to_stdout ? "-" : outputs_[index].string();
        stats.prepare = load_seconds;
        render_frame(index, std::move(*scene));
        scene.reset();
        stats.wall = seconds_since(frame_begin) + (index == 0 ? load_seconds : 0);
        state_.frames_done = index + 1;
        load_seconds = 0;
        watch.lap();
    }
    stats_.wall = seconds_since(begin);
    stats_.usage = usage();
}

// Runs the job beside the caller, who draws its progress and watches for signals.
class Worker {
public:
    explicit Worker(Job& job)
        : thread_([this, &job] {
              try {
                  job.run();
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

void watch_over(Worker& worker, const RunState& state, Progress& progress, const Context& context,
                ProgressHow how) {
    std::optional<Clock::time_point> asked;
    while (!worker.wait(std::chrono::milliseconds(50))) {
        progress.update(state);
        if (!stop_asked()) continue;
        if (!asked) asked = Clock::now();
        if (seconds_since(*asked) < 0.7 || state.writing) continue;
        progress.clear();
        leave(context, how);
    }
    progress.clear();
}

void tell_done(const Job& job, const RenderOptions& options, const Context& context) {
    const RunStats& stats = job.stats();
    uint64_t rays = 0, nan = 0;
    for (const FrameStats& f : stats.frames) {
        rays += f.rays();
        nan += f.nan_samples;
    }
    const double compute = job.compute_seconds();
    const double mrays = compute > 0 ? double(rays) / compute / 1e6 : 0;
    const auto frames = uint32_t(stats.frames.size());
    if (options.progress == ProgressHow::json) {
        say(done_json(frames, stats.wall, mrays));
        return;
    }
    if (context.quiet) return;
    if (nan > 0)
        say("note: " + std::to_string(nan) + " samples were not a number and count as black\n");
    char text[100];
    std::snprintf(text, sizeof text, " in %s, %.3g Mrays/s", duration(stats.wall).c_str(), mrays);
    const std::string last = options.to_stdout ? "stdout" : job.last_output().string();
    if (frames == 1)
        say("done    " + last + text + "\n");
    else
        say("done    " + std::to_string(frames) + " frames" + text + ", last " + last + "\n");
    if (context.verbosity == 0) return;
    const FrameStats& f = stats.frames.back();
    std::snprintf(text, sizeof text,
                  "stages  prepare %.3f, upload %.3f, compute %.3f, encode %.3f, write %.3f s\n",
                  f.prepare, f.upload, f.compute, f.encode, f.write);
    say(text);
}

void write_stats(const RunStats& stats, const std::string& target) {
    if (target.empty()) return;
    const std::string text = stats_json(stats);
    if (target == "-") {
        print(text);
        return;
    }
    OutputFile file(target);
    file.write(text);
    file.commit();
}

} // namespace

Exit render(const RenderOptions& asked, Context& context) {
    RenderOptions options = asked;
    options.progress = settle_progress(asked.progress, context.quiet);
    if (options.to_stdout && isatty(STDOUT_FILENO))
        throw UsageError("-o - writes a picture's bytes; send them to a file or a program");
    if (!options.stats.empty() && options.stats != "-") check_output_place(options.stats);

    watch_signals();
    RunState state;
    Job job(options, context, state);
    Progress progress(options.progress);
    std::exception_ptr failure;
    {
        Worker worker(job);
        watch_over(worker, state, progress, context, options.progress);
        failure = worker.failure();
    }
    context.stage = job.stage();
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const Stopped&) {
            throw stop_error();
        } catch (const SinkStopped&) {
            throw stop_error();
        }
    }
    context.stage = "write";
    write_stats(job.stats(), options.stats);
    tell_done(job, options, context);
    return Exit::done;
}

} // namespace juggler
