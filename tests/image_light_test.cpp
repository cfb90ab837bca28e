// Pictures of light: EXR, HDR and PFM files written are files read, and broken ones are refused.
#include "host/base/error.h"
#include "host/image/exr.h"
#include "host/image/pfm.h"
#include "host/image/radiance.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

namespace juggler {
namespace {

using Bytes = std::vector<std::byte>;

// Any floats but infinities and NaN: whole, tiny, huge, negative.
std::vector<float> any_light(size_t count) {
    std::mt19937 random(5);
    std::vector<float> values(count);
    for (float& v : values)
        do
            v = std::bit_cast<float>(uint32_t(random()));
        while (!std::isfinite(v));
    return values;
}

std::vector<float> common_light(size_t count) {
    std::mt19937 random(6);
    std::vector<float> values(count);
    for (float& v : values)
        v = std::exp2(float(random() % 2000) / 100 - 14) * float(random() % 3 > 0);
    return values;
}

Bytes text_bytes(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string refusal(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), Exit::input);
        return e.what();
    }
    return "accepted";
}

void expect_bits(const std::vector<float>& a, const std::vector<float>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(std::bit_cast<uint32_t>(a[i]), std::bit_cast<uint32_t>(b[i])) << i;
}

TEST(Exr, KeepsChannelsBesideTheLight) {
    const std::vector<float> rgb = common_light(5 * 3 * 3), depth = common_light(5 * 3);
    const PictureChannel channel{"depth.Z", depth.data()};
    const Bytes file =
        encode_exr(5, 3, {0, 0, 5, 3}, rgb, {{"juggler:scene", "a.json"}}, {&channel, 1});
    FileNotes notes;
    const Picture picture = decode_exr(file, &notes);
    expect_bits(picture.rgb, rgb);
    EXPECT_EQ(note_of(notes, "juggler:scene"), "a.json");
    const Bytes plain = encode_exr(5, 3, {0, 0, 5, 3}, rgb, {{"juggler:scene", "a.json"}});
    EXPECT_GT(file.size(), plain.size());
    const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
    EXPECT_NE(text.find("depth.Z"), std::string::npos);
}

TEST(Exr, BeyondItsBudgetIsRefusedByItsSize) {
    const std::vector<float> rgb(5 * 3 * 3);
    const Bytes file = encode_exr(5, 3, {0, 0, 5, 3}, rgb);
    EXPECT_EQ(refusal([&] { (void)decode_exr(file, nullptr, 179); }),
              "the EXR has 5 x 3 pixels, which need 180 bytes; at most 179 may be used for it");
    EXPECT_EQ(refusal([&] { (void)decode_exr(file, nullptr, 180); }), "accepted");
}

TEST(Exr, KeepsEveryBit) {
    for (const auto& [w, h] : {std::pair{1u, 1u}, {37u, 23u}, {3u, 600u}}) {
        const auto rgb = any_light(size_t(3) * w * h);
        const Picture back = decode_exr(encode_exr(w, h, {0, 0, w, h}, rgb));
        EXPECT_EQ(back.width, w);
        EXPECT_EQ(back.height, h);
        expect_bits(back.rgb, rgb);
    }
}

TEST(Exr, ACropKnowsItsPlaceAndNotesComeBack) {
    const auto rgb = common_light(size_t(3) * 8 * 4);
    const FileNotes notes{{"a", "1"}, {"b", "two words"}};
    const Bytes file = encode_exr(8, 4, {100, 50, 640, 360}, rgb, notes);
    FileNotes found;
    const Picture back = decode_exr(file, &found);
    expect_bits(back.rgb, rgb);
    EXPECT_EQ(found, notes);
    EXPECT_NE(file, encode_exr(8, 4, {0, 0, 640, 360}, rgb, notes));
    EXPECT_EQ(file, encode_exr(8, 4, {100, 50, 640, 360}, rgb, notes));
}

TEST(Exr, EveryCutOrHostileFileIsRefused) {
    const auto rgb = common_light(size_t(3) * 16 * 16);
    const Bytes whole = encode_exr(16, 16, {0, 0, 16, 16}, rgb);
    for (size_t size = 0; size < whole.size(); size += 13)
        EXPECT_NE(refusal([&] { (void)decode_exr(std::span(whole).first(size)); }), "accepted")
            << size;
    // The data window, 4 numbers after its name, type and size: 2^30 pixels wide.
    Bytes huge = whole;
    const std::string name("dataWindow\0box2i\0", 17);
    const auto found = std::search(huge.begin(), huge.end(), std::as_bytes(std::span(name)).begin(),
                                   std::as_bytes(std::span(name)).end());
    ASSERT_NE(found, huge.end());
    found[17 + 4 + 8 + 3] = std::byte{0x40};
    EXPECT_NE(refusal([&] { (void)decode_exr(huge); }), "accepted");
}

