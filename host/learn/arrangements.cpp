// Lessons that run the same frames in different arrangements.
#include "host/base/threads.h"
#include "host/learn/chores.h"
#include "host/learn/lessons_list.h"

#include <algorithm>

namespace juggler {
namespace {

// Four stages that wait 12 ms each and a little rendering: a slow disk and a slow wire.
Chore waiting_chore() {
    Chore chore;
    for (const Stage stage : {Stage::prepare, Stage::upload, Stage::download, Stage::write})
        chore.waits[+stage] = 0.012;
    chore.render = 0.004;
    return chore;
}

Chore computing_chore() {
    Chore chore;
    chore.render = 0.024;
    return chore;
}

constexpr unsigned in_flight = 6; // enough for a frame in each stage

} // namespace

LessonResult learn_overlap() {
    const Studio studio;
    const OneCore one_core;
    const Chore chore = waiting_chore();
    LessonResult r;
    r.timelines.push_back(run_chores(studio, chore,
                                     lesson_plan(Arrangement::sequential, 24, in_flight),
                                     "one stage after another, one core"));
    r.timelines.push_back(run_chores(studio, chore,
                                     lesson_plan(Arrangement::concurrent, 24, in_flight),
                                     "overlapped, one thread on one core"));
    const Timeline &one = r.timelines[0], &overlapped = r.timelines[1];
    r.figure("sequential_s", "one stage after another", one.wall, "s");
    r.figure("concurrent_s", "overlapped", overlapped.wall, "s");
    r.figure("gain", "overlapped is faster by", one.wall / overlapped.wall, "times");
    r.figure("sequential_cpu_s", "time of the core, one after another", one.cpu, "s");
    r.figure("concurrent_cpu_s", "time of the core, overlapped", overlapped.cpu, "s");
    r.claim("on one core, overlapping waits makes the same frames at least 2.5 times faster",
            one.wall / overlapped.wall, ">=", 2.5);
    r.claim("the core was busy for less time than the frames took, even overlapped", overlapped.cpu,
            "<=", overlapped.wall * 1.02);
    return r;
}

LessonResult learn_parallel() {
    const Studio studio;
    const unsigned cores = usable_threads();
    const Chore chore = computing_chore();
    const uint32_t frames = std::clamp(24 * cores, 24u, 192u);
    LessonResult r;
    r.timelines.push_back(
        run_chores(studio, chore, lesson_plan(Arrangement::sequential, frames, 1), "one worker"));
    r.timelines.push_back(run_chores(studio, chore,
                                     lesson_plan(Arrangement::parallel, frames, cores, cores),
                                     std::to_string(cores) + " workers"));
    const Timeline &one = r.timelines[0], &many = r.timelines[1];
    const double gain = one.wall / many.wall;
    r.figure("cores", "cores this process may use", cores, "");
    r.figure("one_worker_s", "one worker", one.wall, "s");
    r.figure("workers_s", "as many workers as cores", many.wall, "s");
    r.figure("gain", "faster by", gain, "times");
    if (cores > 1)
        r.claim("as many workers as cores are nearly as many times faster", gain,
                ">=", 0.9 * cores);
    else
        r.claim("with one core, no number of workers computes faster", gain, "<=", 1.15);
    return r;
}

LessonResult learn_io_or_cpu() {
    const Studio studio;
    const unsigned cores = usable_threads();
    const unsigned workers = std::max(2u, cores);
    LessonResult r;
    double seconds[2][4] = {};
    const Chore chores[2] = {waiting_chore(), computing_chore()};
    const char* const names[2] = {"waiting", "computing"};
    for (int kind = 0; kind < 2; ++kind)
        for (const Arrangement a : {Arrangement::sequential, Arrangement::concurrent,
                                    Arrangement::parallel, Arrangement::both}) {
            const Timeline t =
                run_chores(studio, chores[kind], lesson_plan(a, 16, in_flight, workers),
                           names[kind] + std::string(", ") + std::string(arrangement_name(a)));
            seconds[kind][size_t(a)] = t.wall;
            r.figure(names[kind] + std::string("_") + std::string(arrangement_name(a)) + "_s",
                     t.title, t.wall, "s");
            if (a == Arrangement::sequential || a == Arrangement::concurrent)
                r.timelines.push_back(t);
        }
    const auto gain = [&](int kind, Arrangement a) {
        return seconds[kind][size_t(Arrangement::sequential)] / seconds[kind][size_t(a)];
    };
    r.figure("workers", "workers in parallel", workers, "");
    r.claim("frames that wait gain at least twice from one thread that does not wait for them",
            gain(0, Arrangement::concurrent), ">=", 2);
    r.claim("frames that compute gain nothing from it", gain(1, Arrangement::concurrent),
            "<=", 1.25);
    if (cores > 1)
        r.claim("frames that compute gain from workers on more cores",
                gain(1, Arrangement::parallel), ">=", 1.5);
    return r;
}

LessonResult learn_async() {
    const Studio studio;
    const OneCore one_core;
    constexpr uint32_t slow_frame = 6;
    constexpr double slow = 0.15;
    const auto plan = lesson_plan(Arrangement::concurrent, 24, in_flight);
    Chore chore = waiting_chore();
    chore.slow_frame = slow_frame;
    chore.slow_wait = slow;
    LessonResult r;
    r.timelines.push_back(run_chores(studio, chore, plan, "every wait gives the thread back"));
    chore.slow_blocking = true;
    r.timelines.push_back(run_chores(studio, chore, plan, "one slow write does not"));
    chore.blocking = true;
    r.timelines.push_back(run_chores(studio, chore, plan, "no wait does"));
    // Stages of other frames that were finished while the slow write was under way.
    const auto finished_meanwhile = [](const Timeline& t) {
        const auto slow_span = std::find_if(t.spans.begin(), t.spans.end(), [](const Span& s) {
            return s.stage == Stage::write && s.index + 1 == slow_frame;
        });
        // What was finished in the last moment before had its span closed within it.
        return double(std::count_if(t.spans.begin(), t.spans.end(), [&](const Span& s) {
            return s.end > slow_span->begin + 0.005 && s.end < slow_span->end - 0.005;
        }));
    };
    r.figure("awaited_s", "every wait gives the thread back", r.timelines[0].wall, "s");
    r.figure("one_blocking_s", "one slow write does not", r.timelines[1].wall, "s");
    r.figure("blocking_s", "no wait does", r.timelines[2].wall, "s");
    r.figure("finished_awaited", "stages finished during the slow write, awaited",
             finished_meanwhile(r.timelines[0]), "");
    r.figure("finished_blocked", "stages finished during the slow write, blocking",
             finished_meanwhile(r.timelines[1]), "");
    r.claim("one thread that awaits is at least twice as fast as one that blocks",
            r.timelines[2].wall / r.timelines[0].wall, ">=", 2);
    r.claim("while a wait is awaited, other frames go on", finished_meanwhile(r.timelines[0]), ">",
            0);
    r.claim("while one call blocks, nothing does", finished_meanwhile(r.timelines[1]), "==", 0);
    return r;
}

LessonResult learn_one_frame() {
    const Studio studio;
    Chore chore;
    chore.render = 0.06;
    for (const Stage stage : {Stage::prepare, Stage::upload, Stage::download, Stage::write})
        chore.waits[+stage] = 0.06;
    const unsigned workers = std::max(4u, usable_threads());
    LessonResult r;
    const auto run = [&](Arrangement a, uint32_t frames, const std::string& title) {
        r.timelines.push_back(
            run_chores(studio, chore, lesson_plan(a, frames, in_flight, workers), title));
        return r.timelines.back().wall;
    };
    const double alone = run(Arrangement::sequential, 1, "one frame, one after another");
    const double both = run(Arrangement::both, 1, "one frame, a thread a stage");
    const double parallel = run(Arrangement::parallel, 1, "one frame, several workers");
    const double six = run(Arrangement::both, 6, "six frames, a thread a stage");
    r.figure("sequential_s", "one frame, one stage after another", alone, "s");
    r.figure("both_s", "one frame, a thread for each stage", both, "s");
    r.figure("parallel_s", "one frame, " + std::to_string(workers) + " workers", parallel, "s");
    r.figure("six_frames_s", "six frames, a thread for each stage", six, "s");
    r.claim("threads for its stages make one frame hardly faster", alone / both, "<=", 1.2);
    r.claim("workers make one frame hardly faster", alone / parallel, "<=", 1.2);
    r.claim("of six frames, each takes less than two thirds of the time of one", six / 6,
            "<=", alone * 2 / 3);
    return r;
}

} // namespace juggler
