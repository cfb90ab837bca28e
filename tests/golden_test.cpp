// The same bits everywhere: hashes of scenes and films, held against constants. They are the same
// for every compiler, optimisation level, instruction set and backend.
#include "cpu/units.h"
#include "host/base/error.h"
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/load.h"
#include "tests/support/golden_scenes.h"
#include "tests/support/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>

namespace juggler {
namespace {

namespace fs = std::filesystem;

// A golden scene of tests/support/golden_scenes.cpp, a file of scenes/, or one of the assets.
enum class From { code, shipped, assets };

struct Golden {
    From from;
    const char* name;
    uint32_t frame;
    uint64_t scene; // CompiledScene::hash
    uint64_t film;  // Film::hash of the picture below
};

// Odd sizes, so that every backend's last lanes are partly empty.
constexpr uint32_t width = 61, height = 37, samples = 4;

// A change of these is a change of pictures: it needs its reason in the commit and a line in
// CHANGELOG.md. JUGGLER_UPDATE_GOLDEN=1 golden_test prints the table as it is now.
constexpr Golden goldens[] = {
    {From::code, "environment", 1, 0x641ac91083a7c08b, 0x20e16cf418586d42},
    {From::code, "materials", 1, 0xf396aa43b092cae5, 0x22421044c751cbb5},
    {From::code, "textures", 1, 0xf6d8964f96ce5ff8, 0x474200b34148e0bd},
    {From::code, "instances", 1, 0x86442f3499473cc8, 0x971da755d65cfef9},
    {From::code, "motion", 1, 0x52dfedafda6849e3, 0x5b1d77aa5d1ac6bc},
    {From::code, "coverage", 1, 0x4f0e77273d852b46, 0xa99cc86d35f573ed},
    {From::code, "lights", 1, 0xd6747b9474948234, 0x1971f2e97130bbc2},
    {From::code, "field", 1, 0xb2fb2ce0c9b2d1ac, 0x70dc884ba3bbecbe},
    {From::code, "room", 1, 0xb491c9fde80bea02, 0x7e9387fc8414a1e5},
    {From::shipped, "juggler.json", 1, 0xdd63bebd6057f1c3, 0xa447d91dba043d2a},
    {From::shipped, "juggler.json", 17, 0x4c974cf75753e30a, 0xcc913f4f4cc174c7},
    {From::shipped, "cornell.json", 1, 0x7801401a9b4016b0, 0x2ec4494af462900b},
    {From::shipped, "ocean.json", 30, 0x14d379b9b5eb2a3b, 0x8d90b0ef9172c7a0},
    {From::shipped, "weekend.json", 1, 0x3d3a4d89226765ff, 0x4f6e0399e7a28405},
    {From::assets, "AnimatedMorphCube/AnimatedMorphCube.gltf", 10, 0x05757707c710c5db,
     0x4aba712d8a1bcd8b},
    {From::assets, "BoxTextured/BoxTextured.glb", 1, 0x5df3098ddd829671, 0x9d31d4a161995e5f},
    {From::assets, "Fox/Fox.glb", 7, 0x806be7351fbf7163, 0x7405826169b8b713},
    {From::assets, "Spot/Spot.glb", 1, 0xade3426f0d342393, 0x206530f6ea9c9e78},
    {From::assets, "instances-gpu/instances_10k_gpu_instancing.glb", 1, 0x5c6fd4de1a9a2d5e,
     0xcb319e7c3d2c759a},
    {From::assets, "blender-io/16_volume/16_volume.gltf", 1, 0xfdbdcf3b0c11b025,
     0x10e9cf8391ca70ca},
    {From::assets, "own/animated_textured_box_2s.glb", 20, 0xfdf4e4acf635cbe3, 0x756049508c58b102},
};

const char* word(From from) {
    switch (from) {
    case From::code:
        return "code";
    case From::shipped:
        return "shipped";
    case From::assets:
        return "assets";
    }
    return "";
}

void PrintTo(const Golden& g, std::ostream* os) { *os << g.name << ", frame " << g.frame; }

fs::path file_of(const Golden& g) {
    return fs::path(g.from == From::shipped ? JUGGLER_SOURCE_DIR "/scenes" : JUGGLER_ASSET_DIR) /
           g.name;
}

bool is_here(const Golden& g) { return g.from == From::code || fs::exists(file_of(g)); }

SceneDescription describe(const Golden& g) {
    if (g.from == From::code) {
        for (const test::GoldenScene& scene : test::golden_scenes())
            if (scene.name == g.name) return scene.make();
        throw Error(Exit::input, std::string(g.name) + " is no golden scene");
    }
    LoadOptions options;
    options.frame = g.frame;
    // A million triangles are no better than some thousand here.
    if (std::string_view(g.name) == "ocean.json") options.set = {"/objects/ocean/ocean/cells=48"};
    return load_scene(file_of(g), options);
}

struct Shot {
    FrameView frame;
    CompiledScene scene;
};

Shot prepare(const Golden& g, const TreeLayouts& layouts = {}) {
    SceneDescription description = describe(g);
    Shot shot{};
    shot.frame.width = width;
    shot.frame.height = height;
    set_camera(shot.frame, description.cameras.at(0));
    shot.frame.seed = 7;
    shot.frame.frame = g.frame;
    shot.frame.max_depth = 7;
    shot.frame.shutter_close = 1;
    shot.scene = compile_scene(std::move(description), layouts);
    return shot;
}

// A backend with a scene in it.
class Renderer {
public:
    Renderer(const Backend& backend, const Shot& shot,
             const DeviceOptions& options = {.threads = 3})
        : frame_(shot.frame), device_(backend.open(options)) {
        device_->set_scene(shot.scene);
    }

