// `juggler bench` keeps times and notices when they get worse.
#include "cli_process.h"

#include "host/compare/baseline.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace juggler {
namespace {

using Json = nlohmann::json;
using test::Outcome;

class Bench : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] Outcome bench(const std::vector<std::string>& more,
                                const std::string& samples = "1") const {
        test::Spawn spawn;
        spawn.folder = folder;
        spawn.words = {JUGGLER_PROGRAM, "bench", JUGGLER_SOURCE_DIR "/scenes/cornell.json",
                       "--size",        "32x18", "-s",
                       samples,         "-b",    "seq",
                       "--runs",        "6",     "-q"};
        spawn.words.insert(spawn.words.end(), more.begin(), more.end());
        return test::run(spawn);
    }
    // The baseline with all of its times multiplied.
    void scale(double factor) const {
        Json json = Json::parse(std::ifstream(folder / "base.json"));
        for (Json& seconds : json["scores"][0]["seconds"])
            seconds = double(seconds) * factor;
        std::ofstream(folder / "base.json") << json;
    }
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("juggler_bench_" + std::to_string(getpid()));
};

TEST_F(Bench, NoticesWhatGotWorse) {
    const Outcome saved = bench({"--save", "base.json"});
    ASSERT_EQ(saved.exit, 0) << saved.err;
    EXPECT_TRUE(saved.out.starts_with("identical: 576 of 576 pixels")) << saved.out;
    const Json base = Json::parse(std::ifstream(folder / "base.json"));
    EXPECT_EQ(base["scores"][0]["seconds"].size(), 6u);
    EXPECT_FALSE(base["machine"]["cpu"].empty());
    scale(0.001); // as if it had been a thousand times faster
    const Outcome worse = bench({"--check", "base.json"});
    EXPECT_EQ(worse.exit, 6);
    EXPECT_NE(worse.out.find("WORSE"), std::string::npos) << worse.out;
    scale(1e6);
    const Outcome better = bench({"--check", "base.json", "--json"});
    EXPECT_EQ(better.exit, 0);
    EXPECT_FALSE(Json::parse(better.out)["check"][0]["worse"]);
}

TEST_F(Bench, RefusesWhatCannotBeChecked) {
    ASSERT_EQ(bench({"--save", "base.json"}).exit, 0);
    const Outcome other = bench({"--check", "base.json"}, "2");
    EXPECT_EQ(other.exit, 3);
    EXPECT_NE(other.err.find("spp"), std::string::npos) << other.err;
    EXPECT_EQ(bench({"--check", "missing.json"}).exit, 3);
    std::ofstream(folder / "broken.json") << R"({"schema": 1, "scores": 7})";
    EXPECT_EQ(bench({"--check", "broken.json"}).exit, 3);
    std::ofstream(folder / "list.json") << "[1, 2]";
    EXPECT_EQ(bench({"--check", "list.json"}).exit, 3);
    EXPECT_EQ(bench({"--check", "base.json", "--runs", "4"}).exit, 2);
    EXPECT_EQ(bench({"--check", "base.json", "--limit", "-1"}).exit, 2);
    EXPECT_EQ(bench({"--save", "nowhere/base.json"}).exit, 4);
}

TEST(Change, NeedsBothALargeDifferenceAndLittleChance) {
    const std::vector<double> before{1.00, 1.01, 1.02, 1.03, 1.04, 1.05};
    std::vector<double> now;
    for (const double s : before)
        now.push_back(s * 1.2);
    EXPECT_TRUE(judge_change(before, now, 0.1).worse);
    EXPECT_FALSE(judge_change(before, now, 0.3).worse); // within the limit
    EXPECT_FALSE(judge_change(now, before, 0.1).worse); // faster
    now.front() = 0.5;
    now[1] = 0.6;
    EXPECT_FALSE(judge_change(before, now, 0.1).worse); // may be chance
    EXPECT_NEAR(judge_change(before, before, 0).share(), 0, 1e-12);
}

} // namespace
} // namespace juggler
