// Lessons tell the truth about their own figures.
#include "cli_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace juggler::test {
namespace {

using Json = nlohmann::json;

Outcome learn(std::vector<std::string> words) {
    Spawn spawn;
    spawn.words = {JUGGLER_PROGRAM, "learn"};
    spawn.words.insert(spawn.words.end(), words.begin(), words.end());
    return run(spawn);
}

bool holds(const Json& claim) {
    const double left = claim["left"], right = claim["right"];
    const std::string relation = claim["relation"];
    if (relation == ">=") return left >= right;
    if (relation == "<=") return left <= right;
    if (relation == ">") return left > right;
    EXPECT_EQ(relation, "==");
    return left == right;
}

// Those whose claims do not depend on what else the machine does.
class SureLesson : public testing::TestWithParam<const char*> {};

TEST_P(SureLesson, ClaimsAreTrue) {
    const Outcome o = learn({GetParam(), "--json"});
    ASSERT_EQ(o.exit, 0) << o.err;
    EXPECT_LT(o.seconds, 20);
    const Json json = Json::parse(o.out);
    EXPECT_EQ(json["lesson"], GetParam());
    EXPECT_EQ(json["command"], std::string("juggler learn ") + GetParam());
    EXPECT_FALSE(json["claims"].empty());
    for (const Json& claim : json["claims"]) {
        EXPECT_EQ(claim["holds"], holds(claim));
        EXPECT_TRUE(holds(claim)) << claim << "\n" << json["measured"];
    }
}

INSTANTIATE_TEST_SUITE_P(Learn, SureLesson,
                         testing::Values("overlap", "race", "async", "one-frame", "divergence"));

TEST(Learn, ClaimsFollowFromFigures) {
    const Json overlap = Json::parse(learn({"overlap", "--json"}).out);
    const Json& m = overlap["measured"];
    EXPECT_DOUBLE_EQ(m["gain"], double(m["sequential_s"]) / double(m["concurrent_s"]));
    EXPECT_EQ(overlap["claims"][0]["left"], m["gain"]);
    const Json race = Json::parse(learn({"race", "--json"}).out);
    EXPECT_EQ(race["measured"]["lost_atomic"], 0);
    EXPECT_EQ(race["claims"][0]["left"], race["measured"]["lost"]);
}

TEST(Learn, ShowsTimelineFiguresAnswerAndCommand) {
    const Outcome o = learn({"one-frame", "--yes"});
    ASSERT_EQ(o.exit, 0) << o.err;
    for (const char* text : {"render", "write", "six frames", "not at all",
                             "It is so: ", "Again: juggler learn one-frame"})
        EXPECT_NE(o.out.find(text), std::string::npos) << text << "\n" << o.out;
    EXPECT_EQ(o.err, "");
}

TEST(Learn, ListsAndRefuses) {
    const Outcome list = learn({});
    EXPECT_EQ(list.exit, 0);
    for (const char* name : {"overlap", "parallel", "io-or-cpu", "race", "sharing", "too-many",
                             "amdahl", "async", "one-frame", "divergence"})
        EXPECT_NE(list.out.find(name), std::string::npos) << name;
    EXPECT_EQ(learn({"nothing"}).exit, 2);
}

} // namespace
} // namespace juggler::test
