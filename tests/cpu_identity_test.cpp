// simd and openmp make the very bytes of sequential: over instruction sets, threads, tiles,
// schedules, sizes of the wavefront, passes, and scenes that hold everything.
#include "cpu/units.h"
#include "host/base/error.h"
#include "host/bvh/wide.h"
#include "host/image/encode.h"
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/load.h"
#include "host/scene/load_json.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <new>
#include <optional>
#include <sys/resource.h>

namespace juggler {
namespace {

using test::Random;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool under_address_sanitizer = true;
#elif defined(__has_feature)
constexpr bool under_address_sanitizer = __has_feature(address_sanitizer);
#else
constexpr bool under_address_sanitizer = false;
#endif

struct Subject {
    std::string name;
    CompiledScene scene;
    FrameView frame;
};

FrameView make_frame(const CameraDescription& camera, uint32_t width, uint32_t height) {
    FrameView frame{};
    frame.width = width;
    frame.height = height;
    set_camera(frame, camera);
    frame.seed = 7;
    frame.frame = 3;
    frame.max_depth = 6;
    return frame;
}

// All that tracks can move while a shutter is open: a camera with a lens, spinning and growing
// things, a lamp among them, and water.
Subject moving_subject(const TreeLayouts& trees) {
    LoadOptions third;
    third.frame = 3;
    SceneDescription d = load_json_scene("moving.json", R"({ "juggler": 1,
        "camera": { "eye": [0, 1.5, 5], "look_at": [0, 0.5, 0], "aperture": 0.05 },
        "sky": { "gradient": { "top": [0.2, 0.4, 0.9], "horizon": [0.9, 0.9, 1] } },
        "lights": [ { "sun": { "elevation_deg": 50, "angle_deg": 3 } } ],
        "materials": { "red": { "base_color": [0.8, 0.1, 0.1], "roughness": 0.4 },
                       "glass": { "transmission": 1, "roughness": 0 },
                       "half": { "base_color": [0.2, 0.7, 0.3], "alpha": 0.5 },
                       "lamp": { "emission": [5, 4, 3] } },
        "meshes": { "pair": [ { "box": { "size": 0.4 }, "material": "half" },
                              { "sphere": { "center": [0, 0.5, 0], "radius": 0.2 } } ] },
        "objects": [ { "ocean": { "size": 12, "cells": 20, "waves": [
                         { "length": 3, "amplitude": 0.15, "azimuth_deg": 70 },
                         { "length": 1.7, "amplitude": 0.05 } ] }, "material": "red" },
                     { "plane": { "y": -0.5 } },
                     { "name": "box", "box": {}, "translate": [-1.2, 0.8, 0], "material": "red" },
                     { "name": "ball", "sphere": { "radius": 0.4 }, "material": "glass" },
                     { "name": "pairs", "instance": { "mesh": "pair", "copies": [
                         { "translate": [1, 1, -1] }, { "translate": [2, 1, 0] } ] } },
                     { "name": "lamp", "sphere": { "center": [0, 2.5, 0], "radius": 0.3 },
                       "material": "lamp" } ],
        "animation": { "fps": 10, "frames": 20, "shutter": 0.8, "tracks": [
            { "target": "/camera/eye", "keys": [ [0, [0, 1.5, 5]], [1, [1, 2.5, 6]] ] },
            { "target": "/camera/fov_y_deg", "keys": [ [0, 40], [1, 70] ] },
            { "target": "/objects/box/rotate", "keys": [ [0, [0, 0, 0, 1]], [0.5, [1, 1, 0, 0]] ] },
            { "target": "/objects/ball/sphere", "curve": "step", "keys": [
                [0, { "center": [0.3, 0.6, 0.6], "radius": 0.5 }] ] },
            { "target": "/objects/ball/translate", "keys": [ [0, [0, 0, 0]], [1, [2, 0, 0]] ] },
            { "target": "/objects/pairs/rotate_y_deg", "loop": true, "keys": [ [0, 0], [1, 360] ] },
            { "target": "/objects/lamp/sphere/center", "curve": "cubic", "keys": [
                [0, [0, 2.5, 0]], [0.3, [0.5, 2.2, 0]], [0.6, [0, 2, 0.5]] ] } ] } })",
                                         third);
    Subject s{"moving", {}, make_frame(d.cameras.at(0), 39, 25)};
    s.frame.shutter_close = 1;
    s.scene = compile_scene(std::move(d), trees);
    return s;
}

