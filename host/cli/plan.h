// What a render is going to do, settled and checked before its first ray.
#pragma once

#include "host/cli/options.h"
#include "host/image/tone.h"
#include "host/render/frame.h"
#include "host/scene/description.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace juggler {

struct FramePlan {
    uint32_t width = 640, height = 360; // of the whole picture
    Window window{0, 0, 640, 360};
    uint32_t spp = 64, max_depth = 8, seed = 1;
    ToneSettings tone;

    [[nodiscard]] uint32_t film_width() const { return window.x1 - window.x0; }
    [[nodiscard]] uint32_t film_height() const { return window.y1 - window.y0; }
    [[nodiscard]] uint64_t pixel_count() const { return uint64_t(film_width()) * film_height(); }
};

// The command line over the scene file over the defaults. Throws UsageError for a crop outside the
// picture, or a size beyond the limits.
FramePlan plan_frame(const RenderOptions& options, const ImageSettings& image);

// By name, else by number from 1, else the first; then moved to --eye, turned to --look-at and
// opened to --fov.
CameraDescription choose_camera(const RenderOptions& options,
                                const std::vector<CameraDescription>& cameras);

// Film, means, codes and file of one frame.
uint64_t frame_bytes(const FramePlan& plan, PictureFormat format);
// Throws Error(Exit::failed) if the frame does not fit.
void check_memory(const FramePlan& plan, PictureFormat format, uint64_t available_bytes);

// The files of `frames`, or nothing for stdout; the same for all if it is a clip. Throws UsageError
// for one name for several frames, or the scene's own; Error(Exit::output) for a folder that cannot
// be written, a folder of that name, or a file that --no-clobber protects.
std::vector<std::filesystem::path> plan_outputs(const RenderOptions& options,
                                                const std::vector<uint32_t>& frames);

} // namespace juggler
