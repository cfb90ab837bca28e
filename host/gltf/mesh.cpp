#include "host/gltf/mesh.h"

#include "host/gltf/accessor.h"
#include "host/gltf/pose.h"
#include "host/gltf/tangents.h"
#include "host/scene/reach.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace juggler::gltf {
namespace {

// ---- which accessors may be which attribute
// ------------------------------------------------------

enum Component : unsigned { // bits, so that tables can list them
    f32 = 1,
    u8n = 2, // n: normalized
    u16n = 4,
    i8n = 8,
    i16n = 16,
    u8 = 32,
    u16 = 64,
    i8 = 128,
    i16 = 256,
};

unsigned component_of(const AccessorView& view) {
    switch (view.component_type) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
        return view.normalized ? i8n : i8;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
        return view.normalized ? u8n : u8;
    case TINYGLTF_COMPONENT_TYPE_SHORT:
        return view.normalized ? i16n : i16;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
        return view.normalized ? u16n : u16;
    case TINYGLTF_COMPONENT_TYPE_FLOAT:
        return f32;
    default:
        return 0;
    }
}

struct AttributeRule {
    std::string_view name; // up to the number of the set
    int components;
    unsigned plain;     // always allowed
    unsigned quantized; // with KHR_mesh_quantization as well
};

constexpr unsigned integers = u8n | u16n | i8n | i16n | u8 | u16 | i8 | i16;
constexpr AttributeRule rules[] = {
    {"POSITION", 3, f32, integers},    {"NORMAL", 3, f32, i8n | i16n},
    {"TANGENT", 4, f32, i8n | i16n},   {"TEXCOORD", 2, f32 | u8n | u16n, integers},
    {"COLOR", 0, f32 | u8n | u16n, 0}, // 3 or 4
};

void check_attribute(const AccessorView& view, std::string_view name, bool quantized) {
    const auto* rule = std::find_if(std::begin(rules), std::end(rules),
                                    [&](const auto& r) { return name.starts_with(r.name); });
    if (rule == std::end(rules)) return;
    const std::string pointer = pointer_to("/accessors", view.accessor);
    const bool shape = rule->components == 0 ? view.components == 3 || view.components == 4
                                             : view.components == rule->components;
    if (!shape)
        refuse(pointer + "/type",
               "must be " +
                   (rule->components == 0 ? "VEC3 or VEC4"
                                          : "VEC" + std::to_string(rule->components)) +
                   " to be used as " + std::string(name));
    const unsigned component = component_of(view);
    if ((component & rule->plain) != 0 || (quantized && (component & rule->quantized) != 0)) return;
    const std::string why =
        (component & rule->quantized) != 0 ? " without KHR_mesh_quantization" : "";
    refuse(pointer + "/componentType",
           std::string("cannot be ") + (view.normalized ? "normalized " : "") +
               std::to_string(view.component_type) + " to be used as " + std::string(name) + why);
}

// ---- triangles --------------------------------------------------------------------------------

enum Mode { triangles = 4, triangle_strip = 5, triangle_fan = 6 };

// Three vertices a triangle, whatever the mode; orientation as the specification has it.
std::vector<uint32_t> as_triangles(std::vector<uint32_t> vertices, int mode) {
    if (mode == triangles || vertices.size() < 3) {
        vertices.resize(vertices.size() / 3 * 3);
        return vertices;
    }
    std::vector<uint32_t> list;
    list.reserve(3 * (vertices.size() - 2));
    for (size_t i = 0; i + 2 < vertices.size(); ++i) {
        const size_t odd = i % 2;
        const std::array<size_t, 3> corner =
            mode == triangle_fan ? std::array<size_t, 3>{i + 1, i + 2, 0}
                                 : std::array<size_t, 3>{i, i + 1 + odd, i + 2 - odd};
        for (const size_t k : corner)
            list.push_back(vertices[k]);
    }
    return list;
}

size_t vertex_bytes(const TrianglePart& part) {
    return 12 + (part.normals.empty() ? 0 : 12) + (part.tangents.empty() ? 0 : 16) +
           (part.texcoords[0].empty() ? 0 : 8) + (part.texcoords[1].empty() ? 0 : 8) +
           (part.colors.empty() ? 0 : 16);
}

// ---- directions ---------------------------------------------------------------------------------

template <class Vector>
float squared_length(const Vector& v) {
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
}

// In double: the squares of tiny and huge floats are beyond float.
template <class Vector>
bool make_unit(Vector& v) {
    const double x = v[0], y = v[1], z = v[2];
    const double length = std::sqrt(x * x + y * y + z * z);
    if (!(length > 0)) return false;
    v[0] = static_cast<float>(x / length);
    v[1] = static_cast<float>(y / length);
    v[2] = static_cast<float>(z / length);
    return true;
}

