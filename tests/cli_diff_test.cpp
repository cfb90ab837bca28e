// `juggler diff` as users run it, and against OpenImageIO's idiff where that is installed.
#include "cli_process.h"

#include "host/base/output_file.h"
#include "host/image/png.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace juggler {
namespace {

using Json = nlohmann::json;
using test::Outcome;

class DiffProgram : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        std::vector<uint8_t> rgb(size_t(50) * 30 * 3);
        uint32_t state = 1;
        for (uint8_t& v : rgb)
            v = uint8_t((state = state * 1664525 + 1013904223) >> 24);
        write("a.png", rgb);
        for (size_t i = 0; i < rgb.size(); i += 7)
            rgb[i] = uint8_t(rgb[i] / 2 + 20);
        rgb[(size_t(20) * 50 + 31) * 3 + 1] = rgb[(size_t(20) * 50 + 31) * 3 + 1] < 128 ? 255 : 0;
        write("b.png", rgb);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    void write(const char* name, const std::vector<uint8_t>& rgb) const {
        OutputFile file(folder / name);
        file.write(encode_png8(50, 30, rgb, 1));
        file.commit();
    }
    [[nodiscard]] Outcome run(std::vector<std::string> words) const {
        test::Spawn spawn;
        spawn.folder = folder;
        spawn.words = std::move(words);
        return test::run(spawn);
    }
    [[nodiscard]] Outcome diff(std::vector<std::string> words) const {
        words.insert(words.begin(), {JUGGLER_PROGRAM, "diff"});
        return run(words);
    }
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("juggler_diff_" + std::to_string(getpid()));
};

TEST_F(DiffProgram, TellsHowFarApartPicturesAre) {
    EXPECT_EQ(diff({"a.png", "a.png"}).exit, 0);
    const Outcome o = diff({"a.png", "b.png", "--json"});
    EXPECT_EQ(o.exit, 6);
    const Json json = Json::parse(o.out);
    EXPECT_FALSE(json["identical"]);
    EXPECT_GT(json["flip"]["mean"], 0);
    EXPECT_LE(json["flip"]["max"], 1);
    EXPECT_EQ(diff({"a.png", "b.png", "--tolerance", "flip=1"}).exit, 0);
    EXPECT_EQ(diff({"a.png", "b.png", "--tolerance", "flip=0.0001"}).exit, 6);
    EXPECT_EQ(diff({"a.png", "b.png", "--tolerance", "flip=1,max=0.001"}).exit, 6);
}

TEST_F(DiffProgram, DrawsAHeatMap) {
    EXPECT_EQ(diff({"a.png", "b.png", "--map", "map.png"}).exit, 6);
    const EncodedPicture map = read_png(folder / "map.png");
    EXPECT_EQ(map.width, 50u);
    EXPECT_EQ(map.height, 30u);
    EXPECT_NE(*std::max_element(map.values.begin(), map.values.end()), 0);
    EXPECT_EQ(diff({"a.png", "a.png", "--map", "none.png"}).exit, 0);
    const EncodedPicture none = read_png(folder / "none.png");
    EXPECT_EQ(*std::max_element(none.values.begin(), none.values.end()), 0);
    EXPECT_EQ(diff({"a.png", "b.png", "--map", "missing/map.png"}).exit, 4);
}

double after(const std::string& text, const std::string& words) {
    const size_t at = text.find(words);
    return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + words.size(), nullptr);
}

TEST_F(DiffProgram, AgreesWithIdiff) {
    if (!std::filesystem::exists("/usr/bin/idiff"))
        GTEST_SKIP() << "idiff is not here: apt-get install openimageio-tools";
    const Outcome other = run({"/usr/bin/idiff", "-fail", "0", "-warn", "0", "a.png", "b.png"});
    const Json ours = Json::parse(diff({"a.png", "b.png", "--json"}).out);
    EXPECT_NEAR(after(other.out, "Mean error ="), ours["mean"], 1e-5 * double(ours["mean"]));
    EXPECT_NEAR(after(other.out, "RMS error ="), ours["rmse"], 1e-5 * double(ours["rmse"]));
    EXPECT_NEAR(after(other.out, "Peak SNR ="), ours["psnr"], 1e-4 * double(ours["psnr"]));
    EXPECT_NEAR(after(other.out, "Max error  ="), ours["max"], 1e-5);
    const std::string place = "(" + std::to_string(int(ours["max_at"][0])) + ", " +
                              std::to_string(int(ours["max_at"][1])) + ", " +
                              "RGB"[int(ours["max_at"][2])] + ")";
    EXPECT_NE(other.out.find(place), std::string::npos) << place << "\n" << other.out;
    const std::string count = std::to_string(int(ours["differing"])) + " pixels";
    EXPECT_NE(other.out.find(count), std::string::npos) << count << "\n" << other.out;
}

} // namespace
} // namespace juggler
