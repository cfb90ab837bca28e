#include "host/image/png.h"

#include "host/base/error.h"

#include <libdeflate.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace juggler {

namespace {

constexpr std::array<std::byte, 8> png_signature{std::byte{0x89}, std::byte{'P'},  std::byte{'N'},
                                                 std::byte{'G'},  std::byte{'\r'}, std::byte{'\n'},
                                                 std::byte{0x1a}, std::byte{'\n'}};

void put_word(std::vector<std::byte>& out, uint32_t value) { // big-endian
    for (const int shift : {24, 16, 8, 0})
        out.push_back(std::byte(value >> shift & 255));
}

uint32_t word_at(std::span<const std::byte> bytes, size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i)
        value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
    return value;
}

// Length, type, data, and the checksum of type and data.
void put_chunk(std::vector<std::byte>& out, std::string_view type,
               std::span<const std::byte> data) {
    put_word(out, uint32_t(data.size()));
    const size_t begin = out.size();
    const auto name = std::as_bytes(std::span(type));
    out.insert(out.end(), name.begin(), name.end());
    out.insert(out.end(), data.begin(), data.end());
    put_word(out, libdeflate_crc32(0, out.data() + begin, out.size() - begin));
}

void put_header(std::vector<std::byte>& out, uint32_t width, uint32_t height, size_t bits) {
    std::vector<std::byte> header;
    put_word(header, width);
    put_word(header, height);
    // Colours are RGB; the only compression and the only set of filters there are; not interlaced.
    for (const size_t value : {bits, size_t(2), size_t(0), size_t(0), size_t(0)})
        header.push_back(std::byte(value));
    put_chunk(out, "IHDR", header);
}

// Behind the header, where readers that stop at the pixels still see them.
void put_notes(std::vector<std::byte>& out, const FileNotes& notes) {
    for (const FileNote& note : notes) {
        const std::string body = note.key + '\0' + note.value;
        put_chunk(out, "tEXt", std::as_bytes(std::span(body)));
    }
}

// The difference of every byte to that of the pixel on the left suits rendered pictures, and needs
// no search for a better filter.
void filter_row(const uint8_t* rgb, size_t count, std::byte* to) {
    for (size_t i = 0; i < 3; ++i)
        to[i] = std::byte(rgb[i]);
    for (size_t i = 3; i < count; ++i)
        to[i] = std::byte(uint8_t(rgb[i] - rgb[i - 3]));
}
// The same, high bytes first.
void filter_row(const uint16_t* rgb, size_t count, std::byte* to) {
    for (size_t i = 0; i < count; ++i) {
        const unsigned here = rgb[i], left = i < 3 ? 0u : rgb[i - 3];
        to[2 * i] = std::byte(uint8_t((here >> 8) - (left >> 8)));
        to[2 * i + 1] = std::byte(uint8_t(here - left));
    }
}

template <class T>
size_t filter(uint32_t width, uint32_t height, const T* rgb, std::vector<std::byte>& filtered) {
    constexpr auto difference_to_the_left = std::byte{1};
    const size_t count = size_t(width) * 3, row_bytes = 1 + count * sizeof(T);
    if (filtered.size() < row_bytes * height) filtered.resize(row_bytes * height);
    for (size_t y = 0; y < height; ++y) {
        std::byte* row = filtered.data() + row_bytes * y;
        row[0] = difference_to_the_left;
        filter_row(rgb + count * y, count, row + 1);
    }
    return row_bytes * height;
}

libdeflate_compressor* compressor_for(int effort, PngMemory& memory) {
    static const int levels[10] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 12}; // of libdeflate
    const int wanted = std::clamp(effort, 0, 9);
    if (memory.effort != wanted || !memory.compressor) {
        memory.compressor.reset(libdeflate_alloc_compressor(levels[wanted]));
        if (!memory.compressor) throw std::bad_alloc();
        memory.effort = wanted;
    }
    return memory.compressor.get();
}

