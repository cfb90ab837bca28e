// Several pictures as one.
#pragma once

#include "host/image/png.h"

#include <cstdint>
#include <span>

namespace juggler {

// In rows of `columns`, each shrunk to fit its cell, in its middle, on dark grey.
EncodedPicture contact_sheet(std::span<const EncodedPicture> pictures, uint32_t columns,
                             uint32_t cell_width, uint32_t cell_height);

} // namespace juggler
