// Frames in flight, as users see them: the same files however the work is arranged, errors that
// name frame and stage, and a record of what ran when.
#include "support/program_folder.h"
#include "support/scale.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::Outcome;
using test::Spawn;

// The ball moves and the camera with it; a scene is compiled for every frame.
const std::string moving_scene = test::ball_scene(R"("fps": 4, "frames": 8, "tracks": [
    { "target": "/objects/ball/sphere/center", "keys": [[0, [-1, 0.5, 0]], [2, [1, 0.5, 0]]] },
    { "target": "/camera/eye", "keys": [[0, [0, 1, 4]], [2, [0, 1.5, 4]]] } ])");
const char* const still_scene = R"({ "juggler": 1,
  "camera": { "eye": [0, 1, 4], "look_at": [0, 0.5, 0], "fov_y_deg": 40 },
  "sky": { "constant": [0.7, 0.8, 1] },
  "objects": [ { "sphere": { "center": [0, 0.5, 0], "radius": 0.5 } } ],
  "animation": { "fps": 24, "frames": 1000 } }
)";

// What `value` has that the schema does not allow, as far as docs/stats.schema.json uses schemas.
std::string schema_problem(const Json& value, const Json& schema, const std::string& at) {
    if (schema.contains("const") && value != schema["const"]) return at + " is another";
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
        return at + " is none of the enum";
    const std::string type = schema.value("type", "");
    if ((type == "string" && !value.is_string()) || (type == "array" && !value.is_array()) ||
        (type == "object" && !value.is_object()) || (type == "number" && !value.is_number()) ||
        (type == "integer" && !value.is_number_integer()))
        return at + " is no " + type;
    if (schema.contains("minimum") && value < schema["minimum"]) return at + " is too small";
    for (const Json& key : schema.value("required", Json::array()))
        if (!value.contains(key)) return at + " lacks " + key.dump();
    if (type == "array")
        for (const Json& item : value)
            if (std::string p = schema_problem(item, schema["items"], at + "[]"); !p.empty())
                return p;
    if (type != "object") return "";
    for (const auto& [key, member] : value.items()) {
        if (!schema["properties"].contains(key)) return at + " has " + key;
        if (std::string p = schema_problem(member, schema["properties"][key], at + "/" + key);
            !p.empty())
            return p;
    }
    return "";
}

class Frames : public test::ProgramFolder {
protected:
    void SetUp() override {
        work.write("moving.json", moving_scene);
        work.write("still.json", still_scene);
    }
    // Of a run's --stats, which must be as the schema says.
    [[nodiscard]] Json stats(const std::string& name) const {
        const Json json = Json::parse(bytes(name));
        std::ifstream schema(JUGGLER_SOURCE_DIR "/docs/stats.schema.json");
        EXPECT_EQ(schema_problem(json, Json::parse(schema), ""), "");
        return json;
    }
    // The frames of a run with these options.
    [[nodiscard]] std::map<std::string, std::string> rendered(const std::string& options) const {
        make_empty("out");
        const Outcome o =
            juggler("render moving.json -f all -o out/f_####.png --size 33x21 -s 2 " + options);
        EXPECT_EQ(o.exit, 0) << options << "\n" << o.err;
        return files_in("out");
    }
};

TEST_F(Frames, AreTheSameBytesHoweverTheyAreArranged) {
    const auto expected = rendered("-b sequential --pipeline off");
    ASSERT_EQ(expected.size(), 8u);
    EXPECT_NE(expected.at("f_0001.png"), expected.at("f_0005.png"));
    for (const char* how :
         {"-b sequential", "-b simd --in-flight 1", "-b simd --pipeline off",
          "-b openmp -t 2 --in-flight 2", "-b openmp -t 3 --in-flight 7",
          "--arrangement sequential", "--arrangement concurrent",
          "-b sequential --arrangement concurrent --in-flight 1",
          "-b openmp --arrangement concurrent --in-flight 5", "--arrangement parallel -t 3",
          "-b sequential --arrangement parallel -t 5", "--throttle-write 0.1",
          "--arrangement concurrent --throttle-write 0.1"})
        EXPECT_EQ(rendered(how), expected) << how;
}

TEST_F(Frames, AreTheSameBytesInChunksAndInAnyOrder) {
    const auto expected = rendered("");
    const auto one = [&](const std::string& list) {
        const Outcome o =
            juggler("render moving.json -f " + list + " -o out/f_####.png --size 33x21 -s 2");
        EXPECT_EQ(o.exit, 0) << o.err;
    };
    make_empty("out");
    for (const char* list : {"8", "5-7", "2,1", "4,3"})
        one(list);
    EXPECT_EQ(files_in("out"), expected);
}

TEST_F(Frames, OfAStreamComeInOrder) {
    const std::string options = " -f all -o - --size 16x9 -s 1";
    const std::string expected = juggler("render moving.json --pipeline off" + options).out;
    ASSERT_EQ(expected.size(), size_t(8) * 16 * 9 * 3);
    for (const char* how :
         {"--in-flight 8", "--arrangement concurrent", "--arrangement parallel -t 4"})
        EXPECT_TRUE(juggler("render moving.json " + std::string(how) + options).out == expected)
            << how;
}

