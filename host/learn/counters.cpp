// Lessons about memory that threads share.
#include "host/base/threads.h"
#include "host/learn/lessons_list.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

namespace juggler {
namespace {

using Clock = std::chrono::steady_clock;

// Seconds from when all threads stand ready until the last has done its part.
template <class Part>
double run_threads(unsigned threads, const Part& part) {
    std::barrier ready(std::ptrdiff_t(threads) + 1);
    std::vector<std::thread> crew;
    for (unsigned i = 0; i < threads; ++i)
        crew.emplace_back([&, i] {
            ready.arrive_and_wait();
            part(i);
        });
    const Clock::time_point begin = Clock::now();
    ready.arrive_and_wait();
    for (std::thread& thread : crew)
        thread.join();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Reading and writing are one step each, so nothing is undefined; but another thread's step may
// come between them.
void add_in_two_steps(std::atomic<uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

} // namespace

LessonResult learn_race() {
    const unsigned threads = std::max(4u, usable_threads());
    constexpr uint64_t each = 2000000;
    const uint64_t expected = each * threads;
    std::atomic<uint64_t> racing{0}, exact{0};
    double racing_s = 0;
    unsigned rounds = 0;
    // On one core threads meet only when one is interrupted between its two steps: it may take a
    // few rounds until that happens.
    do {
        racing = 0;
        racing_s = run_threads(threads, [&](unsigned) {
            for (uint64_t i = 0; i < each; ++i)
                add_in_two_steps(racing);
        });
    } while (racing == expected && ++rounds < 50);
    const double exact_s = run_threads(threads, [&](unsigned) {
        for (uint64_t i = 0; i < each; ++i)
            exact.fetch_add(1, std::memory_order_relaxed);
    });
    std::vector<uint64_t> sums(threads, 0);
    const double own_s = run_threads(threads, [&](unsigned thread) {
        std::atomic<uint64_t> own{0};
        for (uint64_t i = 0; i < each; ++i)
            add_in_two_steps(own);
        sums[thread] = own;
    });
    uint64_t own = 0;
    for (const uint64_t sum : sums)
        own += sum;
    LessonResult r;
    r.figure("threads", "threads", threads, "");
    r.figure("expected", "pixels counted by all of them", double(expected), "");
    r.figure("lost", "lost: read, then written", double(expected - racing), "");
    r.figure("lost_atomic", "lost: added in one step", double(expected - exact), "");
    r.figure("lost_own", "lost: a counter each, summed at the end", double(expected - own), "");
    r.figure("racing_s", "time: read, then written", racing_s, "s");
    r.figure("atomic_s", "time: added in one step", exact_s, "s");
    r.figure("own_s", "time: a counter each", own_s, "s");
    r.claim("threads that read and then write lose counts", double(expected - racing), ">", 0);
    r.claim("adding in one step loses none", double(expected - exact), "==", 0);
    r.claim("a counter for each thread loses none", double(expected - own), "==", 0);
    return r;
}

LessonResult learn_sharing() {
    constexpr size_t line = 128; // bytes: processors fetch lines of 64 in pairs
    struct alignas(line) Apart {
        std::atomic<uint64_t> count{0};
    };
    const unsigned cores = usable_threads();
    const unsigned threads = std::clamp(cores, 2u, 8u);
    constexpr uint64_t each = 20000000;
    alignas(line) std::atomic<uint64_t> together[8] = {};
    Apart apart[8];
    std::vector<double> together_s, apart_s;
    for (int run = 0; run < 3; ++run) {
        together_s.push_back(run_threads(threads, [&](unsigned thread) {
            for (uint64_t i = 0; i < each; ++i)
                add_in_two_steps(together[thread]);
        }));
        apart_s.push_back(run_threads(threads, [&](unsigned thread) {
            for (uint64_t i = 0; i < each; ++i)
                add_in_two_steps(apart[thread].count);
        }));
    }
    std::sort(together_s.begin(), together_s.end());
    std::sort(apart_s.begin(), apart_s.end());
    uint64_t counted = 0;
    for (unsigned i = 0; i < threads; ++i)
        counted += together[i] + apart[i].count;
    LessonResult r;
    r.figure("threads", "threads, each with a counter of its own", threads, "");
    r.figure("together_s", "counters side by side", together_s[1], "s");
    r.figure("apart_s", "counters 128 bytes apart", apart_s[1], "s");
    r.figure("gain", "apart is faster by", together_s[1] / apart_s[1], "times");
    r.figure("lost", "counts lost", double(6 * each * threads - counted), "");
    r.claim("nothing is lost, for nobody else writes to one's counter",
            double(6 * each * threads - counted), "==", 0);
    if (cores > 1)
        r.claim("counters side by side are slower all the same", together_s[1] / apart_s[1],
                ">=", 1.2);
    return r;
}

} // namespace juggler
