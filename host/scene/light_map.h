// Pictures of the light from all directions, from files.
#pragma once

#include "host/scene/description.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace juggler {

// A Radiance (.hdr) or OpenEXR file, told apart by its first bytes. Throws Error(Exit::input) "the
// HDR ..." if it is neither, broken, or needs more than `max_bytes`.
LightMapDescription decode_light_map(std::span<const std::byte> file, const std::string& name,
                                     uint64_t max_bytes);

// The same of a file of that name, named in the message.
LightMapDescription read_light_map(const std::filesystem::path& file, uint64_t max_bytes);

// What to tell about values that could not be used as they were.
std::string changed_values_note(const LightMapDescription& map);

} // namespace juggler
