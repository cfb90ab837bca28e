// A picture of who rendered what.
#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/contest_setup.h"
#include "host/cli/pages.h"
#include "host/cli/scene_source.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <unistd.h>

namespace juggler {
namespace {

// Neighbours on the wheel are far apart in hue: steps of the golden section.
std::array<double, 3> colour_of(unsigned worker) {
    const double hue = 6 * std::fmod(0.58 + 0.618033988749895 * worker, 1.0);
    std::array<double, 3> rgb{};
    for (unsigned c = 0; c < 3; ++c) {
        const double distance = std::fabs(std::fmod(hue - 2.0 * c + 9, 6.0) - 3);
        rgb[c] = 0.25 + 0.75 * std::clamp(2 - distance, 0.0, 1.0);
    }
    return rgb;
}

double seconds_a_pixel(const TileSpan& span) {
    const WaveTile& t = span.tile;
    return (span.end - span.begin) / (double(t.x1 - t.x0) * (t.y1 - t.y0));
}

// What all but the slowest twentieth stay below, so that one tile that had to wait for its core
// does not darken all others.
double most_a_pixel(const TileLog& log) {
    std::vector<double> costs;
    for (const auto& worker : log.workers)
        for (const TileSpan& span : worker)
            costs.push_back(seconds_a_pixel(span));
    if (costs.empty()) return 1;
    const auto at = costs.begin() + std::ptrdiff_t(costs.size() * 19 / 20);
    std::nth_element(costs.begin(), at, costs.end());
    return std::max(*at, 1e-12);
}

std::vector<uint8_t> draw(const TileLog& log, uint32_t width, uint32_t height) {
    std::vector<uint8_t> rgb(size_t(width) * height * 3);
    const double most = most_a_pixel(log);
    for (unsigned worker = 0; worker < log.workers.size(); ++worker)
        for (const TileSpan& span : log.workers[worker]) {
            const double cost = std::min(1.0, seconds_a_pixel(span) / most);
            const WaveTile& t = span.tile;
            for (uint32_t y = t.y0; y < t.y1; ++y)
                for (uint32_t x = t.x0; x < t.x1; ++x) {
                    // A dark line between tiles.
                    const bool edge = (x == t.x0 && x > 0) || (y == t.y0 && y > 0);
                    const double light = edge ? 0.08 : 0.2 + 0.8 * cost;
                    for (unsigned c = 0; c < 3; ++c)
                        rgb[(size_t(y) * width + x) * 3 + c] =
                            uint8_t(255 * light * colour_of(worker)[c] + 0.5);
                }
        }
    return rgb;
}

// Each tile as a frame that one worker renders from begin to end.
Timeline timeline_of(const TileLog& log, const std::string& scene, const Device& device) {
    Timeline timeline;
    timeline.title = "tiles of " + scene;
    timeline.backend = "openmp on " + device.description();
    timeline.plan.arrangement = Arrangement::parallel;
    timeline.plan.parallel_workers = timeline.plan.in_flight = unsigned(log.workers.size());
    timeline.cores = cores().usable;
    timeline.render_threads = 1;
    for (unsigned worker = 0; worker < log.workers.size(); ++worker)
        for (const TileSpan& span : log.workers[worker])
            timeline.spans.push_back({Stage::render, worker, 0, false, span.begin, span.end,
                                      span.end - span.begin, span.end - span.begin});
    std::sort(timeline.spans.begin(), timeline.spans.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    for (uint32_t i = 0; i < timeline.spans.size(); ++i) {
        Span& span = timeline.spans[i];
        span.index = i;
        timeline.wall = std::max(timeline.wall, span.end);
        timeline.cpu += span.cpu;
    }
    timeline.plan.frame_count = uint32_t(timeline.spans.size());
    timeline.frames.resize(timeline.spans.size());
    std::iota(timeline.frames.begin(), timeline.frames.end(), 1u);
    return timeline;
}

std::string summary(const TileLog& log, const Timeline& timeline) {
    std::string text;
    double least = timeline.wall;
    for (unsigned worker = 0; worker < log.workers.size(); ++worker) {
        double busy = 0;
        for (const TileSpan& span : log.workers[worker])
            busy += span.end - span.begin;
        const double end = log.workers[worker].empty() ? 0 : log.workers[worker].back().end;
        least = std::min(least, end);
        char line[120];
        std::snprintf(line, sizeof line,
                      "thread %-3u %6zu tiles, busy %8.1f ms, done at %8.1f ms\n", worker + 1,
                      log.workers[worker].size(), busy * 1e3, end * 1e3);
        text += line;
    }
    char line[160];
    std::snprintf(line, sizeof line,
                  "all        %6u tiles in %.1f ms; the first thread was done %.1f %% before the "
                  "last\n",
                  timeline.plan.frame_count, timeline.wall * 1e3,
                  timeline.wall > 0 ? 100 * (1 - least / timeline.wall) : 0.0);
    return text + line;
}

void write_file(std::string_view text, const std::string& target) {
    OutputFile file(target);
    file.write(text);
    file.commit();
}

} // namespace

Exit tiles(const TilesOptions& options, const Context& context) {
    for (const std::string& file : {options.output, options.trace, options.timeline})
        if (!file.empty()) check_output_place(file);
    end_on_signals();
    const RenderOptions& picture = options.picture;
    const std::unique_ptr<Device> device =
        find_backend("openmp").open({picture.threads, picture.isa, picture.schedule, picture.tile});
    const auto note = [&](const std::string& text) {
        if (!context.quiet) say("note: " + text + "\n");
    };
    TreeLayouts layouts = device->layouts();
    layouts.quality = picture.bvh;
    SceneSource source(picture, layouts, memory_limit(picture) / 4 * 3, note);
    (void)frames_of({false, {{options.frame, options.frame, 1}}},
                    std::max(1u, source.animation().frames));
    const SceneDescription& description = source.first(options.frame, true);
    const FramePlan plan = plan_frame(picture, description.image);
    check_memory(picture, plan, estimate_memory(description, layouts), available_memory(),
                 {1, 1, false});
    const CompiledFrame frame = source.frame(options.frame);
    device->set_scene(*frame.scene);
    Film film(plan.window);
    TileLog log;
    PassCounters counters{};
    PassControl control;
    control.tiles = &log;
    const FrameView view = frame_view(picture, plan, options.frame, frame.camera);
    (void)device->render_pass(view, film.view(), {0, 1}, {}, counters); // starts the threads
    film.clear();
    log.start = std::chrono::steady_clock::now();
    (void)device->render_pass(view, film.view(), {0, plan.spp}, control, counters);

    const uint32_t width = plan.film_width(), height = plan.film_height();
    const std::vector<uint8_t> rgb = draw(log, width, height);
    OutputFile file(options.output);
    file.write(encode_png8(width, height, rgb, 6));
    file.commit();
    const std::string scene = std::filesystem::path(picture.scene).filename().string();
    const Timeline timeline = timeline_of(log, scene, *device);
    if (!options.timeline.empty()) write_file(timeline_svg({&timeline, 1}), options.timeline);
    if (!options.trace.empty()) write_file(trace_json(timeline), options.trace);
    if (options.show != ShowHow::off &&
        (options.show != ShowHow::automatic || isatty(STDERR_FILENO)))
        say(terminal_picture(as_picture(width, height, rgb), options.show,
                             terminal_size(STDERR_FILENO)));
    if (!context.quiet) say("done    " + options.output + "\n");
    print(summary(log, timeline));
    return Exit::done;
}

} // namespace juggler
