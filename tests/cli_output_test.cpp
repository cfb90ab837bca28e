// Runs that are interrupted and taken up again, shared among processes, or out of disk.
#include "support/program_folder.h"
#include "support/scale.h"

#include "host/image/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>

#include <sys/mount.h>
#include <sys/stat.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::Spawn;

std::string scene_text(int frames) {
    return test::ball_scene(R"("fps": 24, "frames": )" + std::to_string(frames));
}

class Outputs : public test::ProgramFolder {
protected:
    void SetUp() override { work.write("s.json", scene_text(12)); }

    // Of a file that is there once it is replaced, this changes.
    [[nodiscard]] ino_t inode(const std::string& name) const {
        struct stat status {};
        EXPECT_EQ(stat((folder / name).c_str(), &status), 0) << name;
        return status.st_ino;
    }
};

const std::string tiny = " --size 16x12 --spp 2 ";

// ---- resume --------------------------------------------------------------------------------

TEST_F(Outputs, ResumeLeavesFinishedFramesAlone) {
    const std::string run = "render s.json -f all -o f_##.png --resume" + tiny;
    ASSERT_EQ(juggler(run).exit, 0);
    const ino_t third = inode("f_03.png");
    const auto before = files_in("");
    const Outcome again = juggler(run + "-b sequential --png-effort 3");
    EXPECT_EQ(again.exit, 0);
    EXPECT_NE(again.err.find("12 of 12 frames are finished already"), std::string::npos)
        << again.err;
    EXPECT_NE(again.err.find("nothing to do"), std::string::npos);
    EXPECT_EQ(inode("f_03.png"), third);
    fs::remove(folder / "f_04.png");
    const Outcome one = juggler(run);
    EXPECT_NE(one.err.find("11 of 12 frames are finished already"), std::string::npos) << one.err;
    EXPECT_EQ(inode("f_03.png"), third);
    EXPECT_EQ(files_in(""), before);
}

TEST_F(Outputs, ResumeTrustsContentsAndNotNames) {
    for (const std::string suffix : {"png", "exr", "hdr", "film"}) {
        SCOPED_TRACE(suffix);
        const auto name = [&](int frame) { return "f_" + std::to_string(frame) + "." + suffix; };
        const std::string run = "render s.json -f 1-7 --resume -o f_#." + suffix + tiny;
        ASSERT_EQ(juggler(run).exit, 0);
        const auto before = files_in("");
        const std::string whole = before.at(name(1));
        work.write(name(1), "");
        work.write(name(2), whole.substr(0, whole.size() - 1));
        work.write(name(3), whole); // another frame
        std::string damaged = before.at(name(4));
        damaged[damaged.size() / 2] ^= 1;
        work.write(name(4), damaged);
        // Other settings, and a picture that says nothing of settings.
        ASSERT_EQ(juggler("render s.json -f 5 --seed 9 -o " + name(5) + tiny).exit, 0);
        ASSERT_NE(bytes(name(5)), before.at(name(5)));
        Picture plain{16, 12, std::vector<float>(size_t(3) * 16 * 12, 0.5f)};
        const auto format = *format_of_suffix("." + suffix);
        if (format == PictureFormat::film)
            work.write(name(6), "juggler film 1\n\n");
        else
            work.write(name(6),
                       encode_picture(std::move(plain), {0, 0, 16, 12}, {format, {}, 1}, ""));
        const Outcome o = juggler(run);
        EXPECT_EQ(o.exit, 0) << o.err;
        EXPECT_NE(o.err.find("1 of 7 frames is finished already"), std::string::npos) << o.err;
        EXPECT_EQ(files_in(""), before);
    }
}

