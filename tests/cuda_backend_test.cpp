// The CUDA backend without a GPU: its kernels run on fibers, its calls go to a simulated runtime
// that does queued work late and in any order that streams and events allow.
#include "host/base/hash.h"
#include "host/cuda/backend.h"
#include "host/cuda/machine.h"
#include "host/cuda/slot.h"
#include "kernels/grid.h"
#include "tests/cuda/failing_runtime.h"
#include "tests/cuda/fiber_executor.h"
#include "tests/cuda/fibers.h"
#include "tests/cuda/pictures.h"
#include "tests/cuda/simulated_runtime.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <thread>

namespace juggler {
namespace {

using test::FailingRuntime;
using test::FiberExecutor;
using test::SimulatedRuntime;
using test::Subject;

// A simulated GPU, opened.
struct Simulation {
    explicit Simulation(uint64_t seed = 0, SimulatedRuntime::Options options = {})
        : executor(seed), runtime(executor, options), installation{runtime, executor.kernels()} {}
    std::unique_ptr<Device> open(cuda::MachineOptions options = {}) const {
        options.staging_bytes = size_t(256) << 10;
        return cuda::open_device(installation, options);
    }
    FiberExecutor executor;
    SimulatedRuntime runtime;
    cuda::Installation installation;
};

Film render(Device& device, const Subject& subject, const std::vector<SampleRange>& passes,
            PassCounters& counters, std::optional<Window> window = {}) {
    device.set_scene(subject.scene);
    Film film(window.value_or(Window{0, 0, subject.frame.width, subject.frame.height}));
    for (const SampleRange range : passes)
        EXPECT_TRUE(device.render_pass(subject.frame, film.view(), range, {}, counters));
    return film;
}

// ---- pictures --------------------------------------------------------------------------------

TEST(GridThreads, CalledOneByOneMakeThePictureOfSequential) {
    const Subject s = test::golden_subject("materials", 19, 13);
    PassCounters expected{};
    Film reference = test::reference_film(s, {0, 3}, expected);
    Film film({0, 0, 19, 13});
    RenderTask task{};
    task.scene = s.scene.view();
    task.bvh = s.scene.bvh2();
    task.frame = s.frame;
    task.film = film.view();
    task.sample_count = 3;
    ThreadCounters counters{};
    for (uint32_t y = 0; y < 13; ++y)
        for (uint32_t x = 0; x < 19; ++x)
            render_pixel(task, {x, y}, counters);
    EXPECT_EQ(test::first_difference(film, reference), "");
    EXPECT_EQ(counters.camera_rays, expected.camera_rays);
    EXPECT_EQ(counters.scattered_rays, expected.scattered_rays);
    EXPECT_EQ(counters.shadow_rays, expected.shadow_rays);
}

TEST(GridThreads, WithTheMergedWalkFindTheSameHits) {
    // Soups: shared edges, slivers, moving and mirrored instances, partial coverage.
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const CompiledScene scene = test::make_lit_soup(seed);
        const Subject view = test::golden_subject("room", 31, 17);
        FrameView frame = view.frame;
        frame.camera.eye[2] = 3;
        frame.shutter_close = 0.7f;
        Film plain({0, 0, 31, 17}), merged({0, 0, 31, 17});
        RenderTask task{};
        task.scene = scene.view();
        task.bvh = scene.bvh2();
        task.frame = frame;
        task.sample_count = 4;
        ThreadCounters counters[2]{};
        for (uint32_t pixel = 0; pixel < 31 * 17; ++pixel) {
            task.film = plain.view();
            render_pixel(task, {pixel % 31, pixel / 31}, counters[0]);
            task.film = merged.view();
            render_pixel_stepped<MergedWalker>(task, {pixel % 31, pixel / 31}, counters[1]);
        }
        EXPECT_EQ(test::first_difference(merged, plain), "") << "seed " << seed;
        EXPECT_EQ(std::memcmp(&counters[0], &counters[1], sizeof counters[0]), 0);
        EXPECT_GT(counters[0].shadow_rays, 300u);
    }
}

TEST(GridThreads, CoverEveryPixelOfABlockOnce) {
    std::vector<int> seen(render_block_width * render_block_height);
    for (uint32_t thread = 0; thread < render_block_threads; ++thread) {
        const PixelPlace at = pixel_of(0, 0, thread);
        ++seen.at(at.y * render_block_width + at.x);
    }
    for (int count : seen)
        EXPECT_EQ(count, 1);
}

class OnFibers : public ::testing::TestWithParam<const char*> {};

TEST_P(OnFibers, EverySceneHasTheBytesOfSequentialInAnyOrderOfThreads) {
    const Subject s = test::golden_subject(GetParam(), 21, 13);
    PassCounters expected{};
    const Film reference = test::reference_film(s, {0, 2}, expected);
    using cuda::RenderKernel;
    const std::pair<uint64_t, RenderKernel> runs[] = {
        {0, RenderKernel::simple},          {7, RenderKernel::simple}, {5, RenderKernel::merged},
        {6, RenderKernel::compressed},      {0, RenderKernel::waves},  {9, RenderKernel::waves},
        {4, RenderKernel::waves_compressed}};
    for (const auto& [seed, kernel] : runs) {
        SimulatedRuntime::Options options;
        options.seed = seed + 1;
        const Simulation gpu(seed, options);
        {
            const auto device = gpu.open({.kernel = kernel, .path_slots = 64});
            PassCounters counters{};
            const Film film = render(*device, s, {{0, 2}}, counters);
            EXPECT_EQ(test::first_difference(film, reference), "") << "seed " << seed;
            EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
        }
        EXPECT_EQ(gpu.runtime.complaint(), "");
        EXPECT_EQ(gpu.runtime.alive(), 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, OnFibers,
                         ::testing::Values("materials", "textures", "instances", "motion",
                                           "coverage", "lights", "field", "room", "lobes",
                                           "dispersion"),
                         [](const auto& name) { return std::string(name.param); });

TEST(RenderKernels, WalkTheCompressedTreeOfScenesThatHaveOne) {
    const Simulation gpu;
    const cuda::Machine machine(gpu.installation, {.kernel = cuda::RenderKernel::compressed});
    const cuda::RenderKernels& all = machine.kernels().all;
    const cuda::RenderKernels& common = machine.kernels().common;
    const auto kernel_of = [&](const CompiledScene& scene) {
        return machine.render_kernel(scene.view(), scene.bvh2());
    };
    for (const char* name : {"materials", "instances", "coverage", "field", "room"})
        EXPECT_EQ(kernel_of(test::golden_subject(name, 8, 8).scene), common.pixels_compressed)
            << name;
    EXPECT_EQ(kernel_of(test::golden_subject("lobes", 8, 8).scene), all.pixels_compressed);
    EXPECT_EQ(kernel_of(test::golden_subject("motion", 8, 8).scene), common.pixels_merged);
    // Vertices that differ from frame to frame, and a scene that was compiled without.
    EXPECT_EQ(kernel_of(test::make_subject(test::waving_scene(0, false), 8, 8).scene),
              common.pixels_merged);
    EXPECT_EQ(kernel_of(compile_scene(test::waving_scene(0, true))), common.pixels_merged);
}

TEST(OnFibers, PassesWindowsAndSmallLaunchesDoNotShow) {
    const Subject s = test::golden_subject("coverage", 21, 17);
    PassCounters expected{};
    const Film reference = test::reference_film(s, {0, 5}, expected);
    // From launches that hold all samples to ones of a row of blocks and one sample.
    for (const double ms_a_thread : {1e-6, 1e-3, 1.0}) {
        SimulatedRuntime::Options options;
        options.ms_a_thread = ms_a_thread;
        const Simulation gpu(3, options);
        const auto device = gpu.open();
        PassCounters counters{};
        const Film film = render(*device, s, {{4, 1}, {0, 1}, {1, 3}}, counters);
        EXPECT_EQ(test::first_difference(film, reference), "") << ms_a_thread;
        EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
        for (const Window window : {Window{0, 0, 1, 1}, Window{7, 5, 20, 17}}) {
            const Film part = render(*device, s, {{0, 5}}, counters, window);
            EXPECT_EQ(test::first_difference(part, reference), "") << ms_a_thread;
        }
        if (ms_a_thread == 1.0) EXPECT_GT(gpu.runtime.launches(), 20u);
        EXPECT_EQ(gpu.runtime.complaint(), "");
    }
}

TEST(OnFibers, PassesWindowsAndSmallBatchesOfWavesDoNotShow) {
    const Subject s = test::golden_subject("coverage", 15, 11);
    PassCounters expected{};
    const Film reference = test::reference_film(s, {0, 5}, expected);
    // From slots for every path to a warp of them; batches of a wave and of many.
    for (const auto& [slots, ms_a_thread] : {std::pair(1024u, 1e-2), {32u, 1e-1}, {96u, 1e-3}}) {
        SimulatedRuntime::Options options;
        options.ms_a_thread = ms_a_thread;
        const Simulation gpu(3, options);
        const auto device = gpu.open({.kernel = cuda::RenderKernel::waves, .path_slots = slots});
        PassCounters counters{};
        const Film film = render(*device, s, {{4, 1}, {0, 1}, {1, 3}}, counters);
        EXPECT_EQ(test::first_difference(film, reference), "") << slots;
        EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0) << slots;
        for (const Window window : {Window{0, 0, 1, 1}, Window{7, 5, 15, 10}}) {
            const Film part = render(*device, s, {{0, 5}}, counters, window);
            EXPECT_EQ(test::first_difference(part, reference), "") << slots;
        }
        EXPECT_EQ(gpu.runtime.complaint(), "");
    }
}

TEST(OnFibers, WavesOfNothingEnd) {
    Subject s = test::golden_subject("room", 5, 3);
    SceneDescription empty;
    empty.cameras.emplace_back();
    s.scene = compile_scene(std::move(empty));
    PassCounters expected{}, counters{};
    const Film reference = test::reference_film(s, {0, 2}, expected);
    const Simulation gpu;
    const auto device = gpu.open({.kernel = cuda::RenderKernel::waves});
    EXPECT_EQ(test::first_difference(render(*device, s, {{0, 0}, {0, 2}}, counters), reference),
              "");
    EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
    EXPECT_EQ(counters.camera_rays, 30u);
}

TEST(Ways, OfRenderingAreTriedOnTheFirstSamplesAndTheFasterOneGoesOn) {
    const Subject s = test::golden_subject("coverage", 11, 7);
    const cuda::RenderKernels kernels = FiberExecutor(0).kernels().common;
    for (const void* slow : {kernels.pixels_merged, kernels.wave_shade}) {
        const void* fast = slow == kernels.wave_shade ? kernels.pixels_merged : kernels.wave_shade;
        SimulatedRuntime::Options options;
        options.slow_kernel = slow;
        const Simulation gpu(0, options);
        const auto device = gpu.open({.kernel = cuda::RenderKernel::fastest, .path_slots = 32});
        const auto slot = device->open_slot({0, 0, 11, 7});
        slot->upload(s.scene);
        PassCounters expected{}, counters{};
        const Film reference = test::reference_film(s, {0, 20}, expected);
        std::atomic<uint64_t> done{0};
        EXPECT_TRUE(slot->render_pass(s.frame, {0, 16}, {nullptr, &done}, counters));
        const size_t slow_launches = gpu.runtime.launches(slow);
        const size_t fast_launches = gpu.runtime.launches(fast);
        EXPECT_GT(slow_launches, 0u);
        EXPECT_TRUE(slot->render_pass(s.frame, {16, 4}, {nullptr, &done}, counters));
        EXPECT_EQ(gpu.runtime.launches(slow), slow_launches);
        EXPECT_GT(gpu.runtime.launches(fast), fast_launches);
        EXPECT_EQ(done, 11u * 7 * 20);
        Film film({0, 0, 11, 7});
        const std::span<const FilmPixel> sums = slot->download_sums();
        std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
        EXPECT_EQ(test::first_difference(film, reference), "");
        EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
        EXPECT_EQ(gpu.runtime.complaint(), "");
    }
}

TEST(Ways, ThatMemoryIsTooShortForAreLeftOut) {
    const Subject s = test::golden_subject("room", 21, 13);
    SimulatedRuntime::Options options;
    options.memory_bytes = (size_t(128) << 20) + 500000;
    const Simulation gpu(0, options);
    const auto device = gpu.open({.kernel = cuda::RenderKernel::fastest});
    PassCounters expected{}, counters{};
    const Film reference = test::reference_film(s, {0, 3}, expected);
    EXPECT_EQ(test::first_difference(render(*device, s, {{0, 3}}, counters), reference), "");
    EXPECT_EQ(gpu.runtime.launches(gpu.executor.kernels().common.wave_shade), 0u);
    EXPECT_GT(gpu.runtime.launches(gpu.executor.kernels().common.pixels_merged), 0u);
}

TEST(Slots, InFlightTogetherKeepTheirFramesApartAndAllocateOnce) {
    // Frames of different scenes and cameras travel through two slots.
    const char* names[] = {"lights", "motion", "room", "lights", "lights", "motion", "room"};
    SimulatedRuntime::Options options;
    options.seed = 5;
    const Simulation gpu(0, options);
    {
        const auto device = gpu.open();
        std::unique_ptr<FrameSlot> slots[2] = {device->open_slot({0, 0, 18, 10}),
                                               device->open_slot({0, 0, 18, 10})};
        const auto check = [&](FrameSlot& slot, const Subject& s) {
            PassCounters ignored{};
            const Film reference = test::reference_film(s, {0, 2}, ignored);
            const std::vector<float> mean = reference.mean(2);
            const std::span<const float> rgb = slot.download_mean(2);
            ASSERT_EQ(rgb.size(), mean.size());
            EXPECT_EQ(std::memcmp(rgb.data(), mean.data(), rgb.size_bytes()), 0);
            Film film({0, 0, 18, 10});
            const std::span<const FilmPixel> sums = slot.download_sums();
            std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
            EXPECT_EQ(film.hash(), reference.hash());
        };
        std::optional<Subject> in_flight[2];
        size_t allocations = 0;
        for (size_t i = 0; i < std::size(names); ++i) {
            FrameSlot& slot = *slots[i % 2];
            if (in_flight[i % 2]) check(slot, *in_flight[i % 2]);
            in_flight[i % 2].emplace(test::golden_subject(names[i], 18, 10));
            PassCounters counters{};
            slot.upload(in_flight[i % 2]->scene);
            slot.clear();
            for (uint32_t sample = 0; sample < 2; ++sample)
                EXPECT_TRUE(slot.render_pass(in_flight[i % 2]->frame, {sample, 1}, {}, counters));
            if (i == 3) allocations = gpu.runtime.allocations();
        }
        EXPECT_EQ(gpu.runtime.allocations(), allocations) << "each slot has seen its largest scene";
        for (size_t i : {1, 0})
            check(*slots[i], *in_flight[i]);
    }
    EXPECT_EQ(gpu.runtime.complaint(), "");
    EXPECT_EQ(gpu.runtime.alive(), 0u);
}

TEST(Slots, SceneMayChangeOnceUploadHasReturned) {
    const Simulation gpu;
    const auto device = gpu.open();
    const auto slot = device->open_slot({0, 0, 16, 9});
    const Subject s = test::golden_subject("field", 16, 9); // several turns of the staging memory
    {
        const Subject passing = test::golden_subject("field", 16, 9);
        slot->upload(passing.scene);
    }
    PassCounters counters{};
    EXPECT_TRUE(slot->render_pass(s.frame, {0, 1}, {}, counters));
    const Film reference = test::reference_film(s, {0, 1}, counters);
    const std::vector<float> mean = reference.mean(1);
    EXPECT_EQ(std::memcmp(slot->download_mean(1).data(), mean.data(), mean.size() * 4), 0);
}

// ---- trees of meshes that change --------------------------------------------------------------

class Refits : public ::testing::TestWithParam<bool> {};

TEST_P(Refits, OnTheDeviceHaveTheBytesOfTheHostAndOnlyVerticesGoUp) {
    SimulatedRuntime::Options options;
    options.seed = 11;
    Simulation gpu(9, options);
    {
        cuda::Machine machine(gpu.installation, {.staging_bytes = 30000});
        cuda::SceneMemory memory(machine);
        SceneCompiler compiler;
        std::shared_ptr<const CompiledScene> there;
        for (uint32_t frame = 0; frame < 7; ++frame) {
            const auto scene = compiler.compile(test::waving_scene(frame, GetParam()));
            const size_t launches = gpu.runtime.launches();
            const uint64_t copied = gpu.runtime.copied_bytes();
            test::put_on_device(machine, memory, *scene, there.get());
            const cuda::SceneLayout layout(*scene);
            EXPECT_TRUE(test::on_device(memory, layout.bytes()) == test::on_host(*scene)) << frame;
            const uint64_t sent = gpu.runtime.copied_bytes() - copied;
            if (frame == 0) {
                EXPECT_EQ(sent, layout.bytes());
            } else if (gpu.runtime.launches() > launches) { // unless a tree was built anew
                EXPECT_GT(gpu.runtime.launches() - launches, 4u);
                if (frame > 1) EXPECT_LT(sent, layout.bytes() / 2) << frame;
            }
            there = scene;
        }
        EXPECT_GT(gpu.runtime.launches(), 8u);
    }
    EXPECT_EQ(gpu.runtime.complaint(), "");
    EXPECT_EQ(gpu.runtime.alive(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Meshes, Refits, ::testing::Bool(), [](const auto& instanced) {
    return std::string(instanced.param ? "Instanced" : "Flattened");
});

TEST(Updates, OfAnotherSceneAreWhole) {
    Simulation gpu;
    cuda::Machine machine(gpu.installation, {});
    cuda::SceneMemory memory(machine);
    const Subject a = test::golden_subject("room", 8, 8), b = test::golden_subject("lights", 8, 8);
    memory.upload(a.scene);
    for (const auto& [now, before] : {std::pair(&b, &a), std::pair(&a, &b), std::pair(&a, &a)}) {
        test::put_on_device(machine, memory, now->scene, &before->scene);
        const size_t bytes = cuda::SceneLayout(now->scene).bytes();
        EXPECT_TRUE(test::on_device(memory, bytes) == test::on_host(now->scene));
    }
}

TEST(Times, OfAFrameFollowEachOther) {
    SimulatedRuntime::Options options;
    options.ms_a_thread = 1e-3;
    const Simulation gpu(0, options);
    const auto device = gpu.open();
    const auto slot = device->open_slot({0, 0, 16, 8});
    const Subject s = test::golden_subject("room", 16, 8);
    PassCounters counters{};
    for (int frame = 0; frame < 2; ++frame) {
        slot->clear();
        if (frame == 0) slot->upload(s.scene);
        EXPECT_TRUE(slot->render_pass(s.frame, {0, 1}, {}, counters));
        EXPECT_TRUE(slot->render_pass(s.frame, {1, 1}, {}, counters));
        (void)slot->download_sums();
        (void)slot->download_mean(2);
        const DeviceTimes times = slot->times();
        ASSERT_TRUE(times.render && times.download);
        EXPECT_EQ(times.upload.has_value(), frame == 0) << "nothing else was sent";
        if (times.upload) EXPECT_LE(times.upload->end, times.render->begin);
        EXPECT_LE(times.render->end, times.download->begin);
        // Two launches of a block of 128 threads; one of 256 for the means.
        const auto ms = [](const DeviceInterval& interval) {
            return std::chrono::duration<double, std::milli>(interval.end - interval.begin).count();
        };
        EXPECT_NEAR(ms(*times.render), 0.256, 1e-3);
        EXPECT_NEAR(ms(*times.download), 0.256, 1e-3);
    }
}

TEST(Downloads, DoNotWaitForWhatIsQueuedBehindTheirFrame) {
    bool went_ahead = false;
    for (uint64_t seed = 1; seed < 20; ++seed) {
        Simulation gpu(0, {.seed = seed});
        cuda::Machine machine(gpu.installation, {});
        const cuda::DeviceBuffer<int> other(gpu.runtime, 1);
        const cuda::Event later(gpu.runtime);
        cuda::FilmMemory film(machine, {0, 0, 4, 4});
        for (int i = 0; i < 20; ++i)
            (void)gpu.runtime.fill(other.data(), 0, 4, machine.compute().get());
        machine.compute().record(later);
        EXPECT_EQ(film.download_mean(1)[5], 0.0f);
        went_ahead |= !later.reached();
    }
    EXPECT_TRUE(went_ahead);
}

TEST(Passes, StopBetweenLaunchesAndTellWhatIsDone) {
    SimulatedRuntime::Options options;
    options.ms_a_thread = 1;
    const Simulation gpu(0, options);
    const Subject s = test::golden_subject("room", 33, 64);
    const auto device = gpu.open();
    device->set_scene(s.scene);
    const auto slot = device->open_slot({0, 0, 33, 64});
    slot->upload(s.scene);
    PassCounters counters{};
    std::atomic<uint64_t> done{0};
    EXPECT_TRUE(slot->render_pass(s.frame, {0, 2}, {nullptr, &done}, counters));
    EXPECT_EQ(done, 33u * 64 * 2);
    const std::atomic<bool> stop{true};
    const size_t before = gpu.runtime.launches();
    EXPECT_FALSE(slot->render_pass(s.frame, {2, 100}, {&stop, &done}, counters));
    EXPECT_LE(gpu.runtime.launches(), before + 2);
}

TEST(Passes, OfWavesStopBetweenBatchesAndStartAnew) {
    SimulatedRuntime::Options options;
    options.ms_a_thread = 1;
    const Simulation gpu(0, options);
    const Subject s = test::golden_subject("room", 33, 12);
    const auto device = gpu.open({.kernel = cuda::RenderKernel::waves, .path_slots = 64});
    const auto slot = device->open_slot({0, 0, 33, 12});
    slot->upload(s.scene);
    PassCounters expected{};
    const Film reference = test::reference_film(s, {0, 2}, expected);
    // Stopped in the middle: paths are left where they are, of the film no one asks.
    struct StopsLater { // once some paths have ended
        std::atomic<bool> stop{false};
        std::atomic<uint64_t> done{0};
    } control;
    PassCounters ignored{};
    std::jthread watcher([&](const std::stop_token& token) {
        while (control.done < 40 && !token.stop_requested())
            std::this_thread::yield();
        control.stop = true;
    });
    EXPECT_FALSE(slot->render_pass(s.frame, {0, 1000}, {&control.stop, &control.done}, ignored));
    EXPECT_LT(control.done, 33u * 12 * 1000);
    const size_t before = gpu.runtime.launches();
    EXPECT_FALSE(slot->render_pass(s.frame, {0, 1000}, {&control.stop, nullptr}, ignored));
    EXPECT_EQ(gpu.runtime.launches(), before);
    slot->clear();
    PassCounters counters{};
    std::atomic<uint64_t> done{0};
    EXPECT_TRUE(slot->render_pass(s.frame, {0, 2}, {nullptr, &done}, counters));
    EXPECT_EQ(done, 33u * 12 * 2);
    EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
    Film film({0, 0, 33, 12});
    const auto sums = slot->download_sums();
    std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
    EXPECT_EQ(test::first_difference(film, reference), "");
}

// ---- what is not there -----------------------------------------------------------------------

std::string message_of(const std::function<void()>& action, Exit exit) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), exit) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Unavailable, SaysWhyAndWhatToDo) {
    EXPECT_TRUE(contains(cuda::reason_against(nullptr), "nvcc 12 or newer"));
    const auto reason = [](const SimulatedRuntime::Options& options) {
        const Simulation gpu(0, options);
        return cuda::reason_against(&gpu.installation);
    };
    EXPECT_EQ(reason({}), "");
    EXPECT_TRUE(contains(reason({.driver = 0}), "install one for CUDA 13.0"));
    EXPECT_TRUE(contains(reason({.driver = 12020}), "supports CUDA up to 12.2"));
    EXPECT_TRUE(contains(reason({.devices = 0}), "no NVIDIA GPU was found"));
    EXPECT_TRUE(contains(reason({.no_code = cuda::no_kernel_image}),
                         "build with -DCMAKE_CUDA_ARCHITECTURES=90"));
    EXPECT_TRUE(contains(reason({.no_code = cuda::unsupported_ptx}), "no code for Simulated 0"));
    EXPECT_TRUE(contains(reason({.no_code = cuda::devices_unavailable}), "does not answer"));
    ::setenv("CUDA_VISIBLE_DEVICES", "7", 1);
    EXPECT_TRUE(contains(reason({.devices = 0}), "CUDA_VISIBLE_DEVICES is '7'"));
    ::unsetenv("CUDA_VISIBLE_DEVICES");
}

TEST(Unavailable, EndsWithTheStatusOfBackends) {
    if (cuda_unavailable().empty()) GTEST_SKIP() << "there is a GPU here";
    EXPECT_TRUE(contains(message_of([] { (void)find_backend("cuda"); }, Exit::backend), "'cuda'"));
    EXPECT_NE(find_backend("auto").name, "cuda");
    EXPECT_TRUE(contains(message_of([] { (void)open_cuda({}); }, Exit::backend), "'cuda'"));
}

TEST(Devices, AreCountedAndDescribed) {
    const Simulation two(0, {.devices = 2});
    EXPECT_EQ(cuda::describe_devices(two.installation),
              "0: Simulated 0, 1024 MiB, compute capability 9.0, driver for CUDA 13.0; "
              "1: Simulated 1, 1024 MiB, compute capability 9.0, driver for CUDA 13.0");
    EXPECT_EQ(two.open({.device = 1})->description(), "Simulated 1");
    EXPECT_TRUE(
        contains(message_of([&] { (void)two.open({.device = 2}); }, Exit::backend), "there are 2"));
}

TEST(Memory, TooLittleIsSaidBeforeRenderingInMegabytes) {
    const Simulation gpu(0, {.memory_bytes = size_t(150) << 20});
    const auto device = gpu.open();
    const std::string picture = message_of(
        [&] {
            (void)device->open_slot({0, 0, 4096, 4096});
        },
        Exit::backend);
    EXPECT_TRUE(contains(picture, "keep the picture on Simulated 0: it takes 604 MB, and 158 MB"))
        << picture;
    EXPECT_TRUE(contains(picture, "-b openmp"));
    const auto fits = device->open_slot({0, 0, 512, 512});
    const Subject s = test::golden_subject("room", 8, 8);
    fits->upload(s.scene); // what is left still serves
    const Simulation small(0, {.memory_bytes = (size_t(128) << 20) + 300000});
    const auto small_device = small.open();
    const auto slot = small_device->open_slot({0, 0, 8, 8});
    const Subject field = test::golden_subject("field", 8, 8);
    const std::string scene = message_of([&] { slot->upload(field.scene); }, Exit::backend);
    EXPECT_TRUE(contains(scene, "keep the scene on Simulated 0: it takes 2 MB, and 135 MB of"))
        << scene;
    EXPECT_EQ(gpu.runtime.launches() + small.runtime.launches(), 0u);
}

TEST(Memory, TooLittleForAllPathsMeansFewerInWaves) {
    constexpr uint32_t pixels = 64 * 64, all = 16 * pixels, least = 1 << 14;
    const auto taken = [](size_t beyond_headroom) {
        const Simulation gpu(0, {.memory_bytes = (size_t(128) << 20) + beyond_headroom});
        const auto device = gpu.open({.kernel = cuda::RenderKernel::waves});
        size_t before = 0, after = 0, total = 0;
        (void)gpu.installation.runtime.memory_info(before, total);
        const auto slot = device->open_slot({0, 0, 64, 64});
        (void)gpu.installation.runtime.memory_info(after, total);
        EXPECT_LE(before - after, device->slot_bytes({0, 0, 64, 64}) + 1000);
        return before - after - pixels * 36;
    };
    EXPECT_NEAR(double(taken(size_t(100) << 20)), double(cuda::wave_bytes(all)), 1000);
    EXPECT_NEAR(double(taken(size_t(12) << 20)), double(cuda::wave_bytes(all / 2)), 1000);
    EXPECT_NEAR(double(taken(size_t(4) << 20)), double(cuda::wave_bytes(least)), 1000);
    const std::string refused = message_of([&] { (void)taken(size_t(2) << 20); }, Exit::backend);
    EXPECT_TRUE(contains(refused, "keep paths in waves on Simulated 0: it takes 4 MB, and 137 MB"))
        << refused;
}

TEST(Memory, ATriangleTakesLessThan150BytesOfTheDevice) {
    const Subject s = test::golden_subject("field", 8, 8); // with normals
    const double bytes = double(cuda::SceneLayout(s.scene).bytes());
    const double triangles = double(s.scene.facts().triangle_count);
    EXPECT_LT(bytes / triangles, 150);
    std::printf("%.1f bytes a triangle\n", bytes / triangles);
}

TEST(Hangs, AreNoticed) {
    const Simulation gpu(0, {.hangs = true});
    const std::string message = message_of(
        [&] { (void)gpu.open({.patience = std::chrono::milliseconds(20)}); }, Exit::failed);
    EXPECT_TRUE(contains(message, "has not answered")) << message;
}

// ---- failures --------------------------------------------------------------------------------

// Does what the kernels do without a thread for each pixel: here it is the calls that count.
class PlainExecutor : public test::Executor {
public:
    [[nodiscard]] cuda::Kernels kernels() const override {
        const cuda::RenderKernels render{&names_[0], &names_[1], &names_[5], &names_[6], &names_[7],
                                         &names_[8], &names_[7], &names_[8]}; // of any materials
        return {render, render, &names_[2], &names_[3], &names_[4]};
    }
    void launch(const void* kernel, cuda::Grid, uint32_t, const void* argument) override {
        if (kernel == &names_[0]) {
            ThreadCounters counters{};
            render_rows(*static_cast<const RenderTask*>(argument), counters);
        } else if (kernel == &names_[6]) {
            render_waves(*static_cast<const WaveTask*>(argument));
        } else if (kernel == &names_[2]) {
            const ResolveTask& task = *static_cast<const ResolveTask*>(argument);
            for (uint64_t pixel = 0; pixel < task.pixel_count; ++pixel)
                resolve_pixel(task, pixel);
        }
    }

private:
    static void render_rows(const RenderTask& task, ThreadCounters& counters) {
        for (uint32_t y = task.first_row; y < task.end_row; ++y)
            for (uint32_t x = 0; x < task.film.width; ++x)
                render_pixel(task, {x, y}, counters);
    }
    // All paths in their first wave.
    static void render_waves(const WaveTask& wave) {
        if (*wave.next_path == wave.path_count) return;
        *wave.next_path = wave.path_count;
        const uint32_t samples = wave.path_count / (wave.film.width * wave.film.height);
        ThreadCounters counters{};
        render_rows({wave.scene, wave.bvh, wave.frame, wave.film, 0, wave.film.height,
                     wave.first_sample, samples, nullptr},
                    counters);
        *wave.counts = {counters.camera_rays + counters.scattered_rays, counters.shadow_rays, 0, 0};
    }

