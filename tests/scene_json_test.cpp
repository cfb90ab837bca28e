#include "host/scene/json_positions.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

struct Parsed {
    std::optional<JsonValue> value;
    std::vector<Diagnostic> problems;
};

Parsed parse(std::string_view text) {
    Parsed p;
    p.value = parse_json("s.json", text, p.problems);
    return p;
}

// "LINE:COLUMN pointer message" of the only problem.
std::string problem(std::string_view text) {
    const Parsed p = parse(text);
    if (p.problems.size() != 1) return std::to_string(p.problems.size()) + " problems";
    const Diagnostic& d = p.problems[0];
    return std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
           (d.pointer.empty() ? "" : d.pointer + " ") + d.message;
}

TEST(Json, ValuesKeepTheirPlaces) {
    const std::string_view text =
        "{ // a scene\n  \"a\": [1, -2.5e1,\n \"x\\ny\"], \"b\": true /**/ }";
    const Parsed p = parse(text);
    ASSERT_TRUE(p.problems.empty());
    const JsonArray& a = *find_member(*p.value->object(), "a")->value.array();
    EXPECT_EQ(*a.items[1].number(), -25.0);
    EXPECT_EQ(text.substr(a.items[1].place.begin, a.items[1].place.length), "-2.5e1");
    EXPECT_EQ(*a.items[2].string(), "x\ny");
    EXPECT_EQ(text.substr(a.items[2].place.begin, a.items[2].place.length), "\"x\\ny\"");
    const JsonMember& b = *find_member(*p.value->object(), "b");
    EXPECT_TRUE(*b.value.boolean());
    EXPECT_EQ(position_at(text, b.key_place.begin).line, 3u);
    EXPECT_EQ(position_at(text, b.key_place.begin).column, 11u);
    EXPECT_EQ(text.substr(b.value.place.begin, b.value.place.length), "true");
}

TEST(Json, NumbersDoNotDependOnTheLocale) {
    const Parsed p = parse("[0.1, 1e-400, 9007199254740993, 3.4028234e38]");
    ASSERT_TRUE(p.problems.empty());
    const auto& items = p.value->array()->items;
    EXPECT_EQ(*items[0].number(), 0.1);
    EXPECT_EQ(*items[1].number(), 0.0);
    EXPECT_EQ(*items[2].number(), 9007199254740992.0);
}

TEST(Json, AnEmptyFileEndsTooEarly) {
    EXPECT_EQ(problem(""), "1:1 unexpected end of file");
    EXPECT_EQ(problem(" \n "), "1:1 unexpected end of file");
}

TEST(Json, ACutFileNamesTheOpenBracket) {
    EXPECT_EQ(problem("{\"camera\": {\n  \"x\": 1,\n"),
              "2:10 unexpected end of file; the '{' of line 1, column 12 is not closed");
}

TEST(Json, DeepNestingIsRefusedAtThe129thLevel) {
    EXPECT_EQ(problem(std::string(100000, '[')), "1:129 nesting deeper than 128 levels");
    EXPECT_EQ(problem(std::string(128, '[') + std::string(128, ']')), "0 problems");
}

TEST(Json, ATrailingCommaIsNamed) {
    EXPECT_EQ(problem("{\"a\":\n[1,2,]}"), "2:6 a comma before ']', where a value should follow");
    EXPECT_EQ(problem("{\"a\": 1,}"), "1:9 a comma before '}', where a value should follow");
}

TEST(Json, SingleQuotesAndBareWordsAreNamed) {
    EXPECT_EQ(problem("{\n'a': 1}"), "2:1 strings are written between double quotes");
    EXPECT_EQ(problem("[Infinity]"), "1:2 Infinity is not a number JSON can hold");
    EXPECT_EQ(problem("[1,\n -NaN]"), "2:2 -NaN is not a number JSON can hold");
    EXPECT_EQ(problem("[1 2]"), "1:4 unexpected number literal; expected ']'");
}

TEST(Json, BrokenUtf8IsFoundAtItsByte) {
    EXPECT_EQ(problem("[\n\"ab\xff\"]"), "2:4 invalid UTF-8 in a string");
    EXPECT_EQ(problem("{\"\xc0\x80\": 1}"), "1:3 invalid UTF-8 in a string");
}

TEST(Json, AByteOrderMarkIsRefusedByName) {
    EXPECT_EQ(problem("\xef\xbb\xbf{}"),
              "1:1 starts with a byte order mark; save it as plain UTF-8");
}

TEST(Json, NumbersBeyondFloatAreRefused) {
    EXPECT_EQ(problem("{\"a\": [0, 1e400]}"), "1:11 /a/1 is out of range of float");
    EXPECT_EQ(problem("{\"a\": [0, -1e39, 2]}"), "1:11 /a/1 is out of range of float");
}

TEST(Json, ADuplicateKeyNamesBothPlaces) {
    EXPECT_EQ(problem("{\"o\": {\"a\": 1,\n \"b\": 2,\n \"a\": 3}}"),
              "3:2 /o has the key \"a\" twice; first on line 1, column 8");
    const Parsed p = parse("{\"a\": 1, \"a\": 2}");
    EXPECT_EQ(*find_member(*p.value->object(), "a")->value.number(), 1.0);
}

TEST(Json, StringsEndAtOneMebibyte) {
    const std::string limit(max_json_string_bytes, 'x');
    EXPECT_EQ(problem("[\"" + limit + "\"]"), "0 problems");
    EXPECT_EQ(problem("[\n\"" + limit + "x\"]"),
              "2:1 a string of 1048577 bytes; at most 1048576 are allowed");
}

TEST(Json, ThousandsOfMistakesDoNotTakeLong) {
    std::string text = "[";
    for (int i = 0; i < 100000; ++i)
        text += "1e39,\n";
    const Parsed p = parse(text + "0]");
    EXPECT_LE(p.problems.size(), 20u);
}

TEST(Json, ALimitOnMemoryIsKept) {
    std::string text = "[";
    for (int i = 0; i < 10000; ++i)
        text += "0,";
    std::vector<Diagnostic> problems;
    parse_json("s.json", text + "0]", problems, {.max_memory_bytes = 100000});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].message.find("100000 bytes"), std::string::npos);
}

TEST(JsonPointer, PartsAreEscaped) {
    EXPECT_EQ(pointer_part("a/b~c"), "a~1b~0c");
    EXPECT_EQ(split_pointer("/a~1b~0c//2"), (std::vector<std::string>{"a/b~c", "", "2"}));
    EXPECT_TRUE(split_pointer("").empty());
}

TEST(JsonPointer, FindsPlacesWithoutADocument) {
    const std::string_view text =
        "{\"accessors\": [\n {\"count\": 3},\n {\"count\": 4, \"x\": []}]}";
    const auto count = find_position(text, "/accessors/1/count");
    ASSERT_TRUE(count);
    EXPECT_EQ(count->line, 3u);
    EXPECT_EQ(count->column, 12u);
    EXPECT_EQ(text.substr(count->offset, count->length), "4");
}

TEST(JsonPointer, OfAMissingValueFindsWhatIsAroundIt) {
    const std::string_view text =
        "{\"accessors\": [\n {\"count\": 3},\n {\"count\": 4}], \"z\": {}}";
    EXPECT_EQ(find_position(text, "/accessors/1/type")->line, 3u);
    EXPECT_EQ(find_position(text, "/accessors/7")->column, 15u);
    EXPECT_EQ(find_position(text, "")->offset, 0u);
    EXPECT_FALSE(find_position("x", "/a"));
}

} // namespace
} // namespace juggler