TEST_F(Outputs, ResumeSeesEveryChangeOfScene) {
    work.write("s.json", R"({ "juggler": 1, "sky": { "constant": 1 }, "materials": { "m": {
      "base_color_texture": { "image": "t.png" } } }, "objects": [ { "plane": { "y": 0 }, "material": "m" } ] })");
    const auto texture = [](uint8_t red) {
        return encode_png8(1, 1, std::vector<uint8_t>{red, 0, 0}, 1);
    };
    work.write("t.png", texture(10));
    const std::string run = "render s.json --resume -o a.png" + tiny;
    const auto renders = [&](const std::string& options) {
        const Outcome o = juggler(run + options);
        EXPECT_EQ(o.exit, 0) << o.err;
        return o.err.find("nothing to do") == std::string::npos;
    };
    EXPECT_TRUE(renders(""));
    EXPECT_FALSE(renders(""));
    work.write("t.png", texture(200));
    EXPECT_TRUE(renders(""));
    EXPECT_FALSE(renders("-b sequential -t 1 --progress none"));
    for (const char* option :
         {"--seed 2", "--max-depth 2", "--eye 0,1,9", "--set /sky/constant=0.5", "--exposure 1",
          "--tonemap none", "--format png16", "--crop 0,0,8,8"})
        EXPECT_TRUE(renders(option)) << option;
    // Light knows nothing of tone curves.
    EXPECT_EQ(juggler("render s.json --resume -o a.exr" + tiny).exit, 0);
    EXPECT_NE(juggler("render s.json --resume -o a.exr --exposure 2" + tiny).err.find("nothing to"),
              std::string::npos);
}

TEST_F(Outputs, AKilledRunIsTakenUpAgain) {
    work.write("s.json", scene_text(60));
    const std::string run = "render s.json -f all --size 32x24 -s 4 --resume --progress none -o ";
    fs::create_directory(folder / "whole");
    const Outcome whole = juggler(run + "whole/f_##.png");
    ASSERT_EQ(whole.exit, 0) << whole.err;
    const auto wanted = files_in("whole");
    ASSERT_EQ(wanted.size(), 60u);
    std::mt19937 random(unsigned(std::chrono::steady_clock::now().time_since_epoch().count()));
    size_t taken_up = 0;
    const int times = test::scale() > 1 ? 10 : 3;
    for (int i = 0; i < times; ++i) {
        fs::create_directory(folder / "killed");
        Spawn killed = command(run + "killed/f_##.png");
        killed.signal = SIGKILL;
        killed.signal_after = "run ";
        killed.signal_delay_ms = int(random() % std::max(1, int(whole.seconds * 900)));
        (void)test::run(killed);
        for (const auto& [name, file] : files_in("killed")) {
            if (name.ends_with(".tmp")) continue;
            EXPECT_EQ(file, wanted.at(name)) << "killed after " << killed.signal_delay_ms << " ms";
        }
        const Outcome rest = juggler(run + "killed/f_##.png");
        EXPECT_EQ(rest.exit, 0) << rest.err;
        taken_up += rest.err.find("finished already") != std::string::npos;
        EXPECT_EQ(files_in("killed"), wanted) << killed.signal_delay_ms << " ms";
        fs::remove_all(folder / "killed");
    }
    EXPECT_GT(taken_up, 0u);
}

// ---- parts and merge -------------------------------------------------------------------------

TEST_F(Outputs, MergedPartsAreThePictureOfASingleRun) {
    const std::string what = "render s.json -f 2 --size 21x13 -s 7 --exposure 0.5 -o ";
    for (const char* name : {"one.png", "one.exr"})
        ASSERT_EQ(juggler(what + name).exit, 0);
    const char* const backends[] = {"sequential", "simd", "openmp"};
    for (const std::string split : {"rows", "samples"})
        for (int count = 2; count <= 7; ++count) {
            SCOPED_TRACE(split + " " + std::to_string(count));
            std::string parts;
            for (int i = count; i >= 1; --i) {
                const std::string part = std::to_string(i) + "/" + std::to_string(count);
                const Outcome o = juggler(what + "p.png --split " + split + " --part " + part +
                                          " -b " + backends[(i + count) % 3]);
                ASSERT_EQ(o.exit, 0) << o.err;
                parts += " p.part" + std::to_string(i) + "of" + std::to_string(count) + ".film";
            }
            const Outcome merged = juggler("merge" + parts + " -o merged.png");
            ASSERT_EQ(merged.exit, 0) << merged.err;
            EXPECT_EQ(bytes("merged.png"), bytes("one.png"));
            ASSERT_EQ(juggler("merge merged.exr" + parts).exit, 0);
            EXPECT_EQ(bytes("merged.exr"), bytes("one.exr"));
        }
    // A merged picture is as good as a rendered one.
    fs::rename(folder / "merged.png", folder / "one.png");
    EXPECT_NE(juggler(what + "one.png --resume").err.find("nothing to do"), std::string::npos);
}