template <class T>
void write_pixels(std::vector<std::byte>& file, uint32_t width, uint32_t height, const T* rgb,
                  int effort, const FileNotes& notes, PngMemory& memory) {
    libdeflate_compressor* compressor = compressor_for(effort, memory);
    const size_t bytes = filter(width, height, rgb, memory.filtered);
    const size_t bound = libdeflate_zlib_compress_bound(compressor, bytes);
    if (memory.packed.size() < bound) memory.packed.resize(bound);
    const size_t packed = libdeflate_zlib_compress(compressor, memory.filtered.data(), bytes,
                                                   memory.packed.data(), bound);
    file.assign(png_signature.begin(), png_signature.end());
    put_header(file, width, height, sizeof(T) * 8);
    put_notes(file, notes);
    put_chunk(file, "IDAT", std::span(memory.packed).first(packed));
    put_chunk(file, "IEND", {});
}

template <class T>
std::vector<std::byte> encode_once(uint32_t width, uint32_t height, const T* rgb, int effort,
                                   const FileNotes& notes) {
    std::vector<std::byte> file;
    PngMemory memory;
    write_pixels(file, width, height, rgb, effort, notes, memory);
    return file;
}

// libpng reports failures by longjmp. Only functions without destructors of their own stand between
// a setjmp and the calls it guards; the message waits here.
struct PngFailure {
    char text[200] = "";
};

void on_error(png_structp png, png_const_charp message) {
    auto* failure = static_cast<PngFailure*>(png_get_error_ptr(png));
    std::snprintf(failure->text, sizeof failure->text, "%s", message);
    std::longjmp(png_jmpbuf(png), 1);
}
void on_warning(png_structp, png_const_charp) {}

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct Reader {
    PngFailure failure;
    png_structp png = nullptr;
    png_infop info = nullptr;

    Reader() {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure, on_error, on_warning);
        if (png) info = png_create_info_struct(png);
        if (!info) {
            png_destroy_read_struct(&png, nullptr, nullptr);
            throw std::bad_alloc();
        }
    }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};

struct Header {
    uint32_t width, height, channels, bits;
};

// Reads up to the pixels, and asks for RGB or RGBA of 8 or 16 bits in this machine's byte order.
bool read_header(const Reader& r, std::FILE* file, Header& header) {
    if (setjmp(png_jmpbuf(r.png))) return false;
    png_init_io(r.png, file);
    png_set_user_limits(r.png, picture_side_limit, picture_side_limit);
    // Only pixels are of interest: everything else is skipped by its length.
    png_set_keep_unknown_chunks(r.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(r.png, r.info);
    header.width = png_get_image_width(r.png, r.info);
    header.height = png_get_image_height(r.png, r.info);
    header.bits = png_get_bit_depth(r.png, r.info) == 16 ? 16 : 8;
    png_set_expand(r.png);
    png_set_gray_to_rgb(r.png);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(r.png);
    (void)png_set_interlace_handling(r.png);
    png_read_update_info(r.png, r.info);
    header.channels = png_get_channels(r.png, r.info);
    return true;
}

bool read_rows(const Reader& r, png_bytepp rows) {
    if (setjmp(png_jmpbuf(r.png))) return false;
    png_read_image(r.png, rows);
    png_read_end(r.png, nullptr);
    return true;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw Error(Exit::input, "read " + file.string() + ": " + why);
}

} // namespace

void PngMemory::Free::operator()(libdeflate_compressor* c) const noexcept {
    libdeflate_free_compressor(c);
}

void write_png(std::vector<std::byte>& file, uint32_t width, uint32_t height,
               std::span<const uint8_t> rgb, int effort, const FileNotes& notes,
               PngMemory& memory) {
    write_pixels(file, width, height, rgb.data(), effort, notes, memory);
}

void write_png(std::vector<std::byte>& file, uint32_t width, uint32_t height,
               std::span<const uint16_t> rgb, int effort, const FileNotes& notes,
               PngMemory& memory) {
    write_pixels(file, width, height, rgb.data(), effort, notes, memory);
}

