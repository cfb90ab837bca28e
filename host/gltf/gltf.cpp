#include "host/gltf/gltf.h"

#include "host/base/files.h"
#include "host/gltf/accessor.h"
#include "host/gltf/animation.h"
#include "host/gltf/compressed.h"
#include "host/gltf/container.h"
#include "host/gltf/extensions.h"
#include "host/gltf/image_light.h"
#include "host/gltf/material.h"
#include "host/gltf/mesh.h"
#include "host/gltf/model.h"
#include "host/gltf/nodes.h"
#include "host/gltf/pose.h"
#include "host/gltf/punctual.h"
#include "host/gltf/variants.h"
#include "host/scene/json_positions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <mutex>

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
    const Structure structure = check_structure(container);
    return parse_model(container, structure, folder, max_bytes);
}

// Primitives that are left out, or out of the ordinary.
std::vector<std::string> primitive_notes(const tinygltf::Model& model,
                                         const std::vector<int>& nodes) {
    PrimitiveCounts counts;
    std::vector<bool> seen(model.meshes.size(), false);
    for (const int node : nodes) {
        const int mesh = model.nodes[static_cast<size_t>(node)].mesh;
        if (mesh < 0 || seen[static_cast<size_t>(mesh)]) continue;
        seen[static_cast<size_t>(mesh)] = true;
        count_primitives(model, mesh, counts);
    }
    return counts.notes();
}

} // namespace

struct Loaded {
    tinygltf::Model model;
    std::vector<MaterialUse> materials;
    std::vector<int> nodes; // shown, parents before children
    std::vector<Clip> clips;
    std::optional<SkyDescription> sky;
    std::vector<std::vector<bool>> moved; // by clip, then by node
    uint64_t max_memory_bytes = 0;
    std::mutex mutex; // of the meshes that rest: by the file's mesh, or by node
    std::map<int, Shared<MeshDescription>> meshes, node_meshes;
};

namespace {

// One pose of all nodes.
struct Moment {
    std::vector<Affine> to_world;
    std::vector<std::vector<double>> weights;
};

std::vector<Moment> moments_of(const Loaded& file, const GltfView& view) {
    std::vector<Moment> moments;
    for (const double seconds : view.times) {
        if (view.clip == no_clip) {
            moments.push_back({place_nodes(file.model), {}});
            break; // all are the same
        }
        Pose pose = pose_at(file.model, file.clips[static_cast<size_t>(view.clip)], seconds);
        moments.push_back({place_nodes(file.model, pose.locals), std::move(pose.weights)});
    }
    return moments;
}

// Sets where the vertices of `mesh` are at shutter close, in the parts in which they move.
void set_end(MeshDescription& mesh, const MeshDescription& end) {
    if (end.triangles.size() != mesh.triangles.size()) return;
    for (size_t i = 0; i < mesh.triangles.size(); ++i) {
        TrianglePart& part = mesh.triangles[i];
        const TrianglePart& other = end.triangles[i];
        // Tangents may double other vertices at the close; then the part is shown as it opens.
        if (part.indices == other.indices && part.positions.size() == other.positions.size() &&
            part.positions != other.positions)
            part.positions_end = other.positions;
    }
}

// Appends what the shown nodes carry.
class Stage {
public:
    Stage(SceneDescription& into, Loaded& file, const GltfView& view, GltfPlaces& places)
        : into_(into), file_(file), model_(file.model), view_(view), places_(places),
          budget_(file.max_memory_bytes), meshes_(file.model, file.materials, budget_),
          moments_(moments_of(file, view)) {
        if (places_.clip != view.clip || places_.times != view.times) {
            places_.posed.clear();
            places_.clip = view.clip;
            places_.times = view.times;
        }
    }

    void add(int number) {
        const auto& node = model_.nodes[static_cast<size_t>(number)];
        node_ = number;
        const auto* light = extension(node.extensions, "KHR_lights_punctual");
        const auto m = to_world(number, 0).m;
        const bool carries = node.mesh >= 0 || node.camera >= 0 || light != nullptr;
        if (carries && !within_reach(m[3], m[7], m[11]))
            refuse(pointer_to("/nodes", number), std::string("is ") + too_far);
        if (node.mesh >= 0) add_mesh(node, number);
        if (node.camera >= 0 && view_.cameras) add_camera(node.camera, number);
        if (light && view_.lights)
            if (auto read =
                    read_light(model_, static_cast<int>(number_of(*light)), to_world(number, 0)))
                into_.lights.push_back(*read);
    }

    [[nodiscard]] std::vector<std::string> notes() const {
        std::vector<std::string> notes;
        if (const size_t count = meshes_.missing_normals(); count > 0)
            notes.push_back(std::to_string(count) + (count == 1 ? " normal" : " normals") +
                            " of length 0, using those of the faces");
        if (flattened_ > 0)
            notes.push_back(std::to_string(flattened_) +
                            " instances left out whose transform flattens them to nothing");
        return notes;
    }

private:
    static constexpr int empty = -1;

