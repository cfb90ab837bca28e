#include "host/gltf/material.h"

#include "host/gltf/model.h"
#include "host/gltf/picture.h"
#include "host/image/decode.h"
#include "host/scene/degrees.h"
#include "host/scene/diagnostics.h"

#include <algorithm>

namespace juggler::gltf {
namespace {

// Decodes pictures when they are first used and remembers where they went.
class Pictures {
public:
    Pictures(SceneDescription& into, const tinygltf::Model& model, const Folder& folder,
             MemoryBudget& budget)
        : into_(into), model_(model), folder_(folder), budget_(budget),
          places_(model.images.size(), -1) {}

    int place_of(int image) {
        int& place = places_[static_cast<size_t>(image)];
        if (place < 0) place = append(image);
        return place;
    }

    // The place of a picture whose green is the roughness that the alpha of the picture at `place`
    // says as glossiness.
    int roughness_of(int place, float glossiness) {
        const ImageDescription& from = *into_.images[static_cast<size_t>(place)];
        ImageDescription to;
        to.name = from.name + " (roughness)";
        to.width = from.width;
        to.height = from.height;
        budget_.take(from.texels.size(), sizeof(uint32_t), "/images");
        to.texels.resize(from.texels.size());
        std::transform(from.texels.begin(), from.texels.end(), to.texels.begin(),
                       [glossiness](uint32_t texel) {
                           const float gloss = static_cast<float>(texel >> 24) * glossiness;
                           const auto rough = static_cast<uint32_t>(255.5f - gloss);
                           return 0xff0000ffu | rough << 8;
                       });
        into_.images.push_back(std::move(to));
        return static_cast<int>(into_.images.size()) - 1;
    }

private:
    int append(int number) {
        into_.images.push_back(read_picture(model_, number, folder_, budget_));
        return static_cast<int>(into_.images.size()) - 1;
    }

    SceneDescription& into_;
    const tinygltf::Model& model_;
    const Folder& folder_;
    MemoryBudget& budget_;
    std::vector<int> places_;
};

constexpr int nearest_filter = 9728;

Wrap wrap_of(int mode, const std::string& pointer) {
    switch (mode) {
    case 10497:
        return wrap_repeat;
    case 33071:
        return wrap_clamp;
    case 33648:
        return wrap_mirror;
    default:
        refuse(pointer, "must be 10497, 33071 or 33648, not " + std::to_string(mode));
    }
}

// Where a texture is named: the same members in three of tinygltf's types and in extensions.
struct TextureInfo {
    int index = -1;
    int texcoord = 0;
    bool has_transform = false;
    double offset[2] = {0, 0}, scale[2] = {1, 1}, rotation = 0;
    bool moved_texcoord = false; // by the transform
};

void read_transform(const tinygltf::Value& transform, TextureInfo& info) {
    info.has_transform = true;
    for (int i = 0; i < 2; ++i) {
        const tinygltf::Value& offset = transform.Get("offset");
        const tinygltf::Value& scale = transform.Get("scale");
        if (offset.IsArray()) info.offset[i] = offset.Get(i).GetNumberAsDouble();
        if (scale.IsArray()) info.scale[i] = scale.Get(i).GetNumberAsDouble();
    }
    info.rotation = number(transform, "rotation", 0);
    info.moved_texcoord = transform.Has("texCoord");
    info.texcoord = static_cast<int>(number(transform, "texCoord", info.texcoord));
}

template <class Info>
TextureInfo texture_info(const Info& from) {
    TextureInfo info;
    info.index = from.index;
    info.texcoord = from.texCoord;
    if (const auto* transform = extension(from.extensions, "KHR_texture_transform"))
        read_transform(*transform, info);
    return info;
}

TextureInfo texture_info(const tinygltf::Value& from) {
    TextureInfo info;
    if (!from.IsObject()) return info;
    info.index = static_cast<int>(number(from, "index", -1));
    info.texcoord = static_cast<int>(number(from, "texCoord", 0));
    const tinygltf::Value& extensions = from.Get("extensions");
    if (extensions.IsObject() && extensions.Has("KHR_texture_transform"))
        read_transform(extensions.Get("KHR_texture_transform"), info);
    return info;
}

// Offset * rotation * scale, as six numbers of a row-major 2x3 matrix. The angle turns
// counter-clockwise as seen in the picture, where v points down.
std::array<float, 6> fold_transform(const TextureInfo& info) {
    const double s = sin_radians(info.rotation), c = cos_radians(info.rotation);
    const double m[6] = {c * info.scale[0],     s * info.scale[1], info.offset[0],
                         0 - s * info.scale[0], c * info.scale[1], info.offset[1]};
    std::array<float, 6> folded{};
    std::transform(std::begin(m), std::end(m), folded.begin(),
                   [](double x) { return static_cast<float>(x); });
    return folded;
}

template <size_t Count>
std::array<float, Count> floats(const std::vector<double>& values) {
    std::array<float, Count> out{};
    std::transform(values.begin(), values.begin() + Count, out.begin(),
                   [](double x) { return static_cast<float>(x); });
    return out;
}

float unit(double x) { return static_cast<float>(std::clamp(x, 0.0, 1.0)); }

// Reads one material; keeps what it needs of the file between its parts.
class MaterialReader {
public:
    MaterialReader(const tinygltf::Model& model, Pictures& pictures,
                   std::vector<std::string>& notes)
        : model_(model), pictures_(pictures), notes_(notes) {}

