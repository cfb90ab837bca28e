#include "host/image/pfm.h"

#include "host/base/error.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace juggler {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error(Exit::input, "the PFM " + why); }

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// The next word of the header, and the one blank after it.
std::string_view word(std::string_view& text) {
    size_t begin = 0;
    while (begin < text.size() && is_space(text[begin]))
        ++begin;
    size_t end = begin;
    while (end < text.size() && !is_space(text[end]))
        ++end;
    if (end == begin || end == text.size() || end - begin > 30) refuse("has no whole header");
    const std::string_view found = text.substr(begin, end - begin);
    text.remove_prefix(end + 1);
    return found;
}

template <class T>
T number(std::string_view text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end)
        refuse("has " + std::string(text) + " where a number should be");
    return value;
}

uint32_t swapped(uint32_t v) {
    return v >> 24 | (v >> 8 & 0xff00u) | (v << 8 & 0xff0000u) | v << 24;
}

constexpr bool little_machine = std::endian::native == std::endian::little;

} // namespace

std::vector<std::byte> encode_pfm(uint32_t width, uint32_t height, std::span<const float> rgb,
                                  std::vector<std::byte> reuse) {
    const std::string header =
        "PF\n" + std::to_string(width) + " " + std::to_string(height) + "\n-1.0\n";
    std::vector<std::byte> out = std::move(reuse);
    out.resize(header.size() + rgb.size() * 4);
    std::memcpy(out.data(), header.data(), header.size());
    std::byte* to = out.data() + header.size();
    for (size_t y = height; y-- > 0;)
        for (size_t i = 0; i < size_t(width) * 3; ++i, to += 4) {
            const auto bits = std::bit_cast<uint32_t>(rgb[y * width * 3 + i]);
            const uint32_t stored = little_machine ? bits : swapped(bits);
            std::memcpy(to, &stored, 4);
        }
    return out;
}

bool is_pfm(std::span<const std::byte> file) {
    return file.size() >= 3 && file[0] == std::byte('P') &&
           (file[1] == std::byte('F') || file[1] == std::byte('f')) &&
           is_space(char(std::to_integer<unsigned char>(file[2])));
}

Picture decode_pfm(std::span<const std::byte> file) {
    if (!is_pfm(file)) refuse("is none");
    std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    const size_t channels = word(text) == "PF" ? 3 : 1;
    Picture picture;
    picture.width = number<uint32_t>(word(text));
    picture.height = number<uint32_t>(word(text));
    const auto scale = number<double>(word(text));
    if (picture.width < 1 || picture.height < 1 || picture.width > picture_side_limit ||
        picture.height > picture_side_limit ||
        uint64_t(picture.width) * picture.height > picture_pixel_limit)
        refuse("has " + std::to_string(picture.width) + " x " + std::to_string(picture.height) +
               " pixels; the limits are 65536 a side and 2^28 in all");
    if (scale == 0) refuse("has the scale 0");
    const size_t row_values = size_t(picture.width) * channels;
    if (text.size() != row_values * picture.height * 4) refuse("has too few bytes, or too many");
    const bool swap = (scale < 0) != little_machine;
    picture.rgb.resize(size_t(picture.width) * picture.height * 3);
    float* to = picture.rgb.data();
    for (size_t y = picture.height; y-- > 0;)
        for (size_t i = 0; i < row_values; ++i) {
            uint32_t bits = 0;
            std::memcpy(&bits, text.data() + (y * row_values + i) * 4, 4);
            const auto value = std::bit_cast<float>(swap ? swapped(bits) : bits);
            for (size_t copy = 0; copy < 3 / channels; ++copy)
                *to++ = value;
        }
    return picture;
}

} // namespace juggler
