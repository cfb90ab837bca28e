// How fast the parts of a render are: whole pictures on every backend, trees, PNG files, and from a
// glTF file to its first ray. scripts/bench.sh runs it and keeps the results.
#include "bench/embree_terrain.h"
#include "bench/glb_file.h"
#include "host/base/threads.h"
#include "host/bvh/build.h"
#include "host/image/png.h"
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/load.h"
#include "tests/support/random.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <sys/resource.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;

struct Shot {
    const char* scene; // of scenes/, or "terrain"
    uint32_t width, height, samples, max_depth;
};

SceneDescription describe(const std::string& scene) {
    if (scene == "terrain") return make_terrain();
    return load_scene(JUGGLER_SOURCE_DIR "/scenes/" + scene + ".json");
}

FrameView make_frame(const SceneDescription& scene, const Shot& shot) {
    FrameView frame{};
    frame.camera = make_camera(scene.cameras.at(0), shot.width, shot.height);
    frame.width = shot.width;
    frame.height = shot.height;
    frame.seed = frame.frame = 1;
    frame.max_depth = shot.max_depth;
    return frame;
}

// One iteration is one picture; scene and trees are ready before.
void render(benchmark::State& state, const Backend& backend, const Shot& shot) {
    SceneDescription description = describe(shot.scene);
    const FrameView frame = make_frame(description, shot);
    const auto device = backend.open({});
    const CompiledScene scene = compile_scene(std::move(description), device->layouts());
    device->set_scene(scene);
    state.SetLabel(device->description());
    Film film({0, 0, shot.width, shot.height});
    PassCounters counters{};
    for (auto _ : state)
        device->render_pass(frame, film.view(), {0, shot.samples}, {}, counters);
    const double rays =
        double(counters.camera_rays + counters.scattered_rays + counters.shadow_rays);
    state.counters["Mrays/s"] = benchmark::Counter(rays * 1e-6, benchmark::Counter::kIsRate);
    state.counters["Msamples/s"] =
        benchmark::Counter(double(counters.camera_rays) * 1e-6, benchmark::Counter::kIsRate);
}

// The boxes of the terrain's triangles.
std::vector<BuildPrimitive> terrain_boxes() {
    const SceneDescription scene = make_terrain();
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    std::vector<BuildPrimitive> boxes(part.indices.size() / 3);
    for (uint32_t i = 0; i < boxes.size(); ++i) {
        BuildPrimitive& box = boxes[i];
        box.id = i;
        for (size_t axis = 0; axis < 3; ++axis) {
            const float a = part.positions[part.indices[3 * i]][axis];
            const float b = part.positions[part.indices[3 * i + 1]][axis];
            const float c = part.positions[part.indices[3 * i + 2]][axis];
            box.lo[axis] = std::min({a, b, c});
            box.hi[axis] = std::max({a, b, c});
        }
    }
    return boxes;
}

void build_terrain(benchmark::State& state) {
    const std::vector<BuildPrimitive> boxes = terrain_boxes();
    BuildOptions options;
    options.threads = static_cast<unsigned>(state.range(0));
    options.quality = static_cast<TreeQuality>(state.range(1));
    double cost = 0;
    for (auto _ : state) {
        auto copy = boxes;
        const BuiltTree tree = build_tree(std::move(copy), options);
        state.PauseTiming();
        cost = sah_cost(tree, options);
        state.ResumeTiming();
    }
    state.counters["Mtriangles/s"] = benchmark::Counter(
        double(boxes.size()) * 1e-6 * double(state.iterations()), benchmark::Counter::kIsRate);
    state.counters["SAH cost"] = cost;
}

// A smooth picture with the noise that a path tracer leaves.
void encode_png(benchmark::State& state) {
    constexpr uint32_t width = 1920, height = 1080;
    std::vector<uint8_t> rgb;
    test::Random random(1);
    for (uint32_t y = 0; y < height; ++y)
        for (uint32_t x = 0; x < width; ++x)
            for (uint32_t c = 0; c < 3; ++c)
                rgb.push_back(static_cast<uint8_t>(x * 200 / width + y * (c + 1) * 16 / height +
                                                   random.below(7)));
    size_t bytes = 0;
    for (auto _ : state)
        bytes = encode_png8(width, height, rgb, static_cast<int>(state.range(0))).size();
    state.counters["MB"] = double(bytes) * 1e-6;
}

fs::path terrain_file() {
    const fs::path file = JUGGLER_BINARY_DIR "/terrain.glb";
    if (!fs::exists(file)) write_glb(make_terrain(), file);
    return file;
}

// From nothing to the first ray of a glTF file with a million triangles.
void first_ray(benchmark::State& state) {
    const fs::path file = terrain_file();
    uint64_t triangles = 0;
    for (auto _ : state) {
        SceneDescription description = load_scene(file);
        const FrameView frame = make_frame(description, {"", 1, 1, 1, 1});
        const auto device = find_backend("auto").open({});
        const CompiledScene scene = compile_scene(std::move(description), device->layouts());
        device->set_scene(scene);
        Film film({0, 0, 1, 1});
        PassCounters counters{};
        device->render_pass(frame, film.view(), {0, 1}, {}, counters);
        triangles = scene.facts().triangle_count;
    }
    // Of the first time, as a run of the program sees it: later ones find the allocator's
    // leftovers. Only true of the first benchmark a process runs: bench.sh gives this one its own.
    static const double peak_bytes = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return double(usage.ru_maxrss) * 1024;
    }();
    state.counters["triangles"] = double(triangles);
    state.counters["peak B/triangle"] = peak_bytes / double(triangles);
}

void register_all() {
    static const Shot shots[] = {{"cornell", 256, 256, 16, 16},
                                 {"weekend", 320, 180, 16, 50},
                                 {"juggler", 320, 180, 32, 8},
                                 {"terrain", 320, 180, 16, 8}};
    static const Shot whole = {"weekend", 1200, 675, 10, 50};
    for (const Backend& backend : backends()) {
        if (!backend.unavailable().empty()) continue;
        const std::string name(backend.name);
        const auto add = [&](const std::string& title, const Shot& shot) {
            benchmark::RegisterBenchmark((title + "/" + name).c_str(),
                                         [&](benchmark::State& s) { render(s, backend, shot); })
                ->Unit(benchmark::kMillisecond)
                ->UseRealTime();
        };
        for (const Shot& shot : shots)
            add(std::string("render/") + shot.scene, shot);
        add("weekend 1200x675, 10 samples, depth 50", whole);
    }
    auto* build = benchmark::RegisterBenchmark("build_tree/terrain", build_terrain)
                      ->ArgNames({"threads", "quality"})
                      ->Unit(benchmark::kMillisecond)
                      ->UseRealTime();
    for (const int64_t quality : {0, 1, 2}) {
        build->Args({1, quality});
        if (usable_threads() > 1) build->Args({static_cast<int64_t>(usable_threads()), quality});
    }
    benchmark::RegisterBenchmark("png/1920x1080/effort", encode_png)
        ->Arg(1)
        ->Arg(6)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("first_ray/terrain.glb", first_ray)
        ->Unit(benchmark::kMillisecond)
        ->Iterations(1)
        ->UseRealTime();
}

} // namespace
} // namespace juggler

int main(int argc, char** argv) {
    juggler::register_all();
    benchmark::AddCustomContext("compiler", JUGGLER_COMPILER);
    benchmark::AddCustomContext("threads", std::to_string(juggler::usable_threads()));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
