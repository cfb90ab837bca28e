// Where a frame in flight is painted: its scene, its sums and its means.
#pragma once

#include "host/image/picture.h"
#include "host/render/backend.h"
#include "host/render/frame.h"

#include <memory>
#include <span>

namespace juggler {

// A device, and the scene it was given last if it works in host memory. One thread at a time
// renders with it.
struct Painter {
    Device& device;
    std::shared_ptr<const CompiledScene> scene;
};

// All memory of a frame in flight, allocated once. The calls for one canvas follow each other;
// those for different canvases may come at the same time, but for render_pass, which is one at a
// time for canvases of one device.
class Canvas {
public:
    virtual ~Canvas() = default;
    // The host's cores do the rendering.
    [[nodiscard]] virtual bool on_cores() const = 0;
    virtual void upload(std::shared_ptr<const CompiledScene> scene) = 0;
    virtual void clear() = 0; // all sums are 0 from here on
    // As Device::render_pass.
    virtual bool render_pass(const FrameView& frame, SampleRange range, const PassControl& control,
                             PassCounters& counters) = 0;
    // Brings what follows to host memory.
    virtual void download(uint32_t sample_count, bool with_sums) = 0;
    // Linear means of `sample_count` samples a pixel.
    virtual void resolve(uint32_t sample_count, Picture& picture) = 0;
    // The sums, after a download with them.
    [[nodiscard]] virtual std::span<const FilmPixel> sums() const = 0;
    // The sums as they are between two passes.
    virtual std::span<const FilmPixel> sums_so_far() = 0;
    // Of the sums; equal for equal pictures whatever rendered them.
    [[nodiscard]] virtual uint64_t hash() const = 0;
    // When the device's engines worked on the frame that was downloaded; empty on cores.
    [[nodiscard]] virtual DeviceTimes device_times() { return {}; }
};

// In host memory, or in the device's own where it has one.
std::unique_ptr<Canvas> open_canvas(Painter& painter, Window window);

} // namespace juggler
