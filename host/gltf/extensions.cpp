#include "host/gltf/extensions.h"

#include "host/gltf/problem.h"
#include "host/scene/diagnostics.h"

#include <algorithm>
#include <string_view>

namespace juggler::gltf {
namespace {

enum class Support {
    full,
    harmless, // does not change the picture: may be required
    ignored,  // the file shows without it, as its author must expect: may not be required
};

struct Row {
    std::string_view name;
    Support support;
};

constexpr Row table[] = {
    {"KHR_lights_punctual", Support::full},
    {"KHR_materials_anisotropy", Support::full},
    {"KHR_materials_clearcoat", Support::full},
    {"KHR_materials_emissive_strength", Support::full},
    {"KHR_materials_ior", Support::full},
    {"KHR_materials_iridescence", Support::full},
    {"KHR_materials_pbrSpecularGlossiness", Support::full},
    {"KHR_materials_sheen", Support::full},
    {"KHR_materials_specular", Support::full},
    {"KHR_materials_transmission", Support::full},
    {"KHR_materials_unlit", Support::full},
    {"KHR_materials_volume", Support::full},
    {"KHR_mesh_quantization", Support::full},
    {"KHR_texture_transform", Support::full},
    {"EXT_lights_image_based", Support::full},
    {"EXT_mesh_gpu_instancing", Support::full},
    {"KHR_materials_variants", Support::full},
    {"KHR_xmp", Support::harmless},
    {"KHR_xmp_json_ld", Support::harmless},
    {"KHR_audio", Support::harmless},
    {"KHR_audio_emitter", Support::harmless},
    {"KHR_animation_pointer", Support::ignored},
    {"KHR_draco_mesh_compression", Support::ignored},
    {"KHR_materials_diffuse_transmission", Support::ignored},
    {"KHR_materials_dispersion", Support::ignored},
    {"KHR_node_visibility", Support::ignored},
    {"KHR_texture_basisu", Support::ignored},
    {"EXT_meshopt_compression", Support::ignored},
    {"EXT_texture_avif", Support::ignored},
    {"EXT_texture_webp", Support::ignored},
    {"MSFT_texture_dds", Support::ignored},
};

Support support_of(std::string_view name) {
    const auto* row = std::find_if(std::begin(table), std::end(table),
                                   [&](const Row& r) { return r.name == name; });
    return row != std::end(table) ? row->support : Support::ignored;
}

} // namespace

void check_extensions(const tinygltf::Model& model, std::vector<std::string>& notes) {
    const auto& required = model.extensionsRequired;
    std::vector<Problem> problems;
    for (size_t i = 0; i < required.size(); ++i)
        if (support_of(required[i]) == Support::ignored)
            problems.push_back(
                {pointer_to("/extensionsRequired", i),
                 "the file requires " + in_quotes(required[i]) + ", which is not supported", -1});
    if (!problems.empty()) throw Refusal(std::move(problems));
    for (const std::string& name : model.extensionsUsed)
        if (support_of(name) == Support::ignored)
            notes.push_back(in_quotes(name) + " is not supported and left out");
}

} // namespace juggler::gltf
