// Memory that is not there, at any moment of a run: a message, the right status, whole files only.
#include "support/program_folder.h"
#include "support/scale.h"

#include <gtest/gtest.h>

#include <random>

namespace juggler {
namespace {

using test::Outcome;

const char* const scene = R"({ "juggler": 1,
  "camera": { "eye": [0, 1, 4], "look_at": [0, 0.5, 0], "fov_y_deg": 40 },
  "sky": { "constant": [0.7, 0.8, 1] },
  "objects": [ { "name": "ball", "sphere": { "center": [0, 0.5, 0], "radius": 0.5 } } ],
  "animation": { "fps": 4, "frames": 8, "tracks": [
    { "target": "/objects/ball/sphere/center", "keys": [[0, [-1, 0.5, 0]], [2, [1, 0.5, 0]]] } ] } }
)";

class Starved : public test::ProgramFolder {
protected:
    void SetUp() override { work.write("s.json", scene); }

    [[nodiscard]] Outcome starved(const std::string& options, const std::string& variable) const {
        make_empty("out");
        return juggler("render s.json -f all -o out/f_#.png --size 24x16 -s 1 " + options,
                       {variable});
    }
};

TEST_F(Starved, AnyAllocationThatFailsEndsTheRunWithAMessageAndWholeFramesOnly) {
    std::mt19937 random(7);
    size_t failed = 0, kept = 0, aborted = 0;
    for (const char* how :
         {"-b simd", "--arrangement concurrent", "-b simd --arrangement parallel -t 2"}) {
        const Outcome whole = starved(how, "JUGGLER_COUNT_ALLOCATIONS=1");
        ASSERT_EQ(whole.exit, 0) << whole.err;
        const auto wanted = files_in("out");
        ASSERT_EQ(wanted.size(), 8u);
        const size_t at = whole.err.find("allocations: ");
        ASSERT_NE(at, std::string::npos);
        const size_t count = std::stoul(whole.err.substr(at + 13));
        const size_t times = 20 * test::scale();
        for (size_t i = 0; i < times; ++i) {
            const size_t n = count * i / times + random() % (count / times + 1);
            const Outcome o = starved(how, "JUGGLER_FAIL_ALLOCATION=" + std::to_string(n));
            for (const auto& [name, file] : files_in("out")) {
                ASSERT_TRUE(wanted.contains(name)) << name << " after allocation " << n;
                EXPECT_EQ(file, wanted.at(name)) << n;
            }
            kept += files_in("out").size();
            if (o.exit == 0) continue; // it had more to spare, or needed it no more
            ++failed;
            // asio's coroutines end the process where the few bytes of a wait of theirs are
            // missing.
            if (o.exit == -1 && std::string(how).ends_with(" concurrent")) {
                ++aborted;
                continue;
            }
            EXPECT_EQ(o.exit, 1) << how << ", allocation " << n << "\n" << o.err;
            EXPECT_NE(o.err.find("out of memory"), std::string::npos) << o.err;
            EXPECT_LT(o.seconds, 5 * test::scale() + 5);
        }
    }
    EXPECT_GT(failed, 20u);
    EXPECT_LE(aborted, failed / 10);
    EXPECT_GT(kept, 0u);
}

} // namespace
} // namespace juggler