TEST_F(Frames, ThatCannotBeWrittenEndTheRunNamingFrameAndStage) {
    for (const char* how : {"sequential", "concurrent", "parallel -t 3", "both"}) {
        const std::string out = std::string("out_") + how[0];
        fs::create_directories(folder / out);
        // The file that is in the way appears only once the run has begun.
        Spawn run =
            command("render still.json -f 1-200 -o " + out + "/f_####.png --size 16x9 -s 1 " +
                    "--no-clobber --throttle-write 0.02 --stats s.json --trace t.json " +
                    "--arrangement " + how);
        run.on_stderr = {"run ", [&] { work.write(out + "/f_0060.png", "mine"); }};
        const Outcome o = test::run(run);
        EXPECT_EQ(o.exit, 4) << how << o.err;
        EXPECT_NE(o.err.find("frame 60, stage write"), std::string::npos) << o.err;
        EXPECT_LT(o.seconds, 20);
        EXPECT_EQ(bytes(out + "/f_0060.png"), "mine");
        EXPECT_EQ(files_in(out).size(), 60u) << how;
        const Json told = stats("s.json");
        EXPECT_EQ(told["status"], "failed");
        EXPECT_EQ(told["failure"]["frame"], 60);
        EXPECT_EQ(told["failure"]["stage"], "write");
        EXPECT_EQ(told["failure"]["exit"], 4);
        EXPECT_TRUE(told["frames"][58]["written"]);
        EXPECT_FALSE(told["frames"][59]["written"]);
        EXPECT_EQ(told["frames"].size(), 200u);
        int failed = 0;
        const Json trace = Json::parse(bytes("t.json"));
        EXPECT_EQ(trace["otherData"]["state"], "failed");
        for (const Json& event : trace["traceEvents"])
            if (event["ph"] == "X" && event["args"].contains("failed")) {
                ++failed;
                EXPECT_EQ(event["name"], "write");
                EXPECT_EQ(event["args"]["frame"], 60);
            }
        EXPECT_EQ(failed, 1) << how;
        const Outcome shown = juggler("show t.json");
        EXPECT_NE(shown.out.find(", failed"), std::string::npos) << shown.out;
    }
}

TEST_F(Frames, ThatWereFinishedBeforeASignalAreInTheReports) {
    fs::create_directories(folder / "out");
    Spawn run = command("render still.json -f 1-200 -o out/f_####.png --size 16x9 -s 1 "
                        "--throttle-write 0.02 --stats s.json --trace t.json");
    run.signal = SIGINT;
    run.signal_after = "run ";
    run.signal_delay_ms = 300;
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 130) << o.err;
    EXPECT_LT(o.seconds_to_stop, 5);
    const Json told = stats("s.json");
    EXPECT_EQ(told["status"], "stopped");
    EXPECT_EQ(told["failure"]["exit"], 130);
    size_t written = 0;
    for (const Json& frame : told["frames"])
        written += frame["written"].get<bool>() ? 1 : 0;
    EXPECT_EQ(written, files_in("out").size());
    EXPECT_LT(written, 200u);
    EXPECT_EQ(Json::parse(bytes("t.json"))["otherData"]["state"], "stopped");
}

TEST_F(Frames, BeyondTheFirstAreChecked) {
    EXPECT_EQ(juggler("check moving.json").exit, 0);
    std::string text = moving_scene;
    const std::string track = "\"/objects/ball/sphere/center\", \"keys\": [[0, [-1, 0.5, 0]], [2, "
                              "[1, 0.5, 0]]]";
    ASSERT_NE(text.find(track), std::string::npos);
    text.replace(text.find(track), track.size(),
                 "\"/objects/ball/sphere/radius\", \"keys\": [[0, 0.5], [1, 0.5], [2, -1]]");
    work.write("shrinks.json", text);
    EXPECT_EQ(juggler("render shrinks.json -f 1 --size 16x9 -s 1 -o a.png").exit, 0);
    const Outcome o = juggler("check shrinks.json");
    EXPECT_EQ(o.exit, 3) << o.out;
    EXPECT_NE(o.err.find("radius"), std::string::npos) << o.err;
}

TEST_F(Frames, WrongArrangementsAreRefused) {
    EXPECT_EQ(juggler("render still.json -b openmp --arrangement parallel").exit, 2);
    EXPECT_EQ(juggler("render still.json -t 2 --arrangement concurrent").exit, 2);
    EXPECT_EQ(juggler("render still.json --trace no/t.json").exit, 4);
    EXPECT_EQ(juggler("render still.json --timeline no/t.svg").exit, 4);
}

