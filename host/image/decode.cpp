#include "host/image/decode.h"

#include "host/base/error.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <jpeglib.h>
#include <png.h>
#ifdef JUGGLER_WEBP
#include <webp/decode.h>
#endif

namespace juggler {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Exit::input, message); }

// Both libraries leave by longjmp, which runs no destructors: the functions that call setjmp hold
// nothing but plain values, and what must be freed is owned by their callers.
constexpr size_t message_bytes = JMSG_LENGTH_MAX > 256 ? JMSG_LENGTH_MAX : 256;

void check_size(const char* kind, uint64_t width, uint64_t height, uint64_t bytes_per_pixel,
                uint64_t max_bytes) {
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    if (width == 0 || height == 0) refuse(std::string("the ") + kind + " is " + size + " pixels");
    if (width > max_image_side || height > max_image_side)
        refuse(std::string("the ") + kind + " is " + size + " pixels, more than the " +
               std::to_string(max_image_side) + " a side allowed");
    const uint64_t bytes = width * height * bytes_per_pixel;
    if (bytes > max_bytes)
        refuse(std::string("the ") + kind + " is " + size + " pixels and needs " +
               std::to_string(bytes) + " bytes, more than the " + std::to_string(max_bytes) +
               " left of the memory budget");
}

// ---- PNG -----------------------------------------------------------------------------------

struct PngReader {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::span<const std::byte> rest;
    char message[message_bytes] = "out of memory";

    PngReader() = default;
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void png_failed(png_structp png, png_const_charp text) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader->message, sizeof reader->message, "%s", text);
    png_longjmp(png, 1);
}

void png_warned(png_structp, png_const_charp) {}

void read_png_bytes(png_structp png, png_bytep to, size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (reader->rest.size() < count) png_error(png, "unexpected end of the file");
    std::memcpy(to, reader->rest.data(), count);
    reader->rest = reader->rest.subspan(count);
}

// Chunks that change no pixel of ours, five bytes a name. Listed ones are skipped by their length,
// never inflated: a small text chunk may unpack to gigabytes.
constexpr png_byte skipped_chunks[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                      "sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";

bool read_png_header(PngReader& reader) {
    if (setjmp(png_jmpbuf(reader.png))) return false;
    // The limits are ours to check and report.
    png_set_user_limits(reader.png, 0x7fffffff, 0x7fffffff);
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, skipped_chunks,
                                static_cast<int>(sizeof skipped_chunks / 5));
    png_set_read_fn(reader.png, &reader, read_png_bytes);
    png_read_info(reader.png, reader.info);
    return true;
}

bool read_png_pixels(PngReader& reader, png_bytepp rows) {
    if (setjmp(png_jmpbuf(reader.png))) return false;
    png_set_expand(reader.png);
    png_set_scale_16(reader.png);
    png_set_gray_to_rgb(reader.png);
    png_set_add_alpha(reader.png, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    png_read_image(reader.png, rows);
    return true;
}

uint32_t big_endian(std::span<const std::byte, 4> bytes) {
    uint32_t value = 0;
    for (const std::byte byte : bytes)
        value = value << 8 | std::to_integer<uint32_t>(byte);
    return value;
}

ImageDescription decode_png(std::span<const std::byte> file, uint64_t max_bytes) {
    // Width and height stand at fixed places: no need to read on if they are out of bounds.
    if (file.size() >= 24)
        check_size("PNG", big_endian(file.subspan<16, 4>()), big_endian(file.subspan<20, 4>()), 4,
                   max_bytes);
    PngReader reader;
    reader.rest = file;
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, png_failed, png_warned);
    reader.info = reader.png ? png_create_info_struct(reader.png) : nullptr;
    if (!reader.info || !read_png_header(reader))
        refuse("the PNG cannot be read: " + std::string(reader.message));

    ImageDescription image;
    image.width = png_get_image_width(reader.png, reader.info);
    image.height = png_get_image_height(reader.png, reader.info);
    image.texels.resize(size_t(image.width) * image.height);
    std::vector<png_bytep> rows(image.height);
    for (size_t y = 0; y < rows.size(); ++y)
        rows[y] = reinterpret_cast<png_bytep>(image.texels.data() + y * image.width);
    if (!read_png_pixels(reader, rows.data()))
        refuse("the PNG cannot be read: " + std::string(reader.message));
    return image;
}

// ---- JPEG ----------------------------------------------------------------------------------

// Scans of a progressive file: each visits the whole picture, so their number bounds the time.
constexpr int max_jpeg_scans = 100;

struct JpegReader {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    jmp_buf failed;
    char message[message_bytes] = "out of memory";

    JpegReader() = default;
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;
    ~JpegReader() { jpeg_destroy_decompress(&info); }
};

[[noreturn]] void jpeg_failed(j_common_ptr info) {
    auto* reader = static_cast<JpegReader*>(info->client_data);
    info->err->format_message(info, reader->message);
    std::longjmp(reader->failed, 1);
}

// Level -1 is damaged data, which the library would paint over.
void jpeg_warned(j_common_ptr info, int level) {
    if (level < 0) jpeg_failed(info);
}

