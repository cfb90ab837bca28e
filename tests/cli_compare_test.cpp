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