std::vector<std::byte> encode_png8(uint32_t width, uint32_t height, std::span<const uint8_t> rgb,
                                   int effort, const FileNotes& notes) {
    return encode_once(width, height, rgb.data(), effort, notes);
}

std::vector<std::byte> encode_png16(uint32_t width, uint32_t height, std::span<const uint16_t> rgb,
                                    int effort, const FileNotes& notes) {
    return encode_once(width, height, rgb.data(), effort, notes);
}

bool is_png(std::span<const std::byte> file) {
    return file.size() >= 8 && std::equal(png_signature.begin(), png_signature.end(), file.begin());
}

std::optional<FileNotes> notes_of_whole_png(std::span<const std::byte> file) {
    if (!is_png(file)) return std::nullopt;
    FileNotes notes;
    for (size_t at = 8; file.size() - at >= 12;) {
        const uint32_t length = word_at(file, at);
        if (length > file.size() - at - 12) return std::nullopt;
        const std::string_view body(reinterpret_cast<const char*>(&file[at + 4]), length + 4);
        if (libdeflate_crc32(0, body.data(), body.size()) != word_at(file, at + 8 + length))
            return std::nullopt;
        at += size_t(length) + 12;
        const std::string_view type = body.substr(0, 4), data = body.substr(4);
        if (type == "IEND") return at == file.size() ? std::optional(notes) : std::nullopt;
        if (type != "tEXt" || data.find('\0') == std::string_view::npos) continue;
        const size_t end = data.find('\0');
        notes.push_back({std::string(data.substr(0, end)), std::string(data.substr(end + 1))});
    }
    return std::nullopt;
}

EncodedPicture read_png(const std::filesystem::path& path, uint64_t max_bytes) {
    const File file(std::fopen(path.c_str(), "rbe"));
    if (!file) refuse(path, std::strerror(errno));
    unsigned char signature[8];
    if (std::fread(signature, 1, 8, file.get()) != 8 || png_sig_cmp(signature, 0, 8) != 0)
        refuse(path, "not a PNG picture");
    std::rewind(file.get());

    Reader reader;
    Header header{};
    if (!read_header(reader, file.get(), header)) refuse(path, reader.failure.text);
    if (uint64_t(header.width) * header.height > picture_pixel_limit)
        refuse(path, std::to_string(header.width) + " x " + std::to_string(header.height) +
                         " pixels, the limit is 2^28 in all");
    const uint64_t bytes_needed =
        uint64_t(header.width) * header.height * header.channels * sizeof(uint16_t);
    if (bytes_needed > max_bytes)
        refuse(path, std::to_string(header.width) + " x " + std::to_string(header.height) +
                         " pixels need " + std::to_string(bytes_needed >> 20) +
                         " MiB of memory, and " + std::to_string(max_bytes >> 20) +
                         " MiB may be used");

    EncodedPicture picture;
    picture.width = header.width;
    picture.height = header.height;
    picture.channels = header.channels;
    picture.largest = header.bits == 16 ? 65535 : 255;
    const size_t row_values = size_t(header.width) * header.channels;
    picture.values.resize(row_values * header.height);

    // 8-bit rows are read into the upper half of the vector's memory and widened from the front:
    // the value being written never passes the byte being read.
    auto* bytes = reinterpret_cast<png_bytep>(picture.values.data());
    if (header.bits == 8) bytes += picture.values.size();
    const size_t row_bytes = row_values * (header.bits / 8);
    std::vector<png_bytep> rows(header.height);
    for (size_t y = 0; y < rows.size(); ++y)
        rows[y] = bytes + y * row_bytes;
    if (!read_rows(reader, rows.data())) refuse(path, reader.failure.text);
    if (header.bits == 8)
        for (size_t i = 0; i < picture.values.size(); ++i)
            picture.values[i] = bytes[i];
    return picture;
}

} // namespace juggler
