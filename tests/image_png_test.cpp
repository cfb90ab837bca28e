// PNG files written are PNG files read.
#include "host/base/error.h"
#include "host/image/png.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace juggler {
namespace {

class Png : public testing::Test {
protected:
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("juggler_png_" + std::to_string(getpid()));
    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path save(const std::vector<std::byte>& bytes) {
        const auto file = folder / "picture.png";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
        return file;
    }
    std::string refusal(const std::filesystem::path& file) {
        try {
            (void)read_png(file);
        } catch (const Error& e) {
            EXPECT_EQ(e.exit(), Exit::input);
            return e.what();
        }
        return "accepted";
    }
};

template <class T>
std::vector<T> noise(size_t count) {
    std::mt19937 random(3);
    std::vector<T> values(count);
    for (T& v : values)
        v = T(random());
    return values;
}

TEST_F(Png, EightBitsComeBackAtEveryEffort) {
    const auto rgb = noise<uint8_t>(size_t(3) * 37 * 23);
    for (int effort = 0; effort <= 9; ++effort) {
        const EncodedPicture back = read_png(save(encode_png8(37, 23, rgb, effort)));
        ASSERT_EQ(back.width, 37u);
        ASSERT_EQ(back.height, 23u);
        ASSERT_EQ(back.channels, 3u);
        ASSERT_EQ(back.largest, 255u);
        EXPECT_TRUE(std::equal(rgb.begin(), rgb.end(), back.values.begin(), back.values.end()));
    }
}

TEST_F(Png, SixteenBitsComeBackAtEveryEffort) {
    const auto rgb = noise<uint16_t>(size_t(3) * 19 * 31);
    for (int effort = 0; effort <= 9; effort += 3) {
        const EncodedPicture back = read_png(save(encode_png16(19, 31, rgb, effort)));
        ASSERT_EQ(back.width, 19u);
        ASSERT_EQ(back.height, 31u);
        ASSERT_EQ(back.largest, 65535u);
        EXPECT_EQ(back.values, rgb);
    }
}

TEST_F(Png, OnePixelIsAPicture) {
    const std::vector<uint8_t> rgb{1, 2, 3};
    EXPECT_EQ(read_png(save(encode_png8(1, 1, rgb, 1))).values, (std::vector<uint16_t>{1, 2, 3}));
}

TEST_F(Png, TheSamePictureMakesTheSameBytes) {
    const auto rgb = noise<uint8_t>(size_t(3) * 64 * 64);
    EXPECT_EQ(encode_png8(64, 64, rgb, 1), encode_png8(64, 64, rgb, 1));
}

TEST_F(Png, ReadsGreyAndPalettesAsRgb) {
    // 2 x 1 grey, 8 bits: 10, 200.
    const std::vector<unsigned char> grey{
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0xd1, 0x49, 0x20, 0x56, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78,
        0x9c, 0x63, 0xe0, 0x3a, 0x01, 0x00, 0x00, 0xdf, 0x00, 0xd3, 0x4b, 0x21, 0xa5, 0x49,
        0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
    // 3 x 1 palette, 2 bits: entries 0, 1, 2 of three colours.
    const std::vector<unsigned char> palette{
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
        0x52, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x00, 0x00, 0x00, 0x66,
        0x8e, 0xfc, 0x27, 0x00, 0x00, 0x00, 0x09, 0x50, 0x4c, 0x54, 0x45, 0x01, 0x02, 0x03, 0x28,
        0x32, 0x3c, 0xff, 0x80, 0x00, 0xe8, 0x2d, 0x67, 0x61, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44,
        0x41, 0x54, 0x78, 0x9c, 0x63, 0x90, 0x00, 0x00, 0x00, 0x1a, 0x00, 0x19, 0x2d, 0x88, 0xf4,
        0x36, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
    const auto bytes = [](const std::vector<unsigned char>& file) {
        const auto* data = reinterpret_cast<const std::byte*>(file.data());
        return std::vector<std::byte>(data, data + file.size());
    };
    EXPECT_EQ(read_png(save(bytes(grey))).values,
              (std::vector<uint16_t>{10, 10, 10, 200, 200, 200}));
    EXPECT_EQ(read_png(save(bytes(palette))).values,
              (std::vector<uint16_t>{1, 2, 3, 40, 50, 60, 255, 128, 0}));
}

TEST_F(Png, RefusesWhatIsNotThereOrNotPng) {
    EXPECT_NE(refusal(folder / "missing.png").find("No such file"), std::string::npos);
    EXPECT_NE(refusal(save({})).find("not a PNG"), std::string::npos);
    EXPECT_NE(refusal(save(std::vector<std::byte>(100))).find("not a PNG"), std::string::npos);
    EXPECT_NE(refusal(folder), "accepted");
}

TEST_F(Png, RefusesEveryCutFile) {
    const auto rgb = noise<uint8_t>(size_t(3) * 16 * 16);
    const std::vector<std::byte> whole = encode_png8(16, 16, rgb, 1);
    // The last 12 bytes are the end mark, after all pixels; libpng asks for it all the same.
    for (size_t size = 0; size < whole.size(); size += 7)
        EXPECT_NE(refusal(save({whole.begin(), whole.begin() + long(size)})), "accepted") << size;
}

TEST_F(Png, RefusesADamagedFile) {
    const auto rgb = noise<uint8_t>(size_t(3) * 16 * 16);
    std::vector<std::byte> bytes = encode_png8(16, 16, rgb, 1);
    bytes[bytes.size() / 2] ^= std::byte{0x10};
    EXPECT_NE(refusal(save(bytes)), "accepted");
}

TEST_F(Png, RefusesAPictureBeyondTheLimitsBeforeMakingRoom) {
    const std::vector<uint8_t> rgb{1, 2, 3};
    std::vector<std::byte> bytes = encode_png8(1, 1, rgb, 1);
    for (int i = 16; i < 24; ++i)
        bytes[size_t(i)] = std::byte{0x7f}; // width and height
    EXPECT_NE(refusal(save(bytes)), "accepted");
}

TEST_F(Png, RefusesAPictureThatNeedsMoreThanItMay) {
    const std::vector<uint8_t> rgb(size_t(3) * 64 * 32, 7);
    const std::filesystem::path file = save(encode_png8(64, 32, rgb, 1));
    const uint64_t bytes = uint64_t(64) * 32 * 3 * 2;
    EXPECT_EQ(read_png(file, bytes).width, 64u);
    EXPECT_THROW(read_png(file, bytes - 1), Error);
}

} // namespace
} // namespace juggler
