// The program as users run it: exit statuses, files, signals, pipes.
#include "support/program_folder.h"

#include "host/cli/options.h"
#include "host/image/png.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/stat.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::Outcome;
using test::Spawn;

const std::string scene_text = test::ball_scene(R"("fps": 24, "frames": 12)");

class Program : public test::ProgramFolder {
protected:
    void SetUp() override { work.write("s.json", scene_text); }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().filename() != "s.json")
                names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
};

using Names = std::vector<std::string>;
// Small enough to take no time.
const std::string tiny = " --size 16x16 --spp 1 ";
// Takes minutes unless it is stopped.
const std::string endless = " --size 640x360 --spp 65536 ";

TEST_F(Program, RendersAPicture) {
    const Outcome o = juggler("render s.json -o out.png" + tiny);
    EXPECT_EQ(o.exit, 0) << o.err;
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(files(), (Names{"out.png"}));
    const EncodedPicture picture = read_png(folder / "out.png");
    EXPECT_EQ(picture.width, 16u);
    EXPECT_NE(o.err.find("scene   s.json"), std::string::npos);
    EXPECT_NE(o.err.find("done    out.png"), std::string::npos);
}

TEST_F(Program, ASceneOnStdinIsTheSameScene) {
    ASSERT_EQ(juggler("render s.json -o file.png -f 1-2" + tiny).exit, 2);
    ASSERT_EQ(juggler("render s.json -o file_#.png -f 1-2" + tiny).exit, 0);
    Spawn run = command("render - -f 1-2" + tiny);
    run.input = folder / "s.json";
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 0) << o.err;
    EXPECT_EQ(bytes("stdin.0001.png"), bytes("file_1.png"));
    EXPECT_EQ(bytes("stdin.0002.png"), bytes("file_2.png"));

    // Files are looked for where the program runs.
    ASSERT_EQ(juggler("render s.json -o picture.png" + tiny).exit, 0);
    std::ofstream(folder / "t.json") << R"({ "juggler": 1, "materials": { "m": {
        "base_color_texture": { "image": "picture.png" } } },
        "objects": [ { "plane": { "y": 0 }, "material": "m" } ] })";
    run = command("check -");
    run.input = folder / "t.json";
    EXPECT_EQ(test::run(run).exit, 0);

    run = command("check -");
    const Outcome empty = test::run(run);
    EXPECT_EQ(empty.exit, 3);
    EXPECT_EQ(empty.err.find("<stdin>:1:1: error: "), 0u) << empty.err;
}

TEST_F(Program, MoreMemoryThanAllowedIsRefusedBeforeTheFirstRay) {
    const Outcome big = juggler("render s.json -o out.png --size 4096x4096 --max-memory 512M");
    EXPECT_EQ(big.exit, 1) << big.err;
    EXPECT_LT(big.seconds, 2);
    EXPECT_NE(big.err.find("MiB of memory (geometry 1, trees "), std::string::npos) << big.err;
    EXPECT_NE(big.err.find("512 MiB are allowed by --max-memory"), std::string::npos) << big.err;
    EXPECT_EQ(files(), Names{});
    EXPECT_EQ(juggler("render s.json -o out.png --max-memory 512M" + tiny).exit, 0);
}

TEST_F(Program, ColorsAreForTerminalsUnlessAskedFor) {
    const std::string wrong = "render missing.json" + tiny;
    EXPECT_EQ(juggler(wrong).err.find('\x1b'), std::string::npos);
    EXPECT_EQ(juggler(wrong + "--color always").err.find("\x1b[1;31mjuggler:\x1b[0m cannot"), 0u);
    EXPECT_EQ(juggler(wrong + "--color never").err.find('\x1b'), std::string::npos);
    Spawn run = command(wrong + "--color always");
    run.environment = {"NO_COLOR=1"};
    EXPECT_NE(test::run(run).err.find('\x1b'), std::string::npos) << "asked for by name";
}

