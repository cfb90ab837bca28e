#include "host/base/error.h"
#include "host/image/decode.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <jpeglib.h>
#include <zlib.h>

namespace juggler {
namespace {

constexpr uint64_t plenty = uint64_t(1) << 32;

// ---- files made here --------------------------------------------------------------------------

std::string big_endian(uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
            static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& data) {
    const std::string body = type + data;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<uint32_t>(data.size())) + body +
           big_endian(static_cast<uint32_t>(crc));
}

std::string deflated(const std::string& data) {
    uLongf size = compressBound(static_cast<uLong>(data.size()));
    std::string out(size, '\0');
    compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(data.data()), static_cast<uLong>(data.size()));
    out.resize(size);
    return out;
}

struct Png {
    uint32_t width, height;
    int depth, color;        // as in IHDR
    std::string rows;        // filter byte and packed samples of each row
    std::string before_data; // chunks
};

const std::string png_magic = "\x89PNG\r\n\x1a\n";

std::string header_of(const Png& png) {
    return chunk("IHDR", big_endian(png.width) + big_endian(png.height) +
                             std::string{static_cast<char>(png.depth), static_cast<char>(png.color),
                                         0, 0, 0});
}

std::string encoded(const Png& png) {
    return png_magic + header_of(png) + png.before_data + chunk("IDAT", deflated(png.rows)) +
           chunk("IEND", "");
}

std::string jpeg(int width, int height, int components, J_COLOR_SPACE space, uint8_t value,
                 bool progressive = false) {
    jpeg_compress_struct info;
    jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = components;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    if (progressive) jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    std::vector<JSAMPLE> row(static_cast<size_t>(width * components), value);
    JSAMPROW rows[] = {row.data()};
    for (int y = 0; y < height; ++y)
        jpeg_write_scanlines(&info, rows, 1);
    jpeg_finish_compress(&info);
    std::string out(reinterpret_cast<char*>(bytes), size);
    jpeg_destroy_compress(&info);
    std::free(bytes);
    return out;
}

ImageDescription decode(const std::string& file, uint64_t max_bytes = plenty) {
    return decode_image(std::as_bytes(std::span(file)), max_bytes);
}

std::string refusal(const std::string& file, uint64_t max_bytes = plenty) {
    try {
        (void)decode(file, max_bytes);
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::input);
        return error.what();
    }
    return "no error";
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

using Texels = std::vector<uint32_t>;

// ---- PNG ----------------------------------------------------------------------------------------

TEST(DecodePng, rgb_and_rgba_keep_their_bytes_with_red_lowest) {
    EXPECT_EQ(decode(encoded({2, 1, 8, 2, std::string("\0\1\2\3\4\5\6", 7), ""})).texels,
              (Texels{0xff030201u, 0xff060504u}));
    const auto image = decode(encoded({1, 2, 8, 6, std::string("\0\1\2\3\4\0\5\6\7\0", 10), ""}));
    EXPECT_EQ(image.width, 1u);
    EXPECT_EQ(image.height, 2u);
    EXPECT_EQ(image.texels, (Texels{0x04030201u, 0x00070605u}));
}

TEST(DecodePng, grey_of_every_depth_spans_black_to_white) {
    EXPECT_EQ(decode(encoded({2, 1, 1, 0, std::string("\0\x40", 2), ""})).texels,
              (Texels{0xff000000u, 0xffffffffu}));
    EXPECT_EQ(decode(encoded({4, 1, 2, 0, std::string("\0\x1b", 2), ""})).texels,
              (Texels{0xff000000u, 0xff555555u, 0xffaaaaaau, 0xffffffffu}));
    EXPECT_EQ(decode(encoded({2, 1, 4, 0, std::string("\0\x1f", 2), ""})).texels,
              (Texels{0xff111111u, 0xffffffffu}));
    EXPECT_EQ(decode(encoded({1, 1, 8, 4, std::string("\0\x80\x40", 3), ""})).texels,
              (Texels{0x40808080u}));
}

TEST(DecodePng, sixteen_bits_are_rounded_to_eight) {
    // 0x00ff is nearer to 1 than to 0; 0x8080 is exactly 0x80.
    EXPECT_EQ(
        decode(encoded({3, 1, 16, 0, std::string("\0\x00\xff\x80\x80\xff\xff", 7), ""})).texels,
        (Texels{0xff010101u, 0xff808080u, 0xffffffffu}));
}

TEST(DecodePng, palettes_and_their_transparency_become_colours) {
    const std::string palette =
        chunk("PLTE", "\x0a\x0b\x0c\x14\x15\x16") + chunk("tRNS", std::string("\x7f", 1));
    EXPECT_EQ(decode(encoded({2, 1, 8, 3, std::string("\0\0\1", 3), palette})).texels,
              (Texels{0x7f0c0b0au, 0xff161514u}));
}

TEST(DecodePng, gamma_and_texts_change_nothing) {
    const std::string bomb = "k" + std::string(2, '\0') + deflated(std::string(100'000'000, ' '));
    const std::string extra = chunk("gAMA", big_endian(100000)) + chunk("zTXt", bomb) +
                              chunk("iCCP", bomb) + chunk("tEXt", "key") + chunk("abCd", "?");
    EXPECT_EQ(decode(encoded({1, 1, 8, 2, std::string("\0\1\2\3", 4), extra})).texels,
              (Texels{0xff030201u}));
}

