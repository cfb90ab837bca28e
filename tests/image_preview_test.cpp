// Pictures in a terminal fit it and need no more than colours.
#include "host/image/preview.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace juggler {
namespace {

EncodedPicture flat(uint32_t width, uint32_t height, uint16_t value) {
    return {width, height, 3, 255, std::vector<uint16_t>(size_t(width) * height * 3, value)};
}

size_t count(const std::string& text, const std::string& what) {
    size_t found = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        found += 1;
    return found;
}

TEST(Preview, TwoPixelsShareACell) {
    EncodedPicture p = flat(1, 2, 0);
    p.values = {255, 0, 0, 0, 0, 255};
    EXPECT_EQ(half_blocks(p, {80, 24}), "\x1b[38;2;255;0;0m\x1b[48;2;0;0;255m\u2580\x1b[0m\n");
}

TEST(Preview, AnOddLastRowHasNoBackground) {
    EXPECT_EQ(count(half_blocks(flat(2, 3, 9), {80, 24}), "\x1b[48;2"), 2u);
}

TEST(Preview, FitsTheTerminalAndKeepsItsShape) {
    const std::string wide = half_blocks(flat(1000, 500, 9), {40, 30});
    EXPECT_EQ(count(wide, "\n"), 10u);
    EXPECT_EQ(count(wide, "\u2580"), 400u);
    const std::string tall = half_blocks(flat(10, 1000, 9), {40, 30});
    EXPECT_EQ(count(tall, "\n"), 30u);
}

TEST(Preview, IsNeverEmptyHoweverThinThePicture) {
    EXPECT_FALSE(half_blocks(flat(60000, 1, 9), {1, 1}).empty());
    EXPECT_FALSE(half_blocks(flat(1, 60000, 9), {0, 0}).empty());
}

TEST(Preview, AveragesLightNotCodes) {
    EncodedPicture p = flat(2, 1, 0);
    p.values = {0, 0, 0, 255, 255, 255};
    // Half the light of white is code 188, not 128.
    EXPECT_NE(half_blocks(p, {1, 1}).find("38;2;188;188;188"), std::string::npos);
}

TEST(Preview, AFlatPictureStaysItsColour) {
    for (const int value : {0, 1, 100, 255})
        EXPECT_NE(half_blocks(flat(64, 64, uint16_t(value)), {7, 7})
                      .find("38;2;" + std::to_string(value) + ";"),
                  std::string::npos);
}

TEST(Preview, InsideTmuxOnlyBlocksAreChosen) {
    setenv("TMUX", "/tmp/tmux,1,0", 1);
    setenv("TERM", "xterm-kitty", 1);
    const std::string text = terminal_picture(flat(8, 8, 9), ShowHow::automatic, {});
    EXPECT_NE(text.find("\u2580"), std::string::npos);
    unsetenv("TMUX");
    if (has_chafa()) {
        EXPECT_EQ(terminal_picture(flat(8, 8, 9), ShowHow::automatic, {}).find("\u2580"),
                  std::string::npos);
    }
}

TEST(Preview, ForcedProtocolsAreSpoken) {
    if (!has_chafa()) GTEST_SKIP() << "built without libchafa";
    EXPECT_NE(terminal_picture(flat(8, 8, 9), ShowHow::kitty, {}).find("\x1b_G"),
              std::string::npos);
    EXPECT_NE(terminal_picture(flat(8, 8, 9), ShowHow::sixel, {}).find("\x1bP"), std::string::npos);
    EXPECT_EQ(terminal_picture(flat(8, 8, 9), ShowHow::off, {}), "");
}

} // namespace
} // namespace juggler
