#include "host/gltf/structure.h"

#include "host/base/error.h"
#include "host/base/files.h"
#include "host/gltf/compressed.h"
#include "host/gltf/extensions.h"
#include "host/gltf/problem.h"
#include "host/scene/diagnostics.h"
#include "host/scene/json_positions.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>

namespace juggler::gltf {
namespace {

using Json = nlohmann::json;

constexpr size_t enough_problems = 20;
constexpr double float_max = 3.4028234663852886e38;
constexpr double int_max = 2147483647;
constexpr double size_max = 4503599627370496; // 2^52: exact as a double, beyond any file

// ---- what the specification says, as tables --------------------------------------------------

enum class Kind {
    boolean,
    integer,
    number,
    numbers, // array of them
    text,
    texts,        // array of them
    index,        // into the list `into`
    indices,      // array of them
    index_map,    // object of them
    index_maps,   // array of such objects
    number_lists, // array of arrays of `inner` of them
    index_lists,
    object,  // of the form `form`
    objects, // array of them
};

struct Member;
using Form = std::span<const Member>;

struct Member {
    std::string_view name;
    Kind kind;
    bool required = false;
    double low = -float_max, high = float_max;
    bool above_low = false; // `low` itself is not allowed
    size_t length = 0;      // of an array, 0 = any
    size_t inner = 0;       // of the arrays in it
    std::string_view into = {};
    Form form = {};
};

constexpr Member number(std::string_view name, double low = -float_max, double high = float_max) {
    return {.name = name, .kind = Kind::number, .low = low, .high = high};
}
constexpr Member positive(std::string_view name) {
    return {.name = name, .kind = Kind::number, .low = 0, .above_low = true};
}
constexpr Member integer(std::string_view name, double low = -int_max, double high = int_max) {
    return {.name = name, .kind = Kind::integer, .low = low, .high = high};
}
constexpr Member numbers(std::string_view name, size_t length = 0, double low = -float_max,
                         double high = float_max) {
    return {.name = name, .kind = Kind::numbers, .low = low, .high = high, .length = length};
}
constexpr Member text(std::string_view name) { return {.name = name, .kind = Kind::text}; }
constexpr Member texts(std::string_view name) { return {.name = name, .kind = Kind::texts}; }
constexpr Member boolean(std::string_view name) { return {.name = name, .kind = Kind::boolean}; }
constexpr Member index(std::string_view name, std::string_view into) {
    return {.name = name, .kind = Kind::index, .into = into};
}
constexpr Member indices(std::string_view name, std::string_view into) {
    return {.name = name, .kind = Kind::indices, .into = into};
}
constexpr Member object(std::string_view name, Form form) {
    return {.name = name, .kind = Kind::object, .form = form};
}
constexpr Member objects(std::string_view name, Form form) {
    return {.name = name, .kind = Kind::objects, .form = form};
}
constexpr Member required(Member member) {
    member.required = true;
    return member;
}

constexpr Member asset[] = {required(text("version")), text("minVersion"), text("generator")};

constexpr Member node_light[] = {required(index("light", "lights"))};
constexpr Member gpu_instancing[] = {
    required({.name = "attributes", .kind = Kind::index_map, .into = "accessors"})};
constexpr Member node_extensions[] = {object("KHR_lights_punctual", node_light),
                                      object("EXT_mesh_gpu_instancing", gpu_instancing)};
constexpr Member node[] = {index("camera", "cameras"),
                           indices("children", "nodes"),
                           index("skin", "skins"),
                           index("mesh", "meshes"),
                           numbers("matrix", 16),
                           numbers("rotation", 4),
                           numbers("scale", 3),
                           numbers("translation", 3),
                           numbers("weights"),
                           text("name"),
                           object("extensions", node_extensions)};
constexpr Member scene_image_light[] = {required(index("light", "image lights"))};
constexpr Member scene_extensions[] = {object("EXT_lights_image_based", scene_image_light)};
constexpr Member scene[] = {indices("nodes", "nodes"), text("name"),
                            object("extensions", scene_extensions)};

constexpr Member draco[] = {required(index("bufferView", "bufferViews")),
                            required(object("attributes", {}))};
constexpr Member primitive_extensions[] = {object("KHR_draco_mesh_compression", draco)};
constexpr Member primitive[] = {
    required({.name = "attributes", .kind = Kind::index_map, .into = "accessors"}),
    object("extensions", primitive_extensions),
    index("indices", "accessors"),
    index("material", "materials"),
    integer("mode", 0, 6),
    {.name = "targets", .kind = Kind::index_maps, .into = "accessors"}};
constexpr Member mesh[] = {required(objects("primitives", primitive)), numbers("weights"),
                           text("name")};

constexpr Member sparse_indices[] = {required(index("bufferView", "bufferViews")),
                                     integer("byteOffset", 0), required(integer("componentType"))};
constexpr Member sparse_values[] = {required(index("bufferView", "bufferViews")),
                                    integer("byteOffset", 0)};
constexpr Member sparse[] = {required(integer("count", 1)),
                             required(object("indices", sparse_indices)),
                             required(object("values", sparse_values))};
constexpr Member accessor[] = {index("bufferView", "bufferViews"),
                               integer("byteOffset", 0, size_max),
                               required(integer("componentType")),
                               boolean("normalized"),
                               required(integer("count", 1, size_max)),
                               required(text("type")),
                               numbers("min"),
                               numbers("max"),
                               object("sparse", sparse),
                               text("name")};
constexpr Member meshopt[] = {required(index("buffer", "buffers")),
                              integer("byteOffset", 0, size_max),
                              required(integer("byteLength", 1, size_max)),
                              required(integer("byteStride", 1, 256)),
                              required(integer("count", 1, size_max)),
                              required(text("mode")),
                              text("filter")};
constexpr Member view_extensions[] = {object("EXT_meshopt_compression", meshopt)};
constexpr Member fallback[] = {boolean("fallback")};
constexpr Member buffer_extensions[] = {object("EXT_meshopt_compression", fallback)};
constexpr Member buffer_view[] = {object("extensions", view_extensions),
                                  required(index("buffer", "buffers")),
                                  integer("byteOffset", 0, size_max),
                                  required(integer("byteLength", 1, size_max)),
                                  integer("byteStride", 4, 252),
                                  integer("target"),
                                  text("name")};
constexpr Member buffer[] = {object("extensions", buffer_extensions), text("uri"),
                             required(integer("byteLength", 1, size_max)), text("name")};

constexpr Member image[] = {text("uri"), text("mimeType"), index("bufferView", "bufferViews"),
                            text("name")};
constexpr Member texture_source[] = {required(index("source", "images"))};
constexpr Member texture_sources[] = {object("EXT_texture_webp", texture_source)};
constexpr Member texture[] = {object("extensions", texture_sources), index("sampler", "samplers"),
                              index("source", "images"), text("name")};
constexpr Member sampler[] = {integer("magFilter"), integer("minFilter"), integer("wrapS"),
                              integer("wrapT")};
constexpr Member texture_transform[] = {numbers("offset", 2), number("rotation"),
                                        numbers("scale", 2), integer("texCoord", 0)};
constexpr Member texture_extensions[] = {object("KHR_texture_transform", texture_transform)};
constexpr Member texture_info[] = {required(index("index", "textures")), integer("texCoord", 0),
                                   number("scale"), number("strength"),
                                   object("extensions", texture_extensions)};

constexpr Member metallic_roughness[] = {
    numbers("baseColorFactor", 4, 0), number("metallicFactor", 0), number("roughnessFactor", 0),
    object("baseColorTexture", texture_info), object("metallicRoughnessTexture", texture_info)};
constexpr Member emissive_strength[] = {number("emissiveStrength", 0)};
constexpr Member ior[] = {number("ior", 0)};
constexpr Member transmission[] = {number("transmissionFactor", 0),
                                   object("transmissionTexture", texture_info)};
constexpr Member volume[] = {number("thicknessFactor", 0), positive("attenuationDistance"),
                             numbers("attenuationColor", 3, 0)};
constexpr Member specular[] = {number("specularFactor", 0), numbers("specularColorFactor", 3, 0),
                               object("specularTexture", texture_info),
                               object("specularColorTexture", texture_info)};
constexpr Member glossiness[] = {
    numbers("diffuseFactor", 4, 0), numbers("specularFactor", 3, 0), number("glossinessFactor", 0),
    object("diffuseTexture", texture_info), object("specularGlossinessTexture", texture_info)};
constexpr Member clearcoat[] = {number("clearcoatFactor", 0), number("clearcoatRoughnessFactor", 0),
                                object("clearcoatTexture", texture_info),
                                object("clearcoatRoughnessTexture", texture_info),
                                object("clearcoatNormalTexture", texture_info)};
constexpr Member sheen[] = {numbers("sheenColorFactor", 3, 0), number("sheenRoughnessFactor", 0),
                            object("sheenColorTexture", texture_info),
                            object("sheenRoughnessTexture", texture_info)};
constexpr Member anisotropy[] = {number("anisotropyStrength", 0), number("anisotropyRotation"),
                                 object("anisotropyTexture", texture_info)};
constexpr Member iridescence[] = {number("iridescenceFactor", 0),
                                  number("iridescenceIor", 1),
                                  number("iridescenceThicknessMinimum", 0),
                                  number("iridescenceThicknessMaximum", 0),
                                  object("iridescenceTexture", texture_info),
                                  object("iridescenceThicknessTexture", texture_info)};
constexpr Member dispersion[] = {number("dispersion", 0)};
constexpr Member material_extensions[] = {
    object("KHR_materials_emissive_strength", emissive_strength),
    object("KHR_materials_ior", ior),
    object("KHR_materials_transmission", transmission),
    object("KHR_materials_volume", volume),
    object("KHR_materials_specular", specular),
    object("KHR_materials_pbrSpecularGlossiness", glossiness),
    object("KHR_materials_clearcoat", clearcoat),
    object("KHR_materials_sheen", sheen),
    object("KHR_materials_anisotropy", anisotropy),
    object("KHR_materials_iridescence", iridescence),
    object("KHR_materials_dispersion", dispersion),
    object("KHR_materials_unlit", {})};
constexpr Member material[] = {object("pbrMetallicRoughness", metallic_roughness),
                               object("normalTexture", texture_info),
                               object("occlusionTexture", texture_info),
                               object("emissiveTexture", texture_info),
                               numbers("emissiveFactor", 3, 0),
                               text("alphaMode"),
                               number("alphaCutoff", 0),
                               boolean("doubleSided"),
                               text("name"),
                               object("extensions", material_extensions)};

constexpr Member perspective[] = {positive("aspectRatio"), required(positive("yfov")),
                                  positive("zfar"), required(number("znear"))};
constexpr Member orthographic[] = {required(number("xmag")), required(number("ymag")),
                                   required(number("zfar")), required(number("znear"))};
constexpr Member camera[] = {required(text("type")), object("perspective", perspective),
                             object("orthographic", orthographic), text("name")};

constexpr Member skin[] = {index("inverseBindMatrices", "accessors"), index("skeleton", "nodes"),
                           required(indices("joints", "nodes")), text("name")};
constexpr Member channel_target[] = {index("node", "nodes"), required(text("path"))};
constexpr Member channel[] = {required(integer("sampler", 0)),
                              required(object("target", channel_target))};
constexpr Member animation_sampler[] = {required(index("input", "accessors")),
                                        required(index("output", "accessors")),
                                        text("interpolation")};
constexpr Member animation[] = {required(objects("channels", channel)),
                                required(objects("samplers", animation_sampler)), text("name")};

constexpr Member spot[] = {number("innerConeAngle", 0), positive("outerConeAngle")};
constexpr Member light[] = {required(text("type")), numbers("color", 3, 0), number("intensity", 0),
                            positive("range"),      object("spot", spot),   text("name")};
constexpr Member lights_punctual[] = {required(objects("lights", light))};
constexpr Member image_light[] = {
    numbers("rotation", 4),
    {.name = "intensity", .kind = Kind::number, .low = 0},
    required(integer("specularImageSize", 1, 16384)),
    {.name = "irradianceCoefficients", .kind = Kind::number_lists, .length = 9, .inner = 3},
    {.name = "specularImages", .kind = Kind::index_lists, .inner = 6, .into = "images"},
    text("name")};
constexpr Member lights_image_based[] = {required(objects("lights", image_light))};
constexpr Member root_extensions[] = {object("KHR_lights_punctual", lights_punctual),
                                      object("EXT_lights_image_based", lights_image_based)};

constexpr Member root[] = {required(object("asset", asset)),
                           texts("extensionsUsed"),
                           texts("extensionsRequired"),
                           index("scene", "scenes"),
                           objects("scenes", scene),
                           objects("nodes", node),
                           objects("meshes", mesh),
                           objects("accessors", accessor),
                           objects("bufferViews", buffer_view),
                           objects("buffers", buffer),
                           objects("images", image),
                           objects("textures", texture),
                           objects("samplers", sampler),
                           objects("materials", material),
                           objects("cameras", camera),
                           objects("skins", skin),
                           objects("animations", animation),
                           object("extensions", root_extensions)};

// ---- holding a file against the tables -------------------------------------------------------

// Where the checker is, as a chain on the stack: pointers are written out only for messages.
struct Place {
    const Place* parent = nullptr;
    std::string_view key = {};
    size_t item = 0;
    bool is_item = false;

