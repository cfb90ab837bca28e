// The cuda backend on the GPU at hand: kernels against each other and against all cores, copies,
// and what the kernels take. Compares films first: a faster wrong picture is none.
//
//   juggler_cuda_bench [--json FILE] [SCENE...]     scenes: files, or `terrain`
#include "bench/embree_terrain.h"
#include "host/base/error.h"
#include "host/base/output_file.h"
#include "host/base/threads.h"
#include "host/cuda/backend.h"
#include "host/cuda/owners.h"
#include "host/render/frame.h"
#include "host/scene/load.h"
#include "kernels/launch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr uint32_t width = 1280, height = 720;
constexpr int repeats = 5;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}
double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Setting {
    const char* name;
    uint32_t max_depth, flags, samples;
};
// Camera rays alone; with their first bounces; with the shadow rays before these; closest hits of
// scattered rays without shadow rays; whole paths.
constexpr Setting settings[] = {{"camera rays", 0, frame_no_light_sampling, 16},
                                {"one bounce", 1, frame_no_light_sampling, 16},
                                {"one bounce, lit", 1, 0, 16},
                                {"closest hits", 8, frame_no_light_sampling, 16},
                                {"paths", 8, 0, 16}};

struct Measured {
    double seconds;
    PassCounters counters;
    uint64_t hash;
};

Measured measure_slot(FrameSlot& slot, const FrameView& frame, const Setting& setting) {
    std::vector<double> times;
    Measured m{};
    for (int repeat = -1; repeat < repeats; ++repeat) { // once to warm up
        m.counters = {};
        slot.clear();
        const Clock::time_point begin = Clock::now();
        slot.render_pass(frame, {0, setting.samples}, {}, m.counters);
        if (repeat >= 0) times.push_back(seconds_since(begin));
    }
    m.seconds = median(times);
    Film film({0, 0, frame.width, frame.height});
    const auto sums = slot.download_sums();
    std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
    m.hash = film.hash();
    return m;
}

Measured measure_openmp(const CompiledScene& scene, const FrameView& frame,
                        const Setting& setting) {
    const auto device = find_backend("openmp").open({});
    device->set_scene(scene);
    Measured m{};
    std::vector<double> times;
    Film film({0, 0, frame.width, frame.height});
    for (int repeat = 0; repeat < 3; ++repeat) {
        film.clear();
        m.counters = {};
        const Clock::time_point begin = Clock::now();
        device->render_pass(frame, film.view(), {0, setting.samples}, {}, m.counters);
        times.push_back(seconds_since(begin));
    }
    m.seconds = median(times);
    m.hash = film.hash();
    return m;
}

Json rates(const Measured& m) {
    const uint64_t rays =
        m.counters.camera_rays + m.counters.scattered_rays + m.counters.shadow_rays;
    return {{"frame_ms", m.seconds * 1e3},
            {"mrays_per_s", double(rays) / m.seconds / 1e6},
            {"camera_rays", m.counters.camera_rays},
            {"scattered_rays", m.counters.scattered_rays},
            {"shadow_rays", m.counters.shadow_rays}};
}

// Of each kind of rays and its shading, by what the first settings take more than those before.
Json rates_by_kind(const std::vector<Measured>& m) {
    const auto rate = [](uint64_t rays, double seconds) {
        return seconds > 0 ? Json(double(rays) / seconds / 1e6) : Json(nullptr);
    };
    return {{"camera", rate(m.at(0).counters.camera_rays, m[0].seconds)},
            {"bounce", rate(m.at(1).counters.scattered_rays, m[1].seconds - m[0].seconds)},
            {"shadow", rate(m.at(2).counters.shadow_rays, m[2].seconds - m[1].seconds)}};
}

Json measure_scene(const cuda::Installation& installation, const std::string& name, bool& agree) {
    SceneDescription description =
        name == "terrain" ? make_terrain() : load_scene(std::filesystem::path(name));
    FrameView frame{};
    frame.camera = make_camera(description.cameras.at(0), width, height);
    frame.width = width;
    frame.height = height;
    frame.seed = 1;
    frame.frame = 1;
    frame.shutter_close = 1;
    TreeLayouts layouts;
    layouts.compressed = true;
    const CompiledScene scene = compile_scene(std::move(description), layouts);
    const SceneFacts& facts = scene.facts();
    Json result{{"scene", std::filesystem::path(name).filename().string()},
                {"triangles", facts.triangle_count}};
    const size_t device_bytes = cuda::SceneLayout(scene).bytes();
    result["device_bytes"] = device_bytes;
    if (facts.triangle_count > 0)
        result["device_bytes_a_triangle"] =
            double(device_bytes - facts.texture_bytes) / double(facts.triangle_count);
    std::map<std::string, std::vector<Measured>> by_kernel;
    for (const Setting& setting : settings) {
        frame.max_depth = setting.max_depth;
        frame.flags = setting.flags;
        const Measured cores = measure_openmp(scene, frame, setting);
        by_kernel["openmp"].push_back(cores);
        Json row{{"rays", setting.name}, {"samples", setting.samples}, {"openmp", rates(cores)}};
        for (const auto& [name_of_kernel, kernel] : cuda::render_kernels) {
            const std::string kernel_name(name_of_kernel);
            const auto device = cuda::open_device(installation, {.kernel = kernel});
            const auto slot = device->open_slot({0, 0, width, height});
            slot->upload(scene);
            const Measured gpu = measure_slot(*slot, frame, setting);
            by_kernel[kernel_name].push_back(gpu);
            row[kernel_name] = rates(gpu);
            row[kernel_name]["over_openmp"] = cores.seconds / gpu.seconds;
            if (gpu.hash != cores.hash) agree = false;
            row[kernel_name]["same_film"] = gpu.hash == cores.hash;
            std::printf("%-28s %-15s %-16s %8.2f ms %9.1f Mrays/s %6.1f times openmp%s\n",
                        std::string(result["scene"]).c_str(), setting.name, kernel_name.c_str(),
                        gpu.seconds * 1e3, double(row[kernel_name]["mrays_per_s"]),
                        cores.seconds / gpu.seconds, gpu.hash == cores.hash ? "" : "  DIFFERS");
        }
        result["settings"].push_back(std::move(row));
    }
    for (const auto& [kernel_name, measured] : by_kernel)
        result["mrays_per_s_by_kind"][kernel_name] = rates_by_kind(measured);
    return result;
}

