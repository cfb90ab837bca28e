// The program on a simulated GPU: frames in flight on three streams, the record of when its engines
// worked, and what happens when it fails or is short of memory.
#include "support/program_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace juggler {
namespace {

using Json = nlohmann::json;
using test::Outcome;

// Water whose vertices move every frame, and a camera.
const char* const water = R"({ "juggler": 1,
  "camera": { "eye": [0, 3, 6], "look_at": [0, 0, 0], "fov_y_deg": 40 },
  "sky": { "constant": [0.7, 0.8, 1] },
  "objects": [ { "sphere": { "center": [0, 1, 0], "radius": 0.5 } },
    { "ocean": { "size": 6, "cells": 24, "waves": [ { "length": 2, "amplitude": 0.2 } ] } } ],
  "animation": { "fps": 10, "frames": 6 } }
)";

class OnASimulatedGpu : public test::ProgramFolder {
protected:
    void SetUp() override { work.write("s.json", water); }

    [[nodiscard]] std::map<std::string, std::string>
    rendered(const std::string& options, const std::vector<std::string>& environment = {},
             Outcome* outcome = nullptr) const {
        make_empty("out");
        const Outcome o = juggler(
            "render s.json -f all -o out/f_#.png --size 20x11 -s 2 " + options, environment);
        if (outcome != nullptr)
            *outcome = o;
        else
            EXPECT_EQ(o.exit, 0) << options << o.err;
        return files_in("out");
    }
};

TEST_F(OnASimulatedGpu, FramesHaveTheBytesOfSequentialHoweverTheyAreArranged) {
    const auto expected = rendered("-b sequential");
    ASSERT_EQ(expected.size(), 6u);
    for (const char* how : {"", "--in-flight 1", "--pipeline off", "--arrangement concurrent",
                            "--arrangement parallel -t 2"})
        EXPECT_EQ(rendered(std::string("-b cuda ") + how), expected) << how;
}

TEST_F(OnASimulatedGpu, KernelsAreChosenByTheirNames) {
    const auto expected = rendered("-b sequential");
    for (const char* kernel : {"simple", "waves-compressed"})
        EXPECT_EQ(rendered("-b cuda", {std::string("JUGGLER_CUDA_KERNEL=") + kernel}), expected)
            << kernel;
    Outcome o;
    EXPECT_TRUE(rendered("-b cuda", {"JUGGLER_CUDA_KERNEL=wave"}, &o).empty());
    EXPECT_EQ(o.exit, 2);
    EXPECT_NE(o.err.find("use the kernel 'wave' of JUGGLER_CUDA_KERNEL: there are fastest, simple, "
                         "merged, compressed, waves, waves-compressed"),
              std::string::npos)
        << o.err;
}

TEST_F(OnASimulatedGpu, EnginesHaveLanesOfTheirOwnInTheTrace) {
    (void)rendered("-b cuda --trace t.json --stats s2.json");
    const Json trace = Json::parse(bytes("t.json"));
    std::map<std::string, std::vector<std::pair<double, double>>> intervals; // by stage
    std::map<std::string, std::vector<std::pair<double, double>>> waits;
    for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] != "X") continue;
        const double begin = event["ts"], length = event["dur"];
        (event["args"].contains("device") ? intervals : waits)[event["name"]].push_back(
            {begin, begin + length});
    }
    ASSERT_EQ(intervals.size(), 3u);
    for (const char* stage : {"upload", "render", "download"})
        ASSERT_EQ(intervals[stage].size(), 6u) << stage;
    for (size_t frame = 0; frame < 6; ++frame) {
        // On one time base with the host: work begins after the host asked for it, and a frame is
        // rendered when it is uploaded, and downloaded when it is rendered.
        const double slack = 5000; // microseconds: how well two clocks are known to agree
        EXPECT_LE(intervals["upload"][frame].second, intervals["render"][frame].first);
        EXPECT_LE(intervals["render"][frame].second, intervals["download"][frame].first);
        EXPECT_GE(intervals["upload"][frame].first, waits["upload"][frame].first - slack);
        EXPECT_LE(intervals["download"][frame].second, waits["download"][frame].second + slack);
    }
    const Json stats = Json::parse(bytes("s2.json"));
    EXPECT_EQ(stats["gpu"], "Simulated 0");
    EXPECT_EQ(stats["driver"], "CUDA 13.0");
    EXPECT_GT(stats["frames"][3]["device"]["compute"].get<double>(), 0);
    const Outcome shown = juggler("show t.json");
    EXPECT_NE(shown.out.find("gpu render"), std::string::npos) << shown.out;
}

