// Calls of the system that fail now and then, from many seeds: every run ends soon and with a
// status that docs/exit-codes.md knows, what has its final name is whole, and --resume completes
// the rest.
#include "support/program_folder.h"
#include "support/scale.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>

namespace juggler {
namespace {

using test::Outcome;

constexpr std::array arrangements{"sequential", "concurrent", "parallel -t 2", "both"};
constexpr std::array kinds{"png", "exr", "film"};

class Faults : public test::ProgramFolder {
protected:
    void SetUp() override {
        work.write("s.json", test::ball_scene(R"("fps": 4, "frames": 6, "tracks": [
            { "target": "/objects/ball/sphere/center",
              "keys": [[0, [-1, 0.5, 0]], [1.5, [1, 0.5, 0]]] } ])"));
    }
    [[nodiscard]] Outcome frames(const std::string& options,
                                 const std::vector<std::string>& environment = {}) const {
        return juggler("render s.json -f all --size 24x16 -s 1 " + options, environment);
    }
};

TEST_F(Faults, OfTheSystemLeaveWholeFilesThatAreResumed) {
    std::array<std::map<std::string, std::string>, kinds.size()> wanted;
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
        make_empty("out");
        ASSERT_EQ(frames(std::string("-o out/f_#.") + kinds[kind]).exit, 0);
        wanted[kind] = files_in("out");
        ASSERT_EQ(wanted[kind].size(), 6u);
    }
    std::map<int, int> ends;
    uint32_t aborted = 0;
    for (uint32_t seed = 1; seed <= 200 * test::scale(); ++seed) {
        const size_t kind = seed / arrangements.size() % kinds.size();
        const std::string options = std::string("-o out/f_#.") + kinds[kind] + " --arrangement " +
                                    arrangements[seed % arrangements.size()];
        SCOPED_TRACE("JUGGLER_FAULT_SEED=" + std::to_string(seed) + ", " + options);
        make_empty("out");
        const Outcome o = frames(options, {std::string("LD_PRELOAD=") + JUGGLER_FAULTS,
                                           "JUGGLER_FAULT_SEED=" + std::to_string(seed)});
        // asio's coroutines end the process where memory for a wait of theirs is missing.
        const bool abort = o.signal == SIGABRT && options.ends_with("concurrent");
        aborted += abort ? 1 : 0;
        ++ends[o.exit];
        EXPECT_TRUE(abort || o.exit == 0 || o.exit == 1 || o.exit == 3 || o.exit == 4)
            << o.exit << ", signal " << o.signal << "\n"
            << o.err;
        EXPECT_LT(o.seconds, 10);
        const auto left = files_in("out");
        for (const auto& [name, file] : left) {
            if (abort && !wanted[kind].contains(name)) continue; // begun
            ASSERT_TRUE(wanted[kind].contains(name)) << name;
            EXPECT_TRUE(file == wanted[kind].at(name)) << name << " is another";
        }
        EXPECT_TRUE(o.exit != 0 || left.size() == wanted[kind].size());
        const Outcome resumed = frames(options + " --resume");
        EXPECT_EQ(resumed.exit, 0) << resumed.err;
        EXPECT_TRUE(files_in("out") == wanted[kind]);
    }
    EXPECT_LE(aborted, 4 * test::scale());
    // What failed was of all kinds, and sometimes nothing that mattered.
    for (const int exit : {0, 1, 3, 4})
        EXPECT_GT(ends[exit], 0) << "no run ended with " << exit;
}

} // namespace
} // namespace juggler
