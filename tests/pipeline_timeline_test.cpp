// What is said of a run follows from its spans.
#include "host/pipeline/throttle.h"
#include "host/pipeline/timeline.h"

#include "host/base/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <sstream>

namespace juggler {
namespace {

using Json = nlohmann::json;

// Frames of equal stages (seconds), scheduled as well as workers and slots allow.
Timeline scheduled(const PipelinePlan& plan, const std::array<double, stage_count>& times) {
    Timeline timeline;
    timeline.plan = plan;
    timeline.title = "a <test> & more";
    timeline.backend = "virtual";
    timeline.cores = 64;
    std::array<std::vector<double>, stage_count> free; // when each worker is
    for (const Stage stage : all_stages)
        free[+stage].assign(plan.workers_of(stage), 0);
    std::vector<double> slots(plan.slots(), 0);
    for (uint32_t index = 0; index < plan.frame_count; ++index) {
        timeline.frames.push_back(10 * (index + 1));
        const auto slot = std::min_element(slots.begin(), slots.end());
        double now = *slot;
        for (const Stage stage : all_stages) {
            auto& workers = free[+stage];
            const auto worker = std::min_element(workers.begin(), workers.end());
            Span span{stage, unsigned(worker - workers.begin()), index, false, 0, 0, 0, 0};
            span.begin = std::max(now, *worker);
            now = *worker = span.end = span.begin + times[+stage];
            span.busy = times[+stage];
            span.cpu = stage == Stage::encode ? span.busy : 0;
            timeline.spans.push_back(span);
        }
        *slot = now;
    }
    return timeline;
}

double ideal(const PipelinePlan& plan, const std::array<double, stage_count>& times) {
    double sum = 0, most = 0;
    for (const Stage stage : all_stages) {
        sum += times[+stage];
        most = std::max(most, times[+stage] / plan.workers_of(stage));
    }
    return sum + (plan.frame_count - 1) * std::max(most, sum / plan.slots());
}

TEST(Timeline, TheIdealIsReachedByAnIdealSchedule) {
    struct {
        std::array<double, stage_count> times;
        unsigned in_flight, encoders;
        Bound bound;
        Stage stage;
    } const cases[] = {
        {{0, 2, 2, 2, 0, 0}, 3, 1, Bound::slowest_stage, Stage::upload},
        {{0, 2, 2, 2, 0, 0}, 2, 1, Bound::in_flight, Stage::upload},
        {{0, 1, 4, 2.5, 0, 0}, 2, 1, Bound::slowest_stage, Stage::render},
        {{0.5, 0, 2, 0, 3, 1}, 3, 1, Bound::slowest_stage, Stage::encode},
        {{0.5, 0, 1, 0, 4, 1}, 8, 4, Bound::slowest_stage, Stage::render},
    };
    for (const auto& c : cases) {
        PipelinePlan plan;
        plan.frame_count = 101;
        plan.in_flight = c.in_flight;
        plan.workers[+Stage::encode] = c.encoders;
        const Verdict verdict = judge(scheduled(plan, c.times));
        EXPECT_NEAR(verdict.ideal, ideal(plan, c.times), 1e-9);
        EXPECT_EQ(verdict.bound, c.bound);
        if (c.bound == Bound::slowest_stage) {
            EXPECT_EQ(verdict.stage, c.stage);
        }
        EXPECT_GE(verdict.over_ideal(), 1 - 1e-9);
        EXPECT_LE(verdict.over_ideal(), 1.02);
    }
}

TEST(Timeline, WorkersOfWholeFramesBeginTogether) {
    PipelinePlan plan;
    plan.arrangement = Arrangement::parallel;
    plan.frame_count = 12;
    plan.parallel_workers = 3;
    const Timeline timeline = scheduled(plan, {0.5, 0, 3, 0, 0.5, 0});
    const Verdict verdict = judge(timeline);
    EXPECT_NEAR(verdict.ideal, 16, 1e-9);
    EXPECT_NEAR(verdict.over_ideal(), 1, 1e-9);
    EXPECT_NE(sentence(verdict, timeline).find("bound by 3 workers"), std::string::npos);
}

TEST(Timeline, CoresBoundWhatComputes) {
    PipelinePlan plan;
    plan.frame_count = 10;
    Timeline timeline = scheduled(plan, {0, 0, 1, 0, 1, 0});
    timeline.cores = 1;
    timeline.cpu = 20;
    const Verdict verdict = judge(timeline);
    EXPECT_EQ(verdict.bound, Bound::cores);
    EXPECT_NEAR(verdict.ideal, 2 + 18, 1e-9);
    EXPECT_NE(sentence(verdict, timeline).find("bound by its 1 core"), std::string::npos);
}

TEST(Timeline, StagesThatShareACoreTakeLessAlone) {
    PipelinePlan plan;
    plan.frame_count = 3;
    Timeline timeline = scheduled(plan, {0, 0, 1, 0, 1, 0}); // render at 0-3, encode at 1-4
    timeline.render_threads = 1;
    timeline.cores = 2;
    EXPECT_NEAR(judge(timeline).one_after_another, 6, 1e-9);
    timeline.cores = 1;
    EXPECT_NEAR(judge(timeline).one_after_another, 4, 1e-9);
}

TEST(Timeline, ATraceIsReadAsItWasWritten) {
    PipelinePlan plan;
    plan.frame_count = 7;
    plan.workers[+Stage::encode] = 2;
    const Timeline timeline = scheduled(plan, {0.125, 0.25, 1, 0.25, 1.5, 0.5});
    const Timeline again = read_trace(trace_json(timeline), "t.json");
    EXPECT_EQ(again.frames, timeline.frames);
    EXPECT_EQ(again.title, timeline.title);
    ASSERT_EQ(again.spans.size(), timeline.spans.size());
    EXPECT_NEAR(judge(again).ideal, judge(timeline).ideal, 1e-6);
    EXPECT_EQ(timeline_text({&again, 1}, 80, false), timeline_text({&timeline, 1}, 80, false));
    EXPECT_EQ(timeline_svg({&again, 1}), timeline_svg({&timeline, 1}));
}

// The event types that every viewer reads, and what each must have.
TEST(Timeline, ATraceHoldsOnlySafeEvents) {
    PipelinePlan plan;
    plan.frame_count = 4;
    const Json trace = Json::parse(trace_json(scheduled(plan, {0.1, 0.1, 1, 0.1, 0.5, 0.2})));
    std::map<std::string, int> count;
    std::map<int, double> last_end; // slices of a lane do not overlap
    for (const Json& event : trace["traceEvents"]) {
        const std::string kind = event["ph"];
        ++count[kind];
        EXPECT_TRUE(event["pid"].is_number() && event["tid"].is_number());
        if (kind == "s" || kind == "f") {
            EXPECT_TRUE(event["id"].is_number());
        }
        if (kind != "M") {
            EXPECT_GE(event["ts"].get<double>(), 0);
        }
        if (kind != "X") continue;
        EXPECT_GE(event["ts"].get<double>() + 0.01, last_end[event["tid"]]);
        last_end[event["tid"]] = event["ts"].get<double>() + event["dur"].get<double>();
        EXPECT_EQ(event["args"]["frame"].get<int>() % 10, 0);
    }
    EXPECT_EQ(count["X"], 24);
    EXPECT_EQ(count["s"], 4);
    EXPECT_EQ(count["f"], 4);
    EXPECT_GT(count["C"], 8);
    EXPECT_GT(count["M"], 6);
    EXPECT_EQ(count.size(), 5u);
}

TEST(Timeline, OtherFilesAreNoTraces) {
    PipelinePlan plan;
    plan.frame_count = 2;
    const std::string good = trace_json(scheduled(plan, {0, 0, 1, 0, 1, 0}));
    std::vector<std::string> bad{"", "{}", "[1, 2]", "{\"traceEvents\": []}",
                                 good.substr(0, good.size() / 2)};
    for (const auto& [from, to] :
         {std::pair{"\"both\"", "\"neither\""}, std::pair{"\"frame_count\":2", "\"frame_count\":0"},
          std::pair{"\"index\":1", "\"index\":99"}, std::pair{"\"ts\":", "\"st\":"},
          std::pair{"\"frame_count\":2", "\"frame_count\":99999999999"}}) {
        std::string text = good;
        ASSERT_NE(text.find(from), std::string::npos);
        text.replace(text.find(from), std::string(from).size(), to);
        bad.push_back(text);
    }
    for (const std::string& text : bad) {
        try {
            (void)read_trace(text, "t.json");
            ADD_FAILURE() << text;
        } catch (const Error& e) {
            EXPECT_EQ(e.exit(), Exit::input);
            EXPECT_NE(std::string(e.what()).find("t.json"), std::string::npos);
        }
    }
}

TEST(Timeline, BarsHoldFrameNumbersAndLinesHaveTheWidth) {
    PipelinePlan plan;
    plan.frame_count = 5;
    const std::vector<Timeline> timelines(2, scheduled(plan, {0, 0, 1, 0, 1, 0}));
    const std::string text = timeline_text(timelines, 100, false);
    for (const char* number : {"10", "20", "30", "40", "50"})
        EXPECT_NE(text.find(number), std::string::npos) << text;
    EXPECT_NE(text.find("render"), std::string::npos);
    std::istringstream lines(text);
    std::string line;
    for (size_t i = 0; i < stage_count && std::getline(lines, line); ++i)
        EXPECT_EQ(line.size(), 100u) << line;
    const std::string svg = timeline_svg(timelines);
    EXPECT_EQ(svg.find("a <test>"), std::string::npos);
    EXPECT_NE(svg.find("a &lt;test&gt; &amp; more"), std::string::npos);
    EXPECT_NE(svg.find("frame 30, render: 1000.000 ms"), std::string::npos);
}

TEST(SlowDisk, ServesOneAfterAnother) {
    SlowDisk disk(1000); // bytes/s
    const auto t = PipelineClock::time_point(std::chrono::seconds(100));
    EXPECT_EQ(disk.busy_until(500, t) - t, std::chrono::milliseconds(500));
    EXPECT_EQ(disk.busy_until(1000, t) - t, std::chrono::milliseconds(1500));
    const auto later = t + std::chrono::seconds(10);
    EXPECT_EQ(disk.busy_until(250, later) - later, std::chrono::milliseconds(250));
    EXPECT_EQ(SlowDisk(0).busy_until(1 << 30, t), t);
}

} // namespace
} // namespace juggler
