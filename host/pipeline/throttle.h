// A disk as slow as one likes: it takes one thing at a time, and never works faster than its rate.
#pragma once

#include "host/pipeline/stage.h"

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace juggler {

class SlowDisk {
public:
    // 0: as fast as the real one.
    explicit SlowDisk(double bytes_per_second) : rate_(bytes_per_second) {}

    // When it will be through with `bytes` that were brought to it at `now`. The caller waits.
    PipelineClock::time_point busy_until(uint64_t bytes, PipelineClock::time_point now) {
        if (rate_ <= 0) return now;
        const std::chrono::duration<double> needed(double(bytes) / rate_);
        const std::lock_guard lock(mutex_);
        free_at_ =
            std::max(free_at_, now) + std::chrono::duration_cast<PipelineClock::duration>(needed);
        return free_at_;
    }

private:
    double rate_;
    std::mutex mutex_;
    PipelineClock::time_point free_at_{};
};

} // namespace juggler
