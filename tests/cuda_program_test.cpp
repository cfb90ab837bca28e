// The program on a simulated GPU: frames in flight on three streams, the record of when its engines
// worked, and what happens when it fails or is short of memory.
#include "cli_process.h"
#include "temp_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::Outcome;
using test::Spawn;

// Water whose vertices move every frame, and a camera.
const char* const water = R"({ "juggler": 1,
  "camera": { "eye": [0, 3, 6], "look_at": [0, 0, 0], "fov_y_deg": 40 },
  "sky": { "constant": [0.7, 0.8, 1] },
  "objects": [ { "sphere": { "center": [0, 1, 0], "radius": 0.5 } },
    { "ocean": { "size": 6, "cells": 24, "waves": [ { "length": 2, "amplitude": 0.2 } ] } } ],
  "animation": { "fps": 10, "frames": 6 } }
)";

class OnASimulatedGpu : public testing::Test {
protected:
    TempFolder folder;
    void SetUp() override { folder.write("s.json", water); }

    [[nodiscard]] Outcome juggler(const std::string& text,
                                  const std::vector<std::string>& environment = {}) const {
        Spawn run;
        run.folder = folder.path();
        run.words.emplace_back(JUGGLER_PROGRAM);
        run.environment.insert(run.environment.end(), environment.begin(), environment.end());
        std::istringstream in(text);
        for (std::string word; in >> word;)
            run.words.push_back(word);
        return test::run(run);
    }
    [[nodiscard]] std::string bytes(const std::string& name) const {
        std::ifstream in(folder.path() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    [[nodiscard]] std::map<std::string, std::string>
    rendered(const std::string& options, const std::vector<std::string>& environment = {},
             Outcome* outcome = nullptr) const {
        const fs::path out = folder.path() / "out";
        fs::remove_all(out);
        fs::create_directory(out);
        const Outcome o = juggler(
            "render s.json -f all -o out/f_#.png --size 20x11 -s 2 " + options, environment);
        if (outcome != nullptr)
            *outcome = o;
        else
            EXPECT_EQ(o.exit, 0) << options << o.err;
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator(out))
            files[entry.path().filename().string()] =
                bytes("out/" + entry.path().filename().string());
        return files;
    }
};

TEST_F(OnASimulatedGpu, FramesHaveTheBytesOfSequentialHoweverTheyAreArranged) {
    const auto expected = rendered("-b sequential");
    ASSERT_EQ(expected.size(), 6u);
    for (const char* how : {"", "--in-flight 1", "--pipeline off", "--arrangement concurrent",
                            "--arrangement parallel -t 2"})
        EXPECT_EQ(rendered(std::string("-b cuda ") + how), expected) << how;
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