    MaterialDescription read(size_t number_in_file, MaterialUse& use) {
        const auto& from = model_.materials[number_in_file];
        pointer_ = pointer_to("/materials", number_in_file);
        use_ = &use;
        MaterialDescription to;
        to.name = from.name;
        read_base(from, to);
        read_alpha(from, to);
        read_extensions(from, to);
        note_occlusion(from);
        return to;
    }

private:
    void read_base(const tinygltf::Material& from, MaterialDescription& to) {
        const auto& pbr = from.pbrMetallicRoughness;
        for (size_t c = 0; c < 4; ++c)
            to.base_color[c] = unit(pbr.baseColorFactor[c]);
        to.metallic = unit(pbr.metallicFactor);
        to.roughness = unit(pbr.roughnessFactor);
        const std::string base = "/pbrMetallicRoughness";
        to.base_texture =
            texture(texture_info(pbr.baseColorTexture), base + "/baseColorTexture", true);
        to.metallic_roughness_texture = texture(texture_info(pbr.metallicRoughnessTexture),
                                                base + "/metallicRoughnessTexture", false);
        to.normal_texture = texture(texture_info(from.normalTexture), "/normalTexture", false);
        to.normal_scale = static_cast<float>(from.normalTexture.scale);
        if (to.normal_texture.image >= 0)
            use_->normal_texcoord = static_cast<int>(to.normal_texture.texcoord);
        to.emission = floats<3>(from.emissiveFactor);
        to.emission_texture = texture(texture_info(from.emissiveTexture), "/emissiveTexture", true);
    }

    void read_alpha(const tinygltf::Material& from, MaterialDescription& to) {
        to.alpha_cutoff = static_cast<float>(from.alphaCutoff);
        if (from.alphaMode == "MASK")
            to.alpha_mode = AlphaMode::mask;
        else if (from.alphaMode == "BLEND")
            to.alpha_mode = AlphaMode::blend;
        else if (from.alphaMode != "OPAQUE")
            refuse(pointer_ + "/alphaMode",
                   "must be OPAQUE, MASK or BLEND, not " + in_quotes(from.alphaMode));
    }

    void note_occlusion(const tinygltf::Material& from) {
        if (from.occlusionTexture.index >= 0 && !occlusion_noted_)
            notes_.push_back("occlusion textures are not used: light is traced, not guessed");
        occlusion_noted_ = occlusion_noted_ || from.occlusionTexture.index >= 0;
    }

