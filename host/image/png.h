// PNG files: written with libdeflate, which is fast, and read with libpng. Nothing but pixels and
// the notes given is written, so equal pictures make equal files within one build.
#pragma once

#include "host/image/picture.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

struct libdeflate_compressor;

namespace juggler {

// A picture as its file has it: codes of the sRGB curve, not light.
struct EncodedPicture {
    uint32_t width = 0, height = 0;
    uint32_t channels = 3;        // 3 = RGB, 4 = RGBA
    uint32_t largest = 255;       // the code of 1: 255 or 65535
    std::vector<uint16_t> values; // [height][width][channels]
};

// What writing takes beside the file; kept from picture to picture, it is not allocated again.
struct PngMemory {
    struct Free {
        void operator()(libdeflate_compressor* compressor) const noexcept;
    };
    std::unique_ptr<libdeflate_compressor, Free> compressor;
    int effort = -1;                         // that it was made for
    std::vector<std::byte> filtered, packed; // these never shrink
};

// `effort`: 0 stores, 1 is fast, 9 is smallest. rgb is [height][width][3]. Notes become tEXt
// chunks. What `file` held before is gone, but for its memory.
void write_png(std::vector<std::byte>& file, uint32_t width, uint32_t height,
               std::span<const uint8_t> rgb, int effort, const FileNotes& notes, PngMemory& memory);
void write_png(std::vector<std::byte>& file, uint32_t width, uint32_t height,
               std::span<const uint16_t> rgb, int effort, const FileNotes& notes,
               PngMemory& memory);
std::vector<std::byte> encode_png8(uint32_t width, uint32_t height, std::span<const uint8_t> rgb,
                                   int effort, const FileNotes& notes = {});
std::vector<std::byte> encode_png16(uint32_t width, uint32_t height, std::span<const uint16_t> rgb,
                                    int effort, const FileNotes& notes = {});

bool is_png(std::span<const std::byte> file);

// The notes (tEXt chunks) of a PNG that is whole: every chunk there with the checksum it was
// written with, up to the end mark, and nothing behind it. Pixels are not unpacked.
std::optional<FileNotes> notes_of_whole_png(std::span<const std::byte> file);

// Throws Error(Exit::input) for a file that is missing, not PNG, broken, beyond 65536 pixels a side
// or 2^28 in all, or whose pixels need more than `max_bytes`: said before memory is taken. Grey and
// palettes become RGB.
EncodedPicture read_png(const std::filesystem::path& file, uint64_t max_bytes = uint64_t(4) << 30);

} // namespace juggler
