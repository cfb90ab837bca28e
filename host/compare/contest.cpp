#include "host/compare/contest.h"

#include "host/base/error.h"
#include "host/compare/statistics.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <sys/resource.h>

namespace juggler {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of all threads of this process, in the program and in the kernel.
double cpu_seconds() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    const auto seconds = [](const timeval& t) {
        return double(t.tv_sec) + 1e-6 * double(t.tv_usec);
    };
    return seconds(r.ru_utime) + seconds(r.ru_stime);
}

// What comes after "2 threads, ": the number is in a column of its own.
std::string hardware_of(const Device& device) {
    const std::string text = device.description();
    const std::string count = std::to_string(device.threads()) + " thread";
    const size_t comma = text.find(", ");
    return text.starts_with(count) && comma != std::string::npos ? text.substr(comma + 2) : text;
}

struct Run {
    double seconds, waiting;
    uint64_t rays;
};

Run run_once(Device& device, const ContestPlan& plan, Film& film) {
    film.clear();
    PassCounters counters{};
    const double cpu = cpu_seconds();
    const Clock::time_point begin = Clock::now();
    if (!device.render_pass(plan.frame, film.view(), {0, plan.spp}, {}, counters))
        throw Error(Exit::failed, "finish a picture that nobody stopped");
    const double seconds = seconds_since(begin);
    const double used = (cpu_seconds() - cpu) / (seconds * device.threads());
    return {seconds, std::clamp(1 - used, 0.0, 1.0),
            counters.camera_rays + counters.scattered_rays + counters.shadow_rays};
}

Score open_score(const Contender& contender, const CompiledScene& scene) {
    Score score;
    score.backend = contender.backend;
    score.runs_on = hardware_of(*contender.device);
    score.threads = contender.device->threads();
    score.lanes = contender.device->lanes();
    const Clock::time_point begin = Clock::now();
    contender.device->set_scene(scene);
    score.setup = seconds_since(begin);
    return score;
}

} // namespace

double Score::median_seconds() const { return median(seconds); }

double Score::mrays_per_s() const {
    const double middle = median_seconds();
    return middle > 0 ? double(rays) / middle / 1e6 : 0;
}

bool Contest::identical() const {
    return std::all_of(scores.begin(), scores.end(),
                       [](const Score& s) { return s.difference.identical() && s.same_file; });
}

double Contest::speed_up(const Score& score) const {
    const auto base = std::find_if(scores.begin(), scores.end(),
                                   [](const Score& s) { return s.backend == "sequential"; });
    const Score& one = base != scores.end() ? *base : scores.front();
    const double seconds = score.median_seconds();
    return seconds > 0 ? one.median_seconds() / seconds : 0;
}

double Contest::efficiency(const Score& score, unsigned cores) const {
    const bool known = std::any_of(scores.begin(), scores.end(),
                                   [](const Score& s) { return s.backend == "sequential"; });
    if (score.lanes == 0 || !known) return 0;
    return speed_up(score) / (double(score.lanes) * std::min(score.threads, cores));
}

double Contest::core_efficiency(const Score& score, unsigned cores) const {
    double one = 0;
    for (const Score& s : scores)
        if (s.threads == 1 && s.lanes == score.lanes && s.lanes > 0)
            one = one > 0 ? std::min(one, s.median_seconds()) : s.median_seconds();
    const double seconds = score.median_seconds();
    return seconds > 0 ? one / seconds / std::min(score.threads, cores) : 0;
}

Contest hold_contest(const ContestPlan& plan, const CompiledScene& scene,
                     std::vector<Contender>& contenders,
                     const std::function<std::vector<std::byte>(const Film&)>& encode,
                     const std::function<void(unsigned run, const Contender& contender)>& tell) {
    Contest contest;
    for (const Contender& contender : contenders)
        contest.scores.push_back(open_score(contender, scene));
    Film reference(plan.window), film(plan.window);
    std::optional<std::vector<std::byte>> reference_file;
    for (unsigned run = 0; run < plan.warmups + plan.runs; ++run)
        for (size_t i = 0; i < contenders.size(); ++i) {
            if (tell) tell(run, contenders[i]);
            const bool first = !reference_file;
            Score& score = contest.scores[i];
            Film& target = first ? reference : film;
            const Run times = run_once(*contenders[i].device, plan, target);
            score.rays = times.rays;
            if (run >= plan.warmups) {
                score.seconds.push_back(times.seconds);
                score.waiting.push_back(times.waiting);
            }
            if (first) reference_file = encode(reference);
            if (score.difference.identical())
                score.difference = compare_films(reference.view(), target.view(), plan.spp);
            if (run == 0) score.same_file = encode(target) == *reference_file;
        }
    return contest;
}

} // namespace juggler