    void read_extensions(const tinygltf::Material& from, MaterialDescription& to) {
        const auto& extensions = from.extensions;
        to.unlit = extension(extensions, "KHR_materials_unlit") != nullptr;
        if (const auto* e = extension(extensions, "KHR_materials_pbrSpecularGlossiness"))
            read_glossiness(*e, to);
        if (const auto* e = extension(extensions, "KHR_materials_emissive_strength"))
            scale_emission(number(*e, "emissiveStrength", 1), to);
        if (const auto* e = extension(extensions, "KHR_materials_ior"))
            read_ior(number(*e, "ior", 1.5), to);
        if (const auto* e = extension(extensions, "KHR_materials_specular")) read_specular(*e, to);
        if (const auto* e = extension(extensions, "KHR_materials_clearcoat"))
            read_coat(*e, to.lobes);
        if (const auto* e = extension(extensions, "KHR_materials_sheen")) read_sheen(*e, to.lobes);
        if (const auto* e = extension(extensions, "KHR_materials_anisotropy"))
            read_anisotropy(*e, to.lobes);
        if (const auto* e = extension(extensions, "KHR_materials_iridescence"))
            read_film(*e, to.lobes);
        if (const auto* e = extension(extensions, "KHR_materials_dispersion"))
            to.lobes.dispersion =
                static_cast<float>(std::clamp(number(*e, "dispersion", 0), 0.0, 100.0));
        if (const auto* e = extension(extensions, "KHR_materials_transmission")) {
            to.transmission = unit(number(*e, "transmissionFactor", 0));
            to.transmission_texture =
                texture(texture_info(e->Get("transmissionTexture")),
                        "/extensions/KHR_materials_transmission/transmissionTexture", false);
        }
        if (const auto* e = extension(extensions, "KHR_materials_volume")) read_volume(*e, to);
    }

    // The older model: a diffuse base under reflection of a colour of its own, which is a
    // dielectric whose reflectance at normal incidence is tinted to be that colour.
    void read_glossiness(const tinygltf::Value& from, MaterialDescription& to) {
        const std::string name = "KHR_materials_pbrSpecularGlossiness";
        const tinygltf::Value& diffuse = from.Get("diffuseFactor");
        for (int c = 0; c < 4; ++c)
            to.base_color[static_cast<size_t>(c)] =
                diffuse.IsArray() ? unit(diffuse.Get(c).GetNumberAsDouble()) : 1;
        to.base_texture = texture_of(from, name, "diffuseTexture", true);
        to.metallic = 0;
        to.metallic_roughness_texture = {};
        to.lobes.specular_color = color(from, "specularFactor", 1, 1);
        for (float& c : to.lobes.specular_color)
            c /= 0.04f; // of an index of 1.5
        const float glossiness = unit(number(from, "glossinessFactor", 1));
        to.roughness = 1 - glossiness;
        const TextureUse both = texture_of(from, name, "specularGlossinessTexture", true);
        if (both.image < 0) return;
        to.lobes.specular_color_texture = both;
        to.metallic_roughness_texture = both;
        to.metallic_roughness_texture.srgb = false;
        to.metallic_roughness_texture.image = pictures_.roughness_of(both.image, glossiness);
        to.roughness = 1;
    }

    // A texture of an extension.
    TextureUse texture_of(const tinygltf::Value& extension, const std::string& name,
                          const std::string& key, bool srgb = false) {
        return texture(texture_info(extension.Get(key)), "/extensions/" + name + "/" + key, srgb);
    }

    void read_specular(const tinygltf::Value& from, MaterialDescription& to) {
        const std::string name = "KHR_materials_specular";
        to.specular = unit(number(from, "specularFactor", 1));
        const auto tint = color(from, "specularColorFactor", 1, 1e6);
        for (size_t c = 0; c < 3; ++c)
            to.lobes.specular_color[c] *= tint[c];
        to.lobes.specular_texture = texture_of(from, name, "specularTexture");
        to.lobes.specular_color_texture = texture_of(from, name, "specularColorTexture", true);
    }

