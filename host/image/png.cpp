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

// In stb_write.cpp.
unsigned char* stb_png(const unsigned char* rgb, int width, int height, int* size);
// 0 to 12, for the next stb_png of this thread.
thread_local int stb_deflate_level = 1;

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

// Right after the header, where readers that stop at the pixels still see them.
void insert_notes(std::vector<std::byte>& file, const FileNotes& notes) {
    std::vector<std::byte> chunks;
    for (const FileNote& note : notes) {
        const std::string body = "tEXt" + note.key + '\0' + note.value;
        put_word(chunks, uint32_t(body.size() - 4));
        const auto bytes = std::as_bytes(std::span(body));
        chunks.insert(chunks.end(), bytes.begin(), bytes.end());
        put_word(chunks, libdeflate_crc32(0, body.data(), body.size()));
    }
    constexpr size_t header_end = 8 + 12 + 13; // signature, IHDR
    file.insert(file.begin() + header_end, chunks.begin(), chunks.end());
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

void append(png_structp png, png_bytep data, size_t size) {
    auto* out = static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
    bool grown = true;
    try {
        const auto* bytes = reinterpret_cast<const std::byte*>(data);
        out->insert(out->end(), bytes, bytes + size);
    } catch (const std::bad_alloc&) {
        grown = false; // an exception may not cross C frames
    }
    if (!grown) png_error(png, "out of memory");
}
void no_flush(png_structp) {}

struct Writer {
    PngFailure failure;
    png_structp png = nullptr;
    png_infop info = nullptr;

    Writer() {
        png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, on_error, on_warning);
        if (png) info = png_create_info_struct(png);
        if (!info) {
            png_destroy_write_struct(&png, nullptr);
            throw std::bad_alloc();
        }
    }
    ~Writer() { png_destroy_write_struct(&png, &info); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
};

bool write_rows(const Writer& w, uint32_t width, uint32_t height, const uint16_t* rgb, int effort) {
    if (setjmp(png_jmpbuf(w.png))) return false;
    png_set_user_limits(w.png, picture_side_limit, picture_side_limit);
    png_set_IHDR(w.png, w.info, width, height, 16, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(w.png, effort);
    png_set_filter(w.png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_write_info(w.png, w.info);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(w.png);
    for (uint32_t y = 0; y < height; ++y)
        png_write_row(w.png, reinterpret_cast<png_const_bytep>(rgb + size_t(3) * width * y));
    png_write_end(w.png, nullptr);
    return true;
}

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

std::vector<std::byte> encode_png8(uint32_t width, uint32_t height, std::span<const uint8_t> rgb,
                                   int effort, const FileNotes& notes) {
    static const int levels[10] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 12}; // of libdeflate
    stb_deflate_level = levels[std::clamp(effort, 0, 9)];
    int size = 0;
    const std::unique_ptr<unsigned char, decltype(&std::free)> file(
        stb_png(rgb.data(), int(width), int(height), &size), &std::free);
    if (!file) throw std::bad_alloc();
    const auto* bytes = reinterpret_cast<const std::byte*>(file.get());
    std::vector<std::byte> out(bytes, bytes + size);
    insert_notes(out, notes);
    return out;
}

std::vector<std::byte> encode_png16(uint32_t width, uint32_t height, std::span<const uint16_t> rgb,
                                    int effort, const FileNotes& notes) {
    std::vector<std::byte> out;
    Writer writer;
    png_set_write_fn(writer.png, &out, append, no_flush);
    if (!write_rows(writer, width, height, rgb.data(), std::clamp(effort, 0, 9)))
        throw Error(Exit::failed, std::string("encode a picture: ") + writer.failure.text);
    insert_notes(out, notes);
    return out;
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