// Gives the vertex the normal of a face it is part of.
void take_face_normals(TrianglePart& part, const std::vector<char>& wanting) {
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const uint32_t* corner = &part.indices[i];
        if (!wanting[corner[0]] && !wanting[corner[1]] && !wanting[corner[2]]) continue;
        std::array<double, 3> a{}, b{};
        for (size_t c = 0; c < 3; ++c) {
            a[c] = double(part.positions[corner[1]][c]) - part.positions[corner[0]][c];
            b[c] = double(part.positions[corner[2]][c]) - part.positions[corner[0]][c];
        }
        std::array<double, 3> n{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                                a[0] * b[1] - a[1] * b[0]};
        if (!make_unit(n)) continue;
        for (size_t k = 0; k < 3; ++k)
            if (wanting[corner[k]])
                part.normals[corner[k]] = {static_cast<float>(n[0]), static_cast<float>(n[1]),
                                           static_cast<float>(n[2])};
    }
}

// Exporters write normals with few digits, quantised ones are a little off, and some are 0.
// Returns how many were 0.
size_t normalize_normals(TrianglePart& part) {
    size_t zero = 0;
    std::vector<char> wanting;
    for (size_t v = 0; v < part.normals.size(); ++v) {
        auto& n = part.normals[v];
        if (std::fabs(squared_length(n) - 1.0f) <= 1e-6f || make_unit(n)) continue;
        wanting.resize(part.normals.size(), 0);
        wanting[v] = 1;
        ++zero;
        n = {0, 0, 1};
    }
    if (zero > 0) take_face_normals(part, wanting);
    return zero;
}

void normalize_tangents(TrianglePart& part) {
    for (auto& t : part.tangents) {
        if (!make_unit(t)) t = {1, 0, 0, t[3]};
        t[3] = t[3] < 0 ? -1.0f : 1.0f;
    }
}

// As they are stored, morphed and hung on bones: instances are met in their own space.
void check_positions(const TrianglePart& part, const std::string& pointer) {
    for (size_t v = 0; v < part.positions.size(); ++v) {
        const auto& p = part.positions[v];
        if (!within_reach(p[0], p[1], p[2]))
            refuse(pointer, "has vertex " + std::to_string(v) + " " + too_far);
    }
}

} // namespace

MeshReader::MeshReader(const tinygltf::Model& model, const std::vector<MaterialUse>& materials,
                       MemoryBudget& budget)
    : model_(model), materials_(materials), budget_(budget),
      quantized_(std::count(model.extensionsUsed.begin(), model.extensionsUsed.end(),
                            "KHR_mesh_quantization") > 0) {}

MeshDescription MeshReader::read(int mesh, const std::vector<double>& morph_weights,
                                 const std::vector<Affine>& joints) {
    const auto& from = model_.meshes[static_cast<size_t>(mesh)];
    const std::string pointer = pointer_to("/meshes", mesh) + "/primitives";
    MeshDescription to;
    to.name = from.name;
    for (size_t i = 0; i < from.primitives.size(); ++i) {
        TrianglePart part =
            read_primitive(from.primitives[i], pointer_to(pointer, i), morph_weights, joints);
        if (!part.indices.empty()) to.triangles.push_back(std::move(part));
    }
    return to;
}

TrianglePart MeshReader::read_primitive(const tinygltf::Primitive& primitive,
                                        const std::string& pointer,
                                        const std::vector<double>& morph_weights,
                                        const std::vector<Affine>& joints) {
    TrianglePart part;
    const bool has_positions = primitive.attributes.contains("POSITION");
    if (primitive.mode < triangles || !has_positions) return part;

    const MaterialUse& use =
        materials_[primitive.material >= 0 ? static_cast<size_t>(primitive.material)
                                           : materials_.size() - 1];
    part.material = use.material;
    read_attributes(primitive, pointer, use, part);
    read_triangles(primitive, pointer, part);
    apply_morph_targets(model_, primitive, morph_weights, pointer, budget_, part);
    if (!joints.empty()) apply_skin(model_, primitive, joints, pointer, budget_, part);
    check_positions(part, pointer);
    missing_normals_ += normalize_normals(part);
    normalize_tangents(part);

    // Primitives that share one long list of vertices use a part of it each.
    if (part.indices.size() < part.positions.size()) {
        const size_t before = part.positions.size();
        drop_unused_vertices(part);
        budget_.give_back((before - part.positions.size()) * vertex_bytes(part));
    }
    if (use.normal_texcoord >= 0 && part.tangents.empty() &&
        !part.texcoords[static_cast<size_t>(use.normal_texcoord)].empty())
        generate_tangents(part, static_cast<size_t>(use.normal_texcoord));
    return part;
}

