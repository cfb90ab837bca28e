// Picture files of every kind that is written here.
#pragma once

#include "host/image/picture.h"
#include "host/image/png.h"

#include <filesystem>
#include <variant>

namespace juggler {

// Codes of a display (PNG), or light (EXR, HDR, PFM).
using AnyPicture = std::variant<EncodedPicture, Picture>;

// Told apart by its first bytes, whatever the file is called. Throws Error(Exit::input) for a file
// that is missing, of another kind, or broken; for PNGs whose pixels need more than `max_bytes`,
// and other files that are longer.
AnyPicture read_picture(const std::filesystem::path& file, uint64_t max_bytes = uint64_t(4) << 30);

// As a terminal shows it: light goes through the default tone curve.
EncodedPicture displayed(AnyPicture&& picture);

} // namespace juggler
