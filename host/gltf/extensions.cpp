#include "host/gltf/extensions.h"

#include "host/gltf/compressed.h"
#include "host/gltf/problem.h"
#include "host/image/decode.h"
#include "host/scene/diagnostics.h"

#include <algorithm>
#include <string_view>

namespace juggler::gltf {
namespace {

enum class Support {
    full,
    built_in, // full where its library was there to build with, else ignored
    harmless, // does not change the picture: may be required
    ignored,  // the file shows without it, as its author must expect: may not be required
};

struct Row {
    std::string_view name;
    Support support;
    std::string_view remedy = {}; // for who needs it
    bool (*is_built_in)() = nullptr;
};

constexpr std::string_view plain_pictures = "save the file with PNG, JPEG or WebP pictures";

constexpr Row table[] = {
    {"KHR_lights_punctual", Support::full},
    {"KHR_materials_anisotropy", Support::full},
    {"KHR_materials_clearcoat", Support::full},
    {"KHR_materials_dispersion", Support::full},
    {"KHR_materials_emissive_strength", Support::full},
    {"KHR_materials_ior", Support::full},
    {"KHR_materials_iridescence", Support::full},
    {"KHR_materials_pbrSpecularGlossiness", Support::full},
    {"KHR_materials_sheen", Support::full},
    {"KHR_materials_specular", Support::full},
    {"KHR_materials_transmission", Support::full},
    {"KHR_materials_unlit", Support::full},
    {"KHR_materials_variants", Support::full},
    {"KHR_materials_volume", Support::full},
    {"KHR_mesh_quantization", Support::full},
    {"KHR_texture_transform", Support::full},
    {"EXT_lights_image_based", Support::full},
    {"EXT_mesh_gpu_instancing", Support::full},
    {"KHR_draco_mesh_compression", Support::built_in,
     "build with libdraco-dev, or save the file without mesh compression", reads_draco},
    {"EXT_meshopt_compression", Support::built_in,
     "build with libmeshoptimizer-dev, or save the file without compression", reads_meshopt},
    {"EXT_texture_webp", Support::built_in,
     "build with libwebp-dev, or save the file with PNG or JPEG pictures", reads_webp},
    {"KHR_xmp", Support::harmless},
    {"KHR_xmp_json_ld", Support::harmless},
    {"KHR_audio", Support::harmless},
    {"KHR_audio_emitter", Support::harmless},
    {"KHR_animation_pointer", Support::ignored},
    {"KHR_materials_diffuse_transmission", Support::ignored},
    {"KHR_node_visibility", Support::ignored},
    {"KHR_texture_basisu", Support::ignored, plain_pictures},
    {"EXT_texture_avif", Support::ignored, plain_pictures},
    {"MSFT_texture_dds", Support::ignored, plain_pictures},
};

const Row* row_of(std::string_view name) {
    const auto* row = std::find_if(std::begin(table), std::end(table),
                                   [&](const Row& r) { return r.name == name; });
    return row != std::end(table) ? row : nullptr;
}

bool is_left_out(std::string_view name) {
    const Row* row = row_of(name);
    if (row == nullptr) return true;
    return row->support == Support::built_in ? !row->is_built_in()
                                             : row->support == Support::ignored;
}

std::string remedy_for(std::string_view name) {
    const Row* row = row_of(name);
    return row == nullptr || row->remedy.empty() ? "" : "; " + std::string(row->remedy);
}

} // namespace

void check_required(const std::vector<std::string>& required) {
    std::vector<Problem> problems;
    for (size_t i = 0; i < required.size(); ++i)
        if (is_left_out(required[i]))
            problems.push_back({pointer_to("/extensionsRequired", i),
                                "the file requires " + in_quotes(required[i]) +
                                    ", which is not supported" + remedy_for(required[i]),
                                -1});
    if (!problems.empty()) throw Refusal(std::move(problems));
}

void note_left_out(const std::vector<std::string>& used, std::vector<std::string>& notes) {
    for (const std::string& name : used)
        if (is_left_out(name)) notes.push_back(in_quotes(name) + " is not supported and left out");
}

} // namespace juggler::gltf
