// What a render settles before its first ray.
#include "host/cli/machine.h"
#include "host/cli/plan.h"
#include "host/scene/diagnostics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include <unistd.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;

class Plan : public testing::Test {
protected:
    fs::path folder = fs::path(testing::TempDir()) / ("juggler_plan_" + std::to_string(getpid()));
    RenderOptions o;
    ImageSettings image;
    void SetUp() override {
        fs::create_directories(folder);
        o.scene = folder / "s.json";
        std::ofstream(folder / "s.json") << "{}";
    }
    void TearDown() override { fs::remove_all(folder); }
};

TEST_F(Plan, TheCommandLineGoesOverTheSceneOverTheDefaults) {
    EXPECT_EQ(plan_frame(o, image).width, 640u);
    EXPECT_EQ(plan_frame(o, image).spp, 64u);
    EXPECT_EQ(plan_frame(o, image).tone.curve, ToneMap::aces);
    image.width = 100;
    image.height = 50;
    image.spp = 9;
    image.tone_map = ToneMap::clamp;
    image.exposure = 2.0f;
    EXPECT_EQ(plan_frame(o, image).width, 100u);
    EXPECT_EQ(plan_frame(o, image).tone.curve, ToneMap::clamp);
    EXPECT_EQ(plan_frame(o, image).tone.exposure, 2.0f);
    o.size = PictureSize{32, 16};
    o.spp = 3;
    o.exposure = 0.0f;
    EXPECT_EQ(plan_frame(o, image).height, 16u);
    EXPECT_EQ(plan_frame(o, image).spp, 3u);
    EXPECT_EQ(plan_frame(o, image).tone.exposure, 0.0f);
}

TEST_F(Plan, ScaleAndQuickShrinkButNeverToNothing) {
    o.scale = 0.5;
    EXPECT_EQ(plan_frame(o, image).width, 320u);
    o.quick = true;
    EXPECT_EQ(plan_frame(o, image).width, 80u);
    EXPECT_EQ(plan_frame(o, image).spp, 8u);
    o.spp = 5;
    EXPECT_EQ(plan_frame(o, image).spp, 5u);
    o.scale = 1e-6;
    EXPECT_EQ(plan_frame(o, image).width, 1u);
    o.scale = 100;
    o.size = PictureSize{65536, 4096};
    EXPECT_THROW(plan_frame(o, image), UsageError);
}

TEST_F(Plan, CropIsPixelsOrFractions) {
    o.crop = Crop{{10, 20, 30, 40}, false};
    const FramePlan pixels = plan_frame(o, image);
    EXPECT_EQ(pixels.window.x0, 10u);
    EXPECT_EQ(pixels.window.y1, 40u);
    EXPECT_EQ(pixels.pixel_count(), 400u);
    EXPECT_EQ(pixels.width, 640u);
    o.crop = Crop{{0, 0, 1, 1}, true};
    EXPECT_EQ(plan_frame(o, image).pixel_count(), 640u * 360);
    o.crop = Crop{{0.5, 0.5, 1, 1}, true};
    EXPECT_EQ(plan_frame(o, image).window.x0, 320u);
    o.crop = Crop{{0, 0, 641, 10}, false};
    EXPECT_THROW(plan_frame(o, image), UsageError);
    o.crop = Crop{{0.5, 0.5, 0.5001, 1}, true};
    EXPECT_THROW(plan_frame(o, image), UsageError);
}

TEST_F(Plan, CamerasHaveNamesAndNumbersFromOne) {
    std::vector<CameraDescription> cameras(2);
    cameras[0].name = "front";
    cameras[1].name = "1"; // a name wins over a number
    EXPECT_EQ(choose_camera(o, cameras).name, "front");
    o.camera = "2";
    EXPECT_EQ(choose_camera(o, cameras).name, "1");
    o.camera = "1";
    EXPECT_EQ(choose_camera(o, cameras).name, "1");
    o.camera = "back";
    EXPECT_THROW(choose_camera(o, cameras), UsageError);
    o.camera = "0";
    EXPECT_THROW(choose_camera(o, cameras), UsageError);
}

TEST_F(Plan, EyeAndLookAtTurnTheCameraTowardsThePoint) {
    o.eye = {0, 0, 5};
    o.look_at = {0, 0, 0};
    CameraDescription camera = choose_camera(o, {{}});
    EXPECT_EQ(camera.to_world.m, (std::array<double, 12>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5}));
    EXPECT_EQ(camera.focus, 5);
    for (const std::array<double, 3> at :
         {std::array<double, 3>{0, -3, 5}, {0, 9, 5}, {4, 1, -2}}) {
        o.look_at = at;
        camera = choose_camera(o, {{}});
        const auto& m = camera.to_world.m;
        double view[3], length = 0;
        for (size_t i = 0; i < 3; ++i) {
            view[i] = at[i] - m[i * 4 + 3];
            length += view[i] * view[i];
        }
        for (size_t i = 0; i < 3; ++i)
            EXPECT_NEAR(-m[i * 4 + 2], view[i] / std::sqrt(length), 1e-12);
        // Orthonormal and right-handed: the determinant is 1.
        const double determinant = m[0] * (m[5] * m[10] - m[6] * m[9]) -
                                   m[1] * (m[4] * m[10] - m[6] * m[8]) +
                                   m[2] * (m[4] * m[9] - m[5] * m[8]);
        EXPECT_NEAR(determinant, 1, 1e-12);
    }
    o.look_at = o.eye;
    EXPECT_THROW(choose_camera(o, {{}}), UsageError);
}

