#include "host/image/format.h"

#include <algorithm>
#include <string>

namespace juggler {
namespace {

// The first of a suffix is what a name alone asks for.
constexpr FormatName names[] = {
    {PictureFormat::png, "png", ".png", false, true, false},
    {PictureFormat::png16, "png16", ".png", false, true, false},
    {PictureFormat::exr, "exr", ".exr", true, true, false},
    {PictureFormat::hdr, "hdr", ".hdr", true, true, false},
    {PictureFormat::pfm, "pfm", ".pfm", true, false, false},
    {PictureFormat::rgb24, "rgb24", ".rgb", false, false, false},
    {PictureFormat::film, "film", ".film", true, true, false},
    {PictureFormat::mp4, "mp4", ".mp4", false, false, true},
    {PictureFormat::webm, "webm", ".webm", false, false, true},
    {PictureFormat::gif, "gif", ".gif", false, false, true},
};

} // namespace

std::span<const FormatName> format_names() { return names; }

const FormatName& facts_of(PictureFormat format) {
    return *std::find_if(std::begin(names), std::end(names),
                         [&](const FormatName& n) { return n.format == format; });
}

std::optional<PictureFormat> format_of_suffix(std::string_view suffix) {
    std::string lower(suffix);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    for (const FormatName& n : names)
        if (n.suffix == lower) return n.format;
    return std::nullopt;
}

} // namespace juggler
