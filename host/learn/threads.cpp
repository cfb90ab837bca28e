// Lessons about how many threads to take.
#include "host/base/threads.h"
#include "host/compare/statistics.h"
#include "host/learn/chores.h"
#include "host/learn/lessons_list.h"

#include <algorithm>
#include <cmath>

#include <sys/resource.h>

namespace juggler {
namespace {

double seconds_since(PipelineClock::time_point begin) {
    return std::chrono::duration<double>(PipelineClock::now() - begin).count();
}

uint64_t context_switches() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    return uint64_t(r.ru_nvcsw) + uint64_t(r.ru_nivcsw);
}

double render_seconds(const Studio& studio, Device& device, uint32_t samples) {
    Film film(studio.window());
    PassCounters counters{};
    const auto begin = PipelineClock::now();
    (void)device.render_pass(studio.view(), film.view(), {0, samples}, {}, counters);
    return seconds_since(begin);
}

} // namespace

LessonResult learn_too_many() {
    const Studio studio;
    const unsigned cores = usable_threads();
    const unsigned counts[] = {1, cores, std::min(4 * cores, 512u), std::min(16 * cores, 1024u)};
    const uint32_t samples = studio.samples_in(0.15 * cores);
    LessonResult r;
    std::vector<double> seconds;
    for (const unsigned threads : counts) {
        const std::unique_ptr<Device> device = open_painter(studio, "openmp", threads);
        (void)render_seconds(studio, *device, 1); // starts the threads
        std::vector<double> times;
        const uint64_t before = context_switches();
        for (int run = 0; run < 5; ++run)
            times.push_back(render_seconds(studio, *device, samples));
        const uint64_t switches = context_switches() - before;
        seconds.push_back(median(times));
        const std::string n = std::to_string(threads), s = threads == 1 ? " thread" : " threads";
        if (threads == 1 && r.figures.size() > 1) continue; // one core: 1 and n are the same
        r.figure("seconds_" + n, n + s, seconds.back(), "s");
        r.figure("switches_" + n, n + s + ", changes of thread on a core", double(switches) / 5,
                 "a run");
    }
    r.figure("cores", "cores this process may use", cores, "");
    r.claim("four threads a core are not a quarter faster than one", seconds[1] / seconds[2],
            "<=", 1.25);
    r.claim("nor are sixteen", seconds[1] / seconds[3], "<=", 1.25);
    return r;
}

LessonResult learn_amdahl() {
    const Studio studio;
    const unsigned cores = usable_threads();
    const std::unique_ptr<Device> alone = open_painter(studio, "simd", 1);
    const std::unique_ptr<Device> one = open_painter(studio, "openmp", 1);
    const std::unique_ptr<Device> all = open_painter(studio, "openmp", cores);
    // A quarter of the work is left to one thread, as reading a file or building a tree may be.
    const uint32_t serial = studio.samples_in(0.06), shared = studio.samples_in(0.18);
    (void)render_seconds(studio, *all, 1); // starts the threads
    std::vector<double> serial_s, shared_one_s, shared_all_s;
    for (int run = 0; run < 7; ++run) {
        serial_s.push_back(render_seconds(studio, *alone, serial));
        shared_one_s.push_back(render_seconds(studio, *one, shared));
        shared_all_s.push_back(render_seconds(studio, *all, shared));
    }
    const double s = median(serial_s), p = median(shared_one_s), pn = median(shared_all_s);
    const double share = s / (s + p);
    const double predicted = 1 / (share + (1 - share) / cores);
    const double real = (s + p) / (s + pn);
    LessonResult r;
    r.figure("cores", "cores this process may use", cores, "");
    r.figure("serial_s", "what one thread has to do", s, "s");
    r.figure("shared_one_s", "what can be shared, on one thread", p, "s");
    r.figure("shared_all_s", "what can be shared, on all cores", pn, "s");
    r.figure("serial_share", "share that cannot be shared", share, "");
    r.figure("predicted", "Amdahl's law predicts", predicted, "times");
    r.figure("measured", "measured", real, "times");
    r.figure("limit", "with endless cores at most", 1 / share, "times");
    r.claim("the law foretold the speed-up within a fifth", std::fabs(real / predicted - 1),
            "<=", 0.2);
    r.claim("it is less than the number of cores would have it", real,
            "<=", cores > 1 ? 0.95 * cores : 1.15);
    return r;
}

} // namespace juggler
