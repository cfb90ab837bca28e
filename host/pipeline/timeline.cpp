#include "host/pipeline/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace juggler {
namespace {

using StageTimes = std::array<double, stage_count>;

double sum(const StageTimes& times) {
    double all = 0;
    for (const double t : times)
        all += t;
    return all;
}

// Threads that compute while the stage goes on.
unsigned demand(const Timeline& timeline, Stage stage) {
    if (stage == Stage::render) return timeline.render_threads;
    return stage == Stage::prepare || stage == Stage::encode ? 1 : 0;
}

// How long stages would have taken had they been alone: where more threads compute than there are
// cores, each gets its share of them and no more.
class Contention {
public:
    explicit Contention(const Timeline& timeline) : timeline_(timeline) {
        progress_.reserve(2 * timeline.spans.size());
        for (const Span& span : timeline.spans) {
            const double threads = demand(timeline, span.stage);
            if (span.on_device || threads == 0) continue;
            progress_.emplace_back(span.begin, threads);
            progress_.emplace_back(span.end, -threads);
        }
        std::sort(progress_.begin(), progress_.end());
        // What changes there becomes how far work has come there.
        double progress = 0, computing = 0;
        double last = progress_.empty() ? 0 : progress_.front().first;
        for (auto& [time, value] : progress_) {
            const double share = std::max(1u, timeline.cores) / std::max(1.0, computing);
            progress += (time - last) * std::min(1.0, share);
            last = time;
            computing += value;
            value = progress;
        }
    }

    [[nodiscard]] double alone(const Span& span) const {
        if (demand(timeline_, span.stage) == 0) return span.seconds();
        // One thread for everything: the rest of the time it worked on other frames.
        if (timeline_.plan.arrangement == Arrangement::concurrent) return span.busy;
        return at(span.end) - at(span.begin);
    }

private:
    // Progress of whatever computes, at the begin or end of a span.
    [[nodiscard]] double at(double time) const {
        return std::lower_bound(progress_.begin(), progress_.end(), time,
                                [](const auto& entry, double t) { return entry.first < t; })
            ->second;
    }

