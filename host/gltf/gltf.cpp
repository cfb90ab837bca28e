#include "host/gltf/gltf.h"

#include "host/base/files.h"
#include "host/gltf/accessor.h"
#include "host/gltf/container.h"
#include "host/gltf/extensions.h"
#include "host/gltf/material.h"
#include "host/gltf/mesh.h"
#include "host/gltf/model.h"
#include "host/gltf/nodes.h"
#include "host/gltf/pose.h"
#include "host/gltf/punctual.h"
#include "host/scene/json_positions.h"
#include "host/scene/reach.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace juggler {
namespace gltf {
namespace {

// Refuses an accessor that leaves its buffer even if nothing uses it: such a file is broken.
void check_accessors(const tinygltf::Model& model) {
    std::vector<Problem> problems;
    for (size_t i = 0; i < model.accessors.size() && problems.size() < 20; ++i) {
        try {
            (void)view_accessor(model, static_cast<int>(i));
        } catch (const Refusal& refusal) {
            problems.insert(problems.end(), refusal.problems().begin(), refusal.problems().end());
        }
    }
    if (!problems.empty()) throw Refusal(std::move(problems));
}

// Reads the file's text and data, and lets go of them once the model is parsed.
tinygltf::Model read_model(const std::filesystem::path& path, const Folder& folder,
                           uint64_t max_bytes) {
    const std::vector<std::byte> file = read_file(path, max_file_bytes);
    const Container container = open_container(file);
    check_extent(container, max_bytes);
    const std::vector<ExternalBuffer> external = check_structure(container);
    return parse_model(container, external, folder, max_bytes);
}

// Appends what the shown nodes carry.
class Stage {
public:
    Stage(SceneDescription& into, const tinygltf::Model& model, const GltfOptions& options,
          const std::vector<MaterialUse>& materials, MemoryBudget& budget,
          std::vector<std::string>& notes)
        : into_(into), model_(model), options_(options), budget_(budget), notes_(notes),
          meshes_(model, materials, budget), places_(model.meshes.size(), unread),
          to_world_(place_nodes(model)) {}

    void add(int number) {
        const auto& node = model_.nodes[static_cast<size_t>(number)];
        const Affine to_world = options_.placement * to_world_[static_cast<size_t>(number)];
        node_ = number;
        const auto* light = extension(node.extensions, "KHR_lights_punctual");
        const auto& m = to_world.m;
        const bool carries = node.mesh >= 0 || node.camera >= 0 || light != nullptr;
        if (carries && !within_reach(m[3], m[7], m[11]))
            refuse(pointer_to("/nodes", number), std::string("is ") + too_far);
        if (node.mesh >= 0) add_mesh(node, number, to_world);
        if (node.camera >= 0 && options_.cameras)
            into_.cameras.push_back(read_camera(model_, node.camera, to_world));
        if (light && options_.lights) add_light(static_cast<int>(number_of(*light)), to_world);
    }

    void finish() {
        meshes_.add_notes(notes_);
        if (flattened_ > 0)
            notes_.push_back(std::to_string(flattened_) +
                             " instances left out whose transform flattens them to nothing");
    }

private:
    static constexpr int unread = -2, empty = -1;

    static double number_of(const tinygltf::Value& light) { return number(light, "light", 0); }

    void add_light(int number, const Affine& to_world) {
        if (auto light = read_light(model_, number, to_world)) into_.lights.push_back(*light);
    }

    void add_mesh(const tinygltf::Node& node, int number, const Affine& to_world) {
        const auto* instancing = extension(node.extensions, "EXT_mesh_gpu_instancing");
        if (node.skin >= 0) {
            // The joints place a skinned mesh in the world; its node does not.
            const auto joints = pose_skin(model_, node.skin, to_world_, budget_);
            add_instance(append(node.mesh, weights_of(node), joints), options_.placement);
        } else {
            const bool own_weights = !node.weights.empty();
            const int mesh = own_weights ? append(node.mesh, node.weights, {}) : shared(node.mesh);
            if (instancing)
                add_instances(mesh, number, *instancing, to_world);
            else
                add_instance(mesh, to_world);
        }
    }

    const std::vector<double>& weights_of(const tinygltf::Node& node) const {
        return node.weights.empty() ? model_.meshes[static_cast<size_t>(node.mesh)].weights
                                    : node.weights;
    }

    // A mesh in the pose that all nodes without a pose of their own share.
    int shared(int mesh) {
        int& place = places_[static_cast<size_t>(mesh)];
        if (place == unread)
            place = append(mesh, model_.meshes[static_cast<size_t>(mesh)].weights, {});
        return place;
    }

    int append(int mesh, const std::vector<double>& weights, const std::vector<Affine>& joints) {
        MeshDescription read = meshes_.read(mesh, weights, joints);
        if (read.triangles.empty()) return empty;
        bounds_.emplace(static_cast<int>(into_.meshes.size()), bounds_of(read));
        into_.meshes.push_back(std::move(read));
        return static_cast<int>(into_.meshes.size()) - 1;
    }

