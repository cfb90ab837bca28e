// PFM files (.pfm): light as bare 32-bit floats, the simplest format that keeps every bit.
#pragma once

#include "host/image/picture.h"

#include <cstddef>
#include <span>
#include <vector>

namespace juggler {

// rgb is [height][width][3]. Little-endian, rows from the bottom, as the format has them.
// The file is made in the memory of `reuse`.
std::vector<std::byte> encode_pfm(uint32_t width, uint32_t height, std::span<const float> rgb,
                                  std::vector<std::byte> reuse = {});

bool is_pfm(std::span<const std::byte> file);

// Both byte orders, colour (PF) and grey (Pf). Throws Error(Exit::input) "the PFM ..." if the file
// is broken, or beyond 65536 pixels a side or 2^28 in all.
Picture decode_pfm(std::span<const std::byte> file);

} // namespace juggler