    void read_coat(const tinygltf::Value& from, LobesDescription& to) {
        const std::string name = "KHR_materials_clearcoat";
        to.coat = unit(number(from, "clearcoatFactor", 0));
        to.coat_roughness = unit(number(from, "clearcoatRoughnessFactor", 0));
        to.coat_texture = texture_of(from, name, "clearcoatTexture");
        to.coat_roughness_texture = texture_of(from, name, "clearcoatRoughnessTexture");
        to.coat_normal_texture = texture_of(from, name, "clearcoatNormalTexture");
        if (from.Get("clearcoatNormalTexture").IsObject())
            to.coat_normal_scale =
                static_cast<float>(number(from.Get("clearcoatNormalTexture"), "scale", 1));
        if (to.coat_normal_texture.image >= 0) need_tangents(to.coat_normal_texture);
    }

    void read_sheen(const tinygltf::Value& from, LobesDescription& to) {
        const std::string name = "KHR_materials_sheen";
        to.sheen_color = color(from, "sheenColorFactor", 0, 1);
        to.sheen_roughness = unit(number(from, "sheenRoughnessFactor", 0));
        to.sheen_color_texture = texture_of(from, name, "sheenColorTexture", true);
        to.sheen_roughness_texture = texture_of(from, name, "sheenRoughnessTexture");
    }

    void read_anisotropy(const tinygltf::Value& from, LobesDescription& to) {
        to.anisotropy = unit(number(from, "anisotropyStrength", 0));
        const double turn = number(from, "anisotropyRotation", 0);
        to.anisotropy_cos = static_cast<float>(cos_radians(turn));
        to.anisotropy_sin = static_cast<float>(sin_radians(turn));
        to.anisotropy_texture = texture_of(from, "KHR_materials_anisotropy", "anisotropyTexture");
        if (to.anisotropy > 0) need_tangents(to.anisotropy_texture);
    }

    void read_film(const tinygltf::Value& from, LobesDescription& to) {
        const std::string name = "KHR_materials_iridescence";
        const auto nanometres = [&](const char* key, double otherwise) {
            return static_cast<float>(std::clamp(number(from, key, otherwise), 0.0, 10000.0));
        };
        to.iridescence = unit(number(from, "iridescenceFactor", 0));
        to.film_index =
            static_cast<float>(std::clamp(number(from, "iridescenceIor", 1.3), 1.0, 10.0));
        to.film_least_nm = nanometres("iridescenceThicknessMinimum", 100);
        to.film_most_nm = nanometres("iridescenceThicknessMaximum", 400);
        to.iridescence_texture = texture_of(from, name, "iridescenceTexture");
        to.film_texture = texture_of(from, name, "iridescenceThicknessTexture");
    }

    // A normal map or a direction is read in the frame of its texture coordinates; of several, the
    // first decides.
    void need_tangents(const TextureUse& texture) {
        if (use_->normal_texcoord < 0) use_->normal_texcoord = static_cast<int>(texture.texcoord);
    }

    static std::array<float, 3> color(const tinygltf::Value& from, const char* key,
                                      double otherwise, double most) {
        std::array<float, 3> out{};
        const tinygltf::Value& list = from.Get(key);
        for (int c = 0; c < 3; ++c) {
            const double value = list.IsArray() ? list.Get(c).GetNumberAsDouble() : otherwise;
            out[static_cast<size_t>(c)] = static_cast<float>(std::clamp(value, 0.0, most));
        }
        return out;
    }

    void scale_emission(double strength, MaterialDescription& to) {
        for (float& channel : to.emission) {
            const double scaled = channel * strength;
            if (scaled > 3.4e38)
                refuse(pointer_ + "/extensions/KHR_materials_emissive_strength/emissiveStrength",
                       "makes an emission out of range of float");
            channel = static_cast<float>(scaled);
        }
    }

    // 0 is the extension's way to say that Fresnel reflectance is 1 everywhere, for materials
    // converted from specular-glossiness.
    void read_ior(double ior, MaterialDescription& to) {
        if (ior != 0 && ior < 1)
            refuse(pointer_ + "/extensions/KHR_materials_ior/ior", "must be 0 or at least 1");
        to.ior = ior == 0 ? 1.5f : static_cast<float>(ior);
        if (ior == 0) to.lobes.specular_color = {25, 25, 25}; // of 0.04
    }

