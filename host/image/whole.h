// Is a file whole, and with what settings was it made? Asked of its bytes alone, without unpacking
// them, so that going through thousands of finished frames takes no time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace juggler {

// The note (host/image/picture.h) that says what settings a picture was made with.
inline constexpr const char* settings_note = "juggler:settings";

// PNG files have checksums of their own. EXR and HDR files get a note with a hash of all other
// bytes: written as zeros at first, and filled in by seal(), once the file is complete.
inline constexpr const char* seal_note = "juggler:seal";
std::string open_seal();
void seal(std::vector<std::byte>& file);

// The settings note of a PNG, EXR or HDR file that has every byte it was written with; "" for any
// other.
std::string settings_of_whole(std::span<const std::byte> file);

} // namespace juggler
