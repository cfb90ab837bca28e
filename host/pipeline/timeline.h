// What happened when, and what can be said of it.
#pragma once

#include "host/pipeline/pipeline.h"

#include <span>
#include <string>
#include <vector>

namespace juggler {

// How a run ended.
enum class RunEnd : uint8_t { done, failed, stopped };

constexpr std::string_view run_end_name(RunEnd end) {
    constexpr std::string_view names[] = {"done", "failed", "stopped"};
    return names[size_t(end)];
}

struct Timeline {
    std::string title; // what ran, for people
    std::string backend;
    PipelinePlan plan;
    unsigned cores = 1;                      // that the run may use
    unsigned render_threads = 0;             // of a render worker; 0 = it computes elsewhere
    std::vector<uint32_t> frames;            // their numbers, by index
    double wall = 0, cpu_first = 0, cpu = 0; // as RunOutcome
    std::vector<Span> spans;                 // by begin
    RunEnd end = RunEnd::done;
    Stage failed_stage{};      // where it failed,
    uint32_t failed_index = 0; // and with which frame
};

Timeline make_timeline(const PipelinePlan& plan, RunOutcome&& outcome);
// Adds them where their begins belong.
void add_spans(Timeline& timeline, const std::vector<Span>& spans);

// What kept the run from being faster.
enum class Bound { slowest_stage, in_flight, cores };

struct Verdict {
    double wall = 0;              // seconds from the first stage's begin to the last one's end
    double one_after_another = 0; // the same work, one stage after another
    double ideal = 0;             // the least that stages, slots and cores allow
    Bound bound = Bound::slowest_stage;
    Stage stage = Stage::render; // the slowest, per worker
    double busy = 0;             // share of the run in which what bounds it was used

    [[nodiscard]] double gain() const { return wall > 0 ? one_after_another / wall : 1; }
    [[nodiscard]] double over_ideal() const { return ideal > 0 ? wall / ideal : 1; }
};

// With the stage times of the first frame t0 and of all later ones t:
//
//     ideal = sum(t0) + max over stages of t / workers, sum(t) / slots, CPU / cores
//
// which for frames of equal times is DESIGN's sum + (N - 1) max(slowest / workers, sum / K, W / n).
// In `parallel` it is max(..., sum(t0 + t) / workers). A stage's time is what it would take alone:
// where stages compete for cores, their shares are left out.
// Spans of devices say when they worked; what waited for them is in those of workers.
Verdict judge(const Timeline& timeline);

// One line, without its end.
std::string sentence(const Verdict& verdict, const Timeline& timeline);

// A row of a drawing.
struct Lane {
    std::string name;
    std::vector<const Span*> spans; // by begin
};
// By stage and worker; by worker alone where each does every stage. Then engines of devices.
std::vector<Lane> lanes_of(const Timeline& timeline);

// For Perfetto and chrome://tracing: complete events on one lane each, counters, a flow per frame.
std::string trace_json(const Timeline& timeline);
// Of a file that trace_json made. Throws Error(Exit::input), naming the file and what is wrong.
Timeline read_trace(const std::string& text, const std::string& file);

// One above the other, on one time axis that begins with the first span of each.
std::string timeline_svg(std::span<const Timeline> timelines);
// The same as text, at most `columns` wide. Bars hold the numbers of their frames.
std::string timeline_text(std::span<const Timeline> timelines, unsigned columns, bool colours);

} // namespace juggler
