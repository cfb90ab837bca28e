// A contest finds a picture that is not the same, and says where.
#include "host/compare/contest.h"
#include "host/scene/load.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

namespace juggler {
namespace {

// Renders as `inner` does, but for one unit in the last place of one sum.
class Altered : public Device {
public:
    Altered(std::unique_ptr<Device> inner, uint32_t x, uint32_t y, uint32_t channel)
        : inner_(std::move(inner)), x_(x), y_(y), channel_(channel) {}
    [[nodiscard]] std::string description() const override { return "1 thread, planted"; }
    void set_scene(const CompiledScene& scene) override { inner_->set_scene(scene); }
    bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                     const PassControl& control, PassCounters& counters) override {
        const bool whole = inner_->render_pass(frame, film, range, control, counters);
        film.pixels[(y_ - film.y0) * film.width + (x_ - film.x0)].rgb[channel_] += 1;
        return whole;
    }

private:
    std::unique_ptr<Device> inner_;
    uint32_t x_, y_, channel_;
};

class ContestTest : public testing::Test {
protected:
    void SetUp() override {
        SceneDescription scene = load_scene(JUGGLER_SOURCE_DIR "/scenes/cornell.json");
        plan.window = {5, 3, 28, 16};
        plan.spp = 3;
        plan.runs = 2;
        plan.frame.camera = make_camera(scene.cameras.front(), 32, 18);
        plan.frame.width = 32;
        plan.frame.height = 18;
        plan.frame.seed = plan.frame.frame = 1;
        plan.frame.max_depth = 4;
        plan.frame.shutter_close = 1;
        compiled = compile_scene(std::move(scene), {true, 8});
    }
    void add(const char* backend) {
        contenders.push_back({backend, find_backend(backend).open({})});
    }
    Contest hold() {
        return hold_contest(plan, compiled, contenders, [](const Film& film) {
            const uint64_t hash = film.hash();
            std::vector<std::byte> bytes(sizeof hash);
            std::memcpy(bytes.data(), &hash, sizeof hash);
            return bytes;
        });
    }
    ContestPlan plan;
    CompiledScene compiled;
    std::vector<Contender> contenders;
};

TEST_F(ContestTest, BackendsAreIdentical) {
    for (const Backend& backend : backends())
        if (backend.unavailable().empty()) add(backend.name.data());
    const Contest contest = hold();
    EXPECT_TRUE(contest.identical());
    for (const Score& score : contest.scores) {
        EXPECT_EQ(score.seconds.size(), 2u);
        EXPECT_EQ(score.waiting.size(), 2u);
        EXPECT_EQ(score.rays, contest.scores.front().rays);
        EXPECT_EQ(score.difference.pixel_count, 23u * 13);
    }
    EXPECT_EQ(contest.speed_up(contest.scores.front()), 1);
    EXPECT_EQ(contest.efficiency(contest.scores.front(), 2), 1);
    EXPECT_EQ(sentence(contest.scores.back().difference), "identical: 299 of 299 pixels");
}

TEST_F(ContestTest, OneUnitInOneSumIsFound) {
    add("sequential");
    contenders.push_back(
        {"planted", std::make_unique<Altered>(find_backend("simd").open({}), 11, 9, 1)});
    const Contest contest = hold();
    EXPECT_FALSE(contest.identical());
    const FilmDifference& d = contest.scores.back().difference;
    EXPECT_EQ(d.differing, 1u);
    EXPECT_EQ(d.x, 11u);
    EXPECT_EQ(d.y, 9u);
    EXPECT_EQ(d.channel, 1u);
    EXPECT_NEAR(d.other - d.reference, 0x1p-28 / 3, 1e-15);
    EXPECT_FALSE(contest.scores.back().same_file);
    char values[80];
    std::snprintf(values, sizeof values, "%a and %a", d.reference, d.other);
    EXPECT_EQ(sentence(d),
              "different: 1 of 299 pixels, the first at 11, 9 in green: " + std::string(values));
    EXPECT_NE(d.reference, d.other);
}

// A contender that is not the same from one run to the next is found as well, be it the first.
TEST_F(ContestTest, ALaterRunIsComparedToo) {
    class Forgetful : public Device {
    public:
        [[nodiscard]] std::string description() const override { return "1 thread"; }
        void set_scene(const CompiledScene&) override {}
        bool render_pass(const FrameView&, const FilmView& film, SampleRange, const PassControl&,
                         PassCounters&) override {
            film.pixels[7].rgb[2] = calls_++ / 2;
            return true;
        }

    private:
        uint64_t calls_ = 0;
    };
    contenders.push_back({"sequential", std::make_unique<Forgetful>()});
    const Contest contest = hold();
    EXPECT_FALSE(contest.identical());
    EXPECT_EQ(contest.scores.front().difference.x, 5u + 7);
}

} // namespace
} // namespace juggler