TEST(DecodePng, sizes_are_checked_before_data_is_needed) {
    const auto header = [](uint32_t width, uint32_t height) {
        return png_magic + header_of({width, height, 8, 6, "", ""});
    };
    EXPECT_TRUE(mentions(refusal(header(60000, 60000)), "60000x60000 pixels, more than the 16384"));
    EXPECT_TRUE(mentions(refusal(header(16385, 1)), "16385x1 pixels, more than the 16384"));
    EXPECT_TRUE(mentions(refusal(header(0, 0)), "0x0 pixels"));
    EXPECT_TRUE(mentions(refusal(header(16384, 16384), 1 << 20), "memory budget"));
    EXPECT_TRUE(mentions(refusal(header(16384, 16384)), "the PNG cannot be read"));
    const Png small{1, 1, 8, 2, std::string("\0\1\2\3", 4), ""};
    EXPECT_EQ(decode(encoded(small), 4).texels.size(), 1u);
    EXPECT_TRUE(mentions(refusal(encoded(small), 3), "memory budget"));
}

TEST(DecodePng, every_truncation_is_refused) {
    const std::string whole = encoded({4, 4, 8, 6, std::string(4 * 17, '\0'), ""});
    const size_t data_end = whole.size() - 12; // IEND is not waited for
    for (size_t length = 0; length < data_end - 4; ++length)
        EXPECT_NE(refusal(whole.substr(0, length)), "no error") << length;
    EXPECT_EQ(refusal(whole), "no error");
}

TEST(DecodePng, broken_bytes_are_refused) {
    std::string file = encoded({4, 4, 8, 6, std::string(4 * 17, '\0'), ""});
    file[23] ^= 1; // height, so the checksum is wrong
    EXPECT_TRUE(mentions(refusal(file), "the PNG cannot be read"));
    EXPECT_TRUE(mentions(refusal(encoded({4, 4, 8, 6, "", ""})), "the PNG cannot be read"));
    EXPECT_TRUE(mentions(refusal(encoded({1, 1, 3, 6, "", ""})), "the PNG cannot be read"));
}

// ---- JPEG ---------------------------------------------------------------------------------------

TEST(DecodeJpeg, flat_grey_and_rgb_come_out_flat) {
    const auto grey = decode(jpeg(5, 3, 1, JCS_GRAYSCALE, 77));
    EXPECT_EQ(grey.texels, Texels(15, 0xff4d4d4du));
    const auto rgb = decode(jpeg(9, 17, 3, JCS_RGB, 200));
    EXPECT_EQ(rgb.width, 9u);
    EXPECT_EQ(rgb.height, 17u);
    EXPECT_EQ(rgb.texels, Texels(9 * 17, 0xffc8c8c8u));
    EXPECT_EQ(decode(jpeg(33, 9, 3, JCS_RGB, 200, true)).texels, Texels(33 * 9, 0xffc8c8c8u));
}

TEST(DecodeJpeg, four_channels_are_refused) {
    EXPECT_TRUE(mentions(refusal(jpeg(8, 8, 4, JCS_CMYK, 9)), "4 colour channels"));
}

TEST(DecodeJpeg, the_budget_counts_the_coefficients_of_progressive_files) {
    EXPECT_EQ(refusal(jpeg(8, 8, 3, JCS_RGB, 9), 8 * 8 * 4), "no error");
    EXPECT_TRUE(mentions(refusal(jpeg(8, 8, 3, JCS_RGB, 9), 8 * 8 * 4 - 1), "memory budget"));
    EXPECT_TRUE(mentions(refusal(jpeg(8, 8, 3, JCS_RGB, 9, true), 8 * 8 * 4), "memory budget"));
}

TEST(DecodeJpeg, every_truncation_is_refused) {
    const std::string whole = jpeg(16, 16, 3, JCS_RGB, 200);
    for (size_t length = 0; length < whole.size() - 2; ++length)
        EXPECT_NE(refusal(whole.substr(0, length)), "no error") << length;
}

TEST(DecodeJpeg, endless_scans_are_refused) {
    std::string file = jpeg(16, 16, 1, JCS_GRAYSCALE, 200, true);
    const size_t scan = file.rfind("\xff\xda");
    const std::string last = file.substr(scan, file.size() - 2 - scan);
    std::string many = file.substr(0, file.size() - 2);
    for (int i = 0; i < 300; ++i)
        many += last;
    EXPECT_NE(refusal(many + "\xff\xd9"), "no error");
}

// ---- both ---------------------------------------------------------------------------------------

TEST(DecodeImage, other_kinds_are_named) {
    EXPECT_TRUE(mentions(refusal(""), "empty"));
    EXPECT_TRUE(mentions(refusal("RIFF1234WEBPVP8 "), "WebP"));
    EXPECT_TRUE(mentions(refusal("\xabKTX 20\xbb"), "KTX"));
    EXPECT_TRUE(mentions(refusal("GIF89a"), "neither PNG nor JPEG"));
    EXPECT_TRUE(mentions(refusal("\x89PN"), "neither PNG nor JPEG"));
}

} // namespace
} // namespace juggler
