#include "host/image/radiance.h"

#include "host/base/error.h"
#include "host/image/limits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

namespace juggler {
namespace {

using Rgbe = std::array<uint8_t, 4>;

// 2^exponent for -150 <= exponent <= 150, exact.
double power_of_two(int exponent) { return std::bit_cast<double>(uint64_t(1023 + exponent) << 52); }

// Nearest mantissas: decoders that add half a step and those that do not are equally wrong.
Rgbe to_rgbe(const float* rgb) {
    double light[3], largest = 0;
    for (size_t c = 0; c < 3; ++c) {
        constexpr float limit = 0xffp119f; // the greatest exponent with the greatest mantissa
        light[c] = rgb[c] > 0 ? double(rgb[c] < limit ? rgb[c] : limit) : 0;
        largest = std::max(largest, light[c]);
    }
    if (largest < 1e-38) return {0, 0, 0, 0};
    // largest is in [2^(e-1), 2^e).
    int e = int(std::bit_cast<uint64_t>(largest) >> 52) - 1022;
    if (std::floor(largest * power_of_two(8 - e) + 0.5) > 255) ++e;
    Rgbe pixel{};
    for (size_t c = 0; c < 3; ++c)
        pixel[c] = uint8_t(std::floor(light[c] * power_of_two(8 - e) + 0.5));
    pixel[3] = uint8_t(e + 128);
    return pixel;
}

void put(std::vector<std::byte>& out, unsigned value) { out.push_back(std::byte(value)); }

// One channel of a row: runs of 3 to 127 equal bytes, and stretches of at most 128 others.
void put_runs(std::vector<std::byte>& out, const std::vector<Rgbe>& row, size_t channel) {
    const auto run_at = [&](size_t at) {
        size_t end = at + 1;
        while (end < row.size() && end - at < 127 && row[end][channel] == row[at][channel])
            ++end;
        return end - at;
    };
    for (size_t at = 0; at < row.size();) {
        size_t stretch = 0, run = 0;
        while (at + stretch < row.size() && stretch < 128) {
            run = run_at(at + stretch);
            if (run >= 3) break;
            ++stretch;
            run = 0;
        }
        if (stretch > 0) put(out, unsigned(stretch));
        for (size_t i = 0; i < stretch; ++i)
            put(out, row[at + i][channel]);
        at += stretch;
        if (run >= 3) {
            put(out, unsigned(128 + run));
            put(out, row[at][channel]);
            at += run;
        }
    }
}

[[noreturn]] void refuse(const std::string& why) { throw Error(Exit::input, "the HDR " + why); }

class Reader {
public:
    explicit Reader(std::span<const std::byte> file) : rest_(file) {}

