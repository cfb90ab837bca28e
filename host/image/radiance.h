// Radiance pictures (.hdr): light as 8-bit mantissas with one exponent a pixel, good to about 0.4 %
// of the brightest channel (Ward, "Real Pixels", Graphics Gems II, 1991).
#pragma once

#include "host/image/picture.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace juggler {

// rgb is [height][width][3]. Negative light and NaN are written as 0. Notes become lines of the
// header. The file is made in the memory of `reuse`.
std::vector<std::byte> encode_hdr(uint32_t width, uint32_t height, std::span<const float> rgb,
                                  const FileNotes& notes = {}, std::vector<std::byte> reuse = {});

bool is_hdr(std::span<const std::byte> file);

// Light without the file's EXPOSURE; rows from the top and pixels from the left only. `notes`, if
// asked for, gets the header's lines "key=value". Throws Error(Exit::input) "the HDR ..." if the
// file is broken, in another colour space, beyond 65536 pixels a side or 2^28 in all, or if its
// pixels need more than `max_bytes`.
Picture decode_hdr(std::span<const std::byte> file, FileNotes* notes = nullptr,
                   uint64_t max_bytes = UINT64_MAX);

} // namespace juggler