    char names_[9]{};
};

// A short animation through two slots; the films' hashes.
std::vector<uint64_t> animate(const cuda::Installation& installation,
                              const std::vector<Subject>& frames, cuda::RenderKernel kernel) {
    const auto device = cuda::open_device(
        installation, {.kernel = kernel, .staging_bytes = 4096, .launch_ms = 1e-3});
    const std::unique_ptr<FrameSlot> slots[2] = {device->open_slot({0, 0, 9, 5}),
                                                 device->open_slot({0, 0, 9, 5})};
    std::vector<uint64_t> hashes;
    for (size_t i = 0; i < frames.size(); ++i) {
        FrameSlot& slot = *slots[i % 2];
        PassCounters counters{};
        if (i < 2)
            slot.upload(frames[i].scene);
        else
            slot.update(frames[i].scene, frames[i - 2].scene);
        slot.clear();
        EXPECT_TRUE(slot.render_pass(frames[i].frame, {0, 1}, {}, counters));
        const auto rgb = slot.download_mean(1);
        hashes.push_back(hash_bytes(rgb.data(), rgb.size_bytes()));
        (void)slot.download_sums();
        (void)slot.times();
    }
    return hashes;
}

class Failures : public ::testing::TestWithParam<cuda::RenderKernel> {};

TEST_P(Failures, AtEveryCallOfAnAnimationAreReportedAndLeakNothing) {
    std::vector<Subject> frames;
    for (const char* name : {"room", "lights", "room"})
        frames.push_back(test::golden_subject(name, 9, 5));
    PlainExecutor executor;
    SimulatedRuntime good(executor, {});
    FailingRuntime counting(good, SIZE_MAX, 0);
    const std::vector<uint64_t> expected =
        animate({counting, executor.kernels()}, frames, GetParam());
    const size_t call_count = counting.calls().size();
    ASSERT_GT(call_count, 100u);
    for (const cuda::Status status :
         {cuda::out_of_memory, cuda::devices_unavailable, cuda::illegal_address}) {
        for (size_t k = 0; k < call_count; ++k) {
            SimulatedRuntime gpu(executor, {});
            FailingRuntime failing(gpu, k, status);
            std::string message;
            try {
                EXPECT_EQ(animate({failing, executor.kernels()}, frames, GetParam()), expected);
            } catch (const Error& error) {
                message = error.what();
                EXPECT_TRUE(contains(message, "simulated error " + std::to_string(status)))
                    << message;
                EXPECT_TRUE(error.exit() == Exit::failed || error.exit() == Exit::backend);
                if (status == cuda::out_of_memory)
                    EXPECT_TRUE(contains(message, "-b openmp") ||
                                contains(message, "does not answer"))
                        << message;
            }
            ASSERT_GT(failing.calls().size(), k);
            const std::string& name = failing.calls()[k];
            // Destructors have no one to tell.
            const bool silent =
                name == "synchronize" || name.starts_with("release") || name.starts_with("destroy");
            EXPECT_EQ(message.empty(), silent) << "call " << k << ", " << name;
            EXPECT_EQ(gpu.complaint(), "") << "call " << k << ", " << name;
            // After an error that lasts the process is about to end, and nothing is given back.
            if (!cuda::is_lasting(status))
                EXPECT_EQ(gpu.alive(), 0u) << "call " << k << ", " << name;
        }
    }
    std::printf("%zu calls, 3 errors each\n", call_count);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Failures,
                         ::testing::Values(cuda::RenderKernel::simple, cuda::RenderKernel::waves),
                         [](const auto& kernel) {
                             return kernel.param == cuda::RenderKernel::waves ? "Waves" : "Simple";
                         });

// ---- the instruments -------------------------------------------------------------------------

TEST(Fibers, ThatWaitAtDifferentPlacesAreReported) {
    using namespace test::fibers;
    const auto some_wait = [] {
        if (here.thread.x < 16)
            wait_for_block();
        else
            (void)exchange(0xffffffffu, 0);
    };
    EXPECT_THROW(run({}, {32, 1, 1}, some_wait, 0), std::runtime_error);
    const auto one_ends = [] {
        if (here.thread.x != 3) (void)exchange(0xffffffffu, 0);
    };
    EXPECT_THROW(run({}, {32, 1, 1}, one_ends, 0), std::runtime_error);
    const auto all_wait = [] {
        wait_for_block();
        EXPECT_EQ(exchange(0xffffffffu, lane() * 2)[5], 10u);
    };
    run({2, 2, 1}, {64, 1, 1}, all_wait, 9);
}

TEST(SimulatedRuntime, FindsAWaitThatIsMissing) {
    FiberExecutor executor;
    bool seen_early = false;
    for (uint64_t seed = 1; seed < 20; ++seed) {
        SimulatedRuntime runtime(executor, {.seed = seed});
        {
            const cuda::DeviceBuffer<int> device(runtime, 1);
            const cuda::PinnedBuffer<int> host(runtime, 1);
            const cuda::Stream a(runtime), b(runtime);
            const cuda::Event done(runtime);
            *host.data() = -1;
            (void)runtime.fill(device.data(), 0, 4, a.get());
            (void)runtime.copy(host.data(), device.data(), 4, b.get()); // without waiting for `a`
            b.record(done);
            while (!done.reached()) {
            }
            seen_early |= *host.data() != 0;
        }
        EXPECT_EQ(runtime.alive(), 0u);
    }
    EXPECT_TRUE(seen_early);
}

} // namespace
} // namespace juggler
