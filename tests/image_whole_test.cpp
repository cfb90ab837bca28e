// A finished frame is told from everything else.
#include "host/image/encode.h"
#include "host/image/whole.h"

#include <gtest/gtest.h>

#include <string>

namespace juggler {
namespace {

using Bytes = std::vector<std::byte>;
const std::string settings = "0123456789abcdef";

Bytes file_of(PictureFormat format, const std::string& with) {
    Picture light{40, 30, std::vector<float>(size_t(3) * 40 * 30)};
    for (size_t i = 0; i < light.rgb.size(); ++i)
        light.rgb[i] = float(i * 7919 % 1000) / 500;
    return encode_picture(std::move(light), {0, 0, 40, 30}, {format, {}, 1}, with);
}

class Whole : public testing::TestWithParam<PictureFormat> {};

TEST_P(Whole, SaysItsSettings) {
    EXPECT_EQ(settings_of_whole(file_of(GetParam(), settings)), settings);
    EXPECT_EQ(settings_of_whole(file_of(GetParam(), "")), "");
    EXPECT_EQ(file_of(GetParam(), settings), file_of(GetParam(), settings));
}

TEST_P(Whole, NoCutFileIsWhole) {
    const Bytes file = file_of(GetParam(), settings);
    for (size_t size = 0; size < file.size(); ++size)
        ASSERT_EQ(settings_of_whole(std::span(file).first(size)), "") << size;
    Bytes longer = file;
    longer.push_back(std::byte{0});
    EXPECT_EQ(settings_of_whole(longer), "");
}

TEST_P(Whole, NoByteCanChange) {
    const Bytes file = file_of(GetParam(), settings);
    for (size_t at = 0; at < file.size(); ++at) {
        Bytes other = file;
        other[at] ^= std::byte{4};
        ASSERT_NE(settings_of_whole(other), settings) << at;
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Whole,
                         testing::Values(PictureFormat::png, PictureFormat::png16,
                                         PictureFormat::exr, PictureFormat::hdr),
                         [](const auto& each) { return std::string(facts_of(each.param).name); });

TEST(Formats, EverySuffixNamesItsFormat) {
    for (const FormatName& n : format_names()) {
        if (n.format == PictureFormat::png16) continue; // .png alone is 8 bits
        EXPECT_EQ(format_of_suffix(n.suffix), n.format);
    }
    EXPECT_EQ(format_of_suffix(".EXR"), PictureFormat::exr);
    EXPECT_EQ(format_of_suffix(".bmp"), std::nullopt);
    EXPECT_EQ(format_of_suffix(""), std::nullopt);
}

} // namespace
} // namespace juggler
