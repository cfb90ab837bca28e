// The same picture from several devices, in turns: is it the same, and how long does it take?
#pragma once

#include "host/compare/film_difference.h"
#include "host/render/backend.h"
#include "host/render/frame.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace juggler {

struct Contender {
    std::string backend;
    std::unique_ptr<Device> device;
};

struct ContestPlan {
    FrameView frame{};
    Window window{};
    uint32_t spp = 1;
    unsigned warmups = 1, runs = 3; // of each contender; the warm-ups are not timed
    unsigned cores = 1;             // that this process may use
};

struct Score {
    std::string backend;
    std::string runs_on;             // "avx2 (8 lanes)", "NVIDIA H200"
    unsigned threads = 1, lanes = 0; // lanes 0: not known
    double setup = 0;                // seconds for the device to take the scene
    std::vector<double> seconds;     // of each run
    std::vector<double> waiting;     // share of each run's wall x threads that used no core
    uint64_t rays = 0;               // of one run
    FilmDifference difference;       // from the first contender, of the first run that has one
    bool same_file = true;           // encodes to the bytes of the first contender's picture

    [[nodiscard]] double median_seconds() const;
    [[nodiscard]] double mrays_per_s() const;
};

struct Contest {
    std::vector<Score> scores;

    [[nodiscard]] bool identical() const;
    // How many times faster than the first one that is `sequential`, or than the first of all.
    [[nodiscard]] double speed_up(const Score& score) const;
    // Speed-up over one lane of one core, as a share of the lanes and cores used: what remains of
    // the hardware's promise. 0 where the number of lanes is not known.
    [[nodiscard]] double efficiency(const Score& score, unsigned cores) const;
    // The same against the cores alone: over the fastest of one thread with as many lanes. 0 where
    // there is none.
    [[nodiscard]] double core_efficiency(const Score& score, unsigned cores) const;
};

// Every contender renders warmups + runs times, one after another in turns, so that a machine that
// gets slower does so for all. Every film is compared with the first. `encode` makes the bytes of a
// picture file of a film: of the first film, then of each contender's in order. `tell` is called
// before each run.
Contest
hold_contest(const ContestPlan& plan, const CompiledScene& scene,
             std::vector<Contender>& contenders,
             const std::function<std::vector<std::byte>(const Film&)>& encode,
             const std::function<void(unsigned run, const Contender& contender)>& tell = {});

} // namespace juggler