TEST_F(Program, TheLogGrowsByAllThatIsSaid) {
    const std::string text = "render s.json -o out.png --color always --log-file run.log" + tiny;
    ASSERT_EQ(juggler(text).exit, 0);
    const std::string first = bytes("run.log");
    EXPECT_EQ(first.find("scene   s.json"), 0u) << first;
    EXPECT_NE(first.find("done    out.png"), std::string::npos) << first;
    const Outcome o = juggler("render missing.json --color always --log-file run.log" + tiny);
    EXPECT_EQ(bytes("run.log").substr(0, first.size()), first);
    EXPECT_NE(bytes("run.log").find("juggler: cannot open missing.json"), std::string::npos);
    EXPECT_EQ(bytes("run.log").find('\x1b'), std::string::npos);
    EXPECT_EQ(juggler("render s.json --log-file no/run.log" + tiny).exit, 4);
}

TEST_F(Program, ADeviceTakesThePicture) {
    EXPECT_EQ(juggler("render s.json -o /dev/null --format png --stats /dev/null" + tiny).exit, 0);
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    EXPECT_EQ(files(), Names{});
}

TEST_F(Program, NamesItsOutputsAfterTheScene) {
    EXPECT_EQ(juggler("render s.json" + tiny).exit, 0);
    EXPECT_EQ(juggler("render s.json -f 2,4-5" + tiny).exit, 0);
    EXPECT_EQ(files(), (Names{"s.0002.png", "s.0004.png", "s.0005.png", "s.png"}));
}

TEST_F(Program, QuietSaysNothingWhenAllIsWell) {
    const Outcome o = juggler("render -q s.json" + tiny);
    EXPECT_EQ(o.exit, 0);
    EXPECT_EQ(o.err, "");
}

TEST_F(Program, WrongCommandLinesEndWithTwoAndTouchNothing) {
    for (const char* text :
         {"", "paint", "render", "render s.json s.json", "render s.json --what",
          "render s.json --size 0x0", "render s.json --spp 1e3", "render s.json --threads -1",
          "render s.json --frames 1-", "render s.json -f 13", "render s.json -b gpu",
          "render s.json -o out.bmp", "render s.json -o f.png -f 1-3", "render s.json -o a#b#.png",
          "render s.json -o f.png -f all", "render s.json -o s.json --format png",
          "render s.json --camera nobody", "render s.json --crop 0,0,9999,9", "diff s.json"}) {
        const Outcome o = juggler(text);
        EXPECT_EQ(o.exit, 2) << text << "\n" << o.err;
        EXPECT_NE(o.err.find("usage: juggler"), std::string::npos) << text;
        EXPECT_EQ(o.out, "") << text;
        EXPECT_EQ(files(), Names{}) << text;
    }
    EXPECT_NE(juggler("render s.json -b gpu").err.find("sequential"), std::string::npos);
}

TEST_F(Program, WrongScenesEndWithThree) {
    std::ofstream(folder / "bad.json") << "{ \"juggler\": 1,\n \"objects\": [ { \"spere\": 3 } ] }";
    const Outcome bad = juggler("render bad.json -o out.png" + tiny);
    EXPECT_EQ(bad.exit, 3) << bad.err;
    EXPECT_NE(bad.err.find("bad.json:2:"), std::string::npos) << bad.err;
    const Outcome missing = juggler("render missing.json" + tiny);
    EXPECT_EQ(missing.exit, 3);
    EXPECT_NE(missing.err.find("No such file"), std::string::npos);
    EXPECT_EQ(files(), (Names{"bad.json"}));
    EXPECT_EQ(juggler("diff a.png b.png").exit, 3);
    EXPECT_EQ(juggler("show s.json").exit, 3);
}