    void add_instance(int mesh, const Affine& to_world) {
        if (mesh == empty) return;
        const double volume = std::fabs(determinant(to_world));
        if (!(volume > 0)) {
            ++flattened_;
            return;
        }
        if (!within_reach(to_world, bounds_.at(mesh)))
            refuse(pointer_to("/nodes", node_), std::string("places its mesh ") + too_far);
        into_.instances.push_back({mesh, to_world, {}});
    }

    void add_instances(int mesh, int node, const tinygltf::Value& instancing,
                       const Affine& to_world) {
        const std::string pointer =
            pointer_to("/nodes", node) + "/extensions/EXT_mesh_gpu_instancing/attributes";
        const tinygltf::Value& attributes = instancing.Get("attributes");
        size_t count = 0;
        const auto view_of = [&](const char* name) -> std::optional<AccessorView> {
            const tinygltf::Value& accessor = attributes.Get(name);
            if (!accessor.IsInt()) return std::nullopt;
            const AccessorView view = view_accessor(model_, accessor.GetNumberAsInt());
            if (count != 0 && view.elements.count != count)
                refuse(pointer + "/" + name, "points to an accessor of another count");
            count = view.elements.count;
            return view;
        };
        const auto translations = view_of("TRANSLATION");
        const auto rotations = view_of("ROTATION");
        const auto scales = view_of("SCALE");
        if (count == 0) return add_instance(mesh, to_world);

        budget_.take(count, sizeof(InstanceDescription), pointer);
        const auto t = translations ? read_floats<3>(*translations, budget_)
                                    : std::vector<std::array<float, 3>>(count, {0, 0, 0});
        const auto r = rotations ? read_floats<4>(*rotations, budget_)
                                 : std::vector<std::array<float, 4>>(count, {0, 0, 0, 1});
        const auto s = scales ? read_floats<3>(*scales, budget_)
                              : std::vector<std::array<float, 3>>(count, {1, 1, 1});
        for (size_t i = 0; i < count; ++i) {
            const Affine local =
                compose({t[i][0], t[i][1], t[i][2]}, {r[i][0], r[i][1], r[i][2], r[i][3]},
                        {s[i][0], s[i][1], s[i][2]});
            add_instance(mesh, to_world * local);
        }
    }

    SceneDescription& into_;
    const tinygltf::Model& model_;
    const GltfOptions& options_;
    MemoryBudget& budget_;
    std::vector<std::string>& notes_;
    MeshReader meshes_;
    std::vector<int> places_; // of the file's meshes in the scene
    std::vector<Affine> to_world_;
    std::unordered_map<int, Bounds> bounds_; // of the meshes added to the scene
    int node_ = -1;                          // whose contents are being added
    size_t flattened_ = 0;
};

void append(SceneDescription& into, const std::filesystem::path& path, const LoadOptions& options,
            const GltfOptions& gltf) {
    const Folder folder(path.parent_path());
    MemoryBudget budget(options.max_memory_bytes);
    const tinygltf::Model model = read_model(path, folder, options.max_memory_bytes);

    std::vector<std::string> notes;
    check_extensions(model, notes);
    check_accessors(model);
    if (!model.animations.empty())
        notes.push_back("animations are not played, the file's resting pose is shown");
    const auto materials = append_materials(into, model, folder, budget, notes);
    Stage stage(into, model, gltf, materials, budget, notes);
    for (const int node : shown_nodes(model, gltf.scene, notes))
        stage.add(node);
    stage.finish();
    for (const std::string& note : notes)
        into.notes.push_back(path.filename().string() + ": " + note);
}

// ---- messages ---------------------------------------------------------------------------------

Diagnostic diagnostic_of(const std::string& name, const Container& container,
                         const Problem& problem) {
    std::optional<uint64_t> at;
    if (problem.offset >= 0) at = static_cast<uint64_t>(problem.offset);
    uint64_t length = 1;
    if (!problem.pointer.empty()) {
        if (const auto position = find_position(container.json, problem.pointer)) {
            at = container.json_offset + position->offset;
            length = position->length;
        }
    }
    if (!container.is_binary && !container.json.empty() && at)
        return diagnostic_at(name, container.json, *at, length, problem.pointer, problem.message);
    Diagnostic diagnostic;
    diagnostic.file = name;
    diagnostic.offset = at ? static_cast<int64_t>(*at) : -1;
    diagnostic.pointer = problem.pointer;
    diagnostic.message = problem.message;
    return diagnostic;
}

// The text is read anew: only a refused file needs it again, and then nothing else is in memory.
std::vector<Diagnostic> diagnostics_of(const std::filesystem::path& path, const Refusal& refusal) {
    std::vector<std::byte> file;
    Container container;
    try {
        file = read_file(path, max_file_bytes);
        container = open_container(file);
    } catch (const std::exception&) {
        // Then the places stay unknown, apart from byte offsets.
        container = {};
    }
    std::vector<Diagnostic> diagnostics;
    for (const Problem& problem : refusal.problems())
        diagnostics.push_back(diagnostic_of(path.string(), container, problem));
    return diagnostics;
}

} // namespace
} // namespace gltf

void append_gltf(SceneDescription& into, const std::filesystem::path& file,
                 const LoadOptions& options, const GltfOptions& gltf) {
    try {
        gltf::append(into, file, options, gltf);
    } catch (const gltf::Refusal& refusal) {
        throw InputError(gltf::diagnostics_of(file, refusal));
    }
}

} // namespace juggler
