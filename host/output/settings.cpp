#include "host/output/settings.h"

#include "host/base/hash.h"
#include "host/base/hex.h"

#include <bit>

namespace juggler {
namespace {

std::string hash_of(std::string_view text) { return hex(hash_bytes(text.data(), text.size())); }

} // namespace

FileNotes FilmSettings::notes() const {
    const auto n = [](uint64_t value) { return std::to_string(value); };
    return {{"version", version},
            {"scene", hex(scene)},
            {"changes", hash_of(changes)},
            {"view", hash_of(view)},
            {"frame", n(frame)},
            {"size", n(width) + " " + n(height)},
            {"crop", n(window.x0) + " " + n(window.y0) + " " + n(window.x1) + " " + n(window.y1)},
            {"spp", n(spp)},
            {"max_depth", n(max_depth)},
            {"seed", n(seed)}};
}

std::string FilmSettings::hash() const { return settings_hash(notes()); }

std::string settings_hash(const FileNotes& notes) {
    std::string text;
    for (const FileNote& note : notes)
        text += note.key + "=" + note.value + "\n";
    return hash_of(text);
}

std::string picture_hash(const std::string& film_hash, const EncodeSettings& how) {
    const FormatName& facts = facts_of(how.format);
    std::string text = film_hash + "\n" + std::string(facts.name) + "\n";
    if (!facts.light)
        text += std::to_string(int(how.tone.curve)) + " " +
                std::to_string(std::bit_cast<uint32_t>(how.tone.exposure)) + "\n";
    return hash_of(text);
}

} // namespace juggler