TEST_F(Program, OutputsThatCannotBeWrittenEndWithFourBeforeTheFirstRay) {
    std::ofstream(folder / "file") << "x";
    fs::create_directory(folder / "d.png");
    std::ofstream(folder / "old.png") << "old";
    for (const char* output :
         {"no/out.png", "file/out.png", "d.png", "/proc/self/out.png", "old.png --no-clobber"}) {
        const Outcome o = juggler(std::string("render s.json -o ") + output + endless);
        EXPECT_EQ(o.exit, 4) << output << "\n" << o.err;
        EXPECT_LT(o.seconds, 2) << output;
    }
    EXPECT_EQ(juggler("render s.json --stats no/st.json" + endless).exit, 4);
    EXPECT_EQ(bytes("old.png"), "old");
    EXPECT_EQ(files(), (Names{"d.png", "file", "old.png"}));
}

TEST_F(Program, AnExistingOutputIsReplaced) {
    std::ofstream(folder / "out.png") << "old";
    EXPECT_EQ(juggler("render s.json -o out.png" + tiny).exit, 0);
    EXPECT_EQ(read_png(folder / "out.png").width, 16u);
    EXPECT_EQ(files(), (Names{"out.png"}));
}

TEST_F(Program, ACropIsTheSamePixelsOfTheWhole) {
    ASSERT_EQ(juggler("render s.json -o whole.png --size 40x30 -s 4").exit, 0);
    ASSERT_EQ(juggler("render s.json -o part.png --size 40x30 -s 4 --crop 11,7,34,29").exit, 0);
    const EncodedPicture whole = read_png(folder / "whole.png");
    const EncodedPicture part = read_png(folder / "part.png");
    ASSERT_EQ(part.width, 23u);
    ASSERT_EQ(part.height, 22u);
    for (uint32_t y = 0; y < part.height; ++y)
        for (uint32_t i = 0; i < part.width * 3; ++i)
            ASSERT_EQ(part.values[y * part.width * 3 + i],
                      whole.values[((y + 7) * 40 + 11) * 3 + i]);
}

TEST_F(Program, StdoutGetsRawPixelsOfAllFrames) {
    const Outcome raw = juggler("render s.json -o - -f 1-3" + tiny);
    EXPECT_EQ(raw.exit, 0) << raw.err;
    EXPECT_EQ(raw.out.size(), size_t(3) * 16 * 16 * 3);
    const Outcome png = juggler("render s.json -o - --format png" + tiny);
    EXPECT_EQ(png.out.substr(1, 3), "PNG");
    ASSERT_EQ(juggler("render s.json -o out.png" + tiny).exit, 0);
    EXPECT_EQ(bytes("out.png"), png.out);
    const EncodedPicture picture = read_png(folder / "out.png");
    for (size_t i = 0; i < picture.values.size(); ++i)
        ASSERT_EQ(picture.values[i], static_cast<unsigned char>(raw.out[i]));
    EXPECT_EQ(files(), (Names{"out.png"}));
}

TEST_F(Program, ThePictureDoesNotDependOnSurroundings) {
    ASSERT_EQ(juggler("render s.json -o a.png" + tiny).exit, 0);
    for (const char* variable : {"LC_ALL=de_DE.UTF-8", "LC_ALL=tr_TR.UTF-8", "OMP_NUM_THREADS=0",
                                 "OMP_NUM_THREADS=-3", "OMP_NUM_THREADS=1000000"}) {
        Spawn run = command("render s.json -o b.png -t 1" + tiny);
        run.environment = {variable};
        EXPECT_EQ(test::run(run).exit, 0) << variable;
        EXPECT_EQ(bytes("a.png"), bytes("b.png")) << variable;
    }
    Spawn run = command("render s.json -o b.png -b omp" + tiny);
    run.environment = {"OMP_NUM_THREADS=1000000"};
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 0) << o.err;
    EXPECT_NE(o.err.find("note: OMP_NUM_THREADS asks for 1000000 threads, using 1024"),
              std::string::npos)
        << o.err;
    EXPECT_EQ(bytes("a.png"), bytes("b.png"));
}

