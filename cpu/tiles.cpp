#include "cpu/tiles.h"

#include <algorithm>

namespace juggler {

TileDispenser::TileDispenser(const Work& work)
    : work_(work), columns_((work.width + work.tile - 1) / work.tile),
      count_(columns_ * ((work.height + work.tile - 1) / work.tile)) {}

WaveTile TileDispenser::tile(uint64_t index) const {
    const auto x = static_cast<uint32_t>(index % columns_) * work_.tile;
    const auto y = static_cast<uint32_t>(index / columns_) * work_.tile;
    return {x,
            y,
            std::min(x + work_.tile, work_.width),
            std::min(y + work_.tile, work_.height),
            work_.first_sample,
            work_.sample_count};
}

// The next tiles for a worker whose share is used up.
bool TileDispenser::take_share(uint64_t& begin, uint64_t& end) {
    if (work_.schedule == Schedule::fixed) return false;
    begin = next_.load(std::memory_order_relaxed);
    do {
        if (begin >= count_) return false;
        const uint64_t share = work_.schedule == Schedule::dynamic
                                   ? 1
                                   : (count_ - begin) / (uint64_t(2) * work_.workers);
        end = begin + std::max<uint64_t>(1, share);
    } while (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    return true;
}

TileDispenser::Worker::Worker(TileDispenser& dispenser, unsigned index)
    : dispenser_(dispenser),
      log_(dispenser.work_.log != nullptr ? &dispenser.work_.log->workers[index] : nullptr),
      position_(0), end_(0) {
    if (dispenser.work_.schedule == Schedule::fixed) {
        position_ = dispenser.count_ * index / dispenser.work_.workers;
        end_ = dispenser.count_ * (index + 1) / dispenser.work_.workers;
    }
}

bool TileDispenser::Worker::next(void* context, WaveTile& tile) {
    auto& worker = *static_cast<Worker*>(context);
    TileDispenser& dispenser = worker.dispenser_;
    if (dispenser.work_.samples_done != nullptr)
        dispenser.work_.samples_done->fetch_add(worker.samples_taken_, std::memory_order_relaxed);
    worker.samples_taken_ = 0;
    worker.log_end();
    if (dispenser.stopped()) return false;
    if (worker.position_ == worker.end_ && !dispenser.take_share(worker.position_, worker.end_))
        return false;
    tile = dispenser.tile(worker.position_++);
    worker.samples_taken_ = uint64_t(tile.x1 - tile.x0) * (tile.y1 - tile.y0) * tile.sample_count;
    worker.log_begin(tile);
    return true;
}

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

void TileDispenser::Worker::log_begin(const WaveTile& tile) {
    if (log_ == nullptr) return;
    const double now = seconds_since(dispenser_.work_.log->start);
    log_->push_back({tile, now, now});
}

// Called once more when there is no tile left.
void TileDispenser::Worker::log_end() {
    if (log_ != nullptr && !log_->empty())
        log_->back().end = seconds_since(dispenser_.work_.log->start);
}

} // namespace juggler
