// OpenEXR files: light as it is, 32-bit floats in the channels R, G and B, compressed without loss.
#pragma once

#include "host/image/picture.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace juggler {

// rgb is [height][width][3]. The data window is the picture, the display window the whole one that
// `place` says it is a crop of. Notes become string attributes, `more` channels beside the light.
// The file is made in the memory of `reuse`.
std::vector<std::byte> encode_exr(uint32_t width, uint32_t height, const Placement& place,
                                  std::span<const float> rgb, const FileNotes& notes = {},
                                  std::span<const PictureChannel> more = {},
                                  std::vector<std::byte> reuse = {});

bool is_exr(std::span<const std::byte> file);

// The data window; R, G and B, or Y alone as grey. `notes`, if asked for, gets the string
// attributes. Throws Error(Exit::input) "the EXR ..." if the file is broken, has several parts,
// goes beyond 65536 pixels a side or 2^28 in all, or if its pixels need more than `max_bytes`.
Picture decode_exr(std::span<const std::byte> file, FileNotes* notes = nullptr,
                   uint64_t max_bytes = UINT64_MAX);

} // namespace juggler
