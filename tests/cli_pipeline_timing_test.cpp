// How close real runs come to the ideal, and what overlap gains. Label timing: for a quiet machine.
#include "cli_process.h"
#include "temp_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace juggler {
namespace {

using Json = nlohmann::json;

struct Figures {
    double wall, over_ideal;
};

class PipelineTiming : public testing::Test {
protected:
    TempFolder folder;

    // Of a run over 30 frames of the Cornell box.
    [[nodiscard]] Figures one(const std::string& options) const {
        test::Spawn run;
        run.folder = folder.path();
        run.words.emplace_back(JUGGLER_PROGRAM);
        std::istringstream words("render " JUGGLER_SOURCE_DIR "/scenes/cornell.json --set "
                                 "/animation={\"frames\":30} -f all -o f_####.png --stats s.json " +
                                 options);
        for (std::string word; words >> word;)
            run.words.push_back(word);
        const test::Outcome o = test::run(run);
        EXPECT_EQ(o.exit, 0) << o.err;
        std::ifstream file(folder.path() / "s.json");
        const Json json = Json::parse(file)["pipeline"];
        std::printf("%s\n  %s", options.c_str(), o.err.substr(o.err.find("frames  ")).c_str());
        return {json["wall"], json["over_ideal"]};
    }
    // Median of five by wall time.
    [[nodiscard]] Figures median(const std::string& options) const {
        std::vector<Figures> all;
        for (int i = 0; i < 5; ++i)
            all.push_back(one(options));
        std::sort(all.begin(), all.end(),
                  [](const Figures& a, const Figures& b) { return a.wall < b.wall; });
        return all[2];
    }
};

TEST_F(PipelineTiming, ASlowDiskIsHiddenBehindRendering) {
    const Figures off = median("--size 320x200 -s 2 --throttle-write 1 --pipeline off");
    const Figures on = median("--size 320x200 -s 2 --throttle-write 1");
    std::printf("slow disk: %.2f times as fast, %.3f times the ideal time\n", off.wall / on.wall,
                on.over_ideal);
    EXPECT_LE(on.over_ideal, 1.05);
    EXPECT_GT(off.wall / on.wall, 1.2);
}

TEST_F(PipelineTiming, LightFramesWithHeavyFilesReachTheIdeal) {
    const Figures off = median("--size 640x400 -s 1 --png-effort 9 --pipeline off");
    const Figures on = median("--size 640x400 -s 1 --png-effort 9");
    std::printf("heavy files: %.2f times as fast, %.3f times the ideal time\n", off.wall / on.wall,
                on.over_ideal);
    EXPECT_LE(on.over_ideal, 1.05);
    EXPECT_GT(off.wall / on.wall, 1.05);
}

} // namespace
} // namespace juggler