    [[nodiscard]] std::string pointer() const {
        if (!parent) return "";
        return parent->pointer() + "/" + (is_item ? std::to_string(item) : pointer_part(key));
    }
};

std::string number_text(double value) {
    std::string digits = Json(value).dump();
    return digits.ends_with(".0") ? digits.substr(0, digits.size() - 2) : digits;
}

std::string_view kind_of(const Json& value) {
    if (value.is_string()) return "a text";
    if (value.is_number_float()) return "a number with a fraction";
    if (value.is_number()) return "a number";
    if (value.is_array()) return "an array";
    if (value.is_object()) return "an object";
    return value.is_null() ? "null" : "true or false";
}

class Checker {
public:
    explicit Checker(const Json& file) : file_(file) {}

    void check(const Json& value, Form form, const Place& place) {
        for (const Member& member : form) {
            if (problems_.size() >= enough_problems) return;
            const auto found = value.find(member.name);
            if (found != value.end())
                check_member(*found, member, Place{&place, member.name});
            else if (member.required)
                add(place, in_quotes(member.name) + " is missing");
        }
    }

    void add(const Place& place, std::string message) { add(place.pointer(), std::move(message)); }
    void add(std::string pointer, std::string message) {
        problems_.push_back({std::move(pointer), std::move(message), -1});
    }
    [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

    [[nodiscard]] size_t count(std::string_view list) const {
        const auto lights_of = [&](const char* extension) {
            const Json::json_pointer lights("/extensions/" + std::string(extension) + "/lights");
            return file_.contains(lights) ? file_.at(lights).size() : 0;
        };
        if (list == "lights") return lights_of("KHR_lights_punctual");
        if (list == "image lights") return lights_of("EXT_lights_image_based");
        const auto found = file_.find(list);
        return found != file_.end() && found->is_array() ? found->size() : 0;
    }

private:
    void check_member(const Json& value, const Member& member, const Place& place) {
        switch (member.kind) {
        case Kind::boolean:
            if (!value.is_boolean()) wrong_kind(value, "true or false", place);
            break;
        case Kind::text:
            if (!value.is_string()) wrong_kind(value, "a text", place);
            break;
        case Kind::integer:
        case Kind::number:
            check_number(value, member, place);
            break;
        case Kind::index:
            check_index(value, member, place);
            break;
        case Kind::object:
            if (value.is_object())
                check(value, member.form, place);
            else
                wrong_kind(value, "an object", place);
            break;
        case Kind::index_map:
            if (!value.is_object()) return wrong_kind(value, "an object", place);
            for (auto it = value.begin(); it != value.end(); ++it)
                check_index(it.value(), member, Place{&place, it.key()});
            break;
        default:
            check_array(value, member, place);
        }
    }

    void check_array(const Json& value, const Member& member, const Place& place) {
        if (!value.is_array()) return wrong_kind(value, "an array", place);
        if (member.length != 0 && value.size() != member.length)
            return add(place, "must have " + std::to_string(member.length) + " items, not " +
                                  std::to_string(value.size()));
        Member item = member;
        item.length = member.inner;
        item.kind = member.kind == Kind::number_lists  ? Kind::numbers
                    : member.kind == Kind::index_lists ? Kind::indices
                    : member.kind == Kind::numbers     ? Kind::number
                    : member.kind == Kind::texts       ? Kind::text
                    : member.kind == Kind::indices     ? Kind::index
                    : member.kind == Kind::objects     ? Kind::object
                                                       : Kind::index_map;
        for (size_t i = 0; i < value.size() && problems_.size() < enough_problems; ++i)
            check_member(value[i], item, Place{&place, {}, i, true});
    }

    void check_number(const Json& value, const Member& member, const Place& place) {
        if (member.kind == Kind::integer && !value.is_number_integer())
            return wrong_kind(value, "an integer", place);
        if (!value.is_number()) return wrong_kind(value, "a number", place);
        const double x = value.get<double>();
        if (!(std::fabs(x) <= float_max)) return add(place, "is out of range of float");
        const bool low_enough = x <= member.high;
        const bool high_enough = member.above_low ? x > member.low : x >= member.low;
        if (low_enough && high_enough) return;
        if (!low_enough)
            add(place, "must be at most " + number_text(member.high) + ", not " + number_text(x));
        else
            add(place, (member.above_low ? "must be more than " : "must be at least ") +
                           number_text(member.low) + ", not " + number_text(x));
    }

    void check_index(const Json& value, const Member& member, const Place& place) {
        if (!value.is_number_integer()) return wrong_kind(value, "an index", place);
        const size_t items = count(member.into);
        const bool inside = value.is_number_unsigned() && value.get<uint64_t>() < items;
        if (inside) return;
        add(place, "points to item " + value.dump() + " of " + std::string(member.into) +
                       ", which has " + std::to_string(items));
    }

    void wrong_kind(const Json& value, std::string_view wanted, const Place& place) {
        add(place, "must be " + std::string(wanted) + ", not " + std::string(kind_of(value)));
    }

    const Json& file_;
    std::vector<Problem> problems_;
};

// ---- what no table can say -------------------------------------------------------------------

uint64_t size_of(const Json& value, std::string_view member) {
    const auto found = value.find(member);
    return found != value.end() ? found->get<uint64_t>() : 0;
}

const Json& list(const Json& file, std::string_view name) {
    static const Json empty = Json::array();
    const auto found = file.find(name);
    return found != file.end() ? *found : empty;
}

// Types that may stand before the data, as the parser knows them.
constexpr std::string_view data_prefixes[] = {"data:application/octet-stream;base64,",
                                              "data:application/gltf-buffer;base64,",
                                              "data:image/png;base64,", "data:image/jpeg;base64,"};

// The base64 part of a data URI, or nullopt.
std::optional<std::string_view> base64_of(std::string_view uri) {
    for (const std::string_view prefix : data_prefixes)
        if (uri.starts_with(prefix)) return uri.substr(prefix.size());
    return std::nullopt;
}

bool is_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

// Bytes that `text` decodes to, or nullopt if it is not base64 (RFC 4648).
std::optional<uint64_t> decoded_length(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    if (text.size() % 4 == 1 || !std::all_of(text.begin(), text.end(), is_base64))
        return std::nullopt;
    return text.size() / 4 * 3 + (text.size() % 4 * 3) / 4;
}

// Says what is wrong with a URI; nullopt if it is a data URI or a path that may be tried.
std::optional<std::string> uri_fault(std::string_view uri) {
    if (uri.starts_with("data:")) {
        const auto data = base64_of(uri);
        if (!data)
            return "the data URI " + in_quotes(uri.substr(0, uri.find(','))) +
                   " is not supported: it must be base64 of a buffer, PNG or JPEG";
        if (!decoded_length(*data) || *decoded_length(*data) == 0)
            return "the data URI does not hold base64 data";
        return std::nullopt;
    }
    try {
        (void)path_of_uri(uri);
    } catch (const Error& error) {
        return error.what();
    }
    return std::nullopt;
}

const Json* extension(const Json& object, const char* name) {
    const auto all = object.find("extensions");
    if (all == object.end()) return nullptr;
    const auto found = all->find(name);
    return found != all->end() ? &*found : nullptr;
}

bool lists(const Json& file, std::string_view names, std::string_view name) {
    const Json& all = list(file, names);
    return std::find(all.begin(), all.end(), Json(std::string(name))) != all.end();
}

constexpr const char* meshopt_name = "EXT_meshopt_compression";

// Stands for what compressed views hold, for readers that know nothing of the compression.
bool is_placeholder(const Json& file, const Container& container, size_t i) {
    if (!lists(file, "extensionsUsed", meshopt_name) || !reads_meshopt()) return false;
    const Json& one = list(file, "buffers")[i];
    if (i == 0 && container.is_binary && !container.binary.empty()) return false;
    const Json* marked = extension(one, meshopt_name);
    return !one.contains("uri") || (marked != nullptr && marked->value("fallback", false));
}

void check_placeholders(const Json& file, const std::vector<bool>& placeholder, Checker& checker) {
    const Json& views = list(file, "bufferViews");
    const auto stands_for = [&](uint64_t i) { return placeholder[i]; };
    for (size_t view = 0; view < views.size(); ++view) {
        const Json* packed = extension(views[view], meshopt_name);
        const std::string pointer = pointer_to("/bufferViews", view);
        if (packed == nullptr && stands_for(size_of(views[view], "buffer")))
            checker.add(pointer + "/buffer", "points to a buffer without data");
        if (packed != nullptr && stands_for(size_of(*packed, "buffer")))
            checker.add(pointer + "/extensions/" + meshopt_name + "/buffer",
                        "points to a buffer without data");
    }
    const Json& images = list(file, "images");
    for (size_t i = 0; i < images.size(); ++i)
        if (images[i].contains("bufferView") &&
            extension(views[size_of(images[i], "bufferView")], meshopt_name) != nullptr)
            checker.add(pointer_to("/images", i) + "/bufferView",
                        "points to a buffer view that is compressed as a mesh");
}

void check_buffers(const Json& file, const Container& container, Checker& checker,
                   const std::vector<bool>& placeholder, std::vector<ExternalBuffer>& external) {
    const Json& buffers = list(file, "buffers");
    for (size_t i = 0; i < buffers.size(); ++i) {
        if (placeholder[i]) continue;
        const std::string pointer = pointer_to("/buffers", i);
        const uint64_t byte_length = size_of(buffers[i], "byteLength");
        const auto uri = buffers[i].find("uri");
        const auto check_length = [&](uint64_t available, const char* where) {
            if (byte_length > available)
                checker.add(pointer + "/byteLength", "is " + std::to_string(byte_length) +
                                                         ", but " + where + " has " +
                                                         std::to_string(available) + " bytes");
        };
        if (uri == buffers[i].end()) {
            if (i != 0 || !container.is_binary || container.binary.empty())
                checker.add(pointer, "has no uri, and the file no binary chunk for it");
            else
                check_length(container.binary.size(), "the binary chunk");
            continue;
        }
        const std::string& text = uri->get_ref<const std::string&>();
        if (const auto fault = uri_fault(text)) {
            checker.add(pointer + "/uri", *fault);
        } else if (const auto data = base64_of(text)) {
            const uint64_t length = *decoded_length(*data);
            check_length(length, "the data URI");
            if (byte_length < length)
                checker.add(pointer + "/byteLength", "is " + std::to_string(byte_length) +
                                                         ", but the data URI has " +
                                                         std::to_string(length) + " bytes");
        } else {
            external.push_back({i, text, byte_length});
        }
    }
}

void check_buffer_views(const Json& file, Checker& checker) {
    const Json& views = list(file, "bufferViews");
    const Json& buffers = list(file, "buffers");
    for (size_t i = 0; i < views.size(); ++i) {
        const uint64_t offset = size_of(views[i], "byteOffset");
        const uint64_t length = size_of(views[i], "byteLength");
        const uint64_t buffer_index = size_of(views[i], "buffer");
        const uint64_t available = size_of(buffers[buffer_index], "byteLength");
        if (offset <= available && length <= available - offset) continue;
        checker.add(pointer_to("/bufferViews", i) + "/byteLength",
                    "bytes " + std::to_string(offset) + " to " + std::to_string(offset + length) +
                        " leave buffer " + std::to_string(buffer_index) + ", which has " +
                        std::to_string(available));
    }
    // So says the specification of vertex data, and nothing else is interleaved.
    for (size_t i = 0; i < views.size(); ++i)
        if (size_of(views[i], "byteStride") % 4 != 0)
            checker.add(pointer_to("/bufferViews", i) + "/byteStride",
                        "must be a multiple of 4, not " +
                            std::to_string(size_of(views[i], "byteStride")));
}

void check_images(const Json& file, Checker& checker) {
    const Json& images = list(file, "images");
    for (size_t i = 0; i < images.size(); ++i) {
        const std::string pointer = pointer_to("/images", i);
        const auto uri = images[i].find("uri");
        const bool has_uri = uri != images[i].end();
        if (has_uri == images[i].contains("bufferView"))
            checker.add(pointer, has_uri ? "has both a uri and a bufferView"
                                         : "has neither a uri nor a bufferView");
        if (!has_uri) continue;
        if (const auto fault = uri_fault(uri->get_ref<const std::string&>()))
            checker.add(pointer + "/uri", *fault);
    }
}

constexpr std::string_view accessor_types[] = {"SCALAR", "VEC2", "VEC3", "VEC4",
                                               "MAT2",   "MAT3", "MAT4"};

void check_accessors(const Json& file, Checker& checker) {
    const Json& accessors = list(file, "accessors");
    for (size_t i = 0; i < accessors.size(); ++i) {
        const std::string pointer = pointer_to("/accessors", i);
        const auto& type = accessors[i]["type"].get_ref<const std::string&>();
        if (std::find(std::begin(accessor_types), std::end(accessor_types), type) ==
            std::end(accessor_types))
            checker.add(pointer + "/type", "must be SCALAR, VEC2 ... MAT4, not " + in_quotes(type));
        const int64_t component = accessors[i]["componentType"].get<int64_t>();
        const bool known =
            (component >= 5120 && component <= 5123) || component == 5125 || component == 5126;
        if (!known)
            checker.add(pointer + "/componentType",
                        "must be 5120 to 5123, 5125 or 5126, not " + std::to_string(component));
    }
}

void check_animations(const Json& file, Checker& checker) {
    const Json& animations = list(file, "animations");
    for (size_t i = 0; i < animations.size(); ++i) {
        const std::string pointer = pointer_to("/animations", i);
        const Json& samplers = animations[i]["samplers"];
        const Json& channels = animations[i]["channels"];
        for (size_t c = 0; c < channels.size(); ++c)
            if (size_of(channels[c], "sampler") >= samplers.size())
                checker.add(pointer_to(pointer + "/channels", c) + "/sampler",
                            "points to item " + channels[c]["sampler"].dump() +
                                " of samplers, which has " + std::to_string(samplers.size()));
    }
}

void check_variants(const Json& file, Checker& checker) {
    const Json& cameras = list(file, "cameras");
    for (size_t i = 0; i < cameras.size(); ++i) {
        const auto& type = cameras[i]["type"].get_ref<const std::string&>();
        const std::string pointer = pointer_to("/cameras", i);
        if (type != "perspective" && type != "orthographic")
            checker.add(pointer + "/type",
                        "must be perspective or orthographic, not " + in_quotes(type));
        else if (!cameras[i].contains(type))
            checker.add(pointer, in_quotes(type) + " is missing");
    }
    const Json::json_pointer lights("/extensions/KHR_lights_punctual/lights");
    for (size_t i = 0; i < checker.count("lights"); ++i) {
        const Json& one = file.at(lights)[i];
        const auto& type = one["type"].get_ref<const std::string&>();
        const std::string pointer = pointer_to(lights.to_string(), i);
        if (type != "directional" && type != "point" && type != "spot")
            checker.add(pointer + "/type",
                        "must be directional, point or spot, not " + in_quotes(type));
        else if (type == "spot" && !one.contains("spot"))
            checker.add(pointer, "\"spot\" is missing");
    }
}

// Asked before the tables are: they would call it an accessor that is too short.
void check_key_times(const Json& file, Checker& checker) {
    const Json& animations = list(file, "animations");
    const Json& accessors = list(file, "accessors");
    for (size_t i = 0; animations.is_array() && i < animations.size(); ++i) {
        const Json::json_pointer at("/animations/" + std::to_string(i) + "/samplers");
        if (!file.contains(at) || !file.at(at).is_array()) continue;
        for (size_t s = 0; s < file.at(at).size(); ++s) {
            const Json& one = file.at(at)[s];
            if (!one.is_object() || !one.contains("input") || !one["input"].is_number_unsigned())
                continue;
            const uint64_t input = one["input"].get<uint64_t>();
            if (!accessors.is_array() || input >= accessors.size() || !accessors[input].is_object())
                continue;
            const auto count = accessors[input].find("count");
            if (count != accessors[input].end() && count->is_number_integer() &&
                count->get<int64_t>() == 0)
                checker.add(pointer_to(at.to_string(), s) + "/input",
                            "points to accessor " + std::to_string(input) + ", which is empty");
        }
    }
}

// Buffers without data get a byte of it, and compressed triangles lose their list of vertices,
// which is compressed with them: the parser stumbles over both. Whether there was anything to do.
bool smooth_for_parser(Json& file, const std::vector<bool>& placeholder) {
    bool changed = false;
    for (size_t i = 0; i < placeholder.size(); ++i) {
        if (!placeholder[i]) continue;
        file["buffers"][i]["uri"] = "data:application/octet-stream;base64,AA==";
        file["buffers"][i]["byteLength"] = 1;
        changed = true;
    }
    if (!reads_draco() || !file.contains("meshes")) return changed;
    for (Json& one : file["meshes"])
        for (Json& part : one["primitives"])
            if (extension(part, "KHR_draco_mesh_compression") != nullptr)
                changed = part.erase("indices") > 0 || changed;
    return changed;
}

Json parse(const Container& container) {
    try {
        return Json::parse(container.json.begin(), container.json.end());
    } catch (const Json::parse_error& error) {
        // "[json.exception...] parse error at line 1, column 2: what is wrong"
        const std::string_view what = error.what();
        const size_t colon = what.find(": ");
        refuse_byte(container.json_offset + (error.byte > 0 ? error.byte - 1 : 0),
                    "the JSON text is broken: " +
                        std::string(colon != what.npos ? what.substr(colon + 2) : what));
    } catch (const Json::exception& error) {
        refuse_byte(container.json_offset, std::string("the JSON text is broken: ") + error.what());
    }
}

void stop_if_broken(const Checker& checker) {
    if (!checker.problems().empty()) throw Refusal(checker.problems());
}

} // namespace

Structure check_structure(const Container& container) {
    Json file = parse(container);
    if (!file.is_object()) refuse_byte(container.json_offset, "must be a JSON object");
    Checker checker(file);
    check_key_times(file, checker);
    checker.check(file, root, Place{});
    stop_if_broken(checker);
    check_required(list(file, "extensionsRequired").get<std::vector<std::string>>());

    const auto& version = file["asset"]["version"].get_ref<const std::string&>();
    if (!version.starts_with("2."))
        checker.add("/asset/version", "must be 2.0, not " + in_quotes(version));
    std::vector<bool> placeholder;
    for (size_t i = 0; i < list(file, "buffers").size(); ++i)
        placeholder.push_back(is_placeholder(file, container, i));
    Structure structure;
    check_buffers(file, container, checker, placeholder, structure.external);
    check_buffer_views(file, checker);
    check_images(file, checker);
    stop_if_broken(checker);
    check_placeholders(file, placeholder, checker);
    check_accessors(file, checker);
    check_animations(file, checker);
    check_variants(file, checker);
    stop_if_broken(checker);
    if (smooth_for_parser(file, placeholder)) structure.smooth_json = file.dump();
    return structure;
}

} // namespace juggler::gltf