void jpeg_advanced(j_common_ptr info) {
    auto* reader = static_cast<JpegReader*>(info->client_data);
    if (reader->info.input_scan_number <= max_jpeg_scans) return;
    std::snprintf(reader->message, sizeof reader->message, "more than %d scans", max_jpeg_scans);
    std::longjmp(reader->failed, 1);
}

bool read_jpeg_header(JpegReader& reader, std::span<const std::byte> file) {
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.info.client_data = &reader;
    reader.errors.error_exit = jpeg_failed;
    reader.errors.emit_message = jpeg_warned;
    if (setjmp(reader.failed)) return false;
    jpeg_create_decompress(&reader.info);
    reader.progress.progress_monitor = jpeg_advanced;
    reader.info.progress = &reader.progress;
    jpeg_mem_src(&reader.info, reinterpret_cast<const unsigned char*>(file.data()),
                 static_cast<unsigned long>(file.size()));
    jpeg_read_header(&reader.info, TRUE);
    return true;
}

bool read_jpeg_pixels(JpegReader& reader, uint32_t* texels) {
    if (setjmp(reader.failed)) return false;
    // The exact integer transform and plain repetition of chroma: the same bytes from every
    // library of this interface.
    reader.info.dct_method = JDCT_ISLOW;
    reader.info.do_fancy_upsampling = FALSE;
    reader.info.do_block_smoothing = FALSE;
    reader.info.out_color_space = JCS_EXT_RGBA;
    jpeg_start_decompress(&reader.info);
    while (reader.info.output_scanline < reader.info.output_height) {
        auto* row = reinterpret_cast<JSAMPROW>(texels + size_t(reader.info.output_scanline) *
                                                            reader.info.output_width);
        jpeg_read_scanlines(&reader.info, &row, 1);
    }
    return true;
}

ImageDescription decode_jpeg(std::span<const std::byte> file, uint64_t max_bytes) {
    JpegReader reader;
    if (!read_jpeg_header(reader, file))
        refuse("the JPEG cannot be read: " + std::string(reader.message));
    const J_COLOR_SPACE colors = reader.info.jpeg_color_space;
    if (colors != JCS_GRAYSCALE && colors != JCS_YCbCr && colors != JCS_RGB)
        refuse("the JPEG has " + std::to_string(reader.info.num_components) +
               " colour channels (CMYK?), only grey and RGB are supported");

    ImageDescription image;
    image.width = reader.info.image_width;
    image.height = reader.info.image_height;
    // Files of several scans keep 16-bit coefficients of all channels until the last.
    const uint64_t coefficient_bytes = jpeg_has_multiple_scans(&reader.info)
                                           ? uint64_t(2) * uint64_t(reader.info.num_components)
                                           : 0;
    check_size("JPEG", image.width, image.height, 4 + coefficient_bytes, max_bytes);
    image.texels.resize(size_t(image.width) * image.height);
    if (!read_jpeg_pixels(reader, image.texels.data()))
        refuse("the JPEG cannot be read: " + std::string(reader.message));
    return image;
}

// ---- WebP ----------------------------------------------------------------------------------

#ifdef JUGGLER_WEBP
ImageDescription decode_webp(std::span<const std::byte> file, uint64_t max_bytes) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(file.data());
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, file.size(), &features) != VP8_STATUS_OK)
        refuse("the WebP cannot be read: its header is damaged");
    if (features.has_animation) refuse("the WebP is an animation, only still ones are supported");
    ImageDescription image;
    image.width = static_cast<uint32_t>(features.width);
    image.height = static_cast<uint32_t>(features.height);
    // The library keeps a second copy of lossless pixels while it decodes.
    check_size("WebP", image.width, image.height, 8, max_bytes);
    image.texels.resize(size_t(image.width) * image.height);
    auto* texels = reinterpret_cast<uint8_t*>(image.texels.data());
    const size_t row_bytes = size_t(image.width) * 4;
    if (!WebPDecodeRGBAInto(bytes, file.size(), texels, row_bytes * image.height,
                            static_cast<int>(row_bytes)))
        refuse("the WebP cannot be read: its data is damaged or cut off");
    return image;
}
#else
ImageDescription decode_webp(std::span<const std::byte>, uint64_t) {
    refuse("the image is WebP, which this program was built without (libwebp-dev); "
           "only PNG and JPEG are supported");
}
#endif

bool starts_with(std::span<const std::byte> file, std::string_view magic) {
    return file.size() >= magic.size() && std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

} // namespace

#ifdef JUGGLER_WEBP
bool reads_webp() { return true; }
#else
bool reads_webp() { return false; }
#endif

ImageDescription decode_image(std::span<const std::byte> file, uint64_t max_bytes) {
    if (file.empty()) refuse("the image is empty, 0 bytes");
    if (starts_with(file, "\x89PNG\r\n\x1a\n")) return decode_png(file, max_bytes);
    if (starts_with(file, "\xff\xd8\xff")) return decode_jpeg(file, max_bytes);
    if (starts_with(file, "RIFF")) return decode_webp(file, max_bytes);
    if (starts_with(file, "\xabKTX"))
        refuse("the image is KTX, only PNG, JPEG and WebP are supported");
    refuse("the image is neither PNG nor JPEG nor WebP");
}

} // namespace juggler
