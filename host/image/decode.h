// PNG, JPEG and WebP files to pixels, with every size checked before memory is taken for it.
#pragma once

#include "host/scene/description.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace juggler {

inline constexpr uint32_t max_image_side = 16384;

// Told apart by their first bytes, whatever the file is called. 16-bit channels are rounded to 8,
// palettes and grey become RGB, alpha is 255 where the file has none; gamma and colour profiles are
// ignored, as glTF asks. The name stays empty. WebP is read where libwebp was there to build with.
// Throws Error(Exit::input) whose message says what is wrong ("the PNG is ...") if the file is
// broken, of another kind, or decoding it needs more than `max_bytes`.
bool reads_webp();
ImageDescription decode_image(std::span<const std::byte> file, uint64_t max_bytes);

} // namespace juggler
