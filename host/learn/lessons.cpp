#include "host/learn/lessons_list.h"

#include <algorithm>
#include <utility>

namespace juggler {
namespace {

// clang-format off: each text is a paragraph
const Lesson list[] = {
    {"overlap",
     "Overlap: concurrency without parallelism",
     "24 frames are read (12 ms), uploaded (12 ms), rendered (4 ms), downloaded (12 ms) and "
     "written "
     "(12 ms). Disk and wire are simulated by waiting; the rendering is real. Everything runs on "
     "one "
     "core: first one stage after another, then on one thread that turns to another frame whenever "
     "one waits.",
     "One core, the same frames: how much faster is the overlapped run?",
     {"not at all, there is only one core", "about 1.5 times", "3 to 5 times"},
     2,
     "Most of a frame's time nobody computes: the frame waits. While one waits, the core can work "
     "for another. That is concurrency: several things under way at once. It needs no second core, "
     "and the core's own work did not become less; only the idle time went away. The limit is the "
     "slowest stage: it can be busy all the time, but not more.",
     learn_overlap},
    {"parallel",
     "Parallel: more cores, more work at a time",
     "Frames that only compute, 24 ms each, with nothing to wait for: rendered by one worker, then "
     "by "
     "as many workers as there are cores.",
     "How much faster are as many workers as cores?",
     {"not at all", "nearly as many times as there are cores", "more times than there are cores"},
     1,
     "Parallelism is work being done at the same moment, and that takes cores. Frames do not need "
     "each other, so each core gets frames of its own, and hardly anything is lost. Other programs "
     "on "
     "this machine take their share of the cores, too: then it is less.",
     learn_parallel},
    {"io-or-cpu",
     "Waiting or computing: what helps which",
     "16 frames of two kinds, in four arrangements: frames that mostly wait, and frames that only "
     "compute; one thing at a time, one thread that never waits, several workers, and a thread for "
     "each stage.",
     "Which frames gain from one thread that never waits (concurrent)?",
     {"both kinds", "those that wait", "those that compute"},
     1,
     "Waiting overlaps for free; computing does not. Before choosing threads, workers or an event "
     "loop, find out what the time is spent on. If it is waiting, anything that lets another frame "
     "go "
     "on will help, one thread included. If it is computing, only more cores will.",
     learn_io_or_cpu},
    {"race",
     "Race: counts that get lost",
     "Threads count two million pixels each, all on one shared counter: first by reading it and "
     "then "
     "writing back one more, then by adding in one step that nothing can come between, then each "
     "on "
     "a counter of its own, summed at the end.",
     "Threads read the counter and write back one more. Is the sum right?",
     {"yes", "no, it is too small", "no, it is too large"},
     1,
     "Two threads read 41, both write 42: one count is lost. It happens or not by chance, which is "
     "why such mistakes live long. An atomic addition is exact, but the counter then travels "
     "between "
     "the cores for each pixel. A counter for each thread is exact and fast, for nobody shares "
     "while "
     "counting. That is how the renderer counts its rays.",
     learn_race},
    {"sharing",
     "False sharing: neighbours that slow each other down",
     "Each thread counts on a counter of its own, twenty million times. First the counters lie "
     "side "
     "by side in memory, then 128 bytes apart.",
     "No counter is shared. Does it matter where they lie?",
     {"no", "yes, apart is faster", "yes, side by side is faster"},
     1,
     "Cores do not fetch single numbers but lines of 64 bytes, and only one core at a time may "
     "write "
     "to a line. Counters in one line are shared by the hardware although no thread shares them. "
     "Give "
     "what different threads write lines of their own; the renderer's workers count on their own "
     "stacks.",
     learn_sharing},
    {"too-many",
     "Too many threads",
     "One picture on 1 thread, on as many threads as there are cores, on 4 and on 16 times as "
     "many.",
     "What do 16 threads a core do to the time?",
     {"16 times faster", "about the same, or worse", "the program fails"},
     1,
     "A core runs one thread at a time (two with hyper-threading, which count as two cores here). "
     "More threads than that take turns; the turns cost a little, and nothing gets faster. Threads "
     "that wait are another matter: there may be many of them, see io-or-cpu.",
     learn_too_many},
    {"amdahl",
     "Amdahl's law: what cannot be shared",
     "A quarter of the work has to be done by one thread, the rest can be shared by all cores. "
     "Both "
     "parts are timed on one thread, the speed-up is predicted from that, and then measured.",
     "A quarter cannot be shared. With endless cores, how much faster can it be at most?",
     {"4 times", "as many times as there are cores", "there is no limit"},
     0,
     "With a share s that one thread has to do, n cores are 1 / (s + (1 - s) / n) times as fast: "
     "never more than 1 / s. That is why reading a scene, building its trees and writing the "
     "picture "
     "matter more, the more cores there are, and why the pipeline does them beside the rendering.",
     learn_amdahl},
    {"async",
     "Async: one thread, many frames",
     "The frames of the overlap lesson on one thread with an event loop. The sixth frame's write "
     "takes 150 ms longer. First every wait gives the thread back, then that one write holds on to "
     "it, then every wait does.",
     "One call blocks for 150 ms. What happens to the other frames meanwhile?",
     {"they go on", "they all stand still", "they take turns with it"},
     1,
     "An event loop keeps one thread busy with whatever is ready: that is what async and await "
     "are. "
     "It relies on everyone giving the thread back. One call that blocks, a slow write or a long "
     "computation, stops everything on the loop; such calls belong on a thread of their own.",
     learn_async},
    {"divergence",
     "Divergence: lanes that wait for others",
     "A vector unit takes 8 paths at a time, one in each lane, and all of them take the same "
     "steps. "
     "Some paths leave the scene after one bounce, others go on. The picture is made twice: in "
     "lock "
     "step, where a pack of 8 begins anew when its longest path has ended, and with each lane "
     "given "
     "a new path as soon as its own has ended. What is counted are the lanes that have a path.",
     "In lock step, how many of the lanes are at work after two bounces?",
     {"nearly all of them", "about two thirds", "less than half"},
     2,
     "A step costs the same for one lane as for eight, so lanes without a path are lost. That is "
     "divergence: on a GPU it is the same with the 32 lanes of a warp. Giving each lane new work "
     "at "
     "once keeps all of them busy, for the price of moving some numbers around. The vector back "
     "ends here do that (cpu/wavefront.h). Which way it is done does not change a bit of the "
     "picture.",
     learn_divergence},
    {"one-frame",
     "One frame: what depends on each other cannot overlap",
     "One frame whose five stages take 60 ms each: alone, with a thread for each stage, with "
     "several "
     "workers. Then six frames, with a thread for each stage.",
     "A thread for each of five stages: how much faster is one frame?",
     {"5 times", "2 times", "not at all"},
     2,
     "Each stage needs what the one before has made, so one frame takes the sum of its stages, "
     "however many threads there are. A pipeline does not make a frame faster (latency); it makes "
     "more of them in the same time (throughput).",
     learn_one_frame},
};
// clang-format on

} // namespace

bool Claim::holds() const {
    if (relation == ">=") return left >= right;
    if (relation == "<=") return left <= right;
    if (relation == ">") return left > right;
    return left == right;
}

void LessonResult::figure(std::string key, std::string says, double value, std::string unit) {
    figures.push_back({std::move(key), std::move(says), value, std::move(unit)});
}

void LessonResult::claim(std::string says, double left, std::string relation, double right) {
    claims.push_back({std::move(says), left, std::move(relation), right});
}

std::span<const Lesson> lessons() { return list; }

} // namespace juggler
