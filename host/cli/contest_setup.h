// What `compare` and `bench` share: which backends take part, in which picture, and how the result
// is told.
#pragma once

#include "host/cli/machine.h"
#include "host/cli/options.h"
#include "host/cli/plan.h"
#include "host/compare/contest.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace juggler {

// A held contest, with what there is to know about it.
struct ContestRecord {
    std::string scene;      // the file's name without its folder
    std::string scene_hash; // of everything rays can see
    FramePlan plan;
    uint32_t frame = 1;
    unsigned runs = 0, warmups = 0;
    Contest contest;
    std::vector<std::string> absent; // backends that cannot run here, each with the reason

    Cores cores;
    std::string cpu;
    std::vector<std::string> features;
    double load = 0; // processes that wanted to run when it began
};

// Reads the scene, opens the devices and lets them render. Notes go to stderr unless `quiet`.
ContestRecord run_contest(const CompareOptions& options, bool quiet);

// The first line says whether the pictures are identical.
std::string contest_text(const ContestRecord& record);
std::string contest_markdown(const ContestRecord& record);
nlohmann::ordered_json contest_json(const ContestRecord& record);

} // namespace juggler
