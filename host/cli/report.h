// What programs read of a run, as JSON. One file makes all of it, so that one library does.
#pragma once

#include "host/cli/machine.h"
#include "host/image/diff.h"
#include "host/image/flip.h"
#include "host/pipeline/timeline.h"
#include "host/render/backend.h"
#include "host/scene/diagnostics.h"

#include <cstdint>
#include <string>
#include <vector>

namespace juggler {

// One line each, for --progress json. The last line of a run is done or failed.
struct ProgressLine {
    uint32_t frame, done, total;
    double elapsed_s, eta_s; // eta below 0: not known yet
    double mrays_per_s;
};
std::string progress_json(const ProgressLine& line);
std::string note_json(const std::string& message);
std::string done_json(uint32_t frames, double elapsed_s, double mrays_per_s);
std::string failed_json(const std::string& stage, int exit, const std::string& message);

struct FrameStats {
    uint32_t frame = 0;
    std::string output;
    bool written = false;
    double wall = 0; // seconds, as all below; 0 if it was not written
    double prepare = 0, upload = 0, compute = 0, download = 0, encode = 0, write = 0;
    // Of these, a GPU's engines worked; the rest is waiting and copying on the host.
    double device_upload = 0, device_compute = 0, device_download = 0;
    uint64_t film_hash = 0;
    uint32_t samples = 0; // a pixel
    uint32_t passes = 0;  // with --noise: how often it was asked about, and what it is now
    double noise = 0;
    uint64_t camera_rays = 0, scattered_rays = 0, shadow_rays = 0;
    uint64_t nan_samples = 0, clamped_samples = 0;

    [[nodiscard]] uint64_t rays() const { return camera_rays + scattered_rays + shadow_rays; }
    [[nodiscard]] double stages() const {
        return prepare + upload + compute + download + encode + write;
    }
};

struct RunStats {
    std::string scene, backend, device;
    DeviceLabels labels;
    std::string settings_hash; // of the first frame; 16 digits
    unsigned threads = 0;
    uint32_t width = 0, height = 0, spp = 0, max_depth = 0, seed = 0;
    std::vector<FrameStats> frames;
    double setup = 0, wall = 0;
    Usage usage{};
};

// Why a run did not come to its end.
struct RunFailure {
    int exit = 1;
    std::string stage, message; // the message as it is printed, without what comes before it
};
std::string stats_json(const RunStats& stats, const Timeline& timeline,
                       const RunFailure* failure = nullptr);

std::string diagnostics_json(const std::vector<Diagnostic>& diagnostics);
std::string difference_json(const Difference& d, bool within, const FlipMap* flip = nullptr);

struct BackendLine {
    std::string name, short_name;
    std::string unavailable; // "" = can run
    std::string device;
};
std::string devices_json(const std::vector<BackendLine>& backends, const std::string& automatic,
                         const Cores& cores, const std::string& cpu,
                         const std::vector<std::string>& features);

} // namespace juggler
