#include "host/cli/contest_setup.h"

#include "host/base/hex.h"
#include "host/cli/scene_source.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/encode.h"
#include "host/scene/memory.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include <unistd.h>

namespace juggler {
namespace {

// Opens every backend asked for, and openmp once for each number of threads.
class Field {
public:
    Field(const CompareOptions& options, ContestRecord& record)
        : options_(options), record_(record) {
        if (options.backends.empty())
            open_all();
        else
            for (const std::string& name : options.backends)
                open(find_backend(name));
    }

    std::vector<Contender> contenders;

    // The trees of one compiled scene that serves all of them.
    [[nodiscard]] TreeLayouts layouts() const {
        TreeLayouts all{false, 0, options_.picture.bvh};
        for (const Contender& c : contenders) {
            const TreeLayouts one = c.device->layouts();
            all.binary |= one.binary;
            all.wide = std::max(all.wide, one.wide);
            all.compressed |= one.compressed;
        }
        return all;
    }

private:
    void open_all() {
        for (const Backend& backend : backends())
            if (const std::string reason = backend.unavailable(); reason.empty())
                open(backend);
            else
                record_.absent.push_back(std::string(backend.name) + ": " + reason);
    }

    void open(const Backend& backend) {
        DeviceOptions device;
        device.isa = options_.picture.isa;
        device.schedule = options_.picture.schedule;
        device.tile = options_.picture.tile;
        device.device = options_.picture.device;
        const std::vector<uint32_t> once{0};
        const bool sweep = backend.name == "openmp" && !options_.threads.empty();
        for (const uint32_t threads : sweep ? options_.threads : once) {
            device.threads = threads;
            Contender contender{std::string(backend.name), backend.open(device)};
            // Two ways to ask for the same, such as 2 and "all" on two cores, make one row.
            if (known_.insert({contender.backend, contender.device->threads()}).second)
                contenders.push_back(std::move(contender));
        }
    }

    const CompareOptions& options_;
    ContestRecord& record_;
    std::set<std::pair<std::string, unsigned>> known_;
};

std::vector<std::byte> png_of(const Film& film, const FramePlan& plan, EncodedPicture* shown) {
    Picture light{plan.film_width(), plan.film_height(), film.mean(plan.spp)};
    return encode_picture(std::move(light),
                          {plan.window.x0, plan.window.y0, plan.width, plan.height},
                          {PictureFormat::png, plan.tone, 1}, "", shown);
}

double load_now() {
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

void describe_machine(ContestRecord& record) {
    record.cores = cores();
    record.cpu = cpu_name();
    record.features = cpu_features();
    record.load = load_now();
}

// Keeps the reference, and of the others the first that differs, or the last.
class Keeper {
public:
    explicit Keeper(ContestRecord& record) : record_(record) {}
    void keep(const std::string& backend, EncodedPicture&& picture) {
        std::vector<ShownRun>& shown = record_.shown;
        if (shown.size() == 2 && shown[0].picture.values != shown[1].picture.values) return;
        if (shown.size() == 2) shown.pop_back();
        shown.push_back({backend, std::move(picture)});
    }

private:
    ContestRecord& record_;
};

// A line that is overwritten, where there is a terminal to do so.
void tell_run(const ContestRecord& record, unsigned run, const Contender& contender) {
    const std::string what = run < record.warmups
                                 ? "warm-up " + std::to_string(run + 1)
                                 : "run " + std::to_string(run - record.warmups + 1) + " of " +
                                       std::to_string(record.runs);
    say("\r\x1b[K" + what + ": " + contender.backend + ", " + contender.device->description());
}

} // namespace

FrameView frame_view(const RenderOptions& picture, const FramePlan& plan, uint32_t frame,
                     const CameraDescription& camera) {
    FrameView view{};
    view.width = plan.width;
    view.height = plan.height;
    view.seed = plan.seed;
    view.frame = frame;
    view.max_depth = plan.max_depth;
    view.flags = picture.no_light_sampling ? uint32_t(frame_no_light_sampling) : 0;
    set_camera(view, camera);
    set_filter(view, plan.filter);
    view.shutter_open = 0;
    view.shutter_close = 1;
    return view;
}

ContestRecord run_contest(const CompareOptions& options, bool quiet) {
    end_on_signals();
    ContestRecord record;
    describe_machine(record);
    const auto note = [quiet](const std::string& text) {
        if (!quiet) say("note: " + text + "\n");
    };
    if (record.load > 0.5 * record.cores.usable)
        note("this machine is busy with other work (load " +
             std::to_string(record.load).substr(0, 4) + " on " +
             std::to_string(record.cores.usable) + " cores): times will vary");
    Field field(options, record);
    const RenderOptions& picture = options.picture;
    SceneSource source(picture, field.layouts(), memory_limit(picture) / 4 * 3, note);
    const FrameList wanted{false, {{options.frame, options.frame, 1}}};
    (void)frames_of(wanted, std::max(1u, source.animation().frames));
    const SceneDescription& description = source.first(options.frame, true);
    record.plan = plan_frame(picture, description.image);
    check_memory(picture, record.plan, estimate_memory(description, field.layouts()),
                 available_memory(), {1, 2, false});
    const CompiledFrame frame = source.frame(options.frame);
    record.scene = std::filesystem::path(picture.scene).filename().string();
    record.scene_hash = hex(frame.scene->hash());
    record.frame = options.frame;
    record.animation_frames = source.animation().frames;
    record.runs = options.runs;
    record.warmups = options.warmups;

    ContestPlan plan;
    plan.frame = frame_view(picture, record.plan, options.frame, frame.camera);
    plan.window = record.plan.window;
    plan.spp = record.plan.spp;
    plan.warmups = options.warmups;
    plan.runs = options.runs;
    const bool live = !quiet && isatty(STDERR_FILENO) == 1;
    std::function<void(unsigned, const Contender&)> tell;
    if (live)
        tell = [&](unsigned run, const Contender& contender) { tell_run(record, run, contender); };
    Keeper keeper(record);
    size_t pictures = 0; // the first is the reference, then comes one of each contender
    const auto encode = [&](const Film& film) {
        EncodedPicture shown;
        std::vector<std::byte> file =
            png_of(film, record.plan, options.report.empty() ? nullptr : &shown);
        const size_t i = pictures++;
        if (!options.report.empty() && i != 1)
            keeper.keep(field.contenders[i == 0 ? 0 : i - 1].backend, std::move(shown));
        return file;
    };
    record.contest = hold_contest(plan, *frame.scene, field.contenders, encode, tell);
    if (live) say("\r\x1b[K");
    return record;
}

} // namespace juggler