TEST_F(Outputs, PartsOfTheFramesAreAllFrames) {
    fs::create_directory(folder / "one");
    fs::create_directory(folder / "parts");
    ASSERT_EQ(juggler("render s.json -f 1-11 -o one/f_##.png" + tiny).exit, 0);
    for (const char* part : {"1/3", "2/3", "3/3", "14/20"})
        ASSERT_EQ(
            juggler("render s.json -f 1-11 -o parts/f_##.png --part " + std::string(part) + tiny)
                .exit,
            0);
    EXPECT_EQ(files_in("parts"), files_in("one"));
}

TEST_F(Outputs, PartsOfSeveralFramesAreMergedFrameByFrame) {
    fs::create_directory(folder / "one");
    fs::create_directory(folder / "merged");
    const std::string what = "render s.json -f 1-3" + tiny;
    ASSERT_EQ(juggler(what + "-o one/f_##.png").exit, 0);
    for (const char* part : {"1/2", "2/2"})
        ASSERT_EQ(juggler(what + "-o f_##.png --split rows --part " + part).exit, 0);
    std::string parts;
    for (const auto& [name, file] : files_in(""))
        if (name.ends_with(".film")) parts += " " + name;
    EXPECT_EQ(juggler("merge -o f.png" + parts).exit, 2);
    ASSERT_EQ(juggler("merge -o merged/f_##.png" + parts).exit, 0);
    EXPECT_EQ(files_in("merged"), files_in("one"));
}

TEST_F(Outputs, WholeFilmsCanBeDevelopedAnew) {
    ASSERT_EQ(juggler("render s.json -o a.film" + tiny).exit, 0);
    ASSERT_EQ(juggler("render s.json -o a.png --tonemap reinhard --exposure -1" + tiny).exit, 0);
    ASSERT_EQ(juggler("merge a.film -o b.png --tonemap reinhard --exposure -1").exit, 0);
    EXPECT_EQ(bytes("b.png"), bytes("a.png"));
    ASSERT_EQ(juggler("merge a.film -o b.film").exit, 0);
    EXPECT_EQ(bytes("b.film"), bytes("a.film"));
}

TEST_F(Outputs, MergeSaysWhatIsWrong) {
    const std::string what = "render s.json --split rows -o p.png" + tiny;
    for (const char* part : {"1/3", "2/3", "3/3"})
        ASSERT_EQ(juggler(what + "--part " + part).exit, 0);
    const auto said = [&](const std::string& words, int exit) {
        const Outcome o = juggler("merge -o out.png " + words);
        EXPECT_EQ(o.exit, exit) << words << o.err;
        EXPECT_FALSE(fs::exists(folder / "out.png")) << words;
        return o.err;
    };
    EXPECT_NE(said("p.part1of3.film p.part3of3.film", 6).find("part 2 of 3 (rows) is missing"),
              std::string::npos);
    EXPECT_NE(said("p.part1of3.film p.part3of3.film p.part1of3.film", 6).find("both part 1 of 3"),
              std::string::npos);
    ASSERT_EQ(juggler(what + "--part 2/3 --seed 4 -o q.png").exit, 0);
    EXPECT_NE(said("p.part1of3.film p.part3of3.film q.part2of3.film", 6)
                  .find("q.part2of3.film is not of the picture"),
              std::string::npos);
    EXPECT_NE(said("s.json", 3).find("no film"), std::string::npos);
    EXPECT_NE(said("gone.film", 3).find("No such file"), std::string::npos);
    const std::string film = bytes("p.part2of3.film");
    work.write("p.part2of3.film", film.substr(0, film.size() - 1) + "x");
    EXPECT_NE(said("p.part1of3.film p.part2of3.film p.part3of3.film", 3).find("damaged"),
              std::string::npos);
}