    const Timeline& timeline_;
    std::vector<std::pair<double, double>> progress_; // at a time
};

std::string seconds_text(double seconds) {
    char text[40];
    std::snprintf(text, sizeof text, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    return text;
}

} // namespace

Timeline make_timeline(const PipelinePlan& plan, RunOutcome&& outcome) {
    Timeline timeline;
    timeline.plan = plan;
    timeline.spans = std::move(outcome.spans);
    timeline.wall = outcome.wall;
    timeline.cpu = outcome.cpu;
    timeline.cpu_first = outcome.cpu_first;
    timeline.end = outcome.error     ? RunEnd::failed
                   : outcome.stopped ? RunEnd::stopped
                                     : RunEnd::done;
    timeline.failed_stage = outcome.stage;
    timeline.failed_index = outcome.index;
    for (uint32_t index = 0; index < plan.frame_count; ++index)
        timeline.frames.push_back(index + 1);
    return timeline;
}

void add_spans(Timeline& timeline, const std::vector<Span>& spans) {
    if (spans.empty()) return;
    timeline.spans.insert(timeline.spans.end(), spans.begin(), spans.end());
    std::stable_sort(timeline.spans.begin(), timeline.spans.end(),
                     [](const Span& a, const Span& b) { return a.begin < b.begin; });
}

Verdict judge(const Timeline& timeline) {
    Verdict verdict;
    if (timeline.spans.empty()) return verdict;
    StageTimes first{}, later{};
    const Contention contention(timeline);
    double begin = timeline.spans.front().begin, end = begin;
    for (const Span& span : timeline.spans) {
        if (span.on_device) continue;
        (span.index == 0 ? first : later)[+span.stage] += contention.alone(span);
        begin = std::min(begin, span.begin);
        end = std::max(end, span.end);
    }
    verdict.wall = end - begin;
    verdict.one_after_another = sum(first) + sum(later);

    double most = 0;
    for (const Stage stage : all_stages) {
        const double time = later[+stage] / timeline.plan.workers_of(stage);
        if (time > most) {
            most = time;
            verdict.stage = stage;
        }
    }
    const double slots = sum(later) / timeline.plan.slots();
    const uint32_t frame_count = std::max(1u, timeline.plan.frame_count);
    const unsigned cores =
        timeline.plan.arrangement == Arrangement::concurrent ? 1 : timeline.cores;
    const double cpu =
        (timeline.cpu - timeline.cpu_first) * (frame_count - 1) / frame_count / std::max(1u, cores);
    if (slots > most) {
        most = slots;
        verdict.bound = Bound::in_flight;
    }
    if (cpu > most) {
        most = cpu;
        verdict.bound = Bound::cores;
    }
    verdict.ideal = sum(first) + most;
    // Workers that do whole frames have nothing to wait for at the begin.
    if (timeline.plan.arrangement == Arrangement::parallel)
        verdict.ideal =
            std::max({most, (sum(first) + sum(later)) / timeline.plan.slots(), sum(first)});
    verdict.busy = verdict.wall > 0 ? std::min(1.0, most / verdict.wall) : 0;
    return verdict;
}

std::string sentence(const Verdict& verdict, const Timeline& timeline) {
    const PipelinePlan& plan = timeline.plan;
    std::string text(arrangement_name(plan.arrangement));
    if (timeline.end != RunEnd::done) text += ", " + std::string(run_end_name(timeline.end));
    if (plan.frame_count < 2) return text + ": a single frame has nothing to overlap with";
    char busy[40];
    std::snprintf(busy, sizeof busy, " (%.0f %%)", 100 * verdict.busy);
    std::string bound = "bound by " + std::string(stage_name(verdict.stage)) + busy;
    if (verdict.bound == Bound::cores && plan.arrangement == Arrangement::concurrent)
        bound = "bound by its one thread" + std::string(busy);
    else if (verdict.bound == Bound::cores)
        bound = "bound by its " + std::to_string(timeline.cores) +
                (timeline.cores == 1 ? " core" : " cores") + busy;
    else if (verdict.bound == Bound::in_flight)
        bound = plan.slots() == 1
                    ? "one thing at a time"
                    : "bound by " + std::to_string(plan.slots()) +
                          (plan.arrangement == Arrangement::parallel ? " workers"
                                                                     : " frames in flight") +
                          busy;
    char figures[100];
    if (plan.arrangement == Arrangement::sequential)
        return text + ": " + seconds_text(verdict.wall) + ", " + bound;
    std::snprintf(figures, sizeof figures, "; %.2f times as fast as one after another (about ",
                  verdict.gain());
    text += ": " + seconds_text(verdict.wall) + ", " + bound + figures +
            seconds_text(verdict.one_after_another);
    std::snprintf(figures, sizeof figures, "), %.2f times the ideal time (", verdict.over_ideal());
    return text + figures + seconds_text(verdict.ideal) + ")";
}

std::vector<Lane> lanes_of(const Timeline& timeline) {
    const bool by_worker = timeline.plan.arrangement == Arrangement::parallel;
    std::vector<Lane> lanes;
    const auto add = [&](const std::string& name, const auto& belongs) {
        Lane lane{name, {}};
        for (const Span& span : timeline.spans)
            if (belongs(span)) lane.spans.push_back(&span);
        if (!lane.spans.empty()) lanes.push_back(std::move(lane));
    };
    const auto add_stages = [&](const std::string& prefix, bool on_device) {
        for (const Stage stage : all_stages)
            for (unsigned worker = 0; worker < timeline.plan.workers_of(stage); ++worker) {
                std::string name = prefix + std::string(stage_name(stage));
                if (timeline.plan.workers_of(stage) > 1) name += " " + std::to_string(worker + 1);
                add(name, [&](const Span& span) {
                    return span.on_device == on_device && span.stage == stage &&
                           span.worker == worker;
                });
            }
    };
    if (by_worker)
        for (unsigned worker = 0; worker < timeline.plan.slots(); ++worker)
            add("worker " + std::to_string(worker + 1),
                [&](const Span& span) { return !span.on_device && span.worker == worker; });
    else
        add_stages("", false);
    if (std::any_of(timeline.spans.begin(), timeline.spans.end(),
                    [](const Span& span) { return span.on_device; }))
        add_stages("gpu ", true);
    return lanes;
}

} // namespace juggler