TEST(Hdr, IsNearTheLightItHolds) {
    for (const auto& [w, h] : {std::pair{1u, 1u}, {7u, 5u}, {8u, 3u}, {301u, 9u}, {40000u, 1u}}) {
        const auto rgb = common_light(size_t(3) * w * h);
        const Picture back = decode_hdr(encode_hdr(w, h, rgb));
        ASSERT_EQ(back.width, w);
        ASSERT_EQ(back.height, h);
        ASSERT_EQ(back.rgb.size(), rgb.size());
        for (size_t i = 0; i < rgb.size(); i += 3) {
            const float largest = std::max({rgb[i], rgb[i + 1], rgb[i + 2]});
            for (size_t c = 0; c < 3; ++c)
                ASSERT_LE(std::fabs(back.rgb[i + c] - rgb[i + c]), largest / 255) << i;
        }
    }
}

TEST(Hdr, WhatItReadsItWritesAgain) {
    const auto rgb = common_light(size_t(3) * 64 * 8);
    const Bytes once = encode_hdr(64, 8, rgb);
    EXPECT_EQ(encode_hdr(64, 8, decode_hdr(once).rgb), once);
}

TEST(Hdr, LongRunsAndFlatRowsArePacked) {
    const std::vector<float> black(size_t(3) * 1000 * 10, 0.0f);
    const Bytes file = encode_hdr(1000, 10, black);
    EXPECT_LT(file.size(), 1000u);
    EXPECT_EQ(decode_hdr(file).rgb, black);
}

TEST(Hdr, LightThatIsNoneIsBlackAndTooMuchIsTheMost) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> back = decode_hdr(encode_hdr(2, 1, {{nan, -1, 0, inf, 1, 0}})).rgb;
    EXPECT_EQ(back[0], 0);
    EXPECT_EQ(back[1], 0);
    EXPECT_GT(back[3], 1e38f);
    EXPECT_EQ(back[4], 0);
}

TEST(Hdr, ReadsNotesExposureAndOldRuns) {
    FileNotes notes;
    // A pixel of 128 * 2^0 / 256 = 0.5, repeated 3 times by the old mark.
    const std::string text = "#?RGBE\n# by hand\nEXPOSURE=2\nwho=me\nFORMAT=32-bit_rle_rgbe\n\n"
                             "-Y 1 +X 4\n\x80\x40\x20\x80\x01\x01\x01\x03";
    const Picture picture = decode_hdr(text_bytes(text), &notes);
    EXPECT_EQ(note_of(notes, "who"), "me");
    ASSERT_EQ(picture.rgb.size(), 12u);
    for (size_t i = 0; i < 12; i += 3) {
        EXPECT_EQ(picture.rgb[i], 0.25f);
        EXPECT_EQ(picture.rgb[i + 1], 0.125f);
        EXPECT_EQ(picture.rgb[i + 2], 0.0625f);
    }
}

TEST(Hdr, EveryCutOrWrongFileIsRefused) {
    const auto rgb = common_light(size_t(3) * 16 * 16);
    const Bytes whole = encode_hdr(16, 16, rgb);
    for (size_t size = 0; size < whole.size(); size += 7)
        EXPECT_NE(refusal([&] { (void)decode_hdr(std::span(whole).first(size)); }), "accepted")
            << size;
    const std::string head = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n";
    for (const std::string& text :
         {head + "+Y 2 +X 2\n0123456789abcdef", head + "-Y 0 +X 2\n", head + "-Y 2 +X\n",
          head + "-Y 65536 +X 65536\n", head + "-Y 65537 +X 1\n", head + "-Y 1 +X 2\n\1\1\1\2",
          std::string("#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\nabcd"),
          std::string("#?RADIANCE\nEXPOSURE=0\n\n-Y 1 +X 1\nabcd")})
        EXPECT_NE(refusal([&] { (void)decode_hdr(text_bytes(text)); }), "accepted") << text;
}

TEST(Pfm, KeepsEveryBit) {
    const auto rgb = any_light(size_t(3) * 11 * 7);
    const Picture back = decode_pfm(encode_pfm(11, 7, rgb));
    EXPECT_EQ(back.width, 11u);
    EXPECT_EQ(back.height, 7u);
    expect_bits(back.rgb, rgb);
}

TEST(Pfm, ReadsGreyAndBothByteOrders) {
    const std::string one("\x3f\x80\0\0\x40\0\0\0", 8); // 1 and 2, the high byte first
    EXPECT_EQ(decode_pfm(text_bytes("Pf\n1 2\n1.0\n" + one)).rgb,
              (std::vector<float>{2, 2, 2, 1, 1, 1})); // rows from the bottom
    const std::string little("\0\0\x80\x3f\0\0\0\x40", 8);
    EXPECT_EQ(decode_pfm(text_bytes("Pf 2 1 -1.0\n" + little)).rgb,
              (std::vector<float>{1, 1, 1, 2, 2, 2}));
}

TEST(Pfm, EveryCutOrWrongFileIsRefused) {
    const Bytes whole = encode_pfm(3, 2, common_light(18));
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_NE(refusal([&] { (void)decode_pfm(std::span(whole).first(size)); }), "accepted");
    for (const char* text : {"PF\n0 1\n-1\n", "PF\n65536 65536\n-1\n", "PF\n1 1\n0\n0123456789ab",
                             "PF\n1 x\n-1\n0123456789ab", "PF\n-1 1\n-1\n0123456789ab"})
        EXPECT_NE(refusal([&] { (void)decode_pfm(text_bytes(text)); }), "accepted") << text;
}

} // namespace
} // namespace juggler
