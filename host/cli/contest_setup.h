// What `compare` and `bench` share: which backends take part, in which picture, and how the result
// is told.
#pragma once

#include "host/cli/machine.h"
#include "host/cli/options.h"
#include "host/cli/plan.h"
#include "host/compare/contest.h"
#include "host/image/png.h"
#include "host/pipeline/timeline.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace juggler {

// A picture of the contest, to look at.
struct ShownRun {
    std::string backend;
    EncodedPicture picture;
};

// A held contest, with what there is to know about it.
struct ContestRecord {
    std::string scene;      // the file's name without its folder
    std::string scene_hash; // of everything rays can see
    FramePlan plan;
    uint32_t frame = 1;
    uint32_t animation_frames = 1;
    unsigned runs = 0, warmups = 0;
    Contest contest;
    std::vector<std::string> absent; // backends that cannot run here, each with the reason

    Cores cores;
    std::string cpu;
    std::vector<std::string> features;
    double load = 0; // processes that wanted to run when it began

    // If a page is asked for: the reference, and the first that differs from it, or the last.
    std::vector<ShownRun> shown;
};

// Reads the scene, opens the devices and lets them render. Notes go to stderr unless `quiet`.
ContestRecord run_contest(const CompareOptions& options, bool quiet);

// The kernels' view of a frame of a picture.
FrameView frame_view(const RenderOptions& picture, const FramePlan& plan, uint32_t frame,
                     const CameraDescription& camera);

// The same frames in every arrangement of the pipeline, one after another; none if the scene cannot
// be read again or the time would be long.
std::vector<Timeline> run_arrangements(const CompareOptions& options, const ContestRecord& record,
                                       bool quiet);

// Whether the pictures are identical; which picture and how often; the table, its heads first.
std::string contest_verdict(const ContestRecord& record);
std::string contest_picture(const ContestRecord& record);
std::vector<std::vector<std::string>> contest_rows(const ContestRecord& record);

// The first line says whether the pictures are identical.
std::string contest_text(const ContestRecord& record);
std::string contest_markdown(const ContestRecord& record);
nlohmann::ordered_json contest_json(const ContestRecord& record);

} // namespace juggler
