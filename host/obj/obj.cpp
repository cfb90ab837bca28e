#include "host/obj/obj.h"

#include "host/scene/diagnostics.h"

#ifdef JUGGLER_OBJ

#include "host/base/files.h"
#include "host/gltf/tangents.h"
#include "host/image/srgb.h"
#include "host/obj/obj_material.h"
#include "host/scene/reach.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <sstream>
#include <unordered_map>

namespace juggler {
namespace obj {
namespace {

constexpr uint64_t max_obj_bytes = uint64_t(1) << 31;
// Of a corner's indices, vertex and triangle while they are read and after.
constexpr uint64_t bytes_per_corner = 96;

struct File {
    tinyobj::attrib_t vertices;
    std::vector<tinyobj::shape_t> shapes;
    std::vector<tinyobj::material_t> materials;
};

[[noreturn]] void refuse(const std::string& message) { throw Error(Exit::input, message); }

// Finds material files beside the model.
class MaterialFiles : public tinyobj::MaterialReader {
public:
    explicit MaterialFiles(const Folder& folder) : folder_(folder) {}

    bool operator()(const std::string& name, std::vector<tinyobj::material_t>* materials,
                    std::map<std::string, int>* by_name, std::string* warning,
                    std::string* error) override {
        try {
            const std::vector<std::byte> bytes = folder_.read(uri_of(name), max_obj_bytes);
            std::istringstream in(
                std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
            tinyobj::LoadMtl(by_name, materials, &in, warning, error);
            return true;
        } catch (const Error& e) {
            missing.push_back("its materials are left out: " + std::string(e.what()));
            return false;
        }
    }

    std::vector<std::string> missing;

private:
    const Folder& folder_;
};

File parse(const std::filesystem::path& path, const Folder& folder, uint64_t max_bytes,
           std::vector<std::string>& notes) {
    const std::vector<std::byte> bytes = read_file(path, std::min(max_obj_bytes, max_bytes));
    std::istringstream in(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    MaterialFiles material_files(folder);
    File file;
    std::string warning, error;
    const bool read = tinyobj::LoadObj(&file.vertices, &file.shapes, &file.materials, &warning,
                                       &error, &in, &material_files, true, false);
    if (!read || !error.empty())
        refuse(escaped(error.empty() ? "is no OBJ file that can be read"
                                     : error.substr(0, error.find('\n'))));
    notes.insert(notes.end(), material_files.missing.begin(), material_files.missing.end());
    return file;
}

// ---- triangles --------------------------------------------------------------------------------

// A corner's place among positions, normals and texture coordinates; -1: it has none.
struct Corner {
    int position, normal, texcoord;
    bool operator==(const Corner&) const = default;
};
struct CornerHash {
    size_t operator()(const Corner& c) const noexcept {
        uint64_t h = static_cast<uint32_t>(c.position);
        h = (h * 0x9e3779b97f4a7c15u) ^ static_cast<uint32_t>(c.normal);
        h = (h * 0x9e3779b97f4a7c15u) ^ static_cast<uint32_t>(c.texcoord);
        return h * 0x9e3779b97f4a7c15u;
    }
};

template <size_t Count>
std::array<float, Count> take(const std::vector<float>& values, int at) {
    std::array<float, Count> out{};
    for (size_t i = 0; i < Count; ++i)
        out[i] = values[size_t(at) * Count + i];
    return out;
}

bool make_unit(std::array<float, 3>& n) {
    const double x = n[0], y = n[1], z = n[2];
    const double length = std::sqrt(x * x + y * y + z * z);
    if (!(length > 0 && length < 1e30)) return false;
    n = {static_cast<float>(x / length), static_cast<float>(y / length),
         static_cast<float>(z / length)};
    return true;
}

// The triangles of one material; corners that are alike share a vertex.
TrianglePart make_part(const tinyobj::attrib_t& from, const std::vector<Corner>& corners) {
    bool normals = true, texcoords = true;
    for (const Corner& c : corners) {
        normals = normals && c.normal >= 0;
        texcoords = texcoords && c.texcoord >= 0;
    }
    const bool colors = !from.colors.empty() && from.colors.size() == from.vertices.size();
    TrianglePart part;
    std::unordered_map<Corner, uint32_t, CornerHash> vertices;
    for (Corner c : corners) {
        if (!normals) c.normal = -1;
        if (!texcoords) c.texcoord = -1;
        const auto [at, is_new] =
            vertices.try_emplace(c, static_cast<uint32_t>(part.positions.size()));
        part.indices.push_back(at->second);
        if (!is_new) continue;
        const auto p = take<3>(from.vertices, c.position);
        if (!within_reach(p[0], p[1], p[2]))
            refuse("vertex " + std::to_string(c.position + 1) + " is " + too_far);
        part.positions.push_back(p);
        if (normals) {
            part.normals.push_back(take<3>(from.normals, c.normal));
            if (!make_unit(part.normals.back())) part.normals.back() = {0, 0, 0};
        }
        if (texcoords) {
            const auto uv = take<2>(from.texcoords, c.texcoord);
            if (!std::isfinite(uv[0]) || !std::isfinite(uv[1]))
                refuse("texture coordinate " + std::to_string(c.texcoord + 1) + " is no number");
            part.texcoords[0].push_back({uv[0], 1 - uv[1]});
        }
        if (colors) {
            std::array<float, 4> rgba{1, 1, 1, 1};
            for (size_t i = 0; i < 3; ++i) {
                const float code = from.colors[size_t(c.position) * 3 + i];
                rgba[i] = static_cast<float>(srgb_to_linear(code > 0 ? std::min(code, 1.0f) : 0));
            }
            part.colors.push_back(rgba);
        }
    }
    return part;
}

// Three corners a triangle, by material; the last entry is of faces without one.
std::vector<std::vector<Corner>> sort_corners(const File& file, uint64_t max_bytes) {
    const auto count = [](const std::vector<float>& values, size_t each) {
        return static_cast<int64_t>(values.size() / each);
    };
    const int64_t positions = count(file.vertices.vertices, 3);
    const int64_t normals = count(file.vertices.normals, 3);
    const int64_t texcoords = count(file.vertices.texcoords, 2);
    uint64_t corner_count = 0;
    for (const tinyobj::shape_t& shape : file.shapes)
        corner_count += shape.mesh.indices.size();
    if (corner_count > max_bytes / bytes_per_corner)
        refuse("has " + std::to_string(corner_count / 3) +
               " triangles, more than the memory budget holds");
    std::vector<std::vector<Corner>> sorted(file.materials.size() + 1);
    for (const tinyobj::shape_t& shape : file.shapes) {
        const tinyobj::mesh_t& mesh = shape.mesh;
        for (size_t face = 0; 3 * face + 2 < mesh.indices.size(); ++face) {
            const int material = face < mesh.material_ids.size() ? mesh.material_ids[face] : -1;
            const bool known = material >= 0 && size_t(material) < file.materials.size();
            auto& corners = known ? sorted[size_t(material)] : sorted.back();
            for (size_t k = 0; k < 3; ++k) {
                const tinyobj::index_t& i = mesh.indices[3 * face + k];
                if (i.vertex_index < 0 || i.vertex_index >= positions ||
                    i.normal_index >= normals || i.texcoord_index >= texcoords)
                    refuse("a face of " + in_quotes(shape.name) +
                           " names a vertex, normal or texture coordinate that is not there");
                corners.push_back(
                    {i.vertex_index, std::max(i.normal_index, -1), std::max(i.texcoord_index, -1)});
            }
        }
    }
    return sorted;
}

// Flat where a normal is of length 0; tangents where a normal map wants them.
size_t finish(TrianglePart& part, const MaterialDescription& material) {
    const auto zero = std::find(part.normals.begin(), part.normals.end(),
                                std::array<float, 3>{0, 0, 0}) != part.normals.end();
    if (zero) part.normals.clear();
    if (material.normal_texture.image >= 0 && !part.texcoords[0].empty())
        gltf::generate_tangents(part, 0);
    return zero ? 1 : 0;
}

// A texture needs coordinates; without them its material shows its colour alone.
void drop_textures(MaterialDescription& material) {
    material.base_texture = material.emission_texture = material.normal_texture = {};
}

bool has_texture(const MaterialDescription& m) {
    return m.base_texture.image >= 0 || m.emission_texture.image >= 0 ||
           m.normal_texture.image >= 0;
}

MaterialDescription plain_grey() {
    MaterialDescription material;
    material.name = "default";
    material.base_color = {0.8f, 0.8f, 0.8f, 1};
    return material;
}

SceneDescription read(const std::filesystem::path& path, const LoadOptions& options) {
    const Folder folder(path.parent_path());
    SceneDescription scene;
    std::vector<std::string> notes;
    const File file = parse(path, folder, options.max_memory_bytes, notes);
    Pictures pictures(scene, folder, options.max_memory_bytes);
    for (const tinyobj::material_t& material : file.materials)
        scene.materials.push_back(convert(material, pictures, notes));
    scene.materials.push_back(plain_grey());
    MeshDescription mesh;
    mesh.name = path.filename().string();
    size_t flat = 0, untextured = 0;
    const auto corners = sort_corners(file, options.max_memory_bytes);
    for (size_t m = 0; m < corners.size(); ++m) {
        if (corners[m].empty()) continue;
        TrianglePart part = make_part(file.vertices, corners[m]);
        part.material = static_cast<int>(m);
        MaterialDescription& material = scene.materials[m];
        if (part.texcoords[0].empty() && has_texture(material)) {
            drop_textures(material);
            ++untextured;
        }
        flat += finish(part, material);
        mesh.triangles.push_back(std::move(part));
    }
    if (mesh.triangles.empty()) refuse("has no faces, nothing to show");
    if (flat > 0) notes.push_back("normals of length 0, using those of the faces");
    if (untextured > 0) notes.push_back("textures without coordinates are left out");
    for (const std::string& note : notes)
        scene.notes.push_back(escaped(mesh.name) + ": " + note);
    scene.name = mesh.name;
    scene.meshes.push_back(std::move(mesh));
    scene.instances.push_back({});
    return scene;
}

} // namespace
} // namespace obj

SceneDescription read_obj(const std::filesystem::path& file, const LoadOptions& options) {
    Diagnostic d;
    d.file = file.string();
    try {
        return obj::read(file, options);
    } catch (const Error& error) {
        d.message = error.what();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) { // of the library
        d.message = "is no OBJ file that can be read: " + escaped(error.what());
    }
    throw InputError({d});
}

} // namespace juggler

#else

namespace juggler {

SceneDescription read_obj(const std::filesystem::path& file, const LoadOptions&) {
    Diagnostic d;
    d.file = file.string();
    d.message = "OBJ files are read by tinyobjloader, which this program was built without: build "
                "with libtinyobjloader-dev, or save the model as glTF";
    throw InputError({d});
}

} // namespace juggler

#endif
