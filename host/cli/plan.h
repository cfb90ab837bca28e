// What a render is going to do, settled and checked before its first ray.
#pragma once

#include "host/cli/options.h"
#include "host/image/tone.h"
#include "host/output/settings.h"
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/description.h"
#include "host/scene/memory.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace juggler {

struct FramePlan {
    uint32_t width = 640, height = 360; // of the whole picture
    Window crop{0, 0, 640, 360};        // what is wanted of it
    Window window{0, 0, 640, 360};      // and what of that is this process's part
    uint32_t spp = 64, max_depth = 8, seed = 1;
    SampleRange samples{0, 64}; // of each pixel, this process's part
    ToneSettings tone;
    PixelFilter filter = filter_box;

    [[nodiscard]] uint32_t film_width() const { return window.x1 - window.x0; }
    [[nodiscard]] uint32_t film_height() const { return window.y1 - window.y0; }
    [[nodiscard]] uint64_t pixel_count() const { return uint64_t(film_width()) * film_height(); }
};

// The command line over the scene file over the defaults. Throws UsageError for a crop outside the
// picture, or a size beyond the limits.
FramePlan plan_frame(const RenderOptions& options, const ImageSettings& image);

// All that the film of a frame is made from. `scene_hash` is of all files of the scene. Whatever is
// added to the command line and changes a picture belongs in here, or --resume and merge take one
// picture for another.
FilmSettings film_settings(const RenderOptions& options, const FramePlan& plan, uint64_t scene_hash,
                           uint32_t frame);

// By name, else by number from 1, else the first; then moved to --eye, turned to --look-at and
// opened to --fov.
CameraDescription choose_camera(const RenderOptions& options,
                                const std::vector<CameraDescription>& cameras);

// The same, on its way around what it looks at: the place of `frame` in a turn of --turntable
// frames, seen from above against the clock.
CameraDescription turned_camera(const RenderOptions& options, CameraDescription camera,
                                uint32_t frame);

// Film, means, codes and file of one frame.
uint64_t frame_bytes(const RenderOptions& options, const FramePlan& plan);

// Bytes a run may take from now on: what is free, or less if --max-memory says so.
uint64_t memory_limit(const RenderOptions& options);

// With --noise and without --spp, no pixel gets more samples.
inline constexpr uint32_t noise_spp = 4096;

// How many compiled scenes and pictures are in memory at once, and whether the description they are
// made of is kept beside them.
struct InFlight {
    uint32_t scenes = 1, pictures = 1;
    bool keeps_description = false;
};
// Throws Error(Exit::failed), naming need and remedy, if scenes and pictures do not fit into
// --max-memory or into what is free. The description is in memory already.
void check_memory(const RenderOptions& options, const FramePlan& plan, const SceneMemory& scene,
                  uint64_t available_bytes, InFlight in_flight = {});

// What to tell about a number of threads that was cut.
std::vector<std::string> thread_notes(const RenderOptions& options, unsigned threads);

// The files of `frames`, or nothing for stdout; the same for all if it is a clip. Throws UsageError
// for one name for several frames, or the scene's own; Error(Exit::output) for a folder that cannot
// be written, a folder of that name, or a file that --no-clobber protects.
std::vector<std::filesystem::path> plan_outputs(const RenderOptions& options,
                                                const std::vector<uint32_t>& frames);

} // namespace juggler
