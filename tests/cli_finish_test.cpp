// Pictures that are denoised, rendered until they are good enough, lit by pictures, or turned:
// the same files from every backend.
#include "support/program_folder.h"

#include "host/image/exr.h"
#include "host/image/radiance.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace juggler {
namespace {

using Json = nlohmann::json;

const char* const scene = R"({ "juggler": 1,
  "camera": { "eye": [0, 1, 4], "look_at": [0, 0.5, 0], "fov_y_deg": 40, "aperture": 0.1,
              "blades": 5 },
  "sky": { "image": "sky.hdr" },
  "materials": { "red": { "base_color": [0.8, 0.3, 0.2], "roughness": 0.5 } },
  "objects": [ { "plane": { "y": 0 }, "material": "red" },
               { "knot": { "segments": 32, "sides": 8 }, "material": "red",
                 "translate": [0, 0.5, 0], "scale": 0.5 } ] })";

class Finish : public test::ProgramFolder {
protected:
    void SetUp() override {
        work.write("s.json", scene);
        std::vector<float> light;
        for (int i = 0; i < 16 * 8; ++i)
            light.insert(light.end(), {0.2f, 0.3f, i == 37 ? 60.0f : 0.4f});
        const std::vector<std::byte> file = encode_hdr(16, 8, light);
        work.write("sky.hdr", std::span<const std::byte>(file));
    }
};

TEST_F(Finish, IsTheSameFromEveryBackend) {
    std::string first;
    Json samples;
    for (const std::string backend : {"seq", "simd", "omp"}) {
        const std::string name = backend + ".png";
        const test::Outcome run =
            juggler("render s.json --size 48x32 --denoise --noise 0.01 --filter blackman-harris "
                    "--tonemap agx --stats - -q -b " +
                    backend + " -o " + name);
        ASSERT_EQ(run.exit, 0) << run.err;
        const Json frame = Json::parse(run.out)["frames"][0];
        EXPECT_LE(frame["noise"].get<double>(), 0.01);
        EXPECT_GE(frame["passes"].get<int>(), 1);
        if (first.empty()) {
            first = bytes(name);
            samples = frame["samples"];
        }
        EXPECT_EQ(bytes(name), first) << backend;
        EXPECT_EQ(frame["samples"], samples) << backend;
    }
}

TEST_F(Finish, LessNoiseTakesMoreSamplesAndNoMoreThanAreAllowed) {
    const auto samples = [&](const std::string& options) {
        const test::Outcome run =
            juggler("render s.json --size 32x24 --stats - -q -o a.png " + options);
        EXPECT_EQ(run.exit, 0) << run.err;
        return Json::parse(run.out)["frames"][0]["samples"].get<int>();
    };
    const int coarse = samples("--noise 0.03"), fine = samples("--noise 0.004");
    EXPECT_GT(fine, coarse);
    EXPECT_EQ(samples("--noise 0.00001 -s 50"), 50);
    EXPECT_EQ(samples("-s 7"), 7);
}

TEST_F(Finish, LayersAreInOneFile) {
    const test::Outcome run =
        juggler("render s.json --size 20x10 -s 4 -q --layers albedo,normal,depth,cost -o a.exr");
    ASSERT_EQ(run.exit, 0) << run.err;
    const std::string file = bytes("a.exr");
    for (const char* name : {"albedo.R", "normal.Z", "depth.Z", "cost.Y"})
        EXPECT_NE(file.find(name), std::string::npos) << name;
    FileNotes notes;
    const Picture picture = decode_exr(std::as_bytes(std::span(file)), &notes);
    EXPECT_EQ(picture.width, 20u);
    EXPECT_EQ(note_of(notes, "juggler:scene"), "s.json");
    EXPECT_FALSE(note_of(notes, "juggler:version").empty());
    // A file with other layers is another file.
    EXPECT_NE(juggler("render s.json --size 20x10 -s 4 --resume --layers depth -o a.exr")
                  .err.find("done    a.exr"),
              std::string::npos);
}

TEST_F(Finish, ATurntableGoesAround) {
    const test::Outcome run =
        juggler("render s.json --size 16x12 -s 2 -q --turntable 3 -o t_##.pfm");
    ASSERT_EQ(run.exit, 0) << run.err;
    EXPECT_NE(bytes("t_01.pfm"), bytes("t_02.pfm"));
    EXPECT_NE(bytes("t_02.pfm"), bytes("t_03.pfm"));
    EXPECT_FALSE(bytes("t_03.pfm").empty());
    EXPECT_TRUE(bytes("t_04.pfm").empty());
}

TEST_F(Finish, AnEnvironmentThatCannotBeUsedIsNamed) {
    work.write("broken.hdr", "#?RADIANCE\n");
    const test::Outcome broken = juggler("render s.json --env broken.hdr -o a.png");
    EXPECT_EQ(broken.exit, 3);
    EXPECT_NE(broken.err.find("broken.hdr"), std::string::npos) << broken.err;
    const test::Outcome missing = juggler("render s.json --env nowhere.exr -o a.png");
    EXPECT_EQ(missing.exit, 3);
    std::string without = scene;
    without.replace(without.find("sky.hdr"), 7, "no.hdr");
    work.write("s.json", without);
    const test::Outcome in_scene = juggler("check s.json");
    EXPECT_EQ(in_scene.exit, 3);
    EXPECT_NE(in_scene.err.find("s.json:4:"), std::string::npos) << in_scene.err;
}

} // namespace
} // namespace juggler