TEST_F(Program, AClosedStdoutIsNoError) {
    Spawn run = command("render s.json -o out.png" + tiny);
    run.close_stdout = true;
    EXPECT_EQ(test::run(run).exit, 0);
    EXPECT_EQ(read_png(folder / "out.png").width, 16u);
    for (const char* text : {"devices", "--help", "render s.json -o out.png --size 16x16 -s 1"}) {
        run = command(text);
        run.closed_pipe = true;
        const Outcome o = test::run(run);
        EXPECT_EQ(o.exit, 0) << text;
    }
    run = command("render s.json -o -" + tiny);
    run.closed_pipe = true;
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 4);
    EXPECT_NE(o.err.find("write to stdout: Broken pipe"), std::string::npos) << o.err;
}

TEST_F(Program, ASignalEndsTheRunWithinASecondAndLeavesNothing) {
    for (const int signal : {SIGINT, SIGTERM})
        for (const int delay_ms : {0, 30, 150, 400}) {
            Spawn run = command("render s.json -o out.png" + endless);
            run.signal = signal;
            run.signal_after = "run ";
            run.signal_delay_ms = delay_ms;
            const Outcome o = test::run(run);
            EXPECT_EQ(o.exit, 128 + signal) << o.err;
            EXPECT_LT(o.seconds_to_stop, 1);
            EXPECT_EQ(files(), Names{});
            EXPECT_NE(o.err.find("stopped by"), std::string::npos);
        }
}

TEST_F(Program, ASecondSignalEndsAtOnce) {
    Spawn run = command("render s.json -o out.png" + endless);
    run.signal = SIGINT;
    run.second_signal = SIGINT;
    run.signal_after = "run ";
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 130);
    EXPECT_EQ(files(), Names{});
}

TEST_F(Program, FramesFinishedBeforeASignalAreKept) {
    Spawn run = command("render s.json -f all -o f_####.png --size 320x180 -s 8 --progress plain");
    run.signal = SIGTERM;
    run.signal_after = "run ";
    run.signal_delay_ms = 300;
    const Outcome o = test::run(run);
    EXPECT_TRUE(o.exit == 143 || o.exit == 0) << o.err; // a fast machine may be done
    for (const std::string& name : files()) {
        EXPECT_TRUE(name.starts_with("f_")) << name;
        EXPECT_EQ(read_png(folder / name).width, 320u);
    }
}

TEST_F(Program, AKilledRunLeavesOnlyWholePictures) {
    for (const int delay_ms : {5, 40, 90, 140, 200}) {
        Spawn run = command("render s.json -f all -o f_####.png --size 64x64 -s 2");
        run.signal = SIGKILL;
        run.signal_after = "run ";
        run.signal_delay_ms = delay_ms;
        (void)test::run(run);
        for (const std::string& name : files()) {
            if (name.ends_with(".tmp")) continue;
            EXPECT_EQ(read_png(folder / name).width, 64u) << name;
        }
    }
    EXPECT_EQ(juggler("render s.json -f all -o f_####.png" + tiny).exit, 0);
    EXPECT_EQ(files().size(), 12u) << "the next run clears up";
}

TEST_F(Program, ProgressAsJsonHasOneLastObject) {
    const auto lines_of = [](const std::string& text) {
        std::vector<Json> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);)
            lines.push_back(Json::parse(line));
        return lines;
    };
    const auto good = lines_of(juggler("render s.json -f 1-2 --progress json" + tiny).err);
    ASSERT_FALSE(good.empty());
    EXPECT_EQ(good.back()["type"], "done");
    EXPECT_EQ(good.back()["frames"], 2);

    const auto bad = lines_of(juggler("render missing.json --progress json" + tiny).err);
    ASSERT_EQ(bad.size(), 1u);
    EXPECT_EQ(bad.back()["type"], "failed");
    EXPECT_EQ(bad.back()["exit"], 3);

    Spawn run = command("render s.json --progress json" + endless);
    run.signal = SIGINT;
    run.signal_after = "progress";
    const auto stopped = lines_of(test::run(run).err);
    EXPECT_EQ(stopped.back()["type"], "failed");
    EXPECT_EQ(stopped.back()["exit"], 130);
    for (size_t i = 0; i + 1 < stopped.size(); ++i)
        EXPECT_TRUE(stopped[i]["type"] == "progress" || stopped[i]["type"] == "note");
}

