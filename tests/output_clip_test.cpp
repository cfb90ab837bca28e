// Clips: whole, or not there; and what is said when the encoder fails.
#include "cli_process.h"
#include "temp_folder.h"

#include "host/base/error.h"
#include "host/output/clip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <thread>

#include <sys/stat.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Frame = std::vector<std::byte>;

class Clip : public testing::Test {
protected:
    TempFolder folder, programs;
    std::string path_before = std::getenv("PATH");

    void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
    void TearDown() override { setenv("PATH", path_before.c_str(), 1); }

    // What runs instead of ffmpeg. Its last argument is "file:NAME".
    void fake(const std::string& script) {
        const fs::path file = programs.write(
            "ffmpeg", "#!/bin/sh\nfor last; do :; done\nout=${last#file:}\n" + script + "\n");
        chmod(file.c_str(), 0755);
        setenv("PATH", (programs.path().string() + ":/usr/bin:/bin").c_str(), 1);
    }
    fs::path target(const char* name = "a.mp4") const { return folder.path() / name; }
    size_t file_count() const {
        return size_t(
            std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
    }
    std::string bytes(const fs::path& file) const {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

Frame plain(uint32_t width, uint32_t height, std::array<uint8_t, 3> color) {
    Frame frame(size_t(width) * height * 3);
    for (size_t i = 0; i < frame.size(); ++i)
        frame[i] = std::byte(color[i % 3]);
    return frame;
}

std::string refusal(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::output);
        return e.what();
    }
    return "";
}

// Writes frames until the encoder is found to be gone.
std::string refusal_of_frames(ClipFile& clip, const Frame& frame) {
    return refusal([&] {
        for (int i = 0; i < 10000; ++i)
            clip.write_frame(frame);
        clip.commit();
    });
}

std::string output_of(std::vector<std::string> words) {
    test::Spawn spawn;
    spawn.words = std::move(words);
    return test::run(spawn).out;
}

constexpr std::array<std::array<uint8_t, 3>, 4> colors{
    {{200, 40, 30}, {20, 160, 60}, {30, 50, 190}, {240, 240, 240}}};

TEST_F(Clip, HoldsEveryFrameAtItsSizeRateAndColour) {
    if (!fs::exists("/usr/bin/ffprobe")) GTEST_SKIP() << "ffmpeg is not installed";
    const struct {
        const char* name;
        PictureFormat format;
        int color_error;
        const char* size;
    } kinds[] = {{"a.mp4", PictureFormat::mp4, 6, "width=34\nheight=22\n"},
                 {"a.webm", PictureFormat::webm, 8, "width=34\nheight=22\n"},
                 {"a.gif", PictureFormat::gif, 6, "width=33\nheight=21\n"}};
    for (const auto& kind : kinds) {
        SCOPED_TRACE(kind.name);
        ClipFile clip(target(kind.name), {kind.format, 33, 21, 12.5});
        for (int i = 0; i < 12; ++i)
            ASSERT_TRUE(clip.write_frame(plain(33, 21, colors[size_t(i) / 3])));
        EXPECT_FALSE(fs::exists(target(kind.name)));
        ASSERT_TRUE(clip.commit());
        const std::string facts =
            output_of({"/usr/bin/ffprobe", "-v", "error", "-count_frames", "-show_entries",
                       "stream=width,height,r_frame_rate,nb_read_frames", "-of",
                       "default=noprint_wrappers=1", target(kind.name)});
        EXPECT_NE(facts.find(kind.size), std::string::npos) << facts;
        EXPECT_NE(facts.find("r_frame_rate=25/2"), std::string::npos) << facts;
        EXPECT_NE(facts.find("nb_read_frames=12"), std::string::npos) << facts;

        const std::string pixels =
            output_of({"/usr/bin/ffmpeg", "-v", "error", "-i", target(kind.name), "-vf",
                       "scale=in_color_matrix=bt709", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"});
        ASSERT_EQ(pixels.size() % 12, 0u);
        const size_t frame_bytes = pixels.size() / 12;
        for (size_t frame = 0; frame < 12; ++frame)
            for (size_t i = 0; i < frame_bytes; ++i)
                ASSERT_NEAR(int(uint8_t(pixels[frame * frame_bytes + i])),
                            int(colors[frame / 3][i % 3]), kind.color_error)
                    << "frame " << frame << ", value " << i;
    }
    EXPECT_EQ(file_count(), 3u);
}

TEST_F(Clip, TheSameFramesMakeTheSameFile) {
    if (!fs::exists("/usr/bin/ffmpeg")) GTEST_SKIP() << "ffmpeg is not installed";
    for (const char* name : {"a.mp4", "b.mp4"}) {
        ClipFile clip(target(name), {PictureFormat::mp4, 64, 48, 24});
        for (size_t i = 0; i < 4; ++i)
            clip.write_frame(plain(64, 48, colors[i]));
        clip.commit();
    }
    EXPECT_EQ(bytes(target("a.mp4")), bytes(target("b.mp4")));
    EXPECT_GT(bytes(target("a.mp4")).size(), 500u);
}

TEST_F(Clip, AMissingEncoderIsNamedWithWhatInstallsIt) {
    setenv("PATH", programs.path().c_str(), 1);
    const std::string text = refusal([&] { check_clip_encoder(target()); });
    EXPECT_NE(text.find("apt-get install ffmpeg"), std::string::npos) << text;
    EXPECT_NE(text.find("a.mp4"), std::string::npos);
    programs.write("ffmpeg", "not a program");
    EXPECT_NE(refusal([&] { check_clip_encoder(target()); }), "");
}

TEST_F(Clip, NamesAreArgumentsAndNeverWordsOfAShell) {
    const auto words =
        clip_command("/x/ffmpeg", {PictureFormat::gif, 3, 2, 23.976}, "/tmp/a b;$(touch x) -y.gif");
    EXPECT_EQ(words.back(), "file:/tmp/a b;$(touch x) -y.gif");
    EXPECT_NE(std::find(words.begin(), words.end(), "23.976"), words.end());
    EXPECT_NE(std::find(words.begin(), words.end(), "3x2"), words.end());
}

TEST_F(Clip, AnEncoderThatFailsAtOnceIsQuoted) {
    fake("for i in $(seq 30); do echo line $i. >&2; done; exit 3");
    ClipFile clip(target(), {PictureFormat::mp4, 64, 64, 24});
    const std::string text = refusal_of_frames(clip, plain(64, 64, colors[0]));
    EXPECT_NE(text.find("ended with status 3"), std::string::npos) << text;
    EXPECT_NE(text.find("line 30."), std::string::npos) << text;
    EXPECT_NE(text.find("line 11."), std::string::npos) << text;
    EXPECT_EQ(text.find("line 10."), std::string::npos) << text;
}

TEST_F(Clip, AnEncoderThatIsKilledIsFoundOutWithoutAnotherFrame) {
    fake("head -c 30000 > \"$out\"; kill -9 $$");
    std::ofstream(target()) << "old";
    {
        ClipFile clip(target(), {PictureFormat::mp4, 64, 64, 24});
        const Frame frame = plain(64, 64, colors[0]);
        for (int i = 0; i < 3; ++i)
            clip.write_frame(frame);
        std::string text;
        const Clock::time_point start = Clock::now();
        while (text.empty() && Clock::now() - start < std::chrono::seconds(5)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            text = refusal([&] { clip.check(); });
        }
        EXPECT_NE(text.find("signal 9"), std::string::npos) << text;
        EXPECT_NE(refusal_of_frames(clip, frame), "");
    }
    EXPECT_EQ(bytes(target()), "old");
    EXPECT_EQ(file_count(), 1u);
}

TEST_F(Clip, AnEncoderThatIsContentTooEarlyIsNot) {
    fake("head -c 30000 > \"$out\"; exit 0");
    ClipFile clip(target(), {PictureFormat::mp4, 64, 64, 24});
    const std::string text = refusal_of_frames(clip, plain(64, 64, colors[0]));
    EXPECT_NE(text.find("before it had all frames"), std::string::npos) << text;
    EXPECT_FALSE(fs::exists(target()));
}

TEST_F(Clip, AnEncoderThatNeverReadsCanBeLeft) {
    fake("sleep 1000 & sleep 1000");
    const Clock::time_point start = Clock::now();
    const auto stop = [&] { return Clock::now() - start > std::chrono::milliseconds(200); };
    {
        ClipFile clip(target(), {PictureFormat::mp4, 640, 360, 24});
        EXPECT_FALSE(clip.write_frame(plain(640, 360, colors[0]), stop));
        EXPECT_FALSE(clip.commit(false, stop));
    }
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(file_count(), 0u);
}

TEST_F(Clip, NoClobberKeepsWhatWasThere) {
    fake("cat > \"$out\"");
    std::ofstream(target()) << "old";
    ClipFile clip(target(), {PictureFormat::mp4, 4, 4, 24});
    clip.write_frame(plain(4, 4, colors[0]));
    EXPECT_NE(refusal([&] { clip.commit(true); }).find("File exists"), std::string::npos);
    EXPECT_EQ(bytes(target()), "old");
}

TEST_F(Clip, OddSidesGetTheirLastPixelsTwice) {
    fake("cat > \"$out\"");
    ClipFile clip(target(), {PictureFormat::mp4, 3, 1, 24});
    Frame frame(9);
    for (size_t i = 0; i < 9; ++i)
        frame[i] = std::byte('a' + i);
    clip.write_frame(frame);
    clip.commit();
    EXPECT_EQ(bytes(target()), "abcdefghighiabcdefghighi");
}

} // namespace
} // namespace juggler
