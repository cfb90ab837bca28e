// What stands between two stages: frames that wait for their turn, and memory that waits for
// frames. Every wait ends when the run is stopped.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace juggler {

// A frame on its way.
struct Flight {
    uint32_t index; // in the order of delivery, from 0
    unsigned slot;  // whose memory it uses: no two frames on the way share one
};

// Frames arrive in any order and are taken in the order of their index.
class OrderedQueue {
public:
    OrderedQueue(uint32_t frame_count, size_t capacity);

    // Waits for room; the frame whose turn it is needs none, or frames that came early could keep
    // out the one they wait for. False if stopped.
    bool push(Flight flight, const std::stop_token& stop);
    // Nothing once all frames have been taken, or if stopped.
    std::optional<Flight> pop(const std::stop_token& stop);

private:
    [[nodiscard]] bool next_is_here() const;

    const uint32_t frame_count_;
    const size_t capacity_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Flight> waiting_;
    uint32_t next_ = 0; // the index to be taken next
};

// Hands out frames in order, each with a slot of its own.
class SlotPool {
public:
    SlotPool(uint32_t frame_count, unsigned slots);

    // Waits for a slot. Nothing once all frames are on their way, or if stopped.
    std::optional<Flight> acquire(const std::stop_token& stop);
    void release(unsigned slot);

private:
    const uint32_t frame_count_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<unsigned> free_;
    uint32_t next_ = 0;
};

} // namespace juggler
