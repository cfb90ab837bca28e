#include "host/gltf/variants.h"

#include "host/base/error.h"
#include "host/gltf/model.h"
#include "host/gltf/problem.h"
#include "host/scene/diagnostics.h"

#include <algorithm>

namespace juggler::gltf {
namespace {

constexpr const char* extension_name = "KHR_materials_variants";

std::vector<std::string> variant_names(const tinygltf::Model& model) {
    std::vector<std::string> names;
    const auto* all = extension(model.extensions, extension_name);
    if (all == nullptr || !all->Get("variants").IsArray()) return names;
    const tinygltf::Value& list = all->Get("variants");
    for (size_t i = 0; i < list.ArrayLen(); ++i) {
        const tinygltf::Value& name = list.Get(i).Get("name");
        names.push_back(name.IsString() ? name.Get<std::string>() : "");
    }
    return names;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < std::min<size_t>(names.size(), 20); ++i)
        text += (i == 0 ? "" : ", ") + in_quotes(names[i]);
    return text;
}

bool holds(const tinygltf::Value& numbers, size_t wanted) {
    for (size_t i = 0; numbers.IsArray() && i < numbers.ArrayLen(); ++i)
        if (numbers.Get(i).IsNumber() &&
            numbers.Get(i).GetNumberAsDouble() == static_cast<double>(wanted))
            return true;
    return false;
}

// The material that `primitive` has in the variant, or its own.
int material_in(const tinygltf::Primitive& primitive, size_t variant, size_t material_count,
                const std::string& pointer) {
    const auto* choices = extension(primitive.extensions, extension_name);
    if (choices == nullptr || !choices->Get("mappings").IsArray()) return primitive.material;
    const tinygltf::Value& mappings = choices->Get("mappings");
    for (size_t i = 0; i < mappings.ArrayLen(); ++i) {
        const tinygltf::Value& mapping = mappings.Get(i);
        if (!holds(mapping.Get("variants"), variant)) continue;
        const double material = number(mapping, "material", -1);
        if (!(material >= 0 && material < static_cast<double>(material_count)))
            refuse(pointer_to(pointer + "/extensions/KHR_materials_variants/mappings", i) +
                       "/material",
                   "is not one of the file's " + std::to_string(material_count) + " materials");
        return static_cast<int>(material);
    }
    return primitive.material;
}

} // namespace

void choose_variant(tinygltf::Model& model, const std::string& wanted,
                    std::vector<std::string>& notes) {
    const std::vector<std::string> names = variant_names(model);
    if (wanted.empty()) {
        if (!names.empty())
            notes.push_back("has the variants " + listed(names) + " (--variant shows one)");
        return;
    }
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end())
        throw Error(Exit::usage,
                    "show the variant " + in_quotes(wanted) + ": there is no such variant" +
                        (names.empty() ? "; the file has none" : "; it has " + listed(names)));
    const auto variant = static_cast<size_t>(found - names.begin());
    for (size_t m = 0; m < model.meshes.size(); ++m) {
        auto& primitives = model.meshes[m].primitives;
        for (size_t p = 0; p < primitives.size(); ++p)
            primitives[p].material =
                material_in(primitives[p], variant, model.materials.size(),
                            pointer_to(pointer_to("/meshes", m) + "/primitives", p));
    }
}

} // namespace juggler::gltf