TEST_F(Plan, FovIsVertical) {
    o.fov_deg = 90;
    EXPECT_NEAR(choose_camera(o, {{}}).tan_half_fov_y, 1, 1e-12);
}

TEST_F(Plan, OutputsOfSeveralFramesAreNumbered) {
    o.default_name = true;
    o.output = {folder, "s", ".png", 0};
    EXPECT_EQ(plan_outputs(o, {1}), (std::vector<fs::path>{folder / "s.png"}));
    EXPECT_EQ(plan_outputs(o, {1, 12}),
              (std::vector<fs::path>{folder / "s.0001.png", folder / "s.0012.png"}));
    o.default_name = false;
    EXPECT_THROW(plan_outputs(o, {1, 2}), UsageError);
}

TEST_F(Plan, OutputsThatCannotBeAreRefused) {
    const auto exit_of = [&](const fs::path& output) {
        o.output = parse_pattern(output);
        try {
            (void)plan_outputs(o, {1});
        } catch (const Error& e) {
            return e.exit();
        }
        return Exit::done;
    };
    EXPECT_EQ(exit_of(folder / "a.png"), Exit::done);
    EXPECT_EQ(exit_of(folder / "no" / "a.png"), Exit::output);
    EXPECT_EQ(exit_of(folder / "s.json" / "a.png"), Exit::output);
    EXPECT_EQ(exit_of(folder / "s.json"), Exit::usage); // the scene itself
    fs::create_directory(folder / "d.png");
    EXPECT_EQ(exit_of(folder / "d.png"), Exit::output);
    std::ofstream(folder / "old.png") << "old";
    EXPECT_EQ(exit_of(folder / "old.png"), Exit::done);
    o.no_clobber = true;
    EXPECT_EQ(exit_of(folder / "old.png"), Exit::output);
}

TEST_F(Plan, APictureBeyondMemoryIsRefusedBeforeItIsMade) {
    FramePlan plan;
    plan.window = {0, 0, 16384, 16384};
    EXPECT_GT(frame_bytes(o, plan), uint64_t(10) << 30);
    EXPECT_THROW(check_memory(o, plan, {}, uint64_t(1) << 30), Error);
    EXPECT_NO_THROW(check_memory(o, plan, {}, uint64_t(1) << 40));
    EXPECT_THROW(check_memory(o, plan, {}, uint64_t(1) << 36, {1, 8}), Error);
    for (const FormatName& n : format_names()) {
        o.format = n.format;
        EXPECT_GE(frame_bytes(o, plan), plan.pixel_count() * (24 + 12 + 4)) << n.name;
    }
}

TEST_F(Plan, TheWholeSceneCountsAndTheMessageSaysWhatAndWhatFor) {
    const auto refusal = [&](const SceneMemory& scene, uint64_t available,
                             bool keeps = false) -> std::string {
        try {
            check_memory(o, {}, scene, available, {1, 1, keeps});
        } catch (const Error& e) {
            EXPECT_EQ(e.exit(), Exit::failed);
            return e.what();
        }
        return "";
    };
    const uint64_t mib = 1 << 20;
    const SceneMemory scene{100 * mib, 200 * mib, 300 * mib, 350 * mib};
    // 600 of the scene, and 24 of the program and 10.5 of the picture.
    EXPECT_EQ(refusal(scene, 300 * mib), "") << "what is held already need not be free";
    EXPECT_NE(refusal(scene, 300 * mib, true), "") << "unless it stays";
    EXPECT_EQ(refusal(scene, 270 * mib),
              "render " + in_quotes(o.scene) +
                  " at 640x360: it needs about 635 MiB of memory (geometry 100, trees 200, "
                  "textures 300, pictures 11), and 620 MiB are free; close other programs, or make "
                  "the picture smaller (--size, --crop) or the scene lighter");
    EXPECT_EQ(refusal(scene, UINT64_MAX), "");
    o.max_memory = 600 * mib;
    EXPECT_NE(refusal(scene, UINT64_MAX).find("600 MiB are allowed by --max-memory; allow more"),
              std::string::npos);
    EXPECT_NE(refusal(scene, 200 * mib).find("550 MiB are free"), std::string::npos);
    EXPECT_LE(memory_limit(o), 600 * mib);
}

TEST_F(Plan, ControlGroupFilesAreUnderstood) {
    std::ofstream(folder / "cpu.max") << "150000 100000\n";
    std::ofstream(folder / "memory.max") << "1000\n";
    std::ofstream(folder / "memory.current") << "400\n";
    EXPECT_EQ(quota_of(folder), 1.5);
    EXPECT_EQ(memory_left_in(folder), 600u);
    std::ofstream(folder / "cpu.max") << "max 100000\n";
    std::ofstream(folder / "memory.max") << "max\n";
    EXPECT_EQ(quota_of(folder), 0);
    EXPECT_EQ(memory_left_in(folder), 0u);
    EXPECT_EQ(quota_of(folder / "no"), 0);
    EXPECT_GT(available_memory(), 0u);
    EXPECT_GE(cores().usable, 1u);
}

} // namespace
} // namespace juggler