// Sizes are odd, so that the last tiles, packs and rows are never full. Models are there where the
// folder of assets is.
std::vector<Subject> make_subjects(TreeQuality quality = TreeQuality::high) {
    TreeLayouts trees;
    trees.quality = quality;
    std::vector<Subject> subjects;
    for (const char* name : {"juggler", "cornell", "weekend"}) {
        SceneDescription d =
            load_scene(std::string(JUGGLER_SOURCE_DIR) + "/scenes/" + name + ".json");
        const FrameView frame = make_frame(d.cameras.at(0), 37, 23);
        subjects.push_back({name, compile_scene(std::move(d), trees), frame});
    }
    subjects.push_back(moving_subject(trees));
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        CameraDescription camera;
        camera.to_world = translation(0, 0, 3.5);
        camera.aperture = 0.05;
        camera.focus = 3;
        Subject s{"soup " + std::to_string(seed), test::make_lit_soup(seed, trees),
                  make_frame(camera, 41, 29)};
        s.frame.shutter_close = 0.7f;
        subjects.push_back(std::move(s));
    }
    for (const char* file :
         {"ClearCoatTest/ClearCoatTest.gltf", "FlightHelmet/FlightHelmet.gltf"}) {
        const std::filesystem::path model = std::filesystem::path(JUGGLER_ASSET_DIR) / file;
        if (!std::filesystem::exists(model)) continue;
        SceneDescription d = load_scene(model);
        const FrameView frame = make_frame(d.cameras.at(0), 31, 27);
        subjects.push_back({file, compile_scene(std::move(d), trees), frame});
    }
    return subjects;
}

Film render(const Subject& s, const Backend& backend, const DeviceOptions& options,
            const std::vector<SampleRange>& passes) {
    const auto device = backend.open(options);
    device->set_scene(s.scene);
    Film film({0, 0, s.frame.width, s.frame.height});
    PassCounters counters{};
    for (SampleRange range : passes)
        EXPECT_TRUE(device->render_pass(s.frame, film.view(), range, {}, counters));
    EXPECT_EQ(counters.nan_samples, 0u);
    return film;
}

::testing::AssertionResult same_film(Film& a, Film& b) {
    const FilmView va = a.view(), vb = b.view();
    for (size_t i = 0; i < size_t(va.width) * va.height; ++i)
        for (int c = 0; c < 3; ++c)
            if (va.pixels[i].rgb[c] != vb.pixels[i].rgb[c])
                return ::testing::AssertionFailure()
                       << "pixel (" << i % va.width << ", " << i / va.width << ") channel " << c
                       << ": " << std::hexfloat << double(va.pixels[i].rgb[c]) * 0x1p-28
                       << " is not " << double(vb.pixels[i].rgb[c]) * 0x1p-28;
    return ::testing::AssertionSuccess();
}

std::vector<std::byte> png_of(Film& film) {
    const FilmView view = film.view();
    Picture picture{view.width, view.height, film.mean(4)};
    return encode_picture(std::move(picture), {0, 0, view.width, view.height}, {}, "");
}

std::vector<SampleRange> passes_of(int split) {
    switch (split) {
    case 0:
        return {{0, 4}};
    case 1:
        return {{0, 1}, {1, 3}};
    default:
        return {{3, 1}, {0, 2}, {2, 1}};
    }
}

// Factors of the covering set. Every pair of values of two factors occurs together (checked
// below), with a share of what all combinations would cost.
const std::vector<unsigned> thread_counts{1, 2, 3, 7, 16, 64};
const std::vector<uint32_t> tile_sides{1, 7, 16, 65536};
const std::vector<Schedule> schedules{Schedule::fixed, Schedule::dynamic, Schedule::guided};
const std::vector<WaveSizes> wave_sizes{{16, 1}, {64, 8}, {512, 32}, {256, 64}};

std::vector<std::vector<int>> pairwise(const std::vector<int>& levels, size_t at_least) {
    std::map<std::tuple<size_t, int, size_t, int>, bool> open;
    for (size_t a = 0; a < levels.size(); ++a)
        for (size_t b = a + 1; b < levels.size(); ++b)
            for (int x = 0; x < levels[a]; ++x)
                for (int y = 0; y < levels[b]; ++y)
                    open[{a, x, b, y}] = true;
    Random random(5);
    std::vector<std::vector<int>> rows;
    while (!open.empty() || rows.size() < at_least) {
        // The best of some random rows.
        std::vector<int> best;
        size_t best_gain = 0;
        for (int attempt = 0; attempt < 60; ++attempt) {
            std::vector<int> row;
            for (int level : levels)
                row.push_back(static_cast<int>(random.below(static_cast<uint32_t>(level))));
            size_t gain = 0;
            for (size_t a = 0; a < levels.size(); ++a)
                for (size_t b = a + 1; b < levels.size(); ++b)
                    gain += open.count({a, row[a], b, row[b]});
            if (best.empty() || gain > best_gain) {
                best = row;
                best_gain = gain;
            }
        }
        for (size_t a = 0; a < levels.size(); ++a)
            for (size_t b = a + 1; b < levels.size(); ++b)
                open.erase({a, best[a], b, best[b]});
        rows.push_back(best);
    }
    return rows;
}

