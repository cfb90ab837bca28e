// The CUDA backend on a GPU: the bytes of sequential, from every scene there is, at several sizes,
// by every kernel. Skipped where there is none.
#include "host/cuda/backend.h"
#include "host/scene/load.h"
#include "tests/cuda/pictures.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace juggler {
namespace {

namespace fs = std::filesystem;
using test::Subject;

class OnTheGpu : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = cuda_unavailable(); !reason.empty())
            GTEST_SKIP() << "no cuda here: " << reason;
    }
};

void expect_bytes_of_sequential(const Subject& s, const std::string& name) {
    PassCounters expected{};
    const Film reference = test::reference_film(s, {0, 3}, expected);
    const std::vector<float> mean = reference.mean(3);
    const Window window{0, 0, s.frame.width, s.frame.height};
    for (const auto& [kernel_name, kernel] : cuda::render_kernels) {
        const auto device = cuda::open_device(*cuda::built_in(), {.kernel = kernel});
        const auto slot = device->open_slot(window);
        slot->upload(s.scene);
        PassCounters counters{};
        ASSERT_TRUE(slot->render_pass(s.frame, {0, 1}, {}, counters));
        ASSERT_TRUE(slot->render_pass(s.frame, {1, 2}, {}, counters));
        Film film(window);
        const auto sums = slot->download_sums();
        std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
        EXPECT_EQ(test::first_difference(film, reference), "") << name << ", " << kernel_name;
        EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0) << name;
        EXPECT_EQ(std::memcmp(slot->download_mean(3).data(), mean.data(), mean.size() * 4), 0)
            << name;
    }
}

TEST_F(OnTheGpu, GoldenScenesHaveTheBytesOfSequentialAtEverySize) {
    for (const test::GoldenScene& golden : test::golden_scenes())
        for (const auto& [width, height] : {std::pair(1u, 1u), {33u, 9u}, {200u, 113u}})
            expect_bytes_of_sequential(
                test::golden_subject(std::string(golden.name), width, height),
                std::string(golden.name));
}

TEST_F(OnTheGpu, ScenesAndModelsFromFilesToo) {
    std::vector<fs::path> files;
    // Built elsewhere, it finds the scenes where it is run.
    const fs::path scenes = JUGGLER_SOURCE_DIR "/scenes";
    for (const auto& entry : fs::directory_iterator(fs::exists(scenes) ? scenes : "scenes"))
        files.push_back(entry.path());
    if (fs::exists(JUGGLER_ASSET_DIR))
        for (const auto& entry : fs::recursive_directory_iterator(JUGGLER_ASSET_DIR))
            files.push_back(entry.path());
    size_t rendered = 0;
    for (const fs::path& file : files) {
        const std::string name = file.filename().string(), extension = file.extension().string();
        const bool scene = extension == ".json" && !name.ends_with(".schema.json");
        if (!scene && extension != ".gltf" && extension != ".glb") continue;
        SceneDescription description;
        try {
            description = load_scene(file);
        } catch (const Error&) {
            continue; // not everything among the assets is a scene we read
        }
        expect_bytes_of_sequential(test::make_subject(std::move(description), 160, 90), name);
        ++rendered;
    }
    EXPECT_GE(rendered, 3u);
    std::printf("%zu scenes\n", rendered);
}

} // namespace
} // namespace juggler