    static double number_of(const tinygltf::Value& light) { return number(light, "light", 0); }

    [[nodiscard]] size_t moment_count() const { return view_.placements.size(); }
    [[nodiscard]] const Moment& moment(size_t i) const {
        return moments_[std::min(i, moments_.size() - 1)];
    }
    [[nodiscard]] bool moves(int node) const {
        return view_.clip != no_clip &&
               file_.moved[static_cast<size_t>(view_.clip)][static_cast<size_t>(node)];
    }
    [[nodiscard]] Affine to_world(int node, size_t i) const {
        return view_.placements[i] * moment(i).to_world[static_cast<size_t>(node)];
    }

    void add_camera(int camera, int node) {
        CameraDescription read = read_camera(model_, camera, to_world(node, 0));
        const size_t last = moment_count() - 1;
        const auto same = [&](size_t i) { return to_world(node, i) == to_world(node, 0); };
        if (last > 0 && (!same(last / 2) || !same(last)))
            read.motion = {read_camera(model_, camera, to_world(node, last / 2)),
                           read_camera(model_, camera, to_world(node, last))};
        into_.cameras.push_back(std::move(read));
    }

    void add_mesh(const tinygltf::Node& node, int number) {
        const int mesh = place_mesh(node, number);
        if (mesh == empty) return;
        const bool changes = view_.placement_changes || moves(number);
        std::vector<Affine> keys;
        for (size_t i = 0; i < moment_count(); ++i)
            // The joints place a skinned mesh in the world; its node does not.
            keys.push_back(node.skin >= 0 ? view_.placements[i] : to_world(number, i));
        if (const auto* instancing = extension(node.extensions, "EXT_mesh_gpu_instancing"))
            if (node.skin < 0) return add_instances(mesh, number, *instancing, keys, changes);
        add_instance(mesh, keys, node.skin >= 0 ? view_.placement_changes : changes);
    }

    [[nodiscard]] bool skin_moves(int skin) const {
        const auto& joints = model_.skins[static_cast<size_t>(skin)].joints;
        return std::any_of(joints.begin(), joints.end(), [&](int joint) { return moves(joint); });
    }

    const std::vector<double>& weights_of(const tinygltf::Node& node, int number, size_t i) const {
        const auto& posed = moment(i).weights;
        if (!posed.empty() && !posed[static_cast<size_t>(number)].empty())
            return posed[static_cast<size_t>(number)];
        return node.weights.empty() ? model_.meshes[static_cast<size_t>(node.mesh)].weights
                                    : node.weights;
    }

    // The place of the node's mesh in the description, or `empty`.
    int place_mesh(const tinygltf::Node& node, int number) {
        const bool weighs =
            !moment(0).weights.empty() && !moment(0).weights[static_cast<size_t>(number)].empty();
        if (weighs || (node.skin >= 0 && skin_moves(node.skin)))
            return place(places_.posed, number, [&] { return posed_mesh(node, number); });
        if (node.skin < 0 && node.weights.empty())
            return place(places_.meshes, node.mesh, [&] {
                return resting(file_.meshes, node.mesh, [&] { return read_mesh(node, number, 0); });
            });
        return place(places_.nodes, number, [&] {
            return resting(file_.node_meshes, number, [&] { return read_mesh(node, number, 0); });
        });
    }

    template <class Make>
    int place(std::map<int, int>& known, int key, const Make& make) {
        const auto found = known.find(key);
        if (found != known.end()) return found->second;
        Shared<MeshDescription> mesh = make();
        int at = empty;
        if (!mesh->triangles.empty()) {
            at = static_cast<int>(into_.meshes.size());
            places_.bounds[at] = bounds_of(mesh);
            into_.meshes.push_back(std::move(mesh));
        }
        known.emplace(key, at);
        return at;
    }

    // A mesh that is the same in all frames: read once, and shared by them.
    template <class Make>
    Shared<MeshDescription> resting(std::map<int, Shared<MeshDescription>>& known, int key,
                                    const Make& make) {
        const std::lock_guard lock(file_.mutex);
        const auto found = known.find(key);
        if (found != known.end()) return found->second;
        return known.emplace(key, make()).first->second;
    }

    MeshDescription read_mesh(const tinygltf::Node& node, int number, size_t i) {
        std::vector<Affine> joints;
        if (node.skin >= 0) joints = pose_skin(model_, node.skin, moment(i).to_world, budget_);
        return meshes_.read(node.mesh, weights_of(node, number, i), joints);
    }

    MeshDescription posed_mesh(const tinygltf::Node& node, int number) {
        MeshDescription mesh = read_mesh(node, number, 0);
        if (moment_count() > 1) set_end(mesh, read_mesh(node, number, moment_count() - 1));
        mesh.changes = true;
        return mesh;
    }

