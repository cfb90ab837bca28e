#include "host/scene/load.h"

#include "host/base/files.h"
#include "host/scene/diagnostics.h"
#include "host/scene/json_positions.h"
#include "host/scene/scene_text.h"
#include "host/scene/timeline.h"

#include <algorithm>
#include <string_view>

namespace juggler {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& message) {
    Diagnostic d;
    d.file = file.string();
    d.message = message;
    throw InputError({d});
}

const std::filesystem::path standard_input_name = "<stdin>";

std::string lower_case_extension(const std::filesystem::path& file) {
    std::string text = file.extension().string();
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// What a file that is no JSON text is, as far as its first bytes tell.
std::string_view binary_kind(std::string_view text) {
    if (text.starts_with("glTF")) return "a binary glTF file; name it .glb";
    if (text.starts_with("ply\n") || text.starts_with("ply\r"))
        return "a PLY model; save it as glTF or OBJ";
    if (text.starts_with("\x89PNG")) return "a PNG picture";
    if (text.starts_with("\xff\xd8\xff")) return "a JPEG picture";
    if (text.substr(0, 4096).find('\0') != text.npos) return "a binary file";
    return {};
}

// What standard input held; it can be read but once.
const std::vector<std::byte>& standard_input() {
    static const std::vector<std::byte> bytes = read_standard_input(max_json_bytes);
    return bytes;
}

} // namespace

std::filesystem::path scene_file(const std::filesystem::path& name) {
    return name == "-" ? standard_input_name : name;
}

bool is_gltf_name(const std::filesystem::path& file) {
    const std::string extension = lower_case_extension(file);
    return extension == ".gltf" || extension == ".glb";
}

bool is_obj_name(const std::filesystem::path& file) { return lower_case_extension(file) == ".obj"; }

std::string read_scene_text(const std::filesystem::path& file) {
    const std::vector<std::byte> bytes =
        file == standard_input_name ? standard_input() : read_file(file, max_json_bytes);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view kind = binary_kind(text);
    if (!kind.empty()) refuse(file, "not JSON but " + std::string(kind));
    return text;
}

SceneDescription load_scene(const std::filesystem::path& file, const LoadOptions& options) {
    return SceneTimeline(file, options).take(options.frame);
}

} // namespace juggler
