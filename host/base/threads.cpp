#include "host/base/threads.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <fstream>
#include <mutex>
#include <sched.h>
#include <string>
#include <thread>
#include <vector>

namespace juggler {
namespace {

unsigned affinity_count() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

// cgroup v2's cpu.max: "QUOTA PERIOD" in microseconds, or "max PERIOD". 0 = no limit known.
unsigned quota_count() {
    std::string group;
    std::ifstream membership("/proc/self/cgroup");
    for (std::string line; std::getline(membership, line);)
        if (line.starts_with("0::")) group = line.substr(3);
    for (const std::string& folder : {"/sys/fs/cgroup" + group, std::string("/sys/fs/cgroup")}) {
        std::ifstream file(folder + "/cpu.max");
        std::string quota_text, period_text;
        if (!(file >> quota_text >> period_text) || quota_text == "max") continue;
        unsigned long quota = 0, period = 0;
        const auto parse = [](const std::string& text, unsigned long& value) {
            return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
        };
        if (parse(quota_text, quota) && parse(period_text, period) && period > 0)
            return static_cast<unsigned>(std::max(1ul, (quota + period - 1) / period));
    }
    return 0;
}

} // namespace

unsigned usable_threads() {
    const unsigned cores = affinity_count(), quota = quota_count();
    return quota == 0 ? cores : std::min(cores, quota);
}

void on_threads(unsigned threads, const std::function<void()>& work) {
    std::mutex mutex;
    std::exception_ptr first;
    const auto guarded = [&] {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!first) first = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        try {
            for (unsigned i = 1; i < threads; ++i)
                others.emplace_back(guarded);
        } catch (...) { // those that run, and this one, do it all
        }
        guarded();
    }
    if (first) std::rethrow_exception(first);
}

} // namespace juggler
