#include "host/scene/diagnostics.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

Diagnostic sample() {
    Diagnostic d;
    d.file = "room.json";
    d.line = 7;
    d.column = 13;
    d.length = 3;
    d.pointer = "/camera/fov_y_deg";
    d.message = "must be less than 180, not 400";
    d.source_line = "\"fov_y_deg\": 400 },";
    return d;
}

TEST(Diagnostics, NamePlaceAndShowTheLine) {
    EXPECT_EQ(format(sample()),
              "room.json:7:13: error: /camera/fov_y_deg must be less than 180, not 400\n"
              "    7 | \"fov_y_deg\": 400 },\n"
              "      |             ^^^");
}

TEST(Diagnostics, TheMarkerStandsUnderTheColumnAfterWideAndEscapedBytes) {
    Diagnostic d = sample();
    d.source_line = "\tü\x01 400";
    d.column = 6;
    EXPECT_EQ(format(d).substr(format(d).find('\n')), "\n    7 |  ü\\x01 400\n      |        ^^^");
}

TEST(Diagnostics, ControlBytesAndBrokenUtf8CannotReachTheTerminal) {
    const std::string text = escaped("a\x1b[31m\x7f\xff\xc2\x9b\xe2\x80\xae b\xc3\xbc");
    EXPECT_EQ(text, "a\\x1b[31m\\x7f\\xff\\xc2\\x9b\\xe2\\x80\\xae b\xc3\xbc");
    EXPECT_EQ(escaped("\xf0\x9f\x8e\xaa"), "\xf0\x9f\x8e\xaa");
    EXPECT_EQ(escaped("\xe0\x80\x80"), "\\xe0\\x80\\x80") << "overlong";
    EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
}

TEST(Diagnostics, QuotedPiecesEndAfter200Bytes) {
    EXPECT_EQ(in_quotes(std::string(500, 'x')), '"' + std::string(200, 'x') + "...\"");
    const std::string cut = escaped(std::string(199, 'x') + "\xc3\xbc", 200);
    EXPECT_EQ(cut, std::string(199, 'x') + "...") << "never inside a character";
}

TEST(Diagnostics, LongLinesShowThePartAroundTheColumn) {
    Diagnostic d = sample();
    d.source_line = std::string(100000, 'a') + "400" + std::string(100000, 'b');
    d.column = 100001;
    const std::string text = format(d);
    EXPECT_LT(text.size(), 1000u);
    EXPECT_NE(text.find("a400b"), text.npos);
}

TEST(Diagnostics, BinaryFilesNameTheByte) {
    Diagnostic d = sample();
    d.line = 0;
    d.offset = 1234;
    EXPECT_EQ(format(d),
              "room.json: byte 1234: error: /camera/fov_y_deg must be less than 180, not 400");
}

TEST(InputErrors, EndWithTheirNumberAndTheExitStatusOfInputs) {
    const InputError two({sample(), sample()});
    const std::string text = two.what();
    EXPECT_TRUE(text.ends_with("\nroom.json: 2 errors, nothing rendered")) << text;
    EXPECT_EQ(two.exit(), Exit::input);
    const std::string one = InputError({sample()}).what();
    EXPECT_TRUE(one.ends_with("\nroom.json: 1 error, nothing rendered")) << one;
}

TEST(InputErrors, ShowTwenty) {
    const InputError many(std::vector<Diagnostic>(33, sample()));
    const std::string text = many.what();
    size_t shown = 0;
    for (size_t at = text.find(": error: "); at != text.npos; at = text.find(": error: ", at + 1))
        ++shown;
    EXPECT_EQ(shown, 20u);
    EXPECT_NE(text.find("33 errors"), text.npos);
    EXPECT_EQ(many.diagnostics().size(), 33u);
}

} // namespace
} // namespace juggler