// Sums are integers: whoever made them, they add up to those of one run.
TEST_F(OnASimulatedGpu, MakesPartsThatFitThoseOfEveryOtherBackend) {
    const std::string what = "render s.json --size 20x11 -s 7 -f 1-2 -o ";
    ASSERT_EQ(juggler(what + "one_#.png -b sequential").exit, 0);
    const std::vector<std::string> backends{"sequential", "simd", "openmp", "cuda"};
    for (const std::string split : {"rows", "samples"})
        for (size_t first = 0; first < backends.size(); first += 2) {
            make_empty("parts");
            for (size_t part = 1; part <= backends.size(); ++part) {
                const std::string& backend = backends[(first + part) % backends.size()];
                const Outcome o = juggler(what + "parts/p_#.png --split " + split + " --part " +
                                          std::to_string(part) + "/4 -b " + backend);
                ASSERT_EQ(o.exit, 0) << o.err;
            }
            std::string parts;
            for (const auto& [name, file] : files_in("parts"))
                parts += " parts/" + name;
            const Outcome merged = juggler("merge -o merged_#.png" + parts);
            ASSERT_EQ(merged.exit, 0) << merged.err;
            for (const char* frame : {"1", "2"})
                EXPECT_EQ(bytes(std::string("merged_") + frame + ".png"),
                          bytes(std::string("one_") + frame + ".png"))
                    << split << ", cuda is part " << (backends.size() - first - 1) % 4 + 1;
        }
    // Whole frames by different backends need no merging.
    make_empty("out");
    for (size_t part = 1; part <= 4; ++part)
        ASSERT_EQ(juggler("render s.json -f all -o out/f_#.png --size 20x11 -s 2 --part " +
                          std::to_string(part) + "/4 -b " + backends[part - 1])
                      .exit,
                  0);
    const auto shared = files_in("out");
    EXPECT_EQ(rendered("-b simd"), shared);
}

TEST_F(OnASimulatedGpu, FewerFramesAreInFlightWhereMemoryIsShort) {
    const auto expected = rendered("-b sequential");
    Outcome o;
    // Beyond the 128 MiB that are left to others there is room for a frame.
    EXPECT_EQ(rendered("-b cuda", {"JUGGLER_SIMULATED_KIB=131300"}, &o), expected) << o.err;
    EXPECT_NE(o.err.find("of the GPU holds"), std::string::npos) << o.err;
    EXPECT_EQ(o.exit, 0);
    EXPECT_TRUE(rendered("-b cuda", {"JUGGLER_SIMULATED_KIB=90000"}, &o).empty());
    EXPECT_EQ(o.exit, 5);
    EXPECT_NE(o.err.find("MB are free"), std::string::npos) << o.err;
}

TEST_F(OnASimulatedGpu, AFailureEndsTheRunAndKeepsWhatIsFinished) {
    const auto expected = rendered("-b sequential");
    Outcome o;
    (void)rendered("-b cuda", {"JUGGLER_SIMULATED_CALLS=1"}, &o);
    const size_t at = o.err.find("calls: ");
    ASSERT_NE(at, std::string::npos) << o.err;
    const size_t calls = std::stoul(o.err.substr(at + 7));
    size_t kept = 0, failed = 0;
    for (const int status : {700, 719, 2}) {
        for (size_t part = 1; part <= 4; ++part) {
            const std::string call = std::to_string(calls * part / 5);
            const auto files =
                rendered("-b cuda --stats s2.json",
                         {"JUGGLER_SIMULATED_FAIL=" + call + ":" + std::to_string(status)}, &o);
            for (const auto& [name, file] : files)
                EXPECT_EQ(file, expected.at(name)) << call;
            kept += files.size();
            EXPECT_LT(o.seconds, 10);
            if (o.exit == 0) continue; // a poll that came after the work
            ++failed;
            EXPECT_EQ(o.exit, status == 2 ? 5 : 1) << o.err;
            EXPECT_NE(o.err.find("simulated error " + std::to_string(status)), std::string::npos)
                << o.err;
        }
    }
    EXPECT_GT(kept, 0u);
    EXPECT_GT(failed, 6u);
}

} // namespace
} // namespace juggler
