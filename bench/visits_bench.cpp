// What a ray reads on its way through the binary tree and through the compressed one, as the walks
// of the cuda backend go: visits of nodes, tests of triangles, bytes. Needs no GPU.
//
//   juggler_visits_bench [SCENE...]     scenes: files, or `terrain`; cornell and terrain by default
//
// Counts are of the walks themselves, compiled once more with a hook.
#include <cstdint>

namespace {
struct Counts {
    uint64_t nodes = 0, triangles = 0;
} counts;
} // namespace
#define JUGGLER_COUNT(what) ++counts.what

#include "bench/embree_terrain.h"
#include "host/base/error.h"
#include "host/render/frame.h"
#include "host/scene/arrays.h"
#include "host/scene/load.h"
#include "kernels/compressed.h"
#include "kernels/path.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace juggler {
namespace {

constexpr uint32_t width = 320, height = 180, samples = 2;

struct RaySet {
    const char* name;
    RayKind kind;
    std::vector<Ray<float>> rays;
};
using RaySets = std::array<RaySet, 5>;

void record_path(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame, uint32_t x,
                 uint32_t y, uint32_t sample, RaySets& sets) {
    PathState<float> state = begin_path<float>(frame, x, y, sample);
    for (size_t event = 0; event < 3 && state.alive; ++event) {
        const Ray<float> ray = next_ray(state);
        sets[event].rays.push_back(ray);
        const Ray<float> shadow_ray =
            after_hit<float>(scene, frame, closest_hit(scene, bvh, ray), state);
        if (!state.shadow) continue;
        if (event < 2) sets[3 + event].rays.push_back(shadow_ray);
        after_shadow(state, visible_channels(scene, bvh, shadow_ray));
    }
}

RaySets record_rays(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame) {
    RaySets sets{{{"camera", ray_closest, {}},
                  {"bounce 1", ray_closest, {}},
                  {"bounce 2", ray_closest, {}},
                  {"shadow 0", ray_shadow, {}},
                  {"shadow 1", ray_shadow, {}}}};
    for (uint32_t y = 0; y < frame.height; ++y)
        for (uint32_t x = 0; x < frame.width; ++x)
            for (uint32_t sample = 0; sample < samples; ++sample)
                record_path(scene, bvh, frame, x, y, sample, sets);
    return sets;
}

// Walks all rays of a set; what was found goes to `found`, to be compared.
template <class Walker>
Counts walk(const SceneView& scene, const Bvh2View& bvh, const RaySet& set,
            std::vector<Hit<float>>& found) {
    counts = {};
    found.clear();
    for (const Ray<float>& ray : set.rays) {
        Walker walker;
        walk_through(scene, bvh, set.kind, ray, walker);
        found.push_back(set.kind == ray_closest ? walker.walk.best
                                                : Hit<float>{0, 0, 0, walker.walk.visible, 0});
    }
    return counts;
}

void measure(const std::string& name) {
    SceneDescription description = name == "terrain" ? make_terrain() : load_scene(name);
    FrameView frame{};
    frame.camera = make_camera(description.cameras.at(0), width, height);
    frame.width = width;
    frame.height = height;
    frame.seed = frame.frame = 1;
    frame.max_depth = 8;
    using Clock = std::chrono::steady_clock;
    const auto seconds_since = [](Clock::time_point begin) {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    CompiledScene compiled = compile_scene(std::move(description));
    const double binary_seconds = compiled.facts().build_seconds;
    const Clock::time_point begin = Clock::now();
    compiled.arrays().compressed = CompressedTree::build(compiled.view(), compiled.bvh2());
    const double seconds = seconds_since(begin);
    compiled.arrays().connect();
    const SceneView& scene = compiled.view();
    const Bvh2View& bvh = compiled.bvh2();
    if (bvh.compressed.root == none)
        throw Error(Exit::input, name + ": there is no compressed tree of it");
    const auto triangles = double(compiled.facts().triangle_count);
    const CompiledScene::Arrays& a = compiled.arrays();
    std::printf("\n%s: %.0f triangles; binary tree %.1f bytes a triangle and %.0f ns to build, "
                "compressed %.1f and %.0f\n\n",
                name.c_str(), triangles, double(a.nodes.size() * sizeof(Bvh2Node)) / triangles,
                binary_seconds / triangles * 1e9, double(a.compressed->bytes()) / triangles,
                seconds / triangles * 1e9);
    std::printf(
        "| rays | binary: nodes | triangles | bytes | compressed: nodes | triangles | bytes "
        "| of binary |\n|---|---|---|---|---|---|---|---|\n");
    for (const RaySet& set : record_rays(scene, bvh, frame)) {
        if (set.rays.empty()) continue;
        std::vector<Hit<float>> hits[2];
        const Counts of[2] = {walk<MergedWalker>(scene, bvh, set, hits[0]),
                              walk<CompressedWalker>(scene, bvh, set, hits[1])};
        if (std::memcmp(hits[0].data(), hits[1].data(), hits[0].size() * sizeof(Hit<float>)) != 0)
            throw Error(Exit::failed, name + ": the walks disagree");
        const auto rays = double(set.rays.size());
        const auto bytes = [&](const Counts& c, size_t node) {
            return double(c.nodes * node + c.triangles * sizeof(LeafTriangle)) / rays;
        };
        const double read[2] = {bytes(of[0], sizeof(Bvh2Node)),
                                bytes(of[1], sizeof(CompressedNode))};
        std::printf("| %s | %.1f | %.1f | %.0f | %.1f | %.1f | %.0f | %.2f |\n", set.name,
                    double(of[0].nodes) / rays, double(of[0].triangles) / rays, read[0],
                    double(of[1].nodes) / rays, double(of[1].triangles) / rays, read[1],
                    read[1] / read[0]);
    }
}

} // namespace
} // namespace juggler

int main(int argc, char** argv) {
    std::vector<std::string> scenes(argv + 1, argv + argc);
    if (scenes.empty()) scenes = {JUGGLER_SOURCE_DIR "/scenes/cornell.json", "terrain"};
    try {
        for (const std::string& scene : scenes)
            juggler::measure(scene);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "juggler_visits_bench: cannot %s\n", error.what());
        return 1;
    }
    return 0;
}