// GB/s of copies each way, alone and both at once.
Json measure_copies(cuda::Runtime& runtime) {
    constexpr size_t bytes = size_t(256) << 20;
    const cuda::DeviceBuffer<std::byte> to(runtime, bytes), from(runtime, bytes);
    const cuda::PinnedBuffer<std::byte> source(runtime, bytes), target(runtime, bytes);
    const cuda::Stream up(runtime), down(runtime);
    const auto timed = [&](bool does_up, bool does_down) {
        std::vector<double> times;
        for (int repeat = -1; repeat < repeats; ++repeat) {
            const Clock::time_point begin = Clock::now();
            if (does_up)
                cuda::check(runtime, runtime.copy(to.data(), source.data(), bytes, up.get()),
                            "copy to the GPU");
            if (does_down)
                cuda::check(runtime, runtime.copy(target.data(), from.data(), bytes, down.get()),
                            "copy from the GPU");
            cuda::check(runtime, runtime.synchronize(up.get()), "copy to the GPU");
            cuda::check(runtime, runtime.synchronize(down.get()), "copy from the GPU");
            if (repeat >= 0) times.push_back(seconds_since(begin));
        }
        return double(bytes) / median(times) / 1e9;
    };
    return {{"bytes", bytes},
            {"up_gb_per_s", timed(true, false)},
            {"down_gb_per_s", timed(false, true)},
            {"each_way_together_gb_per_s", timed(true, true)}};
}

Json describe_kernel(cuda::Runtime& runtime, const std::string& name, const void* kernel,
                     uint32_t block_threads) {
    cuda::FunctionFacts facts;
    cuda::check(runtime, runtime.function_facts(kernel, block_threads, facts), "ask for a kernel");
    return {{"kernel", name},
            {"registers", facts.registers},
            {"local_bytes", facts.local_bytes},
            {"shared_bytes", facts.shared_bytes},
            {"block_threads", block_threads},
            {"blocks_a_multiprocessor", facts.blocks_per_multiprocessor}};
}

int run(const std::vector<std::string>& arguments) {
    const cuda::Installation* installation = cuda::built_in();
    if (const std::string reason = cuda::reason_against(installation); !reason.empty())
        throw Error(Exit::backend, "measure the cuda backend: " + reason);
    cuda::Runtime& runtime = installation->runtime;
    std::string file;
    std::vector<std::string> scenes;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--json" && i + 1 < arguments.size())
            file = arguments[++i];
        else
            scenes.push_back(arguments[i]);
    }
    if (scenes.empty()) {
        for (const char* name : {"juggler", "cornell", "weekend"})
            scenes.push_back(JUGGLER_SOURCE_DIR "/scenes/" + std::string(name) + ".json");
        scenes.emplace_back("terrain");
    }
    Json result{{"gpu", cuda::describe_devices(*installation)},
                {"cores", usable_threads()},
                {"size", {width, height}},
                {"repeats", repeats}};
    const cuda::Kernels& kernels = installation->kernels;
    for (const auto& [of, set] : {std::pair("", &kernels.all), {", common", &kernels.common}})
        for (const auto& [name, kernel, block] :
             {std::tuple("simple", set->pixels, render_block_threads),
              {"merged", set->pixels_merged, render_block_threads},
              {"compressed", set->pixels_compressed, render_block_threads},
              {"waves, shade", set->wave_shade, wave_block_threads},
              {"waves, closest hits", set->wave_closest, wave_block_threads},
              {"waves, shadow rays", set->wave_shadow, wave_block_threads},
              {"waves, closest hits, compressed", set->wave_closest_compressed, wave_block_threads},
              {"waves, shadow rays, compressed", set->wave_shadow_compressed, wave_block_threads}})
            result["kernels"].push_back(
                describe_kernel(runtime, std::string(name) + of, kernel, block));
    result["kernels"].push_back(
        describe_kernel(runtime, "mean", kernels.resolve_mean, resolve_block_threads));
    result["copies"] = measure_copies(runtime);
    bool agree = true;
    for (const std::string& scene : scenes)
        result["scenes"].push_back(measure_scene(*installation, scene, agree));
    if (!file.empty()) {
        OutputFile out(file);
        out.write(result.dump(2) + "\n");
        out.commit();
    }
    return agree ? 0 : static_cast<int>(Exit::differ);
}

} // namespace
} // namespace juggler

int main(int argc, char** argv) {
    try {
        return juggler::run({argv + 1, argv + argc});
    } catch (const juggler::Error& error) {
        std::fprintf(stderr, "juggler_cuda_bench: cannot %s\n", error.what());
        return static_cast<int>(error.exit());
    }
}
