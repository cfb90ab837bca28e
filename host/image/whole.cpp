#include "host/image/whole.h"

#include "host/base/hash.h"
#include "host/base/hex.h"
#include "host/image/exr.h"
#include "host/image/png.h"
#include "host/image/radiance.h"

#include <algorithm>
#include <string_view>

namespace juggler {
namespace {

// Headers of ours are far shorter.
constexpr size_t header_limit = 65536;

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Where the value of a note starts in the file, npos if it is not there: after "key=" in an HDR,
// after the key, a type and a length in an EXR.
size_t value_place(std::string_view file, std::string_view key) {
    using namespace std::string_view_literals;
    const std::string_view header = file.substr(0, header_limit);
    const size_t at = header.find(key);
    if (at == std::string_view::npos) return at;
    const std::string_view rest = header.substr(at + key.size());
    if (rest.starts_with('=')) return at + key.size() + 1;
    constexpr std::string_view type = "\0string\0"sv;
    return rest.starts_with(type) ? at + key.size() + type.size() + 4 : std::string_view::npos;
}

uint64_t hash_without(std::span<const std::byte> file, size_t hole) {
    const uint64_t before = hash_bytes(file.data(), hole);
    return hash_bytes(file.data() + hole + 16, file.size() - hole - 16, before);
}

// A value of 16 digits, or nothing.
std::string value_of(std::string_view file, std::string_view key) {
    const size_t at = value_place(file, key);
    if (at == std::string_view::npos || at + 16 > file.size()) return {};
    return std::string(file.substr(at, 16));
}

} // namespace

std::string open_seal() { return std::string(16, '0'); }

void seal(std::vector<std::byte>& file) {
    const size_t at = value_place(text_of(file), seal_note);
    if (at == std::string_view::npos || at + 16 > file.size()) return;
    const std::string digits = hex(hash_without(file, at));
    std::copy_n(std::as_bytes(std::span(digits)).begin(), 16, file.begin() + ptrdiff_t(at));
}

std::string settings_of_whole(std::span<const std::byte> file) {
    if (is_png(file)) {
        const auto notes = notes_of_whole_png(file);
        return notes ? std::string(note_of(*notes, settings_note)) : std::string();
    }
    if (!is_exr(file) && !is_hdr(file)) return {};
    const std::string_view text = text_of(file);
    const std::string sealed = value_of(text, seal_note);
    if (sealed.empty() || sealed != hex(hash_without(file, value_place(text, seal_note))))
        return {};
    return value_of(text, settings_note);
}

} // namespace juggler
