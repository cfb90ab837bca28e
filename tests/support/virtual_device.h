// Frames without pictures: stages that wait, leave marks in their slot's memory, and fail when they
// are told to.
#pragma once

#include "host/pipeline/pipeline.h"

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace juggler::test {

struct InjectedFailure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class VirtualDevice : public FrameWork {
public:
    struct Settings {
        uint32_t seed = 1;
        uint32_t frame_count = 1;
        unsigned slots = 1;
        int longest_us = 0;        // a stage's delay is 0 to this
        uint32_t fail_index = ~0u; // the frame whose `fail_stage` throws
        Stage fail_stage{};
        bool several_workers = false; // of a stage: the order of entering is not seen from in here
    };

    explicit VirtualDevice(const Settings& settings)
        : settings_(settings), memory_(settings.slots), done_(settings.frame_count) {}

    Resume run(const Ticket& ticket) override {
        Slot& slot = memory_.at(ticket.slot);
        if (slot.pieces_left == 0) begin(ticket, slot);
        if (--slot.pieces_left > 0) return pause(slot);
        finish(ticket, slot);
        return std::nullopt;
    }

    // What went wrong, "" if nothing; after the run.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    [[nodiscard]] const std::vector<uint32_t>& delivered() const { return delivered_; }

private:
    struct Slot {
        std::atomic<uint32_t> index{~0u}; // of the frame that owns it
        size_t stage = 0; // that comes next; plain on purpose: one frame, one thread
        unsigned pieces_left = 0;
        uint32_t random = 0;
        uint64_t mark = 0;
    };

    static uint64_t mark_of(uint64_t mark, Stage stage, uint32_t index) {
        return (mark ^ (uint64_t(index) << 8 | +stage)) * 0x9e3779b97f4a7c15u;
    }

    void begin(const Ticket& ticket, Slot& slot) {
        if (ticket.stage == Stage::prepare) {
            if (slot.index.exchange(ticket.index) != ~0u) complain("a slot is used twice");
            slot.stage = 0;
            slot.mark = 0;
        }
        if (slot.index != ticket.index) complain("a frame is in another's slot");
        if (slot.stage != +ticket.stage) complain("a stage is out of order");
        if (entered_[+ticket.stage].fetch_add(1) != ticket.index && !settings_.several_workers)
            complain("frames enter a stage out of order");
        slot.random = settings_.seed * 2654435761u ^ (ticket.index * 64 + uint32_t(+ticket.stage));
        slot.pieces_left = 1 + next(slot) % 3;
    }

    uint32_t next(Slot& slot) const {
        slot.random = slot.random * 1664525u + 1013904223u;
        return slot.random >> 16;
    }

    // Some delays keep the thread, others give it back; some are none.
    Resume pause(Slot& slot) const {
        const auto now = PipelineClock::now();
        if (settings_.longest_us == 0 || next(slot) % 4 == 0) return now;
        const std::chrono::microseconds delay(next(slot) % uint32_t(settings_.longest_us));
        if (next(slot) % 2 == 0) return now + delay;
        std::this_thread::sleep_for(delay);
        return now;
    }

    void finish(const Ticket& ticket, Slot& slot) {
        if (ticket.index == settings_.fail_index && ticket.stage == settings_.fail_stage)
            throw InjectedFailure("injected");
        slot.mark = mark_of(slot.mark, ticket.stage, ticket.index);
        slot.stage = +ticket.stage + 1;
        if (ticket.stage != Stage::write) return;
        if (done_.at(ticket.index).fetch_add(1) != 0) complain("a frame is delivered twice");
        uint64_t expected = 0;
        for (const Stage stage : all_stages)
            expected = mark_of(expected, stage, ticket.index);
        if (slot.mark != expected) complain("a frame carries another's marks");
        delivered_.push_back(ticket.index); // writes do not overlap
        slot.index = ~0u;
    }

    void complain(const char* what) {
        const std::lock_guard lock(mutex_);
        complaint_ = what;
    }

    Settings settings_;
    std::vector<Slot> memory_;
    std::array<std::atomic<uint32_t>, stage_count> entered_{};
    std::vector<std::atomic<int>> done_;
    std::vector<uint32_t> delivered_;
    std::mutex mutex_;
    std::string complaint_;
};

} // namespace juggler::test
