// What pictures and clips are written as.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace juggler {

enum class PictureFormat { png, png16, exr, hdr, pfm, rgb24, film, mp4, webm, gif };

struct FormatName {
    PictureFormat format;
    std::string_view name;   // of --format
    std::string_view suffix; // ".png"
    bool light;              // linear light as rendered: no exposure, no tone curve
    bool keeps_notes;        // the file says with what settings it was made
    bool clip;               // one file for all frames
};
std::span<const FormatName> format_names();
const FormatName& facts_of(PictureFormat format);

// By the suffix of a file name, "" for none, in any case.
std::optional<PictureFormat> format_of_suffix(std::string_view suffix);

} // namespace juggler