    void add_instance(int mesh, const std::vector<Affine>& keys, bool changes) {
        const double volume = std::fabs(determinant(keys[0]));
        if (!(volume > 0)) {
            ++flattened_;
            return;
        }
        for (const Affine& key : keys)
            if (!within_reach(key, places_.bounds.at(mesh)))
                refuse(pointer_to("/nodes", node_), std::string("places its mesh ") + too_far);
        InstanceDescription instance{mesh, keys[0], {}, changes};
        if (std::any_of(keys.begin(), keys.end(), [&](const Affine& a) { return a != keys[0]; }))
            instance.motion = keys;
        into_.instances.push_back(std::move(instance));
    }

    void add_instances(int mesh, int node, const tinygltf::Value& instancing,
                       const std::vector<Affine>& keys, bool changes) {
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
        if (count == 0) return add_instance(mesh, keys, changes);

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
            std::vector<Affine> placed = keys;
            for (Affine& key : placed)
                key = key * local;
            add_instance(mesh, placed, changes);
        }
    }

    SceneDescription& into_;
    Loaded& file_;
    const tinygltf::Model& model_;
    const GltfView& view_;
    GltfPlaces& places_;
    MemoryBudget budget_;
    MeshReader meshes_;
    std::vector<Moment> moments_; // one if they are all the same
    int node_ = -1;               // whose contents are being added
    size_t flattened_ = 0;
};

std::unique_ptr<Loaded> load(SceneDescription& into, const std::filesystem::path& path,
                             const LoadOptions& options, int scene,
                             std::vector<std::string>& notes) {
    const Folder folder(path.parent_path());
    MemoryBudget budget(options.max_memory_bytes);
    auto file = std::make_unique<Loaded>();
    file->model = read_model(path, folder, options.max_memory_bytes);
    note_left_out(file->model.extensionsUsed, notes);
    decompress(file->model, budget);
    choose_variant(file->model, options.variant, notes);
    check_accessors(file->model);
    file->clips = read_clips(file->model, budget, notes);
    for (const Clip& clip : file->clips)
        file->moved.push_back(moved_nodes(file->model, clip));
    file->materials = append_materials(into, file->model, folder, budget, notes);
    (void)place_nodes(file->model); // refuses what cannot be placed, shown or not
    file->nodes = shown_nodes(file->model, scene, notes);
    file->sky = read_image_light(file->model, scene, folder, budget);
    for (const std::string& note : primitive_notes(file->model, file->nodes))
        notes.push_back(note);
    file->max_memory_bytes = budget.left();
    return file;
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

struct GltfModel::State {
    std::filesystem::path path;
    std::vector<GltfClip> clips;
    std::vector<std::string> notes;
    std::unique_ptr<gltf::Loaded> file;
};

GltfModel::GltfModel(SceneDescription& into, const std::filesystem::path& file,
                     const LoadOptions& options, int scene)
    : state_(std::make_unique<State>()) {
    state_->path = file;
    std::vector<std::string> notes;
    try {
        state_->file = gltf::load(into, file, options, scene, notes);
    } catch (const gltf::Refusal& refusal) {
        throw InputError(gltf::diagnostics_of(file, refusal));
    }
    for (const gltf::Clip& clip : state_->file->clips)
        state_->clips.push_back({clip.name, clip.seconds});
    for (const std::string& note : notes)
        state_->notes.push_back(file.filename().string() + ": " + note);
}

GltfModel::~GltfModel() = default;

const std::vector<GltfClip>& GltfModel::clips() const noexcept { return state_->clips; }
const std::vector<std::string>& GltfModel::notes() const noexcept { return state_->notes; }
const std::optional<SkyDescription>& GltfModel::sky() const noexcept { return state_->file->sky; }

void GltfModel::show(SceneDescription& into, const GltfView& view, GltfPlaces& places) const {
    try {
        gltf::Stage stage(into, *state_->file, view, places);
        for (const int node : state_->file->nodes)
            stage.add(node);
        for (const std::string& note : stage.notes())
            into.notes.push_back(state_->path.filename().string() + ": " + note);
    } catch (const gltf::Refusal& refusal) {
        throw InputError(gltf::diagnostics_of(state_->path, refusal));
    }
}

std::optional<int> find_clip(const std::vector<GltfClip>& clips, std::string_view wanted) {
    for (size_t i = 0; i < clips.size(); ++i)
        if (clips[i].name == wanted) return static_cast<int>(i);
    if (wanted == "none") return no_clip;
    size_t number = 0;
    const auto end = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    if (end.ec != std::errc() || end.ptr != wanted.data() + wanted.size()) return std::nullopt;
    if (number < 1 || number > clips.size()) return std::nullopt;
    return static_cast<int>(number - 1);
}

void append_gltf(SceneDescription& into, const std::filesystem::path& file,
                 const LoadOptions& options, const GltfOptions& gltf) {
    const GltfModel model(into, file, options, gltf.scene);
    GltfView view;
    view.placements = {gltf.placement};
    view.lights = gltf.lights;
    view.cameras = gltf.cameras;
    GltfPlaces places;
    if (gltf.lights && model.sky()) into.sky = model.sky();
    into.notes.insert(into.notes.end(), model.notes().begin(), model.notes().end());
    model.show(into, view, places);
}

} // namespace juggler
