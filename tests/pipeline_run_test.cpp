// Every frame goes through every stage once and comes out in order, whatever the arrangement, the
// delays and the room between stages; a failure anywhere ends the run.
#include "support/scale.h"
#include "support/virtual_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>

namespace juggler {
namespace {

using test::InjectedFailure;
using test::VirtualDevice;

constexpr Arrangement arrangements[] = {Arrangement::sequential, Arrangement::concurrent,
                                        Arrangement::parallel, Arrangement::both};

struct Case {
    PipelinePlan plan;
    VirtualDevice::Settings device;
    int stop_after_us = -1;
    std::string text;
};

Case random_case(uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&](uint32_t n) { return uint32_t(random() % n); };
    Case c;
    c.plan.arrangement = below(2) == 0 ? Arrangement::both : arrangements[below(4)];
    c.plan.frame_count = below(13);
    c.plan.in_flight = 1 + below(5);
    c.plan.queue_capacity = 1 + below(4);
    c.plan.parallel_workers = 1 + below(4);
    for (unsigned& workers : c.plan.workers)
        workers = below(3) == 0 ? 1 + below(3) : 1;
    c.device.seed = seed;
    c.device.frame_count = c.plan.frame_count;
    c.device.longest_us = below(3) == 0 ? 0 : 300;
    if (below(3) == 0 && c.plan.frame_count > 0) {
        c.device.fail_index = below(c.plan.frame_count);
        c.device.fail_stage = all_stages[below(stage_count)];
    } else if (below(6) == 0) {
        c.stop_after_us = int(below(2000));
    }
    c.text = "seed " + std::to_string(seed) + ", " +
             std::string(arrangement_name(c.plan.arrangement)) + ", " +
             std::to_string(c.plan.frame_count) + " frames";
    return c;
}

void check(const Case& c) {
    SCOPED_TRACE(c.text);
    VirtualDevice::Settings settings = c.device;
    settings.slots = c.plan.slots();
    settings.several_workers = std::any_of(all_stages, all_stages + stage_count,
                                           [&](Stage s) { return c.plan.workers_of(s) > 1; });
    VirtualDevice device(settings);
    std::stop_source stop;
    std::jthread stopper;
    if (c.stop_after_us >= 0)
        stopper = std::jthread([&] {
            std::this_thread::sleep_for(std::chrono::microseconds(c.stop_after_us));
            stop.request_stop();
        });
    const auto begin = PipelineClock::now();
    const RunOutcome outcome = run_pipeline(c.plan, device, stop.get_token());
    EXPECT_LT(PipelineClock::now() - begin, std::chrono::seconds(5));

    EXPECT_EQ(device.complaint(), "");
    std::vector<uint32_t> in_order(device.delivered().size());
    std::iota(in_order.begin(), in_order.end(), 0);
    EXPECT_EQ(device.delivered(), in_order);
    EXPECT_EQ(outcome.delivered, device.delivered().size());
    if (c.device.fail_index != ~0u) {
        ASSERT_TRUE(outcome.error);
        EXPECT_THROW(std::rethrow_exception(outcome.error), InjectedFailure);
        EXPECT_EQ(outcome.index, c.device.fail_index);
        EXPECT_EQ(outcome.stage, c.device.fail_stage);
        EXPECT_FALSE(outcome.stopped);
        EXPECT_LE(outcome.delivered, c.device.fail_index);
        return;
    }
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.stopped, outcome.delivered < c.plan.frame_count);
    if (c.stop_after_us >= 0) return;
    EXPECT_EQ(outcome.delivered, c.plan.frame_count);
    EXPECT_EQ(outcome.spans.size(), c.plan.frame_count * stage_count);
}

TEST(PipelineRun, EveryFrameOnceInOrderOrTheFirstError) {
    const uint32_t runs = 400 * test::scale(); // x25 in the label full: 10,000
    for (uint32_t seed = 1; seed <= runs && !HasFailure(); ++seed)
        check(random_case(seed));
}

TEST(PipelineRun, AFailureInAnyStageOfAnyArrangementIsTheOneReported) {
    for (const Arrangement arrangement : arrangements)
        for (const Stage stage : all_stages) {
            Case c;
            c.plan.arrangement = arrangement;
            c.plan.frame_count = c.device.frame_count = 6;
            c.plan.parallel_workers = 3;
            c.device.fail_index = 2;
            c.device.fail_stage = stage;
            c.text = std::string(arrangement_name(arrangement)) + std::string(stage_name(stage));
            check(c);
        }
}

// A long wait ends when the run is stopped.
class Sleeper : public FrameWork {
public:
    Resume run(const Ticket& ticket) override {
        if (ticket.stage == Stage::render) {
            if (!waiting_.exchange(true)) return PipelineClock::now() + std::chrono::hours(1);
        }
        return std::nullopt;
    }

private:
    std::atomic<bool> waiting_{false};
};

TEST(PipelineRun, AStopEndsEveryWait) {
    for (const Arrangement arrangement : arrangements) {
        PipelinePlan plan;
        plan.arrangement = arrangement;
        plan.frame_count = 5;
        Sleeper work;
        std::stop_source stop;
        std::jthread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            stop.request_stop();
        });
        const RunOutcome outcome = run_pipeline(plan, work, stop.get_token());
        EXPECT_TRUE(outcome.stopped) << arrangement_name(arrangement);
        EXPECT_LT(outcome.wall, 5);
    }
}

} // namespace
} // namespace juggler