    std::string_view line() {
        const std::string_view text(reinterpret_cast<const char*>(rest_.data()),
                                    std::min<size_t>(rest_.size(), 4096));
        const size_t end = text.find('\n');
        if (end == std::string_view::npos) refuse("has no end of its header");
        rest_ = rest_.subspan(end + 1);
        return text.substr(0, end);
    }
    uint8_t byte() {
        if (rest_.empty()) refuse("ends too early");
        const auto value = std::to_integer<uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }
    Rgbe pixel() {
        if (rest_.size() < 4) refuse("ends too early");
        Rgbe value;
        std::memcpy(value.data(), rest_.data(), 4);
        rest_ = rest_.subspan(4);
        return value;
    }

private:
    std::span<const std::byte> rest_;
};

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

// Up to the empty line; gives the product of all EXPOSUREs.
double read_header(Reader& in, FileNotes* notes) {
    double exposure = 1;
    for (int count = 0; count < 1000; ++count) {
        const std::string_view line = trimmed(in.line());
        if (line.empty()) return exposure;
        const size_t equals = line.find('=');
        if (line.front() == '#' || equals == std::string_view::npos) continue;
        const std::string_view key = line.substr(0, equals);
        const std::string_view value = trimmed(line.substr(equals + 1));
        if (key == "FORMAT" && value != "32-bit_rle_rgbe")
            refuse("is of the kind " + std::string(value.substr(0, 40)) +
                   "; only 32-bit_rle_rgbe is read");
        if (key == "EXPOSURE") {
            const auto factor = number<double>(value);
            if (!factor || !(*factor > 1e-30 && *factor < 1e30)) refuse("has a bad EXPOSURE");
            exposure *= *factor;
        } else if (notes) {
            notes->push_back({std::string(key), std::string(value)});
        }
    }
    refuse("has no end of its header");
}

// "-Y 360 +X 640"
void read_size(Reader& in, Picture& picture, uint64_t max_bytes) {
    std::string_view line = trimmed(in.line());
    const auto word = [&] {
        const size_t end = std::min(line.find(' '), line.size());
        const std::string_view first = line.substr(0, end);
        line = trimmed(line.substr(end));
        return first;
    };
    const std::string_view y = word();
    const auto height = number<uint32_t>(word());
    const std::string_view x = word();
    const auto width = number<uint32_t>(word());
    if (y != "-Y" || x != "+X" || !height || !width || *height < 1 || *width < 1)
        refuse("has no size of the form -Y 360 +X 640, or is turned");
    if (*width > picture_side_limit || *height > picture_side_limit ||
        uint64_t(*width) * *height > picture_pixel_limit)
        refuse("has " + std::to_string(*width) + " x " + std::to_string(*height) +
               " pixels; the limits are 65536 a side and 2^28 in all");
    check_picture_bytes("HDR", *width, *height, max_bytes);
    picture.width = *width;
    picture.height = *height;
}

void read_packed_row(Reader& in, std::vector<Rgbe>& row) {
    for (size_t channel = 0; channel < 4; ++channel)
        for (size_t x = 0; x < row.size();) {
            const unsigned code = in.byte();
            const size_t count = code > 128 ? code - 128 : code;
            if (count == 0 || count > row.size() - x) refuse("has a run beyond its row");
            const bool run = code > 128;
            const uint8_t same = run ? in.byte() : uint8_t(0);
            for (size_t i = 0; i < count; ++i)
                row[x++][channel] = run ? same : in.byte();
        }
}

// Plain pixels, where 1, 1, 1, n repeats the last one n times, n << 8 right after another such.
void read_plain_row(Reader& in, std::vector<Rgbe>& row, Rgbe first) {
    unsigned shift = 0;
    for (size_t x = 0; x < row.size();) {
        const Rgbe pixel = x == 0 && shift == 0 ? first : in.pixel();
        if (pixel[0] != 1 || pixel[1] != 1 || pixel[2] != 1) {
            row[x++] = pixel;
            shift = 0;
            continue;
        }
        const size_t count = size_t(pixel[3]) << shift;
        if (x == 0 || shift > 16 || count > row.size() - x) refuse("has a run beyond its row");
        std::fill_n(row.begin() + ptrdiff_t(x), count, row[x - 1]);
        x += count;
        shift += 8;
    }
}

void read_row(Reader& in, std::vector<Rgbe>& row) {
    const Rgbe first = in.pixel();
    const size_t width = size_t(first[2]) << 8 | first[3];
    if (first[0] == 2 && first[1] == 2 && first[2] < 128 && row.size() >= 8) {
        if (width != row.size()) refuse("has a row of another width");
        read_packed_row(in, row);
    } else {
        read_plain_row(in, row, first);
    }
}

} // namespace

std::vector<std::byte> encode_hdr(uint32_t width, uint32_t height, std::span<const float> rgb,
                                  const FileNotes& notes, std::vector<std::byte> reuse) {
    std::string header = "#?RADIANCE\n";
    for (const FileNote& note : notes)
        header += note.key + "=" + note.value + "\n";
    header += "FORMAT=32-bit_rle_rgbe\n\n-Y " + std::to_string(height) + " +X " +
              std::to_string(width) + "\n";
    std::vector<std::byte> out = std::move(reuse);
    const auto text = std::as_bytes(std::span(header));
    out.assign(text.begin(), text.end());
    std::vector<Rgbe> row(width);
    const bool packed = width >= 8 && width < 32768;
    for (size_t y = 0; y < height; ++y) {
        for (size_t x = 0; x < width; ++x)
            row[x] = to_rgbe(&rgb[(y * width + x) * 3]);
        if (packed) {
            for (const unsigned value : {2u, 2u, width >> 8, width & 255u})
                put(out, value);
            for (size_t channel = 0; channel < 4; ++channel)
                put_runs(out, row, channel);
        } else {
            for (const Rgbe& pixel : row)
                for (const uint8_t value : pixel)
                    put(out, value);
        }
    }
    return out;
}

bool is_hdr(std::span<const std::byte> file) {
    return file.size() >= 2 && file[0] == std::byte('#') && file[1] == std::byte('?');
}

Picture decode_hdr(std::span<const std::byte> file, FileNotes* notes, uint64_t max_bytes) {
    if (!is_hdr(file)) refuse("is none");
    Reader in(file);
    (void)in.line();
    const double exposure = read_header(in, notes);
    Picture picture;
    read_size(in, picture, max_bytes);
    // Room is made row by row: a short file may claim any size.
    std::vector<Rgbe> row(picture.width);
    for (uint32_t y = 0; y < picture.height; ++y) {
        read_row(in, row);
        for (const Rgbe& pixel : row) {
            const double scale = pixel[3] ? power_of_two(int(pixel[3]) - 136) / exposure : 0;
            for (size_t c = 0; c < 3; ++c)
                picture.rgb.push_back(float(pixel[c] * scale));
        }
    }
    return picture;
}

} // namespace juggler
