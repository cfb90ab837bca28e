#include "host/scene/load.h"

#include "host/base/files.h"
#include "host/gltf/gltf.h"
#include "host/scene/defaults.h"
#include "host/scene/diagnostics.h"
#include "host/scene/json_positions.h"
#include "host/scene/load_json.h"

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
    if (text.starts_with("\x89PNG")) return "a PNG picture";
    if (text.starts_with("\xff\xd8\xff")) return "a JPEG picture";
    if (text.substr(0, 4096).find('\0') != text.npos) return "a binary file";
    return {};
}

// What standard input held; later frames are made of the same text.
const std::vector<std::byte>& standard_input() {
    static const std::vector<std::byte> bytes = read_standard_input(max_json_bytes);
    return bytes;
}

SceneDescription load_json_file(const std::filesystem::path& file, const LoadOptions& options) {
    const bool standard = file == standard_input_name;
    const std::vector<std::byte> bytes =
        standard ? standard_input() : read_file(file, max_json_bytes);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view kind = binary_kind(text);
    if (!kind.empty()) refuse(file, "not JSON but " + std::string(kind));
    return load_json_scene(file, text, options);
}

SceneDescription load_gltf_file(const std::filesystem::path& file, const LoadOptions& options) {
    if (!options.set.empty())
        throw Error(Exit::usage,
                    "set values of " + escaped(file.string()) +
                        ": only JSON scenes have values to set; name the model in one");
    SceneDescription scene;
    scene.name = file.filename().string();
    append_gltf(scene, file, options, {});
    return scene;
}

void add_defaults(SceneDescription& scene, const std::string& name) {
    const bool dark = !has_light(scene);
    if (dark && !scene.sky) {
        add_default_light(scene);
        scene.notes.push_back("no light in " + name +
                              ", using the default sky (--sky none to refuse)");
    } else if (dark) {
        scene.notes.push_back("no light in " + name + ", the picture will be black");
    }
    if (!scene.cameras.empty()) return;
    scene.cameras.push_back(framed_camera(scene));
    scene.notes.push_back("no camera in " + name + ", using one that frames everything");
}

} // namespace

SceneDescription load_scene(const std::filesystem::path& name, const LoadOptions& options) {
    const std::filesystem::path file = name == "-" ? standard_input_name : name;
    if (!options.sky.empty() && options.sky != "none")
        throw Error(Exit::usage, "use the sky " + in_quotes(options.sky) + ": only none is known");
    const std::string extension = lower_case_extension(file);
    const bool gltf = extension == ".gltf" || extension == ".glb";
    SceneDescription scene = gltf ? load_gltf_file(file, options) : load_json_file(file, options);
    if (options.sky == "none") scene.sky = SkyDescription{};
    if (options.default_light_and_camera) add_defaults(scene, escaped(file.filename().string()));
    return scene;
}

} // namespace juggler
