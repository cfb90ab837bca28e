#include "host/scene/light_map.h"
#include "host/base/error.h"
#include "host/base/files.h"
#include "host/image/exr.h"
#include "host/image/radiance.h"

#include <algorithm>

namespace juggler {

LightMapDescription decode_light_map(std::span<const std::byte> file, const std::string& name,
                                     uint64_t max_bytes) {
    if (!is_hdr(file) && !is_exr(file))
        throw Error(Exit::input, "the file is neither a Radiance picture (.hdr) nor OpenEXR");
    Picture picture =
        is_hdr(file) ? decode_hdr(file, nullptr, max_bytes) : decode_exr(file, nullptr, max_bytes);
    LightMapDescription map;
    map.name = name;
    map.width = picture.width;
    map.height = picture.height;
    map.rgb = std::move(picture.rgb);
    for (float& value : map.rgb) {
        if (value >= 0 && value <= max_map_radiance) continue;
        ++map.changed_values;
        value = value > 0 ? max_map_radiance : 0; // 0 for NaN, too
    }
    return map;
}

std::string changed_values_note(const LightMapDescription& map) {
    return map.name + ": " + std::to_string(map.changed_values) +
           " values negative, beyond 2^19 or not a number; they count as 0 or 2^19";
}

LightMapDescription read_light_map(const std::filesystem::path& file, uint64_t max_bytes) {
    const std::vector<std::byte> bytes = read_file(file, std::min(max_bytes, max_map_file_bytes));
    try {
        return decode_light_map(bytes, file.filename().string(), max_bytes);
    } catch (const Error& e) {
        throw Error(Exit::input, "light the scene by " + file.string() + ": " + e.what());
    }
}

} // namespace juggler