TEST_F(Outputs, PartAutoIsTheLaunchersRank) {
    Spawn run = command("render s.json --part auto --split samples -o p.png" + tiny);
    run.environment.emplace_back("OMPI_COMM_WORLD_RANK=1");
    run.environment.emplace_back("OMPI_COMM_WORLD_SIZE=2");
    const Outcome o = test::run(run);
    EXPECT_EQ(o.exit, 0);
    EXPECT_NE(o.err.find("part 2 of 2 (samples) by OMPI_COMM_WORLD_RANK"), std::string::npos)
        << o.err;
    EXPECT_TRUE(fs::exists(folder / "p.part2of2.film"));
    const Outcome alone = juggler("render s.json --part auto --split samples -o p.png" + tiny);
    EXPECT_NE(alone.err.find("so this is part 1 of 1"), std::string::npos) << alone.err;
    EXPECT_TRUE(fs::exists(folder / "p.png"));
    EXPECT_EQ(juggler("render s.json --part 1/40 --split rows -o p.png" + tiny).exit, 2);
}

// ---- before and after ------------------------------------------------------------------------

TEST_F(Outputs, ADryRunWritesNothing) {
    const Outcome o = juggler("render s.json -f 1-9:2,12 -o f_##.png --stats st.json" + tiny);
    ASSERT_EQ(o.exit, 0);
    for (const auto& [name, file] : files_in(""))
        if (name != "s.json") fs::remove(folder / name);
    const Outcome dry =
        juggler("render s.json -f 1-9:2,12 -o f_##.png --stats st.json --dry-run" + tiny);
    EXPECT_EQ(dry.exit, 0) << dry.err;
    EXPECT_EQ(files_in("").size(), 1u);
    for (const char* line :
         {"plan    s.json: 6 frames of 16x12, 2 samples a pixel", "frames  1-9:2, 12\n",
          "output  f_01.png to f_12.png", "memory  about", "time    about"})
        EXPECT_NE(dry.out.find(line), std::string::npos) << line << "\n" << dry.out;
    EXPECT_EQ(juggler("render s.json -o no/f.png --dry-run" + tiny).exit, 4);
    const Outcome clip = juggler("render s.json -o a.gif --dry-run" + tiny);
    EXPECT_TRUE(clip.exit == 0 || clip.exit == 4) << clip.err; // ffmpeg may be missing
    EXPECT_EQ(files_in("").size(), 1u);
}

class FullDisk : public Outputs {
protected:
    fs::path disk = folder / "disk";
    void SetUp() override {
        Outputs::SetUp();
        fs::create_directory(disk);
        if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=96k") != 0)
            GTEST_SKIP() << "may not mount a small disk";
    }
    void TearDown() override { (void)umount(disk.c_str()); }
};

TEST_F(FullDisk, IsSaidAndLeavesWholeFramesOnly) {
    const std::string run = "render s.json -f all --size 96x64 -s 1 --resume -o ";
    fs::create_directory(folder / "one");
    ASSERT_EQ(juggler(run + "one/f_##.png").exit, 0);
    const auto wanted = files_in("one");
    const Outcome full = juggler(run + "disk/f_##.png");
    EXPECT_EQ(full.exit, 4);
    EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
    EXPECT_NE(full.err.find("disk/f_"), std::string::npos) << full.err;
    const auto there = files_in(disk);
    EXPECT_GT(there.size(), 1u);
    EXPECT_LT(there.size(), wanted.size());
    for (const auto& [name, file] : there)
        EXPECT_EQ(file, wanted.at(name));
    ASSERT_EQ(mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=4m"), 0);
    EXPECT_EQ(juggler(run + "disk/f_##.png").exit, 0);
    EXPECT_EQ(files_in(disk), wanted);
}

TEST_F(Outputs, AFileTooLargeIsSaidAndLeavesNothing) {
    if (!fs::exists("/usr/bin/prlimit")) GTEST_SKIP() << "there is no prlimit";
    for (const auto& [options, output] :
         {std::pair<std::string, std::string>{"-o a.png", "a.png"},
          {"-o a.exr", "a.exr"},
          {"-o a.png --part 1/2 --split rows", "a.part1of2.film"}}) {
        Spawn run = command("render s.json --size 96x64 -s 1 " + options);
        run.words.insert(run.words.begin(), {"/usr/bin/prlimit", "--fsize=2000"});
        const Outcome o = test::run(run);
        EXPECT_EQ(o.exit, 4) << output;
        EXPECT_NE(o.err.find(output + ": File too large"), std::string::npos) << o.err;
        EXPECT_EQ(files_in("").size(), 1u) << output;
    }
}

} // namespace
} // namespace juggler
