// What warps of the render kernels would issue, from their PTX and without a GPU: how many lanes
// are at work in an instruction, how many instructions and how much memory traffic a ray costs. A
// model of one warp at a time (tests/cuda/ptx_machine.h): it knows nothing of caches, of time, or
// of what ptxas makes of the PTX.
//
//   juggler_warp_report [SCENE...]
#include "host/base/error.h"
#include "host/cuda/backend.h"
#include "host/scene/load.h"
#include "tests/cuda/pictures.h"
#include "tests/cuda/ptx_machine.h"
#include "tests/cuda/simulated_runtime.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace juggler {
namespace {

constexpr uint32_t width = 128, height = 72, samples = 2;
// For waves: rays for each lane that is resident, paths enough to fill slots again, and one wave
// after the other, since of so few paths empty waves would be a good part.
constexpr uint32_t path_slots = 4096;
constexpr double launch_ms = 1e-3;

void report(const std::string& ptx, const std::filesystem::path& file) {
    const test::Subject s = test::make_subject(load_scene(file), width, height);
    PassCounters ignored{};
    const Film reference = test::reference_film(s, {0, samples}, ignored);
    for (const auto& [name, kernel] : cuda::render_kernels) {
        test::PtxMachine machine(ptx);
        machine.count_warps();
        test::SimulatedRuntime runtime(machine, {});
        const auto device =
            cuda::open_device({runtime, machine.kernels()},
                              {.kernel = kernel, .launch_ms = launch_ms, .path_slots = path_slots});
        const auto slot = device->open_slot({0, 0, width, height});
        slot->upload(s.scene);
        PassCounters counters{};
        slot->render_pass(s.frame, {0, samples}, {}, counters);
        Film film({0, 0, width, height});
        const auto sums = slot->download_sums();
        std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
        if (film.hash() != reference.hash())
            throw Error(Exit::differ, "show what " + std::string(name) + " does: films differ");
        const test::WarpCounts all = machine.total();
        const double rays =
            double(counters.camera_rays + counters.scattered_rays + counters.shadow_rays);
        std::printf("| %s | %s | %.0f %% | %.0f | %.0f | %.1f | %.1f |\n",
                    file.stem().string().c_str(), std::string(name).c_str(),
                    100 * double(all.lanes) / (32 * double(all.instructions)),
                    double(all.lanes) / rays, 32 * double(all.instructions) / rays,
                    32e-3 * double(all.sectors - all.local_sectors) / rays,
                    32e-3 * double(all.local_sectors) / rays);
    }
}

int run(const std::vector<std::string>& arguments) {
    std::vector<std::string> files = arguments;
    if (files.empty())
        for (const char* name : {"juggler", "cornell", "weekend"})
            files.push_back(JUGGLER_SOURCE_DIR "/scenes/" + std::string(name) + ".json");
    std::istringstream parts(JUGGLER_PTX); // with bars between
    std::ostringstream ptx;
    for (std::string part; std::getline(parts, part, '|');)
        ptx << std::ifstream(part).rdbuf();
    std::puts("| scene | kernel | lanes at work | instructions a ray | issued a ray, times 32 | "
              "KB a ray | and of local memory |\n|---|---|---|---|---|---|---|");
    for (const std::string& file : files)
        report(ptx.str(), file);
    return 0;
}

} // namespace
} // namespace juggler

int main(int argc, char** argv) {
    try {
        return juggler::run({argv + 1, argv + argc});
    } catch (const juggler::Error& error) {
        std::fprintf(stderr, "juggler_warp_report: cannot %s\n", error.what());
        return static_cast<int>(error.exit());
    }
}
