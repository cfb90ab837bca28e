// Frame lists and numbered names.
#include "host/cli/frames.h"
#include "host/cli/usage.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

std::vector<uint32_t> frames(const char* text, uint32_t count = 100) {
    return frames_of(parse_frames(text), count);
}
using Frames = std::vector<uint32_t>;

TEST(Frames, AListIsRangesStepsAndNumbers) {
    EXPECT_EQ(frames("5"), (Frames{5}));
    EXPECT_EQ(frames("1-4"), (Frames{1, 2, 3, 4}));
    EXPECT_EQ(frames("8..10"), (Frames{8, 9, 10}));
    EXPECT_EQ(frames("1-9:4"), (Frames{1, 5, 9}));
    EXPECT_EQ(frames("1-8:4"), (Frames{1, 5}));
    EXPECT_EQ(frames("3,7,10-12"), (Frames{3, 7, 10, 11, 12}));
    EXPECT_EQ(frames("1, 3-5"), (Frames{1, 3, 4, 5}));
    EXPECT_EQ(frames("7-7"), (Frames{7}));
    EXPECT_EQ(frames("all", 3), (Frames{1, 2, 3}));
}

TEST(Frames, ComeInTheOrderAskedForAndOnce) {
    EXPECT_EQ(frames("9,1-3,2,9"), (Frames{9, 1, 2, 3}));
}

TEST(Frames, MalformedListsAreRefused) {
    for (const char* text : {"",
                             "a-b",
                             "-1-3",
                             "1-",
                             "-3",
                             "0",
                             "0-3",
                             "1-3:0",
                             "1-3:",
                             ":2",
                             "1,,2",
                             "1,",
                             ",",
                             "3-1",
                             "1-2-3",
                             "1..2..3",
                             "1e3",
                             "1.5",
                             "+3",
                             " ",
                             "99999999999",
                             "1-99999999999999",
                             "all,3",
                             "ALL",
                             "0x10",
                             "1000001",
                             "1-3:-1"})
        EXPECT_THROW(parse_frames(text), UsageError) << text;
}

TEST(Frames, BeyondTheAnimationIsRefused) {
    EXPECT_THROW(frames("49", 48), UsageError);
    EXPECT_THROW(frames("1-1000000", 48), UsageError);
    EXPECT_EQ(frames("48", 48), (Frames{48}));
    EXPECT_EQ(frames("1-1000000", 1000000).size(), 1000000u);
}

TEST(Frames, SeveralIsKnownFromTheListWhereItCanBe) {
    for (const char* one : {"1", "5-5", "1-3:7", "4,4"})
        EXPECT_FALSE(several_frames(parse_frames(one))) << one;
    for (const char* more : {"1-2", "1,2", "4,1-3:7", "1-3:2"})
        EXPECT_TRUE(several_frames(parse_frames(more))) << more;
    EXPECT_FALSE(several_frames(FrameList{}));
}

TEST(NamePattern, HashesHoldTheFrameNumber) {
    EXPECT_EQ(parse_pattern("out/f_####.png").name(7), "out/f_0007.png");
    EXPECT_EQ(parse_pattern("f#.png").name(123), "f123.png");
    EXPECT_EQ(parse_pattern("##.png").name(12345), "12345.png");
    EXPECT_EQ(parse_pattern("f.png").name(7), "f.png");
    EXPECT_EQ(parse_pattern("/a/b.png").name(7), "/a/b.png");
}

TEST(NamePattern, FoldersAndFormatStringsArePlain) {
    EXPECT_EQ(parse_pattern("a##/f.png").name(3), "a##/f.png");
    EXPECT_EQ(parse_pattern("%s%n%d.png").name(3), "%s%n%d.png");
}

TEST(NamePattern, TwoRunsOrTooManyAreRefused) {
    EXPECT_THROW(parse_pattern("a##b##.png"), UsageError);
    EXPECT_THROW(parse_pattern("f" + std::string(40, '#') + ".png"), UsageError);
    EXPECT_EQ(parse_pattern("f#########.png").name(1), "f000000001.png");
}

} // namespace
} // namespace juggler