TEST_F(Program, StatsTellOfEveryFrame) {
    ASSERT_EQ(juggler("render s.json -f 1-3 --stats st.json" + tiny).exit, 0);
    const Json json = Json::parse(bytes("st.json"));
    EXPECT_EQ(json["frames"].size(), 3u);
    EXPECT_EQ(json["frames"][1]["output"], "s.0002.png");
    EXPECT_EQ(json["frames"][0]["rays"]["camera"], 256);
    EXPECT_EQ(json["frames"][0]["film_hash"].get<std::string>().size(), 16u);
    EXPECT_NE(json["frames"][0]["film_hash"], json["frames"][1]["film_hash"]);
    EXPECT_EQ(json["frames"][0]["nan_samples"], 0);
    const Outcome o = juggler("render s.json --stats -" + tiny);
    EXPECT_EQ(Json::parse(o.out)["schema"], 1);
}

TEST_F(Program, TheSameSeedMakesTheSameFile) {
    ASSERT_EQ(juggler("render s.json -o a.png --seed 5" + tiny).exit, 0);
    ASSERT_EQ(juggler("render s.json -o b.png --seed 5" + tiny).exit, 0);
    ASSERT_EQ(juggler("render s.json -o c.png --seed 6" + tiny).exit, 0);
    EXPECT_EQ(bytes("a.png"), bytes("b.png"));
    EXPECT_NE(bytes("a.png"), bytes("c.png"));
    EXPECT_EQ(juggler("diff a.png b.png").exit, 0);
    const Outcome o = juggler("diff a.png c.png");
    EXPECT_EQ(o.exit, 6);
    EXPECT_EQ(o.out.find("identical: "), 0u);
    EXPECT_EQ(juggler("diff a.png c.png --tolerance max=1").exit, 0);
    EXPECT_EQ(Json::parse(juggler("diff a.png c.png --json").out)["identical"], false);
}

TEST_F(Program, EveryFormatHoldsTheSamePicture) {
    for (const char* name : {"a.png", "a.exr", "a.hdr", "a.pfm", "a.rgb"})
        ASSERT_EQ(juggler(std::string("render s.json -o ") + name + tiny).exit, 0) << name;
    EXPECT_EQ(juggler("diff a.exr a.pfm").exit, 0);
    EXPECT_EQ(juggler("diff a.exr a.hdr --tolerance max=0.01").exit, 0);
    EXPECT_EQ(juggler("diff a.exr a.hdr").exit, 6);
    const Outcome mixed = juggler("diff a.exr a.png");
    EXPECT_EQ(mixed.exit, 3);
    EXPECT_NE(mixed.err.find("both of one kind"), std::string::npos);
    const std::string drawn = juggler("show a.png").out;
    EXPECT_EQ(juggler("show a.exr").out, drawn);
    EXPECT_EQ(juggler("show a.pfm").out, drawn);
    ASSERT_EQ(juggler("render s.json -o named --format exr" + tiny).exit, 0);
    EXPECT_EQ(bytes("named"), bytes("a.exr"));
    EXPECT_EQ(juggler("render s.json --format hdr" + tiny).exit, 0);
    EXPECT_EQ(bytes("s.hdr"), bytes("a.hdr"));
}

TEST_F(Program, RawFramesComeOneAfterAnother) {
    const Outcome o = juggler("render s.json -f 2-4 -o -" + tiny);
    ASSERT_EQ(o.exit, 0);
    std::string frames;
    ASSERT_EQ(juggler("render s.json -f 2-4 -o f_#.rgb" + tiny).exit, 0);
    for (const char* name : {"f_2.rgb", "f_3.rgb", "f_4.rgb"})
        frames += bytes(name);
    EXPECT_EQ(o.out.size(), size_t(3) * 16 * 16 * 3);
    EXPECT_EQ(o.out, frames);
    Spawn gone = command("render s.json -f all -o -" + tiny);
    gone.closed_pipe = true;
    EXPECT_EQ(test::run(gone).exit, 4);
}