TEST(Identity, EveryCpuBackendMakesTheBytesOfSequential) {
    const std::vector<Subject> subjects_of[] = {make_subjects(TreeQuality::quick),
                                                make_subjects(TreeQuality::normal),
                                                make_subjects(TreeQuality::high)};
    const std::vector<Subject>& subjects = subjects_of[2];
    std::vector<std::string> isas;
    for (const InstructionSet& set : instruction_sets())
        if (set.supported()) isas.emplace_back(set.name);
    std::vector<Film> reference;
    std::vector<std::vector<std::byte>> reference_png;
    for (const Subject& s : subjects) {
        reference.push_back(render(s, find_backend("sequential"), {}, {{0, 4}}));
        reference_png.push_back(png_of(reference.back()));
    }

    const std::vector<int> levels{static_cast<int>(subjects.size()),
                                  2, // backend
                                  static_cast<int>(isas.size()),
                                  static_cast<int>(thread_counts.size()),
                                  static_cast<int>(tile_sides.size()),
                                  static_cast<int>(schedules.size()),
                                  static_cast<int>(wave_sizes.size()),
                                  3, // split
                                  static_cast<int>(std::size(subjects_of))};
    const auto rows = pairwise(levels, 200);
    for (const std::vector<int>& row : rows) {
        const auto pick = [&](const auto& values, size_t factor) {
            return values[static_cast<size_t>(row[factor])];
        };
        DeviceOptions options;
        options.isa = pick(isas, 2);
        options.threads = pick(thread_counts, 3);
        options.tile = pick(tile_sides, 4);
        options.schedule = pick(schedules, 5);
        options.wave = pick(wave_sizes, 6);
        const auto subject = static_cast<size_t>(row[0]);
        const char* backend = row[1] == 0 ? "simd" : "openmp";
        const Subject& whole = subjects_of[row[8]][subject];
        Film film = render(whole, find_backend(backend), options, passes_of(row[7]));
        ASSERT_EQ(whole.scene.hash(), subjects[subject].scene.hash());
        ASSERT_TRUE(same_film(film, reference[subject]) && png_of(film) == reference_png[subject])
            << subjects[subject].name << ", " << backend << ", " << options.isa << ", "
            << options.threads << " threads, tile " << options.tile << ", wave "
            << options.wave.paths << "/" << options.wave.slots << ", split " << row[7] << ", trees "
            << row[8];
    }
    RecordProperty("combinations", static_cast<int>(rows.size()));
    std::printf("%zu combinations of %zu scenes\n", rows.size(), subjects.size());
}

TEST(Identity, ASceneCompiledForOneDeviceAloneGivesTheSamePicture) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        Subject whole{"soup", test::make_lit_soup(seed), make_subjects().back().frame};
        Film reference = render(whole, find_backend("sequential"), {}, {{0, 2}});
        for (const InstructionSet& set : instruction_sets()) {
            if (!set.supported()) continue;
            DeviceOptions options;
            options.isa = set.name;
            const TreeLayouts layouts = find_backend("simd").open(options)->layouts();
            Subject alone{"soup", test::make_lit_soup(seed, layouts), whole.frame};
            EXPECT_EQ(alone.scene.hash(), whole.scene.hash());
            Film film = render(alone, find_backend("simd"), options, {{0, 2}});
            EXPECT_TRUE(same_film(film, reference)) << set.name << ", seed " << seed;
        }
    }
}

TEST(Identity, ACropIsThePixelsOfTheWhole) {
    const std::vector<Subject> subjects = make_subjects();
    for (const size_t index : {0, 3}) {
        const Subject& s = subjects[index];
        for (const char* name : {"sequential", "simd", "openmp"}) {
            Film whole = render(s, find_backend(name), {}, {{0, 4}});
            const auto device = find_backend(name).open({});
            device->set_scene(s.scene);
            Film crop({5, 3, 22, 19});
            PassCounters counters{};
            ASSERT_TRUE(device->render_pass(s.frame, crop.view(), {0, 4}, {}, counters));
            for (uint32_t y = 3; y < 19; ++y)
                ASSERT_EQ(std::memcmp(crop.view().pixels + size_t(y - 3) * 17,
                                      whole.view().pixels + size_t(y) * s.frame.width + 5,
                                      17 * sizeof(FilmPixel)),
                          0)
                    << name << ", row " << y;
        }
    }
}

