// `juggler compare` as users run it.
#include "cli_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace juggler::test {
namespace {

using Json = nlohmann::json;

Outcome compare(std::vector<std::string> words, std::vector<std::string> environment = {}) {
    Spawn spawn;
    spawn.words = {JUGGLER_PROGRAM, "compare"};
    spawn.words.insert(spawn.words.end(), words.begin(), words.end());
    for (const std::string& e : environment)
        spawn.environment.push_back(e);
    return run(spawn);
}
std::string scene(const char* name) { return std::string(JUGGLER_SOURCE_DIR "/scenes/") + name; }

TEST(Compare, ShippedScenesAreIdentical) {
    for (const char* name : {"cornell.json", "juggler.json", "weekend.json"}) {
        const Outcome o = compare({scene(name), "--size", "40x23", "-s", "2", "--runs", "1"});
        EXPECT_EQ(o.exit, 0) << o.err;
        EXPECT_TRUE(o.out.starts_with("identical: 920 of 920 pixels")) << o.out;
        for (const char* word : {"sequential", "simd", "openmp", "speed-up", "waiting"})
            EXPECT_NE(o.out.find(word), std::string::npos) << o.out;
    }
}

TEST(Compare, JsonHasARowForEachNumberOfThreads) {
    const Outcome o = compare({scene("cornell.json"), "--size", "32x18", "-s", "4", "-b",
                               "seq,simd,omp", "-t", "1,2,5", "--runs", "2", "--json", "-q"});
    ASSERT_EQ(o.exit, 0) << o.err;
    EXPECT_EQ(o.err, "");
    const Json json = Json::parse(o.out);
    EXPECT_TRUE(json["identical"]);
    EXPECT_EQ(json["pixels"], 576);
    EXPECT_EQ(json["scores"].size(), 5u);
    EXPECT_EQ(json["scores"][4]["threads"], 5);
    double sequential = json["scores"][0]["median"];
    for (const Json& score : json["scores"]) {
        EXPECT_EQ(score["seconds"].size(), 2u);
        EXPECT_GT(score["median"], 0);
        EXPECT_GE(score["waiting"], 0);
        EXPECT_LE(score["waiting"], 1);
        EXPECT_EQ(score["rays"], json["scores"][0]["rays"]);
        const double median = score["median"], speed_up = score["speed_up"];
        EXPECT_NEAR(speed_up, sequential / median, 0.05 * speed_up);
    }
}

TEST(Compare, MarkdownIsATable) {
    const Outcome o = compare({scene("cornell.json"), "--size", "16x9", "-s", "1", "-b", "seq,simd",
                               "--runs", "1", "--markdown"});
    EXPECT_EQ(o.exit, 0) << o.err;
    EXPECT_NE(o.out.find("| backend | threads |"), std::string::npos) << o.out;
    EXPECT_NE(o.out.find("| simd | 1 |"), std::string::npos) << o.out;
}

// juggler_altered adds the least there is to the green sum of simd's pixel 7, 5.
TEST(Compare, OneUnitInOneSumOfOneBackendIsNamed) {
    Spawn spawn;
    spawn.words = {JUGGLER_ALTERED,
                   "compare",
                   scene("cornell.json"),
                   "--size",
                   "32x18",
                   "-s",
                   "2",
                   "--runs",
                   "1",
                   "-t",
                   "2"};
    const Outcome text = run(spawn);
    EXPECT_EQ(text.exit, 6) << text.err;
    EXPECT_TRUE(text.out.starts_with("different: 1 of 576 pixels, the first at 7, 5 in green: 0x"))
        << text.out;
    EXPECT_NE(text.out.find("(sequential and simd, 1 thread)"), std::string::npos) << text.out;
    spawn.words.push_back("--json");
    const Outcome o = run(spawn);
    EXPECT_EQ(o.exit, 6) << o.err;
    const Json json = Json::parse(o.out);
    EXPECT_FALSE(json["identical"]);
    ASSERT_EQ(json["scores"].size(), 3u);
    EXPECT_EQ(json["scores"][1]["differing"], 1);
    EXPECT_EQ(json["scores"][1]["first_at"], (Json{7, 5, 1}));
    EXPECT_NE(json["scores"][1]["values"][0], json["scores"][1]["values"][1]);
    EXPECT_EQ(json["scores"][2]["differing"], 0);
}

TEST(Compare, ModelsAreIdentical) {
    int found = 0;
    for (const char* name : {"robot/robot.glb", "Fox/Fox.glb", "FlightHelmet/FlightHelmet.gltf"}) {
        const std::string model = std::string(JUGGLER_ASSET_DIR "/") + name;
        if (access(model.c_str(), R_OK) != 0) continue;
        ++found;
        const Outcome o = compare({model, "--size", "40x23", "-s", "2", "--runs", "1"});
        EXPECT_EQ(o.exit, 0) << name << o.err;
        EXPECT_TRUE(o.out.starts_with("identical: 920 of 920 pixels")) << name << o.out;
    }
    if (found == 0) GTEST_SKIP() << "no models in " JUGGLER_ASSET_DIR;
}

TEST(Compare, MistakesHaveTheirExitCodes) {
    EXPECT_EQ(compare({}).exit, 2);
    EXPECT_EQ(compare({scene("cornell.json"), "-b", "seq,,simd"}).exit, 2);
    EXPECT_EQ(compare({scene("cornell.json"), "-t", "1,x"}).exit, 2);
    EXPECT_EQ(compare({scene("cornell.json"), "--frame", "2"}).exit, 2);
    EXPECT_EQ(compare({scene("cornell.json"), "--json", "--markdown"}).exit, 2);
    EXPECT_EQ(compare({scene("cornell.json"), "-o", "x.png"}).exit, 2);
    EXPECT_EQ(compare({scene("missing.json")}).exit, 3);
    EXPECT_EQ(compare({scene("cornell.json"), "-b", "cuda", "--size", "16x9", "-s", "1"},
                      {"CUDA_VISIBLE_DEVICES="})
                  .exit,
              5);
}

} // namespace
} // namespace juggler::test
