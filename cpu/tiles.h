// Who renders which tile: the work of one pass, cut into tiles and handed out to workers.
#pragma once

#include "cpu/wave.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace juggler {

// As OpenMP's schedules: each worker a fixed share; one tile at a time to whoever is free; shares
// that shrink as the work runs out.
enum class Schedule { fixed, dynamic, guided };

// Who had which tile, and when: seconds from the log's start. A worker fills the lanes that the
// last paths of a tile leave with paths of its next one, so ends are those of the handing out.
struct TileSpan {
    WaveTile tile;
    double begin, end;
};
struct TileLog {
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    std::vector<std::vector<TileSpan>> workers; // each written by its worker alone
};

class TileDispenser {
public:
    struct Work {
        uint32_t width, height;              // film pixels
        uint32_t first_sample, sample_count; // of every pixel
        uint32_t tile;                       // side of a tile, pixels
        Schedule schedule;
        unsigned workers;
        const std::atomic<bool>* stop;       // may be null
        std::atomic<uint64_t>* samples_done; // may be null; grows as tiles are left behind
        TileLog* log = nullptr;              // may be null; has room for every worker
    };
    explicit TileDispenser(const Work& work);

    // One worker's side; not shared.
    class Worker {
    public:
        Worker(TileDispenser& dispenser, unsigned index);
        // Refers to this object, which must stay where it is.
        WaveSource source() { return {next, this}; }

    private:
        static bool next(void* context, WaveTile& tile);
        void log_end();
        void log_begin(const WaveTile& tile);

        TileDispenser& dispenser_;
        std::vector<TileSpan>* log_; // null: nobody wants to know
        uint64_t position_, end_;    // tiles of the current share
        uint64_t samples_taken_ = 0; // of the tile handed out last
    };

    [[nodiscard]] bool stopped() const {
        return work_.stop != nullptr && work_.stop->load(std::memory_order_relaxed);
    }

private:
    bool take_share(uint64_t& begin, uint64_t& end);
    [[nodiscard]] WaveTile tile(uint64_t index) const;

    Work work_;
    uint64_t columns_, count_;
    alignas(64) std::atomic<uint64_t> next_{0};
};

} // namespace juggler