class ClipProgram : public Program {
protected:
    // What runs instead of ffmpeg; its last argument is "file:NAME".
    [[nodiscard]] Spawn with_encoder(const std::string& text, const std::string& script) const {
        fs::create_directories(folder / "bin");
        std::ofstream(folder / "bin" / "ffmpeg")
            << "#!/bin/sh\nfor last; do :; done\nout=${last#file:}\n" + script + "\n";
        chmod((folder / "bin" / "ffmpeg").c_str(), 0755);
        Spawn run = command(text);
        run.environment = {"PATH=" + (folder / "bin").string() + ":/usr/bin:/bin"};
        return run;
    }
};

TEST_F(ClipProgram, AllFramesGoIntoOneFile) {
    const Outcome o = test::run(with_encoder("render s.json -o a.gif" + tiny, "cat > \"$out\""));
    EXPECT_EQ(o.exit, 0) << o.err;
    EXPECT_EQ(files(), (Names{"a.gif", "bin"}));
    const Outcome raw = juggler("render s.json -f all -o -" + tiny);
    EXPECT_EQ(bytes("a.gif"), raw.out);
    const Outcome some =
        test::run(with_encoder("render s.json -f 3-4 -o a.mp4" + tiny, "cat > \"$out\""));
    EXPECT_EQ(some.exit, 0);
    EXPECT_EQ(bytes("a.mp4"), raw.out.substr(2 * 768, 2 * 768));
}

TEST_F(ClipProgram, WithoutAnEncoderNothingIsRendered) {
    Spawn run = command("render s.json -o a.mp4" + endless);
    run.environment = {"PATH=" + folder.string()};
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 4);
    EXPECT_NE(o.err.find("apt-get install ffmpeg"), std::string::npos) << o.err;
    EXPECT_LT(o.seconds, 5);
    EXPECT_EQ(files(), Names{});
}

TEST_F(ClipProgram, AnEncoderThatDiesEndsTheRunInTheMiddleOfAFrame) {
    const Outcome o =
        test::run(with_encoder("render s.json -o a.mp4" + endless, "echo out of luck >&2; exit 7"));
    EXPECT_EQ(o.exit, 4);
    EXPECT_NE(o.err.find("ended with status 7; it said last:\nout of luck"), std::string::npos)
        << o.err;
    EXPECT_LT(o.seconds, 5);
    EXPECT_EQ(files(), (Names{"bin"}));
}

TEST_F(ClipProgram, ASignalLeavesNoClip) {
    for (const std::string script : {"cat > \"$out\"", "sleep 1000", "sleep 1000 & sleep 1000"}) {
        const std::string samples = script.starts_with("cat") ? " -s 4096" : " -s 1";
        Spawn run = with_encoder("render s.json -o a.mp4 --size 640x360" + samples, script);
        run.signal = SIGINT;
        run.signal_after = "run ";
        run.signal_delay_ms = 300;
        const Outcome o = test::run(run);
        EXPECT_EQ(o.exit, 130) << script << o.err;
        EXPECT_LT(o.seconds_to_stop, 5) << script;
        EXPECT_EQ(files(), (Names{"bin"})) << script;
    }
}

// The number after "KEY" and any of " =:" in a tool's output.
double figure(const std::string& text, const std::string& key) {
    const size_t at = text.find(key);
    if (at == std::string::npos) return -1;
    const size_t digits = text.find_first_of("0123456789", at + key.size());
    return std::strtod(text.c_str() + digits, nullptr);
}

