// The measurements: recorded rays, whole pictures, threads.
#pragma once

#include "bench/embree_subject.h"

#include <nlohmann/json.hpp>

#include <string>

namespace juggler {

struct RunOptions {
    Picture picture;
    uint64_t rays = 100'000; // camera rays recorded, about
    unsigned rounds = 5;
    std::vector<WaveSizes> sizes{{512, 32}};
    bool lean = false; // Embree's single fast calls and our walks alone
    double ghz = 0;
    const EmbreeUnit* other = nullptr; // another version of the walk, timed beside ours
};

// Figures go to the result and, as lines of a table, to `rows`.
std::string walks_heading(const RunOptions& options);
nlohmann::ordered_json run_walks(const EmbreeUnit& unit, const Subject& subject,
                                 const RunOptions& options, std::string& rows);

std::string pictures_heading(const RunOptions& options);
nlohmann::ordered_json run_pictures(const EmbreeUnit& unit, const Subject& subject,
                                    const RunOptions& options, std::string& rows);

std::string threads_heading();
nlohmann::ordered_json run_threads(const EmbreeUnit& unit, const Subject& subject,
                                   const RunOptions& options, std::string& rows);

} // namespace juggler