TEST(Identity, CountersAgreeAcrossBackends) {
    const std::vector<Subject> subjects = make_subjects();
    for (const Subject& s : subjects) {
        PassCounters first{};
        for (const Backend& backend : backends()) {
            if (!backend.unavailable().empty()) continue;
            const auto device = backend.open({});
            device->set_scene(s.scene);
            Film film({0, 0, s.frame.width, s.frame.height});
            PassCounters counters{};
            device->render_pass(s.frame, film.view(), {0, 2}, {}, counters);
            if (&backend == &backends()[0]) first = counters;
            EXPECT_EQ(std::memcmp(&first, &counters, sizeof first), 0)
                << s.name << " on " << backend.name;
        }
    }
}

// Memory that a worker is given may hold anything; lanes that never get a path start from it.
TEST(Identity, WorkspacesMayHoldAnything) {
    const CompiledScene scene = test::make_lit_soup(2);
    const FrameView frame = make_frame(CameraDescription{}, 5, 3);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported()) continue;
        const WaveUnit unit = set.unit();
        std::optional<WideTree> tree;
        if (unit.width == 8) tree = WideTree::build<8>(scene.view(), scene.bvh2());
        if (unit.width == 16) tree = WideTree::build<16>(scene.view(), scene.bvh2());
        const WaveScene wave_scene{scene.view(), scene.bvh2(), tree ? tree->view() : WideView{}};
        const WaveSizes sizes{512, 32};
        std::vector<Film> films;
        for (const unsigned char fill : {0x00, 0xff, 0xc7, 0x4f}) {
            const size_t bytes = unit.workspace_bytes(sizes, wave_scene.tree.stack_need);
            void* workspace = ::operator new(bytes, std::align_val_t(64));
            std::memset(workspace, fill, bytes);
            films.emplace_back(Window{0, 0, 5, 3});
            TileDispenser tiles({5, 3, 0, 1, 16, Schedule::dynamic, 1, nullptr, nullptr});
            TileDispenser::Worker worker(tiles, 0);
            PassCounters counters{};
            unit.render(wave_scene, frame, films.back().view(), worker.source(), sizes, workspace,
                        counters);
            ::operator delete(workspace, std::align_val_t(64));
            EXPECT_TRUE(same_film(films.back(), films.front())) << set.name;
        }
    }
}

TEST(Identity, AHundredRendersOnAnyThreadsAgreeInConstantMemory) {
    const Subject subject = std::move(make_subjects()[3]);
    Film reference = render(subject, find_backend("sequential"), {}, {{0, 1}});
    Random random(11);
    const auto peak_kb = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    long after_warm_up = 0;
    for (int i = 0; i < 100; ++i) {
        DeviceOptions options;
        options.threads = i < 10 ? 16 : 1 + random.below(16);
        Film film = render(subject, find_backend("openmp"), options, {{0, 1}});
        ASSERT_TRUE(same_film(film, reference)) << options.threads << " threads";
        if (i == 19) after_warm_up = peak_kb();
    }
    // AddressSanitizer keeps freed memory aside on purpose, so that its peak says nothing.
    if (!under_address_sanitizer) EXPECT_LE(peak_kb(), after_warm_up + after_warm_up / 20);
}

TEST(Identity, AStoppedPassSaysSo) {
    const std::vector<Subject> subjects = make_subjects();
    for (const Backend& backend : backends()) {
        if (!backend.unavailable().empty()) continue;
        const auto device = backend.open({});
        device->set_scene(subjects[0].scene);
        Film film({0, 0, 37, 23});
        PassCounters counters{};
        const std::atomic<bool> stop{true};
        EXPECT_FALSE(
            device->render_pass(subjects[0].frame, film.view(), {0, 2}, {&stop, nullptr}, counters))
            << backend.name;
    }
}

TEST(Identity, ProgressCountsEverySampleOnce) {
    const std::vector<Subject> subjects = make_subjects();
    for (const Backend& backend : backends()) {
        if (!backend.unavailable().empty()) continue;
        const auto device = backend.open({});
        device->set_scene(subjects[0].scene);
        Film film({0, 0, 37, 23});
        PassCounters counters{};
        std::atomic<uint64_t> done{0};
        device->render_pass(subjects[0].frame, film.view(), {0, 3}, {nullptr, &done}, counters);
        EXPECT_EQ(done.load(), 37u * 23u * 3u) << backend.name;
    }
}

TEST(Backends, UnknownNamesAreRefusedWithTheKnownOnes) {
    try {
        find_backend("gpu");
        FAIL() << "accepted";
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::usage);
        for (const char* name : {"auto", "sequential", "simd", "openmp"})
            EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
    }
    DeviceOptions options;
    options.isa = "mmx";
    EXPECT_THROW(find_backend("simd").open(options), Error);
}

} // namespace
} // namespace juggler
