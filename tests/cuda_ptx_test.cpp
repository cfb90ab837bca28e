// What nvcc makes of the kernels: PTX that rounds as the contract says, and that, run on the CPU
// instruction by instruction, makes the picture of `sequential`.
#include "host/base/files.h"
#include "host/cuda/backend.h"
#include "tests/cuda/pictures.h"
#include "tests/cuda/ptx_check.h"
#include "tests/cuda/ptx_machine.h"
#include "tests/cuda/simulated_runtime.h"
#include "tests/support/scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace juggler {
namespace {

using test::PtxMachine;

// Empty if the kernels were not compiled.
const std::string& kernel_ptx() {
    static const std::string text = [] {
        std::istringstream files(JUGGLER_PTX); // with bars between
        std::ostringstream all;
        for (std::string file; std::getline(files, file, '|');)
            all << std::ifstream(file).rdbuf();
        return all.str();
    }();
    return text;
}

#define JUGGLER_NEEDS_PTX()                                                                        \
    if (kernel_ptx().empty()) GTEST_SKIP() << "built without nvcc: there is no PTX to look at"

// ---- the contract ----------------------------------------------------------------------------

constexpr std::string_view doubles_in = "resolve_mean";

TEST(Ptx, RoundsAsTheContractSays) {
    JUGGLER_NEEDS_PTX();
    for (const std::string& line : test::inexact_lines(kernel_ptx(), doubles_in))
        ADD_FAILURE() << line;
    size_t products = 0;
    for (size_t at = 0; (at = kernel_ptx().find("mul.rn.f32", at)) != std::string::npos; ++at)
        ++products;
    EXPECT_GT(products, 100u);
    EXPECT_EQ(test::inexact_lines(kernel_ptx(), "no such kernel").empty(), false)
        << "the mean is made of doubles";
}

TEST(Ptx, AViolationIsFound) {
    const std::string exact = ".visible .entry render_pixels(\n)\n{\n"
                              "\t@%p1 bra $L;\n\tadd.rn.f32 \t%f1, %f2, %f3;\n"
                              "\tcvt.rzi.s32.f32 \t%r1, %f1;\n\tadd.s32 \t%r1, %r2, %r3;\n}\n";
    EXPECT_TRUE(test::inexact_lines(exact, doubles_in).empty());
    for (const char* planted :
         {"add.f32 %f1, %f2, %f3;", "@%p1 mul.f32 %f1, %f2, %f3;", "fma.rn.f32 %f1, %f2, %f3, %f4;",
          "mul.ftz.f32 %f1, %f2, %f3;", "add.rn.ftz.f32 %f1, %f2, %f3;", "sin.approx.f32 %f1, %f2;",
          "div.full.f32 %f1, %f2, %f3;", "sqrt.approx.f32 %f1, %f2;",
          "rcp.approx.ftz.f32 %f1, %f2;", "add.rn.f64 %fd1, %fd2, %fd3;",
          "add.rz.f32 %f1, %f2, %f3;", "call.uni (r), f, (p);", "red.global.add.f32 [%rd1], %f1;",
          "cvt.sat.f32.f32 %f1, %f2;", ".func f()"}) {
        std::string text = exact;
        text.insert(text.find("\tcvt"), std::string("\t") + planted + "\n");
        EXPECT_EQ(test::inexact_lines(text, doubles_in).size(), 1u) << planted;
    }
}

// ---- the machine -----------------------------------------------------------------------------

struct IntTask {
    uint32_t* out;
    uint32_t count;
};

// An entry around `body`, which may use %rd1 = out and %r1 = its thread.
std::string entry_around(const std::string& body) {
    return ".version 9.0\n.target sm_90\n.address_size 64\n.visible .entry probe(\n"
           "\t.param .align 8 .b8 probe_param_0[16]\n)\n{\n\t.reg .b32 %r<9>;\n\t.reg .b64 "
           "%rd<9>;\n"
           "\t.reg .f32 %f<9>;\n\t.reg .pred %p<3>;\n\t.shared .align 4 .b8 table[256];\n"
           "\tld.param.u64 %rd1, [probe_param_0];\n\tmov.u32 %r1, %tid.x;\n"
           "\tmul.wide.u32 %rd2, %r1, 4;\n\tadd.s64 %rd1, %rd1, %rd2;\n" +
           body + "\tret;\n}\n";
}

std::vector<uint32_t> run_probe(const std::string& body, uint32_t threads = 32, uint64_t seed = 0) {
    std::vector<uint32_t> out(threads);
    PtxMachine machine(entry_around(body), seed);
    const auto* begin = reinterpret_cast<const std::byte*>(out.data());
    machine.watch([&](const void*) {
        return test::MemoryRange{begin, begin + out.size() * sizeof(uint32_t)};
    });
    const IntTask task{out.data(), threads};
    machine.launch(machine.entry("probe"), {1, 1}, threads, &task);
    return out;
}

TEST(PtxMachine, ComputesWithLimitsAsDevicesDo) {
    const auto first = [](const std::string& body) {
        return run_probe(body + "\tst.global.u32 [%rd1], %r2;\n")[0];
    };
    EXPECT_EQ(first("\tcvt.rzi.s32.f32 %r2, 0f7F800000;\n"), 0x7fffffffu);
    EXPECT_EQ(first("\tcvt.rzi.s32.f32 %r2, 0f7FC00000;\n"), 0u);
    EXPECT_EQ(first("\tcvt.rzi.s32.f32 %r2, 0fC0200000;\n"), uint32_t(-2));
    EXPECT_EQ(first("\tmax.f32 %f1, 0f80000000, 0f00000000;\n\tmov.b32 %r2, %f1;\n"), 0u);
    EXPECT_EQ(first("\tmin.f32 %f1, 0f7FC00000, 0f40000000;\n\tmov.b32 %r2, %f1;\n"), 0x40000000u);
    EXPECT_EQ(first("\tshl.b32 %r2, 1, 32;\n"), 0u);
    EXPECT_EQ(first("\tshr.s32 %r2, -8, 40;\n"), 0xffffffffu);
    EXPECT_EQ(first("\tmul.hi.u32 %r2, 0xffffffff, 0xffffffff;\n"), 0xfffffffeu);
    EXPECT_EQ(first("\tmad.lo.s32 %r2, -3, 5, 1;\n"), uint32_t(-14));
    EXPECT_EQ(first("\tsetp.ltu.f32 %p1, 0f7FC00000, 0f00000000;\n\tselp.u32 %r2, 1, 0, %p1;\n"),
              1u);
    EXPECT_EQ(first("\tsetp.ne.f32 %p1, 0f7FC00000, 0f00000000;\n\tselp.u32 %r2, 1, 0, %p1;\n"),
              0u);
    EXPECT_EQ(first("\tmov.pred %p1, -1;\n\txor.pred %p1, %p1, -1;\n\tselp.u32 %r2, 1, 0, %p1;\n"),
              0u);
    EXPECT_EQ(first("\tbfi.b32 %r2, 7, 0xffff0000, 4, 2;\n"), 0xffff0030u);
    EXPECT_EQ(first("\tprmt.b32 %r2, 0x44332211, 0x88776655, 0x7140;\n"), 0x88225511u);
    EXPECT_EQ(first("\tlop3.b32 %r2, 0xff00ff00, 0xf0f0f0f0, 0xcccccccc, 0xe8;\n"), 0xfcc0fcc0u);
    // Denormals are kept.
    EXPECT_EQ(first("\tmul.rn.f32 %f1, 0f00800000, 0f3F000000;\n\tmov.b32 %r2, %f1;\n"),
              0x00400000u);
}

TEST(PtxMachine, LanesTalkInAnyOrder) {
    for (const uint64_t seed : {0, 1, 2}) {
        const auto sums = run_probe("\tshfl.sync.bfly.b32 %r2|%p1, %r1, 1, 31, -1;\n"
                                    "\tst.shared.u32 [table], %r1;\n\tbar.sync 0;\n"
                                    "\tsetp.gt.u32 %p1, %r1, 7;\n"
                                    "\tvote.sync.ballot.b32 %r3, %p1, -1;\n"
                                    "\tadd.s32 %r2, %r2, %r3;\n\tst.global.u32 [%rd1], %r2;\n",
                                    64, seed);
        for (uint32_t i = 0; i < 64; ++i)
            EXPECT_EQ(sums[i], (i % 32 ^ 1) + i / 32 * 32 + (i < 32 ? 0xffffff00u : 0xffffffffu));
    }
}

TEST(PtxMachine, RefusesWhatItDoesNotKnowAndFindsWildAccesses) {
    EXPECT_THROW(run_probe("\tfma.rn.f32 %f1, %f2, %f3, %f4;\n"), std::runtime_error);
    EXPECT_THROW(run_probe("\tadd.f32 %f1, %f2, %f3;\n"), std::runtime_error);
    EXPECT_THROW(run_probe("\tst.global.u32 [%rd1+128], %r1;\n"), std::runtime_error);
    EXPECT_THROW(run_probe("\tst.global.u32 [%rd1+2], %r1;\n"), std::runtime_error);
    EXPECT_THROW(run_probe("\tst.shared.u32 [table+256], %r1;\n"), std::runtime_error);
    EXPECT_THROW(run_probe("\tsetp.eq.u32 %p1, %r1, 3;\n\t@%p1 ret;\n\tbar.warp.sync -1;\n"),
                 std::runtime_error);
    EXPECT_NO_THROW(run_probe("\tst.global.u32 [%rd1], %r1;\n"));
}

// Of a warp that runs `body`, without what is around it.
test::WarpCounts count_probe(const std::string& body) {
    const auto counts = [](const std::string& inside) {
        alignas(128) uint32_t out[64 * 32] = {};
        PtxMachine machine(entry_around(inside));
        const auto* begin = reinterpret_cast<const std::byte*>(out);
        machine.watch([&](const void*) { return test::MemoryRange{begin, begin + sizeof out}; });
        machine.count_warps();
        const IntTask task{out, 32};
        machine.launch(machine.entry("probe"), {1, 1}, 32, &task);
        return machine.counts(machine.entry("probe"));
    };
    test::WarpCounts all = counts(body);
    const test::WarpCounts around = counts("");
    all.instructions -= around.instructions;
    all.lanes -= around.lanes;
    return all;
}

TEST(Warps, ThatPartAreFollowedOneSideAfterTheOtherAndMeetAgain) {
    // Of 32 threads 12 go one way of two instructions and the branch over the other, 20 the other
    // way of three; all do the last.
    const test::WarpCounts both =
        count_probe("\tsetp.lt.u32 %p1, %r1, 12;\n\t@!%p1 bra $other;\n"
                    "\tadd.s32 %r2, %r1, 1;\n\tadd.s32 %r2, %r2, 1;\n\tbra $meet;\n"
                    "$other:\n\tadd.s32 %r2, %r1, 2;\n\tadd.s32 %r2, %r2, 2;\n"
                    "\tadd.s32 %r2, %r2, 2;\n$meet:\n\tadd.s32 %r2, %r2, 3;\n");
    EXPECT_EQ(both.instructions, 2u + 3 + 3 + 1);
    EXPECT_EQ(both.lanes, 32u * 2 + 12 * 3 + 20 * 3 + 32);
    // Thread i goes round i + 1 times.
    const test::WarpCounts loop =
        count_probe("\tmov.u32 %r2, 0;\n$again:\n\tadd.s32 %r2, %r2, 1;\n"
                    "\tsetp.le.u32 %p1, %r2, %r1;\n\t@%p1 bra $again;\n\tadd.s32 %r2, %r2, 3;\n");
    EXPECT_EQ(loop.instructions, 1u + 32 * 3 + 1);
    EXPECT_EQ(loop.lanes, 32u + 3 * (32 * 33 / 2) + 32);
}

TEST(Warps, TouchMemoryInSectors) {
    EXPECT_EQ(count_probe("\tst.global.u32 [%rd1], %r1;\n").sectors, 4u);
    EXPECT_EQ(count_probe("\tmul.wide.u32 %rd3, %r1, 60;\n\tadd.s64 %rd3, %rd3, %rd1;\n"
                          "\tst.global.u32 [%rd3], %r1;\n")
                  .sectors,
              32u);
    const test::WarpCounts local =
        count_probe("\t.local .align 16 .b8 depot[64];\n\tst.local.u32 [depot], %r1;\n"
                    "\tst.local.u32 [depot+4], %r1;\n");
    EXPECT_EQ(local.sectors, 8u);
    EXPECT_EQ(local.local_sectors, 8u);
}

// ---- pictures --------------------------------------------------------------------------------

class PtxPictures : public ::testing::TestWithParam<std::tuple<const char*, cuda::NamedKernel>> {};

TEST_P(PtxPictures, HaveTheBytesOfSequential) {
    JUGGLER_NEEDS_PTX();
    const auto scale = static_cast<uint32_t>(test::scale());
    const uint32_t width = 17 * scale, height = 11 * scale, samples = 1 + scale;
    const test::Subject s = test::golden_subject(std::get<0>(GetParam()), width, height);
    PassCounters expected{}, counters{};
    const Film reference = test::reference_film(s, {0, samples}, expected);
    PtxMachine machine(kernel_ptx(), 3);
    test::SimulatedRuntime runtime(machine, {});
    const auto device =
        cuda::open_device({runtime, machine.kernels()}, {.kernel = std::get<1>(GetParam()).kernel,
                                                         .path_slots = 96 * scale * scale});
    const auto slot = device->open_slot({0, 0, width, height});
    slot->upload(s.scene);
    EXPECT_TRUE(slot->render_pass(s.frame, {0, samples}, {}, counters));
    Film film({0, 0, width, height});
    const auto sums = slot->download_sums();
    std::memcpy(film.view().pixels, sums.data(), sums.size_bytes());
    EXPECT_EQ(test::first_difference(film, reference), "");
    EXPECT_EQ(std::memcmp(&counters, &expected, sizeof counters), 0);
    const std::vector<float> mean = reference.mean(samples);
    EXPECT_EQ(std::memcmp(slot->download_mean(samples).data(), mean.data(), mean.size() * 4), 0);
    EXPECT_EQ(runtime.complaint(), "");
    std::printf("%.0f million instructions\n", double(machine.executed()) / 1e6);
}

TEST(PtxRefits, HaveTheBytesOfTheHost) {
    JUGGLER_NEEDS_PTX();
    PtxMachine ptx(kernel_ptx(), 5);
    test::SimulatedRuntime runtime(ptx, {});
    cuda::Machine machine({runtime, ptx.kernels()}, {.staging_bytes = 100000});
    cuda::SceneMemory memory(machine);
    SceneCompiler compiler;
    std::shared_ptr<const CompiledScene> there;
    for (uint32_t frame = 0; frame < 4; ++frame) {
        const auto scene = compiler.compile(test::waving_scene(frame, frame > 1));
        test::put_on_device(machine, memory, *scene, there.get());
        const size_t bytes = cuda::SceneLayout(*scene).bytes();
        EXPECT_TRUE(test::on_device(memory, bytes) == test::on_host(*scene)) << frame;
        there = scene;
    }
    EXPECT_GT(runtime.launches(), 4u);
    EXPECT_EQ(runtime.complaint(), "");
}

std::string picture_name(const ::testing::TestParamInfo<PtxPictures::ParamType>& info) {
    std::string kernel(std::get<1>(info.param).name);
    std::replace(kernel.begin(), kernel.end(), '-', '_');
    return std::string(std::get<0>(info.param)) + "_" + kernel;
}
INSTANTIATE_TEST_SUITE_P(
    Golden, PtxPictures,
    ::testing::Combine(::testing::Values("materials", "textures", "instances", "motion", "coverage",
                                         "lights", "field", "room", "lobes", "dispersion"),
                       ::testing::Values(cuda::render_kernels[0], cuda::render_kernels[1])),
    picture_name);
// Of `motion`, whose vertices move, there is no compressed tree.
INSTANTIATE_TEST_SUITE_P(Compressed, PtxPictures,
                         ::testing::Combine(::testing::Values("instances", "motion", "coverage",
                                                              "field", "lobes"),
                                            ::testing::Values(cuda::render_kernels[2])),
                         picture_name);
INSTANTIATE_TEST_SUITE_P(Waves, PtxPictures,
                         ::testing::Combine(::testing::Values("materials", "motion", "coverage",
                                                              "lobes"),
                                            ::testing::Values(cuda::render_kernels[3])),
                         picture_name);
INSTANTIATE_TEST_SUITE_P(WavesCompressed, PtxPictures,
                         ::testing::Combine(::testing::Values("instances", "coverage"),
                                            ::testing::Values(cuda::render_kernels[4])),
                         picture_name);

} // namespace
} // namespace juggler
