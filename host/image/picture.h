// A picture before it is encoded: linear light. And what its file says besides its pixels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

struct Picture {
    uint32_t width = 0, height = 0;
    std::vector<float> rgb; // [height][width][3], linear, row 0 at the top
};

// Where a picture lies in the whole one it is a crop of, in pixels.
struct Placement {
    uint32_t x = 0, y = 0;
    uint32_t whole_width = 0, whole_height = 0;
};

// Text that a picture file holds beside its pixels. Keys and values are printable ASCII without
// "="; a key has at most 79 letters.
struct FileNote {
    std::string key, value;
    bool operator==(const FileNote&) const = default;
};
using FileNotes = std::vector<FileNote>;

// A channel of a picture beside its light, by its name in files ("depth.Z").
struct PictureChannel {
    std::string name;
    const float* values; // [height][width]
};

// The value of a key, "" if it is not there.
inline std::string_view note_of(const FileNotes& notes, std::string_view key) {
    for (const FileNote& note : notes)
        if (note.key == key) return note.value;
    return {};
}

// What pictures of any kind are read within.
inline constexpr uint32_t picture_side_limit = 65536;
inline constexpr uint64_t picture_pixel_limit = uint64_t(1) << 28;

} // namespace juggler
