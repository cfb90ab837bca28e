#include "host/cli/render_job.h"

#include "host/base/files.h"
#include "host/base/output_file.h"
#include "host/base/threads.h"
#include "host/cli/machine.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/encode.h"
#include "host/image/whole.h"
#include "host/output/sink.h"
#include "host/scene/diagnostics.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <set>
#include <thread>

#include <unistd.h>

#include "version.h"

namespace juggler {
namespace {

namespace fs = std::filesystem;

double seconds_since(PipelineClock::time_point start) {
    return std::chrono::duration<double>(PipelineClock::now() - start).count();
}

// Samples in the next pass: about `target` seconds of work, so that progress moves and whoever else
// has work on this thread gets to it.
uint32_t next_count(uint32_t count, double seconds, double target) {
    const double factor = target / std::max(seconds, 1e-4);
    if (factor > 1.5) return uint32_t(double(count) * std::min(factor, 4.0));
    if (factor < 0.4) return std::max(1u, uint32_t(double(count) * factor * 1.5));
    return count;
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

} // namespace

RenderJob::RenderJob(const RenderOptions& options, const Context& context, RunState& state)
    : options_(options), verbosity_(context.quiet ? -1 : context.verbosity), state_(state),
      read_disk_(options.throttle_read), write_disk_(options.throttle_write) {}

fs::path RenderJob::last_output() const {
    return outputs_.empty() ? fs::path("stdout") : outputs_.back();
}

void RenderJob::note(const std::string& text) const {
    if (options_.progress == ProgressHow::json)
        say(note_json(text));
    else if (verbosity_ >= 0)
        say("note: " + text + "\n");
}

// One thread a worker in `concurrent` and `parallel`, so auto means the fastest of those there.
void RenderJob::choose_backend() {
    const Arrangement arrangement = options_.arrangement;
    const bool single =
        arrangement == Arrangement::concurrent || arrangement == Arrangement::parallel;
    backend_ = &find_backend(options_.backend);
    if (single && backend_->name == "openmp") {
        if (options_.backend == "auto")
            backend_ = &find_backend("simd");
        else if (arrangement == Arrangement::parallel)
            throw UsageError("--arrangement parallel gives each worker one thread, which is not "
                             "openmp: take --backend simd, or --arrangement both");
    }
    if (arrangement == Arrangement::concurrent && options_.threads > 1)
        throw UsageError("--arrangement concurrent is one thread, not " +
                         std::to_string(options_.threads));
    device_options_.threads = single ? 1 : options_.threads;
    device_options_.isa = options_.isa;
    device_options_.schedule = options_.schedule;
    device_options_.tile = options_.tile;
    device_options_.device = options_.device;
}

void RenderJob::open_device() {
    devices_.push_back(backend_->open(device_options_));
    painters_.push_back({*devices_.back(), nullptr});
    pass_counts_.push_back(1);
}

void RenderJob::plan_frames() {
    FrameList wanted = options_.frames;
    if (!wanted.all && wanted.ranges.empty()) {
        wanted.all = facts_of(options_.format).clip || options_.turntable > 0;
        if (!wanted.all) wanted.ranges.push_back({1, 1, 1});
    }
    const bool turns = options_.turntable > 0;
    frames_ =
        frames_of(wanted, turns ? options_.turntable : std::max(1u, source_->animation().frames));
    if (!options_.part_from.empty() && options_.part.count == 1)
        note("--part auto: " + options_.part_from + ", so this is part 1 of 1");
    if (options_.part.split == Split::frames) frames_ = frames_of_part(frames_, options_.part);
    if (frames_.empty()) return;
    const bool only = frames_.size() == 1 && !options_.resume;
    const SceneDescription& first = source_->first(frames_.front(), only);
    plan_ = plan_frame(options_, first.image);
    (void)choose_camera(options_, first.cameras);
    outputs_ = plan_outputs(options_, frames_);
    if (options_.resume) leave_finished();
    scene_memory_ = estimate_memory(first, layouts());
}

// Throws if even one frame at a time does not fit.
bool RenderJob::fits(unsigned slots) const {
    const bool several = frames_.size() > 1;
    const InFlight in_flight{several && !source_->still() ? slots : 1, slots, several};
    try {
        check_memory(options_, plan_, scene_memory_, available_memory(), in_flight);
    } catch (const Error&) {
        if (slots == 1) throw;
        return false;
    }
    return true;
}

EncodeSettings RenderJob::encode_settings() const {
    return {options_.format, plan_.tone, options_.png_effort};
}

FilmHeader RenderJob::film_header() const {
    FilmHeader header;
    header.window = plan_.window;
    header.samples = plan_.samples;
    header.part = options_.part;
    header.tone = plan_.tone;
    return header;
}

bool RenderJob::is_finished(uint32_t frame, const fs::path& output) const {
    const FilmSettings of = film_settings(options_, plan_, scene_hash_, frame);
    if (options_.format == PictureFormat::film) return is_whole_film(output, of, film_header());
    try {
        const std::vector<std::byte> file = read_file(output, picture_pixel_limit * 16);
        return settings_of_whole(file) == picture_hash(of.hash(), encode_settings());
    } catch (const Error&) {
        return false; // not there, or not to be read: rendering it tells what is wrong, if anything
    }
}

// Takes what --resume need not render out of the lists.
void RenderJob::leave_finished() {
    std::vector<uint32_t> frames;
    std::vector<fs::path> outputs;
    for (size_t i = 0; i < frames_.size(); ++i) {
        if (stop_asked()) throw Stopped();
        if (is_finished(frames_[i], outputs_[i])) continue;
        frames.push_back(frames_[i]);
        outputs.push_back(outputs_[i]);
    }
    const size_t finished = frames_.size() - frames.size();
    if (finished > 0)
        note(std::to_string(finished) + " of " + count_of(frames_.size(), "frame") +
             (finished == 1 ? " is" : " are") + " finished already");
    if (!options_.dry_run) clear_up();
    frames_ = std::move(frames);
    outputs_ = std::move(outputs);
}

// Frames in flight as asked for, or as many as there are, or as memory can hold.
void RenderJob::plan_pipeline() {
    const unsigned cores = usable_threads();
    pipeline_.arrangement = options_.arrangement;
    pipeline_.frame_count = uint32_t(frames_.size());
    pipeline_.in_flight = options_.in_flight;
    pipeline_.parallel_workers = options_.threads > 0 ? options_.threads : cores;
    const unsigned wanted = pipeline_.slots();
    unsigned slots = wanted;
    while (!fits(slots))
        --slots;
    pipeline_.in_flight = std::min(pipeline_.in_flight, slots);
    pipeline_.parallel_workers = std::min(pipeline_.parallel_workers, slots);
    if (slots < wanted)
        note("memory holds " + count_of(slots, "frame") + " in flight, not " +
             std::to_string(wanted));
    // Encoders beyond the cores or the frames on the way would have nothing to do.
    pipeline_.workers[+Stage::encode] = std::min({cores, pipeline_.slots(), 8u});
}

// How many frames a device with memory of its own has room for, by the estimate of the scene; at
// least one, which is looked at closely when it comes.
std::optional<unsigned> RenderJob::slots_on_device(unsigned wanted) const {
    const std::optional<uint64_t> free = devices_.front()->free_memory();
    if (!free) return std::nullopt;
    const uint64_t picture = devices_.front()->slot_bytes(plan_.window);
    const uint64_t each = std::max<uint64_t>(1, scene_memory_.total() + picture);
    return unsigned(std::clamp<uint64_t>(*free / each, 1, wanted));
}

void RenderJob::take_fewer_slots(unsigned slots) {
    const unsigned wanted = pipeline_.slots();
    pipeline_.in_flight = std::min(pipeline_.in_flight, slots);
    pipeline_.parallel_workers = std::min(pipeline_.parallel_workers, slots);
    note("memory of the GPU holds " + count_of(slots, "frame") + " in flight, not " +
         std::to_string(wanted));
}

void RenderJob::make_slots() {
    if (const auto slots = slots_on_device(pipeline_.slots()); slots && *slots < pipeline_.slots())
        take_fewer_slots(*slots);
    const unsigned render_workers = pipeline_.workers_of(Stage::render);
    while (devices_.size() < render_workers)
        open_device();
    slots_ = std::vector<Slot>(pipeline_.slots());
    // In `parallel` a slot belongs to a worker, and so to its device.
    for (size_t i = 0; i < slots_.size(); ++i) {
        try {
            slots_[i].canvas = open_canvas(painters_[i % render_workers], plan_.window);
        } catch (const Error& e) {
            if (i == 0 || e.exit() != Exit::backend) throw;
            take_fewer_slots(unsigned(i));
            slots_.resize(i);
        }
    }
}

// Temporary files of earlier runs that were killed.
void RenderJob::clear_up() const {
    std::set<std::string> names;
    for (const fs::path& output : outputs_)
        names.insert(output.filename().string());
    if (!options_.to_stdout) (void)remove_leftovers(options_.output.folder, names);
}

void RenderJob::open_sink() {
    if (options_.to_stdout) {
        sink_ = to_stream(send);
        return;
    }
    if (facts_of(options_.format).clip)
        sink_ = to_clip(outputs_.front(),
                        {options_.format, plan_.film_width(), plan_.film_height(),
                         options_.fps.value_or(source_->animation().fps)},
                        options_.no_clobber, [this] { return sink_halt_.load(); });
    else
        sink_ = to_files(outputs_, options_.no_clobber);
}

// Features are traced through the binary tree.
TreeLayouts RenderJob::layouts() const {
    TreeLayouts layouts = devices_.front()->layouts();
    layouts.quality = options_.bvh;
    layouts.binary = layouts.binary || wants_features();
    return layouts;
}

void RenderJob::load_scene(const std::stop_token& stop) {
    const auto begin = PipelineClock::now();
    const uint64_t read_before = bytes_read();
    const FilesRead files;
    source_.emplace(options_, layouts(), memory_limit(options_) / 4 * 3,
                    [this](const std::string& text) { note(text); });
    scene_hash_ = files.hash();
    const auto loaded = read_disk_.busy_until(bytes_read() - read_before, begin);
    while (PipelineClock::now() < loaded && !stop.stop_requested())
        std::this_thread::sleep_for(std::min<PipelineClock::duration>(
            loaded - PipelineClock::now(), std::chrono::milliseconds(20)));
}

void RenderJob::describe_run() {
    const Device& device = *devices_.front();
    stats_.scene = fs::path(options_.scene).filename().string();
    stats_.backend = backend_->name;
    stats_.device = device.description();
    stats_.labels = device.labels();
    stats_.threads = device.threads() * unsigned(devices_.size());
    if (!frames_.empty())
        stats_.settings_hash = film_settings(options_, plan_, scene_hash_, frames_.front()).hash();
    stats_.width = plan_.film_width();
    stats_.height = plan_.film_height();
    stats_.spp = plan_.spp;
    stats_.max_depth = plan_.max_depth;
    stats_.seed = plan_.seed;
    stats_.frames.resize(frames_.size());
    for (size_t i = 0; i < frames_.size(); ++i) {
        stats_.frames[i].frame = frames_[i];
        // Only if they are told: a string a frame is memory.
        if (!options_.stats.empty() || !options_.report.empty())
            stats_.frames[i].output = options_.to_stdout ? "-" : outputs_[i].string();
    }
    state_.frame_total = uint32_t(frames_.size());
    state_.samples_total = plan_.pixel_count() * plan_.samples.count * frames_.size();
    stats_.setup = seconds_since(begin_);
}

void RenderJob::set_up(const std::stop_token& stop) {
    choose_backend();
    if (!options_.to_stdout) check_output_place(options_.output.name(1));
    open_device();
    for (const std::string& text : thread_notes(options_, devices_.front()->threads()))
        note(text);
    stage_ = "prepare";
    load_scene(stop);
    plan_frames();
    stage_ = "setup";
    if (frames_.empty()) return;
    plan_pipeline();
    make_slots();
    describe_run();
    if (options_.dry_run) return;
    if (options_.show == ShowHow::live || !options_.tev.empty())
        live_ =
            std::make_unique<LiveView>(options_, [this](const std::string& text) { note(text); });
    clear_up();
    open_sink();
}

void RenderJob::tell_scene(const SceneFacts& facts) const {
    if (verbosity_ < 0 || options_.progress == ProgressHow::json) return;
    std::string text = "scene   " + stats_.scene + ": ";
    if (facts.sphere_count > 0) text += count_of(facts.sphere_count, "sphere") + ", ";
    text += count_of(facts.triangle_count, "triangle");
    if (facts.instanced_triangle_count > facts.triangle_count)
        text += " (" + grouped(facts.instanced_triangle_count) + " with instances)";
    text += ", " + count_of(facts.light_count, "light");
    const AnimationDescription& animation = source_->animation();
    if (animation.frames > 1) {
        char rate[40];
        std::snprintf(rate, sizeof rate, "%g", animation.fps);
        text += ", " + count_of(animation.frames, "frame") + " at " + rate + "/s";
    }
    text += "\nrun     " + std::string(backend_->name) + " on " + stats_.device;
    if (devices_.size() > 1) text += " in each of " + count_of(devices_.size(), "worker");
    text += ", " + std::to_string(plan_.film_width()) + "x" + std::to_string(plan_.film_height()) +
            ", " + count_of(plan_.spp, "sample") + " a pixel";
    if (options_.part.count > 1) {
        text += ", part " + std::to_string(options_.part.index) + " of " +
                std::to_string(options_.part.count) + " (" +
                split_names[size_t(options_.part.split)] + ")";
        if (!options_.part_from.empty()) text += " by " + options_.part_from;
    }
    if (frames_.size() > 1)
        text += ", " + std::string(arrangement_name(pipeline_.arrangement)) + ", " +
                count_of(pipeline_.slots(), "frame") + " in flight";
    text += "\n";
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

Resume RenderJob::run(const Ticket& ticket) {
    Slot& slot = slots_[ticket.slot];
    switch (ticket.stage) {
    case Stage::prepare:
        return prepare(ticket, slot);
    case Stage::upload:
        if (wants_features()) slot.traced = slot.scene;
        slot.canvas->upload(std::move(slot.scene));
        return std::nullopt;
    case Stage::render:
        return render(ticket, slot);
    case Stage::download:
        slot.canvas->download(slot.samples,
                              !options_.stats.empty() || options_.format == PictureFormat::film);
        keep_device_times(ticket, slot.canvas->device_times());
        return std::nullopt;
    case Stage::encode:
        return encode(ticket, slot);
    case Stage::write:
        return write(ticket, slot);
    }
    return std::nullopt;
}

Resume RenderJob::prepare(const Ticket& ticket, Slot& slot) {
    const uint32_t number = frames_[ticket.index];
    CompiledFrame frame = source_->frame(number);
    if (ticket.stop.stop_requested()) return std::nullopt;
    if (ticket.index == 0) tell_scene(frame.scene->facts());
    slot.scene = std::move(frame.scene);
    slot.view = {};
    slot.view.width = plan_.width;
    slot.view.height = plan_.height;
    slot.view.seed = plan_.seed;
    slot.view.frame = number;
    slot.view.max_depth = plan_.max_depth;
    slot.view.flags = options_.no_light_sampling ? uint32_t(frame_no_light_sampling) : 0;
    set_camera(slot.view, frame.camera);
    set_filter(slot.view, plan_.filter);
    slot.view.shutter_open = 0;
    slot.view.shutter_close = 1;
    slot.samples = 0;
    slot.wanted = plan_.samples.count;
    slot.checks = slot.early_samples = 0;
    slot.spread.clear();
    slot.counters = {};
    slot.canvas->clear();
    return std::nullopt;
}

void RenderJob::begin_render(const Ticket& ticket) {
    state_.frame = frames_[ticket.index];
    state_.frame_index = ticket.index;
    state_.set_output(options_.to_stdout ? "stdout" : outputs_[ticket.index].string());
    state_.tracing = true;
}

constexpr uint32_t first_check = 32; // samples before noise is asked about

uint32_t RenderJob::planned_end(const Slot& slot) const {
    return options_.noise && slot.checks == 0 ? std::min(first_check, slot.wanted) : slot.wanted;
}

// Where the sums are looked at next: at the end of a part; half-way, for an earlier state to
// compare with; and at the end.
uint32_t RenderJob::next_stop(const Slot& slot) const {
    const uint32_t end = planned_end(slot), half = end / 2;
    uint32_t stop = end;
    if (options_.denoise) {
        const uint32_t part = std::max(end / spread_parts, 1u);
        stop = std::min(stop, (slot.samples / part + 1) * part);
    }
    const bool halves = options_.noise && slot.early_samples == 0 && slot.samples < half;
    return halves ? std::min(stop, half) : stop;
}

void RenderJob::look_at_sums(const Ticket& ticket, Slot& slot) {
    const uint32_t end = planned_end(slot);
    const std::span<const FilmPixel> sums = slot.canvas->sums_so_far();
    const auto keep = [&] {
        slot.early.assign(sums.begin(), sums.end());
        slot.early_samples = slot.samples;
    };
    if (options_.denoise) slot.spread.add(sums, slot.samples);
    if (slot.samples < end) {
        if (options_.noise && slot.early_samples == 0 && slot.samples == end / 2) keep();
        return;
    }
    if (!options_.noise) return;
    double noise = 1;
    if (slot.early_samples > 0)
        noise = noise_of({slot.early, sums, slot.early_samples, slot.samples},
                         exposure_factor(plan_.tone.exposure));
    FrameStats& stats = stats_.frames[ticket.index];
    stats.noise = noise;
    stats.passes = ++slot.checks;
    if (noise <= *options_.noise || slot.samples == plan_.samples.count) {
        slot.wanted = slot.samples;
        return;
    }
    keep();
    slot.wanted = std::min(samples_for(*options_.noise, noise, slot.samples), plan_.samples.count);
}

// A pass of samples at a time.
Resume RenderJob::render(const Ticket& ticket, Slot& slot) {
    if (slot.samples == 0) begin_render(ticket);
    sink_->check();
    std::atomic<bool> halt{false};
    const std::stop_callback on_stop(ticket.stop, [&halt] { halt = true; });
    const PassControl control{&halt, &state_.samples_done};
    // The first pass has enough samples to fill a machine, unless the picture does alone.
    uint32_t& pass_count = pass_counts_[ticket.worker];
    pass_count =
        std::max(pass_count, uint32_t(std::clamp<uint64_t>(65536 / plan_.pixel_count(), 1, 4096)));
    const uint32_t stop = next_stop(slot);
    const uint32_t count = std::min(pass_count, stop - slot.samples);
    const PassCounters before = slot.counters;
    const auto begin = PipelineClock::now();
    const SampleRange range{plan_.samples.first + slot.samples, count};
    if (!slot.canvas->render_pass(slot.view, range, control, slot.counters))
        return std::nullopt; // stopped
    const double seconds = seconds_since(begin);
    const bool shared = pipeline_.arrangement == Arrangement::concurrent;
    pass_count = next_count(count, seconds, shared ? 0.02 : 0.2);
    count_pass(before, slot.counters, seconds);
    slot.samples += count;
    if ((options_.noise || options_.denoise) && slot.samples == stop) look_at_sums(ticket, slot);
    if (live_) show_growing(ticket, slot, slot.samples == slot.wanted);
    if (slot.samples < slot.wanted) return PipelineClock::now();
    stats_.frames[ticket.index].samples = slot.samples;
    keep_counters(ticket.index, slot.counters);
    return std::nullopt;
}

// What there is of a frame so far; the pass that was its last is always shown.
void RenderJob::show_growing(const Ticket& ticket, Slot& slot, bool last) {
    if (!last && !live_->due()) return;
    slot.light.width = plan_.film_width();
    slot.light.height = plan_.film_height();
    // In host memory there is nothing to bring, and a canvas that is told to lets go of its scene.
    if (!slot.canvas->on_cores()) slot.canvas->download(slot.samples, false);
    slot.canvas->resolve(slot.samples, slot.light);
    live_->show(options_.to_stdout ? "stdout" : outputs_[ticket.index].string(), slot.light,
                plan_.tone);
}

void RenderJob::count_pass(const PassCounters& before, const PassCounters& after, double seconds) {
    const auto rays = [](const PassCounters& c) {
        return c.camera_rays + c.scattered_rays + c.shadow_rays;
    };
    const std::lock_guard lock(mutex_);
    rays_ += rays(after) - rays(before);
    render_seconds_ += seconds;
    state_.mrays_per_s = double(rays_) / (render_seconds_ / double(devices_.size())) / 1e6;
}

void RenderJob::keep_device_times(const Ticket& ticket, const DeviceTimes& times) {
    const auto keep = [&](Stage stage, const std::optional<DeviceInterval>& interval) {
        if (!interval) return;
        const auto seconds = [this](PipelineClock::time_point t) {
            return std::max(0.0, std::chrono::duration<double>(t - begin_).count());
        };
        Span span{stage, ticket.worker, ticket.index, true, seconds(interval->begin), 0, 0, 0};
        span.end = std::max(span.begin, seconds(interval->end));
        span.busy = span.seconds();
        device_spans_.push_back(span);
    };
    const std::lock_guard lock(mutex_);
    keep(Stage::upload, times.upload);
    keep(Stage::render, times.render);
    keep(Stage::download, times.download);
}

void RenderJob::keep_counters(uint32_t index, const PassCounters& counters) {
    FrameStats& stats = stats_.frames[index];
    stats.camera_rays = counters.camera_rays;
    stats.scattered_rays = counters.scattered_rays;
    stats.shadow_rays = counters.shadow_rays;
    stats.nan_samples = counters.nan_samples;
    stats.clamped_samples = counters.clamped_samples;
}

bool RenderJob::wants_features() const { return options_.denoise || !options_.layers.empty(); }

// One thread where each worker has one.
bool RenderJob::trace_features(const Ticket& ticket, Slot& slot) {
    std::atomic<bool> halt{false};
    const std::stop_callback on_stop(ticket.stop, [&halt] { halt = true; });
    const bool cost = std::find(options_.layers.begin(), options_.layers.end(), Layer::cost) !=
                      options_.layers.end();
    const bool done =
        juggler::trace_features(*slot.traced, slot.view, plan_.window,
                                {std::min(slot.samples, feature_samples),
                                 plan_.samples.first + slot.samples, feature_edge_samples},
                                cost, finishing_threads(), &halt, slot.features);
    slot.traced.reset();
    return done;
}

unsigned RenderJob::finishing_threads() const {
    if (pipeline_.arrangement == Arrangement::concurrent ||
        pipeline_.arrangement == Arrangement::parallel)
        return 1;
    return slots_.front().canvas->on_cores() ? devices_.front()->threads() : usable_threads();
}

PictureLayers RenderJob::layers_of(const Slot& slot, const std::string& settings) const {
    PictureLayers layers;
    if (options_.layers.empty()) return layers;
    const size_t plane = size_t(slot.features.width) * slot.features.height;
    const auto add = [&](const char* layer, const char* names, const std::vector<float>& values) {
        for (size_t c = 0; names[c] != 0; ++c)
            layers.channels.push_back(
                {std::string(layer) + "." + names[c], values.data() + c * plane});
    };
    for (const Layer layer : options_.layers)
        switch (layer) {
        case Layer::albedo:
            add("albedo", "RGB", slot.features.albedo);
            break;
        case Layer::normal:
            add("normal", "XYZ", slot.features.normal);
            break;
        case Layer::depth:
            add("depth", "Z", slot.features.depth);
            break;
        case Layer::cost:
            add("cost", "Y", slot.features.rays);
            break;
        }
    layers.notes = {{"juggler:scene", stats_.scene},
                    {"juggler:film", settings},
                    {"juggler:backend", stats_.backend},
                    {"juggler:version", JUGGLER_VERSION}};
    return layers;
}

Resume RenderJob::encode(const Ticket& ticket, Slot& slot) {
    if (!options_.stats.empty()) stats_.frames[ticket.index].film_hash = slot.canvas->hash();
    const bool show = options_.show != ShowHow::off || !options_.report.empty();
    const FilmSettings of = film_settings(options_, plan_, scene_hash_, frames_[ticket.index]);
    if (options_.format == PictureFormat::film) {
        FilmHeader header = film_header();
        header.nan_samples = slot.counters.nan_samples;
        header.clamped_samples = slot.counters.clamped_samples;
        slot.encoded.file = encode_film(of.notes(), header, slot.canvas->sums());
        if (!show) return std::nullopt;
    }
    slot.light.width = plan_.film_width();
    slot.light.height = plan_.film_height();
    slot.canvas->resolve(slot.samples, slot.light);
    if (wants_features() && !trace_features(ticket, slot)) return std::nullopt;
    if (options_.denoise)
        denoise(slot.light.rgb, slot.spread.variance(), slot.features, finishing_threads());
    if (options_.format == PictureFormat::film) {
        const auto codes = display_codes(std::move(slot.light.rgb), plan_.tone);
        slot.shown = {slot.light.width, slot.light.height, 3, 255, {codes.begin(), codes.end()}};
        return std::nullopt;
    }
    encode_picture(slot.encoded, std::move(slot.light),
                   {plan_.window.x0, plan_.window.y0, plan_.width, plan_.height}, encode_settings(),
                   picture_hash(of.hash(), encode_settings()), show ? &slot.shown : nullptr,
                   layers_of(slot, of.hash()));
    return std::nullopt;
}

Resume RenderJob::write(const Ticket& ticket, Slot& slot) {
    if (!slot.written) {
        const auto begin = PipelineClock::now();
        const std::stop_callback on_stop(ticket.stop, [this] { sink_halt_ = true; });
        state_.writing = !options_.to_stdout;
        sink_->write({ticket.index, frames_[ticket.index], plan_.film_width(), plan_.film_height(),
                      slot.encoded.file});
        if (ticket.index + 1 == frames_.size()) sink_->finish();
        state_.writing = false;
        state_.frames_done = ticket.index + 1;
        stats_.frames[ticket.index].written = true;
        slot.written = true;
        const auto done = write_disk_.busy_until(slot.encoded.file.size(), begin);
        if (done > PipelineClock::now()) return done;
    }
    slot.written = false;
    show(ticket, slot);
    return std::nullopt;
}

void RenderJob::show(const Ticket& ticket, const Slot& slot) {
    const bool shown = live_ && live_->in_terminal();
    const bool visible = !shown && (options_.show != ShowHow::automatic || isatty(STDERR_FILENO));
    if (options_.show != ShowHow::off && visible)
        say(terminal_picture(slot.shown, options_.show, terminal_size(STDERR_FILENO)));
    if (options_.report.empty()) return;
    // A page has room for a handful: one of each of as many equal parts of the run.
    constexpr uint64_t most = 8;
    const uint64_t count = frames_.size(), parts = std::min(count, most), i = ticket.index;
    const auto part = [&](uint64_t index) {
        return count > 1 ? index * (parts - 1) / (count - 1) : 0;
    };
    if (i > 0 && part(i) == part(i - 1)) return;
    const std::lock_guard lock(mutex_);
    shown_.push_back({ticket.index, slot.shown});
}

// The first error, with its place in the run where there is more than one.
void RenderJob::fail(const std::exception_ptr& error) {
    stage_ = stage_name(timeline_.failed_stage);
    const std::string place =
        " (frame " + std::to_string(frames_[timeline_.failed_index]) + ", stage " + stage_ + ")";
    const bool several = frames_.size() > 1;
    try {
        std::rethrow_exception(error);
    } catch (const SinkStopped&) {
        throw Stopped();
    } catch (const InputError&) {
        throw;
    } catch (const Error& e) {
        if (!several || e.exit() == Exit::usage) throw;
        throw Error(e.exit(), e.what() + place);
    } catch (const std::bad_alloc&) {
        throw Error(Exit::failed, "go on: out of memory" + (several ? place : ""));
    }
}

void RenderJob::finish(RunOutcome&& outcome) {
    // Of a clip that did not come to its end nothing is kept.
    const bool ended = !outcome.error && !outcome.stopped;
    const bool kept = ended || options_.to_stdout || !facts_of(options_.format).clip;
    for (FrameStats& frame : stats_.frames)
        frame.written = frame.written && kept;
    for (const Span& span : outcome.spans) {
        FrameStats& frame = stats_.frames[span.index];
        double* const times[stage_count] = {&frame.prepare,  &frame.upload, &frame.compute,
                                            &frame.download, &frame.encode, &frame.write};
        *times[+span.stage] = span.seconds();
        if (span.stage == Stage::prepare) frame.wall -= span.begin;
        if (span.stage == Stage::write && frame.written) frame.wall += span.end;
    }
    // A slow disk may still be waited for when a run is stopped: the file is there, its stage has
    // no end.
    for (FrameStats& frame : stats_.frames)
        if (!frame.written || frame.wall < 0) frame.wall = 0;
    std::sort(shown_.begin(), shown_.end(),
              [](const ShownFrame& a, const ShownFrame& b) { return a.index < b.index; });
    for (const Span& span : device_spans_) {
        FrameStats& frame = stats_.frames[span.index];
        (span.stage == Stage::upload   ? frame.device_upload
         : span.stage == Stage::render ? frame.device_compute
                                       : frame.device_download) = span.seconds();
    }
    timeline_ = make_timeline(pipeline_, std::move(outcome));
    add_spans(timeline_, device_spans_);
    timeline_.title = stats_.scene;
    timeline_.backend = stats_.backend + " on " + stats_.device;
    timeline_.cores = usable_threads();
    timeline_.render_threads = slots_.front().canvas->on_cores() ? devices_.front()->threads() : 0;
    timeline_.frames = frames_;
    stats_.wall = seconds_since(begin_);
    stats_.usage = usage();
}

void RenderJob::run_all(const std::stop_token& stop) {
    set_up(stop);
    if (frames_.empty()) {
        stats_.wall = seconds_since(begin_);
        stats_.usage = usage();
        return;
    }
    if (options_.dry_run) {
        dry_run(stop);
        return;
    }
    stage_ = "render";
    RunOutcome outcome = run_pipeline(pipeline_, *this, stop, begin_);
    if (outcome.error || outcome.stopped) sink_->abort();
    const std::exception_ptr error = outcome.error;
    const bool stopped = outcome.stopped;
    finish(std::move(outcome));
    if (error) fail(error);
    if (stopped) throw Stopped();
    stage_ = "write";
    if (live_) live_->finish();
}

} // namespace juggler
