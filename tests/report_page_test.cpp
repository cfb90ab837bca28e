// Pages hold what they are given, and nothing it says can break them.
#include "host/report/html.h"
#include "host/report/page.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

size_t count_of(std::string_view text, std::string_view part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

EncodedPicture noise(uint32_t width, uint32_t height) {
    EncodedPicture picture{width, height, 3, 255, {}};
    uint32_t state = 1;
    for (size_t i = 0; i < size_t(width) * height * 3; ++i) {
        state = state * 1664525 + 1013904223;
        picture.values.push_back(uint16_t(state >> 24));
    }
    return picture;
}

TEST(Html, EscapesTextAndAttributes) {
    Html html;
    html.open("p", {{"title", "\"><script>'"}}).text("a<b & \x01 c>").close();
    EXPECT_EQ(html.str(), "<p title=\"&quot;&gt;&lt;script&gt;&#39;\">a&lt;b &amp;  c&gt;</p>\n");
}

// The vectors of RFC 4648, section 10.
TEST(Html, DataUrisAreBase64) {
    EXPECT_EQ(data_uri("a/b", bytes("")), "data:a/b;base64,");
    EXPECT_EQ(data_uri("a/b", bytes("f")), "data:a/b;base64,Zg==");
    EXPECT_EQ(data_uri("a/b", bytes("fo")), "data:a/b;base64,Zm8=");
    EXPECT_EQ(data_uri("a/b", bytes("foobar")), "data:a/b;base64,Zm9vYmFy");
}

TEST(Page, HoldsHostileNamesAsText) {
    const std::string name = "</script><script>alert(1)</script>\" onload=\"x";
    Page page;
    page.title = page.result = name;
    page.paragraphs = {name};
    page.commands = {name};
    page.machine = {{name, name}};
    page.tables.push_back({name, {name}, {true}, {{name}}});
    page.pair = {page_picture(name, noise(4, 4), 1000), page_picture(name, noise(4, 4), 1000)};
    page.heat = page.pair.front();
    page.heat_says = name;
    const std::string html = page_html(page);
    EXPECT_EQ(html.find("alert(1)</script>"), std::string::npos);
    EXPECT_EQ(html.find("\" onload"), std::string::npos);
    EXPECT_EQ(count_of(html, "<script>"), 1u); // its own
    EXPECT_EQ(count_of(html, "src=\"data:image/png;base64,"), 3u);
    EXPECT_EQ(count_of(html, "src="), 3u);
    EXPECT_EQ(count_of(html, "href="), 0u);
}

TEST(Page, ElementsAreClosed) {
    Page page;
    page.title = "t";
    page.pictures = {page_picture("p", noise(4, 4), 1000)};
    page.tables.push_back({"c", {"a", "b"}, {true, false}, {{"x", "1"}, {"y", "2"}}});
    page.speed_up = judge_speed_up({{1, 4.0}, {2, 2.0}}, 2);
    const std::string html = page_html(page);
    for (const char* tag : {"html", "head", "body", "main", "section", "div", "table", "tr", "td",
                            "th", "figure", "dl", "svg", "p"})
        EXPECT_EQ(count_of(html, std::string("<") + tag + ">") +
                      count_of(html, std::string("<") + tag + " "),
                  count_of(html, std::string("</") + tag + ">"))
            << tag;
}

TEST(PagePicture, ShrinksUntilItFits) {
    const PagePicture small = page_picture("p", noise(256, 128), 30000);
    EXPECT_LE(small.png.size(), 30000u);
    EXPECT_EQ(small.whole_width, 256u);
    EXPECT_EQ(small.width, 2 * small.height);
    EXPECT_LT(small.width, 256u);
    const PagePicture whole = page_picture("p", noise(16, 16), 30000);
    EXPECT_EQ(whole.width, whole.whole_width);
}

TEST(SpeedUp, FindsTheSerialShare) {
    // T(n) = 0.2 + 0.8 / n; beyond the cores, more threads change nothing.
    const SpeedUp s = judge_speed_up({{4, 0.4}, {1, 1.0}, {2, 0.6}, {8, 0.4}}, 4);
    EXPECT_NEAR(s.serial_share, 0.2, 1e-9);
    EXPECT_NEAR(s.amdahl(4), 2.5, 1e-9);
    EXPECT_NEAR(s.amdahl(8), 2.5, 1e-9);
    EXPECT_EQ(s.ideal(3), 3);
    EXPECT_EQ(s.ideal(9), 4);
    EXPECT_NEAR(s.times(s.points.back()), 2.5, 1e-9);
    EXPECT_TRUE(judge_speed_up({{2, 1.0}, {4, 0.5}}, 4).points.empty());
    EXPECT_TRUE(judge_speed_up({{1, 1.0}}, 4).points.empty());
}

} // namespace
} // namespace juggler