TEST_F(Program, DiffAgreesWithIdiff) {
    if (!fs::exists("/usr/bin/idiff")) GTEST_SKIP() << "idiff (openimageio-tools) is not installed";
    ASSERT_EQ(juggler("render s.json -o a.png --size 40x30 -s 2").exit, 0);
    ASSERT_EQ(juggler("render s.json -o b.png --size 40x30 -s 2 --seed 9").exit, 0);
    ASSERT_EQ(juggler("render s.json -o c.png --size 40x30 -s 2 --seed 9 --format png16").exit, 0);
    for (const char* other : {"b.png", "c.png"}) {
        Spawn judge = command("");
        judge.words = {"/usr/bin/idiff", "a.png", other};
        const std::string theirs = test::run(judge).out;
        const std::string ours = juggler(std::string("diff a.png ") + other).out;
        EXPECT_NEAR(figure(ours, "mean:"), figure(theirs, "Mean error"), 2e-6) << theirs;
        EXPECT_NEAR(figure(ours, "rmse:"), figure(theirs, "RMS error"), 2e-6);
        EXPECT_NEAR(figure(ours, "psnr:"), figure(theirs, "Peak SNR"), 2e-4);
        EXPECT_NEAR(figure(ours, "max:"), figure(theirs, "Max error"), 2e-6);
        // "37509 pixels (65.1%) over 1e-06" is the line after that of the largest error.
        EXPECT_EQ(figure(ours, "differing:"),
                  figure(theirs.substr(theirs.find('\n', theirs.find("Max error"))), ""));
    }
}

TEST_F(Program, CheckSaysOkOrEveryProblem) {
    const Outcome good = juggler("check s.json");
    EXPECT_EQ(good.exit, 0) << good.err;
    EXPECT_EQ(good.out.find("s.json: ok, 1 sphere"), 0u) << good.out;
    EXPECT_EQ(Json::parse(juggler("check s.json --json").out), Json::array());
    std::ofstream(folder / "bad.json") << "{ \"juggler\": 1, \"camera\": { \"fov_y_deg\": 400 },\n"
                                          "  \"objects\": [ { \"plane\": { \"z\": 0 } } ] }";
    const Outcome bad = juggler("check bad.json --json");
    EXPECT_EQ(bad.exit, 3);
    EXPECT_GE(Json::parse(bad.out).size(), 2u) << bad.out;
    EXPECT_EQ(files(), (Names{"bad.json"}));
}

TEST_F(Program, ShowDrawsInColours) {
    ASSERT_EQ(juggler("render s.json -o out.png" + tiny).exit, 0);
    const Outcome o = juggler("show out.png");
    EXPECT_EQ(o.exit, 0);
    EXPECT_NE(o.out.find("\x1b[38;2;"), std::string::npos);
    EXPECT_NE(juggler("render s.json --show=blocks" + tiny).err.find("\x1b[38;2;"),
              std::string::npos);
}

TEST_F(Program, DevicesListEveryBackendWithAReason) {
    const Outcome o = juggler("devices");
    EXPECT_EQ(o.exit, 0);
    EXPECT_NE(o.out.find("sequential"), std::string::npos);
    const Json json = Json::parse(juggler("devices --json").out);
    EXPECT_EQ(json["backends"][0]["name"], "sequential");
    EXPECT_GE(json["cores"]["usable"], 1);
    for (const Json& backend : json["backends"])
        EXPECT_TRUE(backend["available"].get<bool>() ||
                    !backend["reason"].get<std::string>().empty());
}

TEST_F(Program, HelpAndVersionGoToStdout) {
    const Outcome help = juggler("render --help");
    EXPECT_EQ(help.exit, 0);
    EXPECT_EQ(help.err, "");
    EXPECT_NE(help.out.find("--spp"), std::string::npos);
    EXPECT_NE(juggler("--version").out.find("juggler 0"), std::string::npos);
}

TEST_F(Program, TwoRunsIntoOneFolderDoNotMeet) {
    Spawn first = command("render s.json -f all -o f_####.png --size 32x32 -s 2");
    std::thread other([&] { (void)test::run(first); });
    const Outcome second = test::run(first);
    other.join();
    EXPECT_EQ(second.exit, 0);
    EXPECT_EQ(files().size(), 12u);
}

} // namespace
} // namespace juggler
