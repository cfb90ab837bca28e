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
    {From::code, "environment", 1, 0xf30fe6701ad16730, 0x5d39ff212d09f08c},
    {From::code, "materials", 1, 0xf526ce58f198d946, 0x2a82069bb8325bf3},
    {From::code, "textures", 1, 0x90e4bd92ef14df10, 0x0043fbf99f9d4b45},
    {From::code, "instances", 1, 0xd500e7d76b56373c, 0x926c56f055d35d19},
    {From::code, "motion", 1, 0x373bd8ef39e653dc, 0x3328c4a0942a76ad},
    {From::code, "coverage", 1, 0x0ab10895b520dbe0, 0x615ab634a291b8e3},
    {From::code, "lights", 1, 0x1e26f7e6fdc39f4e, 0x75e697bdf5dd1f66},
    {From::code, "field", 1, 0x9239fdfe0b818779, 0x78f68734c46936d1},
    {From::code, "room", 1, 0x1902e8f63bf93d71, 0xd4f81db9e296c7e2},
    {From::code, "lobes", 1, 0x79d787969f050ce1, 0xbd6fa8467ee079cd},
    {From::code, "dispersion", 1, 0xcf68b27f775152d4, 0x5711a830566ae43b},
    {From::shipped, "juggler.json", 1, 0x3585fbec35a296fb, 0xebb4dffa7344d40a},
    {From::shipped, "juggler.json", 17, 0x4d798afe9e971b48, 0xba174c6b934c731b},
    {From::shipped, "cornell.json", 1, 0x70e53d03ebf52542, 0x2ec4494af462900b},
    {From::shipped, "ocean.json", 30, 0x6087991a4fe70ca6, 0x0ce47dcd1fc8ff07},
    {From::shipped, "weekend.json", 1, 0x4576cdef3213f6ba, 0x9b93303509a26d39},
    {From::shipped, "lantern.json", 1, 0xe1bffd8d278432ea, 0x133d6f86051602f9},
    {From::shipped, "gallery.json", 1, 0x7d0b4fe06ab7dd8d, 0xf054a68cd630b6ba},
    {From::shipped, "materials.json", 1, 0x8e8840485ceb345e, 0xfe425c97dcea5d3c},
    {From::assets, "AnimatedMorphCube/AnimatedMorphCube.gltf", 10, 0xcb2bbbe025b5542d,
     0x912b289915b322a7},
    {From::assets, "BoxTextured/BoxTextured.glb", 1, 0x47feab74bfac6bf6, 0x2d7dca5f8f3d27c1},
    {From::assets, "ClearCoatTest/ClearCoatTest.gltf", 1, 0x42bccfd9198dd617, 0x30c750a421eb4582},
    {From::assets, "Fox/Fox.glb", 7, 0xa8bc8e5ea309d345, 0x5495272f71670e84},
    {From::assets, "Spot/Spot.glb", 1, 0x9fa76f6a3975c08e, 0xecd7586b9b217a4f},
    {From::assets, "instances-gpu/instances_10k_gpu_instancing.glb", 1, 0x4a95d08524cee496,
     0xc33336bde2d6f4f5},
    {From::assets, "blender-io/16_volume/16_volume.gltf", 1, 0xd0e57cbf69af0ac9,
     0x95ac33fed3b68636},
    {From::assets, "blender-io/25_anisotropy/25_anisotropy.gltf", 1, 0x835f8b798c4f3d16,
     0x46f96b9519dfe838},
    {From::assets, "own/animated_textured_box_2s.glb", 20, 0x4c4abdd5056ca4a4, 0x733a6305f7b0e7ce},
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
    if (std::string_view(g.name) == "gallery.json")
        options.set = {"/meshes/knot/0/knot/segments=64", "/meshes/knot/0/knot/sides=16"};
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
    set_filter(shot.frame, description.image.filter.value_or(filter_box));
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
    // A file may have the name of a scene in code.
    return word(golden.param.from) + name + "Frame" + std::to_string(golden.param.frame);
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
