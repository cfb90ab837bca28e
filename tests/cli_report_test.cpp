// What programs read of a run is JSON with the promised keys.
#include "host/cli/progress.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace juggler {
namespace {

using Json = nlohmann::json;

TEST(Report, StatsHaveTheirSchema) {
    RunStats stats;
    stats.scene = "s.json";
    stats.backend = "sequential";
    stats.width = 3;
    stats.height = 2;
    stats.wall = 2;
    FrameStats frame;
    frame.frame = 7;
    frame.output = "f_0007.png";
    frame.compute = 1.5;
    frame.film_hash = 0xabcdef0123456789;
    frame.camera_rays = 1000000;
    frame.shadow_rays = 2000000;
    stats.frames = {frame};
    const Json json = Json::parse(stats_json(stats, {}));
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["size"], (Json{3, 2}));
    EXPECT_EQ(json["status"], "ok");
    EXPECT_EQ(json["frames"].size(), 1u);
    EXPECT_EQ(json["frames"][0]["frame"], 7);
    EXPECT_EQ(json["frames"][0]["film_hash"], "abcdef0123456789");
    EXPECT_EQ(json["frames"][0]["stages"]["compute"], 1.5);
    EXPECT_EQ(json["total"]["rays"], 3000000);
    EXPECT_EQ(json["total"]["mrays_per_s"], 2.0);
    EXPECT_EQ(json["total"]["overlap"], 0.75);
}

TEST(Report, ProgressIsOneObjectALine) {
    for (const std::string& line :
         {progress_json({31, 30, 48, 12.4, 6.9, 42}), progress_json({1, 0, 1, 0.1, -1, 0}),
          note_json("two\nlines"), done_json(48, 19.2, 42),
          failed_json("write", 4, "no \"room\"")}) {
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        EXPECT_TRUE(Json::accept(line)) << line;
    }
    EXPECT_EQ(Json::parse(progress_json({31, 30, 48, 12.4, 6.9, 42}))["done"], 30);
    EXPECT_TRUE(Json::parse(progress_json({1, 0, 1, 0.1, -1, 0}))["eta_s"].is_null());
    EXPECT_EQ(Json::parse(failed_json("write", 4, "x"))["exit"], 4);
}

TEST(Streams, OnlyTheWordThatTellsTheKindIsColored) {
    EXPECT_EQ(colored("note: a note: b\n"), "\x1b[36mnote:\x1b[0m a note: b\n");
    EXPECT_EQ(colored("s.json:1:2: error: x: error: y\n  1 | {\n"),
              "s.json:1:2: \x1b[1;31merror:\x1b[0m x: error: y\n  1 | {\n");
    EXPECT_EQ(colored("juggler: cannot go\nnote: z"),
              "\x1b[1;31mjuggler:\x1b[0m cannot go\n\x1b[36mnote:\x1b[0m z");
    for (const char* text : {"", "scene   a.json\n", "{\"message\":\"s.json: error: x\"}\n",
                             "\rnote: bar", "\x1b[38;2;1;2;3m: error: picture"})
        EXPECT_EQ(colored(text), text);
}

TEST(Report, NamesOfAnyBytesStayJson) { EXPECT_TRUE(Json::accept(note_json("bad \xff\xfe name"))); }

TEST(Report, DiagnosticsKeepTheirPlaces) {
    Diagnostic d;
    d.file = "s.json";
    d.line = 7;
    d.column = 28;
    d.pointer = "/camera";
    d.message = "must be more than 0";
    const Json json = Json::parse(diagnostics_json({d}));
    EXPECT_EQ(json[0]["line"], 7);
    EXPECT_EQ(json[0]["column"], 28);
    EXPECT_EQ(json[0]["pointer"], "/camera");
    EXPECT_EQ(Json::parse(diagnostics_json({})), Json::array());
}

TEST(Report, EqualPicturesHaveNoPsnr) {
    Difference d;
    d.psnr = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(Json::parse(difference_json(d, true))["psnr"].is_null());
}

TEST(Progress, DurationsAreShort) {
    EXPECT_EQ(duration(0), "0.0s");
    EXPECT_EQ(duration(12.44), "12.4s");
    EXPECT_EQ(duration(185), "3m05s");
    EXPECT_EQ(duration(7620), "2h07m");
}

} // namespace
} // namespace juggler