TEST_F(Frames, LeaveARecordOfWhatRanWhen) {
    const Outcome o = juggler("render moving.json -f all -o f_####.png --size 64x36 -s 2 --trace "
                              "t.json --timeline t.svg --stats s.json");
    ASSERT_EQ(o.exit, 0) << o.err;
    EXPECT_NE(o.err.find("frames  both: "), std::string::npos) << o.err;
    const Json trace = Json::parse(bytes("t.json"));
    std::map<std::string, int> slices;
    for (const Json& event : trace["traceEvents"])
        if (event["ph"] == "X") ++slices[event["name"]];
    EXPECT_EQ(slices.size(), 6u);
    for (const auto& [name, count] : slices)
        EXPECT_EQ(count, 8) << name;
    EXPECT_NE(bytes("t.svg").find("frame 8, render: "), std::string::npos);
    const Json told = stats("s.json");
    EXPECT_EQ(told["status"], "ok");
    EXPECT_EQ(told["settings_hash"].get<std::string>().size(), 16u);
    EXPECT_EQ(told["pipeline"]["arrangement"], "both");
    EXPECT_GT(told["pipeline"]["ideal"].get<double>(), 0);
    EXPECT_GT(told["frames"][7]["stages"]["compute"].get<double>(), 0);
    EXPECT_TRUE(told["frames"][7]["written"]);
    EXPECT_NE(told["isa"], "");

    const Outcome shown = juggler("show t.json");
    EXPECT_EQ(shown.exit, 0) << shown.err;
    EXPECT_NE(shown.out.find("render"), std::string::npos);
    EXPECT_NE(shown.out.find("both: "), std::string::npos);
    EXPECT_EQ(juggler("show t.json t.json --timeline two.svg").exit, 0);
    EXPECT_GT(bytes("two.svg").size(), 1.5 * double(bytes("t.svg").size()));
    EXPECT_EQ(juggler("show f_0001.png t.json").exit, 3); // a trace is no picture
    work.write("x.json", "{ \"no\": \"trace\" }");
    EXPECT_EQ(juggler("show x.json").exit, 3);
}

// One frame has nothing to overlap with, and of one thing at a time nothing overlaps.
TEST_F(Frames, SaysWhatBoundTheRun) {
    const std::string options = " --size 64x36 -s 1 --format rgb24 -o f_####.rgb";
    const std::string slow = juggler("render still.json -f 1-8 --throttle-write 0.1" + options).err;
    EXPECT_NE(slow.find("bound by write"), std::string::npos) << slow;
    const std::string one =
        juggler("render still.json -f 1-2 --pipeline off --throttle-write 1" + options).err;
    EXPECT_NE(one.find("one thing at a time"), std::string::npos) << one;
}

// 64 x 36 x 3 bytes at 0.0691 MB/s: 0.1 s a frame, whatever the disk at hand.
TEST_F(Frames, WaitForASlowDisk) {
    const std::string options =
        " -f 1-5 --throttle-write 0.06912 --size 64x36 -s 1 --format rgb24 -o f_####.rgb";
    for (const char* how : {"--pipeline off", "", "--arrangement concurrent"}) {
        const Outcome o = juggler(std::string("render still.json ") + how + options);
        EXPECT_GE(o.seconds, 0.5) << how;
    }
    const Outcome read = juggler("render still.json --throttle-read 0.001 --size 16x9 -s 1");
    EXPECT_GE(read.seconds, double(std::string(still_scene).size()) / 1000);
}

// Frames are rendered, resolved, encoded and written in memory that their slots have already.
TEST_F(Frames, AreMadeInTheMemoryOfTheFirst) {
#ifdef JUGGLER_SANITIZED
    GTEST_SKIP() << "a sanitizer keeps memory of its own";
#endif
    const auto faults = [&](const std::string& list, const std::string& format) {
        const Outcome o =
            juggler("render still.json --pipeline off -b simd -s 1 --size 480x270 -f " + list +
                    " -o out_####.png --format " + format);
        EXPECT_EQ(o.exit, 0) << o.err;
        return o.page_faults;
    };
    const long picture_pages = 480 * 270 * 3 / 4096; // of codes alone
    for (const char* format : {"png", "png16"})
        EXPECT_LT(faults("1-16", format) - faults("1-6", format), 10 * picture_pages / 4) << format;
}

// Peak memory in KiB, without sanitizers, which have their own.
TEST_F(Frames, TakeNoMoreMemoryTheMoreThereAre) {
#ifdef JUGGLER_SANITIZED
    GTEST_SKIP() << "a sanitizer keeps memory of its own";
#endif
    if (test::scale() < 2) GTEST_SKIP() << "takes long: label full";
    const auto peak = [&](const std::string& list, const char* size) {
        const Outcome o =
            juggler("render still.json -f " + list + " -o out_####.png -s 1 --size " + size);
        EXPECT_EQ(o.exit, 0) << o.err;
        return double(o.peak_kib);
    };
    // Of tiny pictures a run's own record is the most: about 600 bytes a frame.
    for (const auto& [size, limit] : {std::pair("480x270", 1.05), std::pair("16x9", 1.06)}) {
        const double few = peak("1-20", size), many = peak("1-1000", size);
        EXPECT_GT(few, 1000);
        EXPECT_LE(many, limit * few)
            << size << ": " << few << " KiB for 20 frames, " << many << " for 1,000";
    }
}

} // namespace
} // namespace juggler
