// The one place that compiles stb_image_write, with libdeflate in place of its own deflate and CRC
// (11 times as fast on a 1920x1080 picture, and smaller).
#include <libdeflate.h>

#include <cstdlib>

namespace juggler {
extern thread_local int stb_deflate_level;
}

namespace {

unsigned char* deflate_all(unsigned char* data, int size, int* out_size, int /*quality*/) {
    libdeflate_compressor* compressor = libdeflate_alloc_compressor(juggler::stb_deflate_level);
    if (!compressor) return nullptr;
    const size_t bound = libdeflate_zlib_compress_bound(compressor, size_t(size));
    auto* out = static_cast<unsigned char*>(std::malloc(bound));
    const size_t written =
        out ? libdeflate_zlib_compress(compressor, data, size_t(size), out, bound) : 0;
    libdeflate_free_compressor(compressor);
    *out_size = int(written);
    if (written == 0) {
        std::free(out);
        return nullptr;
    }
    return out;
}

unsigned int crc_of(unsigned char* data, int size) {
    return libdeflate_crc32(0, data, size_t(size));
}

} // namespace

#define STBIW_ZLIB_COMPRESS deflate_all
#define STBIW_CRC32 crc_of
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace juggler {

unsigned char* stb_png(const unsigned char* rgb, int width, int height, int* size);
unsigned char* stb_png(const unsigned char* rgb, int width, int height, int* size) {
    // Differences to the pixel on the left suit rendered pictures, and need no search. A global of
    // stb: written once, whatever number of threads encode.
    [[maybe_unused]] static const int filter = stbi_write_force_png_filter = 1;
    return stbi_write_png_to_mem(rgb, width * 3, width, height, 3, size);
}

} // namespace juggler
