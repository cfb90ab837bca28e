// Runs frames through their stages in one of four arrangements. Knows nothing of rendering: what a
// stage does is a FrameWork's business.
#pragma once

#include "host/pipeline/arrangement.h"
#include "host/pipeline/stage.h"

#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <vector>

namespace juggler {

// A stage of a frame that is to be worked on.
struct Ticket {
    Stage stage;
    uint32_t index;       // of the frame, in the order of delivery, from 0
    unsigned slot;        // whose memory it uses: no two frames on the way share one
    unsigned worker;      // of the stage, from 0; in `parallel` the same for every stage
    std::stop_token stop; // true: return soon, finished or not
};

// When to come back to a stage; nothing if it is finished.
using Resume = std::optional<PipelineClock::time_point>;

class FrameWork {
public:
    virtual ~FrameWork() = default;
    // Works on a stage of a frame, and is called again for it, not before the returned time, until
    // it returns nothing. Returning early lets other frames go on where one thread does everything;
    // a time to come is a wait without a thread. Frames enter every stage in order, and stages of
    // different frames may be worked on at the same time, by several threads. What it throws ends
    // the run.
    virtual Resume run(const Ticket& ticket) = 0;
};

struct PipelinePlan {
    Arrangement arrangement = Arrangement::both;
    uint32_t frame_count = 1;
    unsigned in_flight = 3;      // frames on the way at once: slots; 1 in `sequential`
    unsigned queue_capacity = 2; // frames that may wait between two stages
    unsigned parallel_workers = 1;
    // Threads of each stage in `both`. write has 1: frames are delivered in order.
    std::array<unsigned, stage_count> workers{1, 1, 1, 1, 1, 1};

    // As above, as far as the arrangement cares.
    [[nodiscard]] unsigned slots() const;
    [[nodiscard]] unsigned workers_of(Stage stage) const;
};

struct RunOutcome {
    std::exception_ptr error; // the first one
    Stage stage{};            // where it was thrown,
    uint32_t index = 0;       // and for which frame
    bool stopped = false;     // as asked for from outside, before all was done
    uint32_t delivered = 0;   // frames 0 to this one, exclusive, went through every stage
    std::vector<Span> spans;  // of stages that finished or failed, by begin
    double wall = 0;          // seconds
    double cpu_first = 0;     // CPU seconds of all threads until the first frame was prepared,
    double cpu = 0;           // and until the end
};

// Returns once every thread it has started has ended. Times count from `start`.
RunOutcome run_pipeline(const PipelinePlan& plan, FrameWork& work, const std::stop_token& stop,
                        PipelineClock::time_point start = PipelineClock::now());

} // namespace juggler
