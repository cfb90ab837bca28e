#include "host/render/rows.h"

#include "cpu/float_mode.h"
#include "host/base/threads.h"

#include <algorithm>

namespace juggler {

bool for_each_row(uint32_t rows, unsigned threads, const std::atomic<bool>* stop,
                  const std::function<void(uint32_t)>& work) {
    std::atomic<uint32_t> next{0};
    const auto stopped = [&] { return stop != nullptr && stop->load(std::memory_order_relaxed); };
    const auto run = [&] {
        const ExactFloatMode exact;
        for (uint32_t row = next++; row < rows && !stopped(); row = next++)
            work(row);
    };
    on_threads(std::min(threads, rows), run);
    return !stopped();
}

} // namespace juggler
