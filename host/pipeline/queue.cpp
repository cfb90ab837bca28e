#include "host/pipeline/queue.h"

#include <algorithm>

namespace juggler {

OrderedQueue::OrderedQueue(uint32_t frame_count, size_t capacity)
    : frame_count_(frame_count), capacity_(std::max<size_t>(1, capacity)) {
    waiting_.reserve(capacity_ + 1);
}

bool OrderedQueue::next_is_here() const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [&](const Flight& f) { return f.index == next_; });
}

bool OrderedQueue::push(Flight flight, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return waiting_.size() < capacity_ || flight.index == next_; };
    if (!changed_.wait(lock, stop, has_room) || stop.stop_requested()) return false;
    waiting_.push_back(flight);
    changed_.notify_all();
    return true;
}

std::optional<Flight> OrderedQueue::pop(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return next_ == frame_count_ || next_is_here(); };
    if (!changed_.wait(lock, stop, ready) || stop.stop_requested()) return std::nullopt;
    if (next_ == frame_count_) return std::nullopt;
    const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&](const Flight& f) { return f.index == next_; });
    const Flight flight = *at;
    waiting_.erase(at);
    ++next_;
    changed_.notify_all();
    return flight;
}

SlotPool::SlotPool(uint32_t frame_count, unsigned slots) : frame_count_(frame_count) {
    for (unsigned slot = std::max(1u, slots); slot > 0; --slot)
        free_.push_back(slot - 1);
}

std::optional<Flight> SlotPool::acquire(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return next_ == frame_count_ || !free_.empty(); };
    if (!changed_.wait(lock, stop, ready) || stop.stop_requested()) return std::nullopt;
    if (next_ == frame_count_) return std::nullopt;
    const Flight flight{next_++, free_.back()};
    free_.pop_back();
    // Whoever waits for a frame that will not come any more.
    if (next_ == frame_count_) changed_.notify_all();
    return flight;
}

void SlotPool::release(unsigned slot) {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);
    changed_.notify_one();
}

} // namespace juggler
