// Where finished frames go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace juggler {

struct FinishedFrame {
    uint32_t index;  // in the run, from 0
    uint32_t number; // in the animation, from 1
    uint32_t width, height;
    std::span<const std::byte> bytes; // as its format has it; good during the call
};

// One of: a file a frame, a stream of all of them, a program that makes a video. Called from one
// thread at a time.
class FrameSink {
public:
    virtual ~FrameSink() = default;
    // The next frame, in the order of the run. What it throws ends the run.
    virtual void write(const FinishedFrame& frame) = 0;
    // Throws if no further frame can be taken, such as when the program it goes to has died. Cheap,
    // to be asked while frames are rendered, also by another thread than the one that writes.
    virtual void check() const {}
    // After the last frame: what holds several frames is completed and gets its name.
    virtual void finish() {}
    // Instead, if the run has failed or was stopped: nothing half done is left.
    virtual void abort() noexcept {}
};

} // namespace juggler
