// How much overlap gains where stages wait: the textbook figures, measured. Label timing.
#include "host/pipeline/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sched.h>

namespace juggler {
namespace {

constexpr std::chrono::milliseconds wait{10};

// Three stages that wait, as for a disk or a device, and take no time of a core.
class Waiting : public FrameWork {
public:
    explicit Waiting(unsigned slots) : asked_(slots) {}
    Resume run(const Ticket& ticket) override {
        if (ticket.stage != Stage::upload && ticket.stage != Stage::render &&
            ticket.stage != Stage::download)
            return std::nullopt;
        // A char each: neighbours are touched by different threads.
        char& asked = asked_[ticket.slot];
        asked = asked == 0 ? 1 : 0;
        return asked != 0 ? Resume(PipelineClock::now() + wait) : std::nullopt;
    }

private:
    std::vector<char> asked_;
};

// A stage that computes for as long as the others wait.
class Computing : public FrameWork {
public:
    Resume run(const Ticket& ticket) override {
        if (ticket.stage != Stage::render) return std::nullopt;
        const auto cpu = [] {
            timespec t{};
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
            return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
        };
        const double begin = cpu();
        while (cpu() - begin < 3 * std::chrono::duration<double>(wait).count()) {
        }
        return std::nullopt;
    }
};

PipelinePlan plan_of(Arrangement arrangement) {
    PipelinePlan plan;
    plan.arrangement = arrangement;
    plan.frame_count = 30;
    plan.parallel_workers = 3;
    return plan;
}

double median_wall(FrameWork& work, const PipelinePlan& plan) {
    std::vector<double> walls;
    for (int i = 0; i < 5; ++i) {
        const RunOutcome outcome = run_pipeline(plan, work, {});
        EXPECT_EQ(outcome.delivered, plan.frame_count);
        walls.push_back(outcome.wall);
    }
    std::sort(walls.begin(), walls.end());
    return walls[walls.size() / 2];
}

double waiting_wall(Arrangement arrangement) {
    const PipelinePlan plan = plan_of(arrangement);
    Waiting work(plan.slots());
    return median_wall(work, plan);
}

TEST(PipelineTiming, ThreeEqualWaitsOverlap) {
    const double sequential = waiting_wall(Arrangement::sequential);
    const double both = waiting_wall(Arrangement::both);
    const double concurrent = waiting_wall(Arrangement::concurrent);
    std::printf("30 frames of three waits of 10 ms: sequential %.3f s, both %.3f s (%.2f times "
                "faster), concurrent %.3f s (%.2f times faster)\n",
                sequential, both, sequential / both, concurrent, sequential / concurrent);
    EXPECT_GE(sequential / both, 2.6);
    EXPECT_GE(sequential / concurrent, 2.5);
    const double ideal = (3 + 29) * std::chrono::duration<double>(wait).count();
    EXPECT_LE(both, 1.05 * ideal);
    EXPECT_LE(concurrent, 1.05 * ideal);
}

// Meaningful on one core only: taskset -c 0 build/release/tests/pipeline_timing_test
TEST(PipelineTiming, WorkersDoNotHelpComputingOnOneCore) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 1)
        GTEST_SKIP() << "this process may use several cores; start it with taskset -c 0";
    Computing work;
    const double sequential = median_wall(work, plan_of(Arrangement::sequential));
    const double parallel = median_wall(work, plan_of(Arrangement::parallel));
    std::printf("30 frames of 30 ms of computing on one core: sequential %.3f s, parallel with 3 "
                "workers %.3f s (%.2f times faster)\n",
                sequential, parallel, sequential / parallel);
    EXPECT_LE(sequential / parallel, 1.1);
}

} // namespace
} // namespace juggler