void MeshReader::read_attributes(const tinygltf::Primitive& primitive, const std::string& pointer,
                                 const MaterialUse& use, TrianglePart& part) {
    const auto view_of = [&](const std::string& name, int accessor) {
        const AccessorView view = view_accessor(model_, accessor);
        check_attribute(view, name, quantized_);
        return view;
    };
    const AccessorView positions = view_of("POSITION", primitive.attributes.at("POSITION"));
    if (positions.elements.count >= none)
        refuse(pointer + "/attributes/POSITION", "has more vertices than 32 bits count");
    for (const auto& [name, accessor] : primitive.attributes) {
        const size_t count = view_of(name, accessor).elements.count;
        if (count != positions.elements.count)
            refuse(pointer + "/attributes/" + name,
                   "points to accessor " + std::to_string(accessor) + " of " +
                       std::to_string(count) + " elements, but there are " +
                       std::to_string(positions.elements.count) + " vertices");
    }
    part.positions = read_floats<3>(positions, budget_);
    const auto normals = primitive.attributes.find("NORMAL");
    if (normals != primitive.attributes.end())
        part.normals = read_floats<3>(view_accessor(model_, normals->second), budget_);
    // Without normals, given tangents are to be ignored, says the specification.
    const auto tangents = primitive.attributes.find("TANGENT");
    if (tangents != primitive.attributes.end() && !part.normals.empty() && use.normal_texcoord >= 0)
        part.tangents = read_floats<4>(view_accessor(model_, tangents->second), budget_);
    read_texcoords(primitive, pointer, use, part);
    read_colors(primitive, pointer, part);
}

void MeshReader::read_texcoords(const tinygltf::Primitive& primitive, const std::string& pointer,
                                const MaterialUse& use, TrianglePart& part) {
    for (const TexcoordNeed& need : use.texcoords) {
        const std::string name = "TEXCOORD_" + std::to_string(need.set);
        const auto found = primitive.attributes.find(name);
        if (found == primitive.attributes.end())
            refuse(need.pointer, "asks for " + name + ", which " + pointer + " has not");
        if (need.set >= part.texcoords.size())
            refuse(need.pointer,
                   "asks for " + name + "; more than two sets of coordinates are not supported");
        auto& texcoords = part.texcoords[need.set];
        if (texcoords.empty())
            texcoords = read_floats<2>(view_accessor(model_, found->second), budget_);
    }
    // Anisotropy without a texture follows the first set where there is one.
    const auto first = primitive.attributes.find("TEXCOORD_0");
    if (use.normal_texcoord == 0 && part.texcoords[0].empty() &&
        first != primitive.attributes.end())
        part.texcoords[0] = read_floats<2>(view_accessor(model_, first->second), budget_);
}

void MeshReader::read_colors(const tinygltf::Primitive& primitive, const std::string&,
                             TrianglePart& part) {
    const auto found = primitive.attributes.find("COLOR_0");
    if (found == primitive.attributes.end()) return;
    const AccessorView view = view_accessor(model_, found->second);
    if (view.components == 4) {
        part.colors = read_floats<4>(view, budget_);
    } else {
        const auto rgb = read_floats<3>(view, budget_);
        part.colors.reserve(rgb.size());
        for (const auto& c : rgb)
            part.colors.push_back({c[0], c[1], c[2], 1.0f});
    }
    for (auto& color : part.colors)
        for (float& channel : color)
            channel = std::clamp(channel, 0.0f, 1.0f); // as the specification asks
}

void MeshReader::read_triangles(const tinygltf::Primitive& primitive, const std::string& pointer,
                                TrianglePart& part) {
    std::vector<uint32_t> vertices;
    if (primitive.indices >= 0) {
        vertices = read_indices(view_accessor(model_, primitive.indices), budget_);
        const auto outside = std::find_if(vertices.begin(), vertices.end(),
                                          [&](uint32_t v) { return v >= part.positions.size(); });
        if (outside != vertices.end())
            refuse(pointer_to("/accessors", primitive.indices),
                   "index " + std::to_string(outside - vertices.begin()) + " is " +
                       std::to_string(*outside) + ", but there are " +
                       std::to_string(part.positions.size()) + " vertices");
    } else {
        budget_.take(part.positions.size(), sizeof(uint32_t), pointer);
        vertices.resize(part.positions.size());
        std::iota(vertices.begin(), vertices.end(), 0u);
    }
    if (primitive.mode != triangles) budget_.take(vertices.size(), 2 * sizeof(uint32_t), pointer);
    part.indices = as_triangles(std::move(vertices), primitive.mode);
}

void count_primitives(const tinygltf::Model& model, int mesh, PrimitiveCounts& counts) {
    for (const auto& primitive : model.meshes[static_cast<size_t>(mesh)].primitives) {
        const auto positions = primitive.attributes.find("POSITION");
        if (primitive.mode < triangles) {
            ++counts.points_and_lines;
        } else if (positions == primitive.attributes.end()) {
            ++counts.without_positions;
        } else {
            const int list = primitive.indices >= 0 ? primitive.indices : positions->second;
            const size_t vertices = model.accessors[static_cast<size_t>(list)].count;
            const bool whole = primitive.mode == triangles ? vertices % 3 == 0 : vertices > 2;
            counts.incomplete += whole ? 0 : 1;
        }
    }
}

std::vector<std::string> PrimitiveCounts::notes() const {
    std::vector<std::string> notes;
    const auto note = [&](size_t count, const char* text) {
        if (count > 0)
            notes.push_back(std::to_string(count) + (count == 1 ? " primitive " : " primitives ") +
                            text);
    };
    note(points_and_lines, "of points or lines left out");
    note(without_positions, "without positions left out");
    note(incomplete, "with vertices that make no whole triangle");
    return notes;
}

} // namespace juggler::gltf
