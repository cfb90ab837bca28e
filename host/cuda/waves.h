// Paths in waves (kernels/waves.h): the slots of a film in flight, and the host's part of a pass.
#pragma once

#include "host/cuda/machine.h"
#include "host/render/backend.h"
#include "kernels/launch.h"

namespace juggler::cuda {

// Slots for a film of so many pixels, where memory is not short.
uint32_t path_slots(const MachineOptions& options, uint64_t pixel_count);
uint64_t wave_bytes(uint32_t slot_count);

class WaveMemory {
public:
    WaveMemory(Machine& machine, uint64_t pixel_count);
    // Adds samples to the film of `task`, whose scene, frame, film and counters are filled in, and
    // the rays to `counters`. Returns when the last path has ended, or false if stopped before.
    bool render(WaveTask task, SampleRange range, const PassControl& control,
                PassCounters& counters);

private:
    struct Batch { // of waves
        Event begun, ended;
        uint32_t waves = 0; // 0: nothing is under way
    };
    // Of the paths that follow each other in one run.
    struct Progress {
        uint32_t path_count, paths_begun = 0, paths_done = 0;
        bool all_begun = false, over = false; // the last one has ended
    };
    [[nodiscard]] uint32_t next_batch(bool all_begun) const;
    bool run(const WaveTask& task, const PassControl& control, PassCounters& counters);
    void start(unsigned turn, WaveTask task, uint32_t waves);
    void finish(unsigned turn, Progress& progress, const PassControl& control,
                PassCounters& counters);

    Machine& machine_;
    uint32_t slot_count_;
    DeviceBuffer<uint32_t> words_, queues_; // of the slots; two queues
    DeviceBuffer<WaveControl> control_;
    PinnedBuffer<WaveControl> controls_; // after each of two batches
    Batch batches_[2];
    double wave_ms_ = 0; // a wave of all slots takes this, as measured; 0 = not yet
};

} // namespace juggler::cuda