    void pass(Film& film, SampleRange range) {
        PassCounters counters{};
        EXPECT_TRUE(device_->render_pass(frame_, film.view(), range, {}, counters));
        EXPECT_EQ(counters.nan_samples, 0u);
    }
    Film picture(Window window = {0, 0, width, height}) {
        Film film(window);
        pass(film, {0, samples});
        return film;
    }

private:
    FrameView frame_;
    std::unique_ptr<Device> device_;
};

std::vector<const Backend*> usable_backends() {
    std::vector<const Backend*> usable;
    for (const Backend& backend : backends())
        if (backend.unavailable().empty()) usable.push_back(&backend);
    return usable;
}

std::string hex(uint64_t x) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%016" PRIx64, x);
    return text;
}

bool updating() { return std::getenv("JUGGLER_UPDATE_GOLDEN") != nullptr; }

// ---- hashes ----------------------------------------------------------------------------------

class Hashes : public ::testing::TestWithParam<Golden> {};

TEST_P(Hashes, AreTheConstantsOnEveryBackend) {
    const Golden& golden = GetParam();
    if (!is_here(golden)) GTEST_SKIP() << file_of(golden) << " is not here";
    const Shot shot = prepare(golden);
    const uint64_t scene = shot.scene.hash();
    const uint64_t film = Renderer(backends()[0], shot).picture().hash();
    if (updating()) {
        std::printf("    {From::%s, \"%s\", %" PRIu32 ", %s, %s},\n", word(golden.from),
                    golden.name, golden.frame, hex(scene).c_str(), hex(film).c_str());
        return;
    }
    const char* advice = "\nif the change is meant, say why in the commit and take the table that "
                         "JUGGLER_UPDATE_GOLDEN=1 golden_test prints";
    EXPECT_EQ(hex(scene), hex(golden.scene)) << "the scene changed" << advice;
    EXPECT_EQ(hex(film), hex(golden.film)) << "the film changed" << advice;
    for (const Backend* backend : usable_backends()) {
        EXPECT_EQ(hex(Renderer(*backend, shot).picture().hash()), hex(film))
            << backend->name << " differs from " << backends()[0].name;
        // As the command line does it: only the trees that the device walks.
        const Shot own = prepare(golden, backend->open({})->layouts());
        EXPECT_EQ(hex(Renderer(*backend, own).picture().hash()), hex(film))
            << backend->name << " with its own trees alone differs";
    }
    for (const InstructionSet& isa : instruction_sets()) {
        if (!isa.supported()) continue;
        DeviceOptions options;
        options.isa = isa.name;
        EXPECT_EQ(hex(Renderer(find_backend("simd"), shot, options).picture().hash()), hex(film))
            << isa.name << " differs from " << backends()[0].name;
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, Hashes, ::testing::ValuesIn(goldens), [](const auto& golden) {
    std::string name = fs::path(golden.param.name).stem().string();
    std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
    return name + "Frame" + std::to_string(golden.param.frame);
});

TEST(Goldens, EveryShippedSceneHasOne) {
    for (const auto& entry : fs::directory_iterator(JUGGLER_SOURCE_DIR "/scenes")) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
        EXPECT_TRUE(std::any_of(std::begin(goldens), std::end(goldens), [&](const Golden& g) {
            return g.from == From::shipped && g.name == name;
        })) << name;
    }
}

TEST(Goldens, EveryGoldenSceneOfTheTestsHasOne) {
    for (const test::GoldenScene& scene : test::golden_scenes())
        EXPECT_TRUE(std::any_of(std::begin(goldens), std::end(goldens), [&](const Golden& g) {
            return g.from == From::code && g.name == scene.name;
        })) << scene.name;
}

// ---- any order of work -----------------------------------------------------------------------

class Order : public ::testing::TestWithParam<Golden> {
protected:
    void SetUp() override {
        if (updating()) GTEST_SKIP() << "the table alone";
    }
};

TEST_P(Order, OfUnevenPassesDoesNotShow) {
    const Shot shot = prepare(GetParam());
    for (const Backend* backend : usable_backends()) {
        Renderer renderer(*backend, shot);
        const uint64_t whole = renderer.picture().hash();
        Film split({0, 0, width, height});
        for (const SampleRange range : {SampleRange{3, 1}, SampleRange{0, 1}, SampleRange{1, 2}})
            renderer.pass(split, range);
        EXPECT_EQ(split.hash(), whole) << backend->name;
    }
}

void expect_same_pixels(const Film& part_film, const Film& whole_film, std::string_view who) {
    Film part = part_film, whole = whole_film;
    const FilmView a = part.view(), b = whole.view();
    for (uint32_t y = 0; y < a.height; ++y) {
        const FilmPixel* row = b.pixels + size_t(a.y0 + y) * b.width + a.x0;
        for (uint32_t x = 0; x < a.width; ++x)
            ASSERT_EQ(std::memcmp(&a.pixels[size_t(y) * a.width + x], row + x, sizeof *row), 0)
                << who << ", pixel " << a.x0 + x << ", " << a.y0 + y;
    }
}

TEST_P(Order, ACropHasThePixelsOfTheWhole) {
    const Shot shot = prepare(GetParam());
    const Film whole = Renderer(backends()[0], shot).picture();
    const Window windows[] = {{0, 0, 1, 1}, {60, 36, 61, 37}, {13, 5, 32, 30}, {0, 20, 61, 21}};
    for (const Backend* backend : usable_backends()) {
        Renderer renderer(*backend, shot);
        for (const Window& window : windows)
            expect_same_pixels(renderer.picture(window), whole, backend->name);
    }
}

TEST_P(Order, OfTilesDoesNotShow) {
    const Shot shot = prepare(GetParam());
    const Film whole = Renderer(backends()[0], shot).picture();
    std::vector<Window> tiles;
    for (uint32_t y = 0; y < height; y += 16)
        for (uint32_t x = 0; x < width; x += 9)
            tiles.push_back({x, y, std::min(x + 9, width), std::min(y + 16, height)});
    test::Random random(8);
    for (size_t i = tiles.size(); i > 1; --i)
        std::swap(tiles[i - 1], tiles[random.below(static_cast<uint32_t>(i))]);
    for (const Backend* backend : usable_backends()) {
        Renderer renderer(*backend, shot);
        for (const Window& tile : tiles)
            expect_same_pixels(renderer.picture(tile), whole, backend->name);
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, Order,
                         ::testing::Values(Golden{From::code, "materials", 1, 0, 0},
                                           Golden{From::code, "motion", 1, 0, 0},
                                           Golden{From::code, "coverage", 1, 0, 0},
                                           Golden{From::code, "lights", 1, 0, 0},
                                           Golden{From::shipped, "juggler.json", 17, 0, 0}),
                         [](const auto& golden) {
                             return fs::path(golden.param.name).stem().string();
                         });

TEST(Goldens, TheSeedAndTheFrameNumberAreSeen) {
    Shot shot = prepare(goldens[0]);
    const uint64_t before = Renderer(backends()[0], shot).picture().hash();
    shot.frame.seed = 8;
    EXPECT_NE(Renderer(backends()[0], shot).picture().hash(), before);
    shot.frame.seed = 7;
    shot.frame.frame = 2;
    EXPECT_NE(Renderer(backends()[0], shot).picture().hash(), before);
}

} // namespace
} // namespace juggler