    void read_volume(const tinygltf::Value& volume, MaterialDescription& to) {
        to.thin = !(number(volume, "thicknessFactor", 0) > 0);
        const double distance = number(volume, "attenuationDistance", 0); // 0: no absorption
        const tinygltf::Value& color = volume.Get("attenuationColor");
        if (to.thin || distance <= 0 || !color.IsArray()) return;
        for (int c = 0; c < 3; ++c) {
            // Black would absorb within no distance at all; e^-80 of the light is as dark.
            const double kept = std::clamp(color.Get(c).GetNumberAsDouble(), 1e-35, 1.0);
            const double per_metre = (0 - natural_log(kept)) / distance;
            to.attenuation[static_cast<size_t>(c)] = static_cast<float>(std::min(per_metre, 1e30));
        }
    }

    TextureUse texture(const TextureInfo& info, const std::string& member, bool srgb) {
        TextureUse use;
        if (info.index < 0) return use;
        const std::string pointer = pointer_ + member;
        const auto& texture = model_.textures[static_cast<size_t>(info.index)];
        const int source = picture_of(texture);
        if (source < 0) {
            note("texture " + std::to_string(info.index) +
                 " has no picture in a supported format and is left out");
            return use;
        }
        if (texture.sampler >= 0) read_sampler(texture.sampler, use);
        use.srgb = srgb;
        if (info.has_transform) use.transform = fold_transform(info);
        const std::string texcoord =
            pointer + (info.moved_texcoord ? "/extensions/KHR_texture_transform" : "") +
            "/texCoord";
        use.texcoord = static_cast<uint32_t>(info.texcoord);
        use_->texcoords.push_back({use.texcoord, texcoord});
        use.image = pictures_.place_of(source);
        return use;
    }

    // Of several formats of a picture, WebP has the finer one; the other is for who cannot read it.
    static int picture_of(const tinygltf::Texture& texture) {
        const auto* webp = extension(texture.extensions, "EXT_texture_webp");
        if (webp != nullptr && reads_webp()) return static_cast<int>(number(*webp, "source", -1));
        return texture.source;
    }

    void read_sampler(int number_in_file, TextureUse& use) const {
        const auto& sampler = model_.samplers[static_cast<size_t>(number_in_file)];
        const std::string pointer = pointer_to("/samplers", number_in_file);
        use.wrap_s = wrap_of(sampler.wrapS, pointer + "/wrapS");
        use.wrap_t = wrap_of(sampler.wrapT, pointer + "/wrapT");
        use.nearest = sampler.magFilter == nearest_filter;
    }

    void note(const std::string& text) { notes_.push_back(pointer_ + ": " + text); }

    const tinygltf::Model& model_;
    Pictures& pictures_;
    std::vector<std::string>& notes_;
    std::string pointer_;
    MaterialUse* use_ = nullptr;
    bool occlusion_noted_ = false;
};

// What the specification says of a mesh without material: metal, white, rough.
MaterialDescription default_material() {
    MaterialDescription material;
    material.name = "default";
    material.metallic = 1;
    return material;
}

bool lacks_material(const tinygltf::Model& model) {
    for (const auto& mesh : model.meshes)
        for (const auto& primitive : mesh.primitives)
            if (primitive.material < 0) return true;
    return false;
}

} // namespace

std::vector<MaterialUse> append_materials(SceneDescription& into, const tinygltf::Model& model,
                                          const Folder& folder, MemoryBudget& budget,
                                          std::vector<std::string>& notes) {
    Pictures pictures(into, model, folder, budget);
    MaterialReader reader(model, pictures, notes);
    std::vector<MaterialUse> uses(model.materials.size() + 1);
    for (size_t i = 0; i < model.materials.size(); ++i) {
        uses[i].material = static_cast<int>(into.materials.size());
        into.materials.push_back(reader.read(i, uses[i]));
    }
    if (lacks_material(model)) {
        uses.back().material = static_cast<int>(into.materials.size());
        into.materials.push_back(default_material());
    }
    return uses;
}

} // namespace juggler::gltf
