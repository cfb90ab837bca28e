// The openmp backend under ThreadSanitizer: whatever the schedule and the number of threads, no two
// of them touch the same memory unordered. Built by the preset "tsan" alone, because only clang's
// libomp, with its tool Archer, tells the sanitizer what OpenMP orders.
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/load.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

TEST(OpenmpRace, EveryScheduleGivesTheSameFilmWithoutARace) {
    SceneDescription description = load_scene(JUGGLER_SOURCE_DIR "/scenes/juggler.json");
    FrameView view{};
    view.width = 61;
    view.height = 35;
    view.camera = make_camera(description.cameras.at(0), view.width, view.height);
    view.seed = 1;
    view.frame = 1;
    view.max_depth = 5;
    const CompiledScene scene = compile_scene(std::move(description), {});
    uint64_t reference = 0;
    for (const unsigned threads : {1u, 2u, 8u})
        for (const Schedule schedule : {Schedule::fixed, Schedule::dynamic, Schedule::guided}) {
            DeviceOptions options;
            options.threads = threads;
            options.schedule = schedule;
            options.tile = 7;
            const auto device = find_backend("openmp").open(options);
            device->set_scene(scene);
            Film film({0, 0, view.width, view.height});
            PassCounters counters{};
            for (uint32_t first = 0; first < 4; first += 2)
                ASSERT_TRUE(
                    device->render_pass(view, film.view(), {first, 2}, PassControl{}, counters));
            if (reference == 0) reference = film.hash();
            EXPECT_EQ(film.hash(), reference) << threads << " threads";
        }
}

} // namespace
} // namespace juggler
