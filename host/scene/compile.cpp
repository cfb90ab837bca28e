#include "host/scene/compile.h"

#include "host/base/error.h"
#include "host/base/hash.h"
#include "host/bvh/build.h"
#include "host/image/srgb.h"
#include "host/scene/albedo_table.h"
#include "host/scene/arrays.h"
#include "host/scene/compile_frame.h"
#include "host/scene/environment.h"
#include "host/scene/fresnel_average.h"
#include "host/scene/lights.h"
#include "kernels/refit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <tuple>
#include <type_traits>

namespace juggler {
namespace {

using Arrays = CompiledScene::Arrays;
using Point = std::array<double, 3>;

bool is_identity(const Affine& a) { return a.m == Affine{}.m; }

// Scale factor of a rotation with uniform scale; 0 for any other transform.
double uniform_scale(const Affine& a) {
    const auto row_dot = [&](int i, int j) {
        return a.m[4 * i] * a.m[4 * j] + a.m[4 * i + 1] * a.m[4 * j + 1] +
               a.m[4 * i + 2] * a.m[4 * j + 2];
    };
    const double s = row_dot(0, 0);
    const double off =
        std::max({std::fabs(row_dot(0, 1)), std::fabs(row_dot(1, 2)), std::fabs(row_dot(2, 0)),
                  std::fabs(row_dot(1, 1) - s), std::fabs(row_dot(2, 2) - s)});
    return off <= 1e-6 * s ? std::sqrt(s) : 0;
}

std::array<float, 3> to_float(const Point& p) {
    return {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])};
}

// Normals go by the inverse transpose; by cofactors, so that no division is needed.
Point transform_normal(const Affine& a, const std::array<float, 3>& n, double sign) {
    const auto& m = a.m;
    const auto cofactor = [&](int r, int c) {
        const int r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
        return m[4 * r1 + c1] * m[4 * r2 + c2] - m[4 * r1 + c2] * m[4 * r2 + c1];
    };
    Point r;
    for (int i = 0; i < 3; ++i)
        r[i] = sign * (cofactor(i, 0) * n[0] + cofactor(i, 1) * n[1] + cofactor(i, 2) * n[2]);
    const double length = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    if (length > 0)
        for (double& x : r)
            x /= length;
    return r;
}

void place(TrianglePart& part, const Affine& a) {
    if (is_identity(a)) return;
    const double det = determinant(a);
    const double sign = det < 0 ? -1 : 1;
    for (auto* positions : {&part.positions, &part.positions_end})
        for (auto& p : *positions)
            p = to_float(transform_point(a, {p[0], p[1], p[2]}));
    for (auto& n : part.normals)
        n = to_float(transform_normal(a, n, sign));
    for (auto& t : part.tangents) {
        Point v = transform_vector(a, {t[0], t[1], t[2]});
        const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        for (int i = 0; i < 3; ++i)
            t[i] = static_cast<float>(length > 0 ? v[i] / length : 0);
        t[3] = static_cast<float>(sign * t[3]);
    }
    if (det < 0) // keeps the outside outside
        for (size_t i = 0; i + 2 < part.indices.size(); i += 3)
            std::swap(part.indices[i + 1], part.indices[i + 2]);
}

void place(SpherePart& part, const Affine& a, double scale) {
    if (is_identity(a)) return;
    for (auto* spheres : {&part.spheres, &part.spheres_end}) {
        for (auto& s : *spheres) {
            const auto c = to_float(transform_point(a, {s[0], s[1], s[2]}));
            s = {c[0], c[1], c[2], static_cast<float>(s[3] * scale)};
        }
    }
}

// Exactly as much as is needed at first, then in growing steps: many small meshes would else copy
// all before them again and again.
template <class Vector>
void make_room(Vector& v, size_t more) {
    const size_t needed = v.size() + more;
    if (needed > v.capacity()) v.reserve(std::max(needed, v.capacity() + v.capacity() / 2));
}

constexpr uint32_t large_mesh = 65536; // primitives

// Lanes that read three words at once read a fourth (kernels/lane.h, Triple).
constexpr size_t padding_words = 1;
template <class Vector>
void pad(Vector& v) {
    v.reserve(v.size() + padding_words);
    v.resize(v.size() + padding_words);
}

template <class Vector>
void append(Vector& to, Vector&& from) {
    if (to.empty() && to.capacity() < from.size())
        to = std::move(from);
    else
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    from = {};
}

bool moves(const TrianglePart& part) { return !part.positions_end.empty(); }
bool moves(const SpherePart& part) { return !part.spheres_end.empty(); }

// Whether the mesh is the same in every frame and at any time of the shutter.
bool rests(const MeshDescription& mesh) {
    const auto moving = [](const auto& part) { return moves(part); };
    return !mesh.changes && std::none_of(mesh.triangles.begin(), mesh.triangles.end(), moving) &&
           std::none_of(mesh.spheres.begin(), mesh.spheres.end(), moving);
}

class Compiler {
public:
    Compiler(SceneDescription& description, TreeLayouts layouts, const CompiledScene* before,
             uint64_t max_words, Arrays& arrays)
        : from_(description), layouts_(layouts), before_(before), max_words_(max_words),
          to_(arrays) {}

    // With `keep`, the arrays remember what of them the next frame may take over.
    void run(bool keep) {
        add_materials();
        sort_instances();
        add_meshes(keep);
        add_instances();
        from_.meshes.clear();
        pad(to_.attributes);
        pad(to_.indices);
        add_top_level();
        to_.scene.sky = sky();
        double environment = 0;
        if (to_.scene.sky.kind == sky_image)
            environment =
                add_environment(to_, *from_.sky, before_ != nullptr ? &before_->arrays() : nullptr);
        collect_lights(to_, from_.lights, environment);
        to_.facts.light_count = to_.lights.size();
        make_compressed();
        make_wide();
        to_.connect();
    }

private:
    // Meshes placed once join others in world space: those that rest, those that other frames
    // see otherwise, those that move over the shutter. A tree each, so that none pays for another.
    enum Group { resting, changing, moving, group_count };
    struct World {
        MeshDescription triangles, spheres;
    };
    struct Flattened {
        const InstanceDescription* instance;
        double scale; // of spheres
    };

    // Refuses the scene if `v` cannot take `more` entries.
    template <class Vector>
    void check_room(const Vector& v, uint64_t more, const char* what) const;
    void add_materials();
    MaterialLobes lobes(const LobesDescription& d, bool& textured);
    uint32_t add_texture(const TextureUse& use);
    TextureSlot slot(const TextureUse& use, bool& textured);
    void sort_instances();
    void add_meshes(bool keep);
    void add_instances();
    void flatten(bool with_resting);
    void add_world(Group group);
    void add_instanced(bool resting_ones);
    RestingKey resting_key() const;
    bool take_over_resting(const RestingKey& key);
    const Shared<MeshDescription>& mesh_of(const InstanceDescription& i) const {
        return from_.meshes[static_cast<size_t>(i.mesh)];
    }
    uint32_t add_mesh(MeshDescription&& mesh);
    uint32_t append_words(const void* data, size_t words);
    void add_triangles(MeshView& view, MeshDescription& mesh);
    void add_spheres(MeshView& view, MeshDescription& mesh);
    template <class Leaf, class Make>
    void finish_mesh(MeshView& view, LargeVector<Leaf>& leaves, const Make& make);
    void finish_triangles(MeshView& view);
    void finish_spheres(MeshView& view);
    void take_tree(MeshView& view, BuiltTree&& tree);
    bool can_refit(const MeshView& view) const;
    template <class Leaf, class Make>
    void refit_mesh(MeshView& view, LargeVector<Leaf>& leaves, const LargeVector<Leaf>& before,
                    const Make& make);
    Box<float> measure(const MeshView& view) const;
    void add_instance(const InstanceDescription& instance, uint32_t mesh);
    void add_top_level();
    void make_compressed();
    void make_wide();
    SkyView sky() const;
    uint32_t flags_of(const Geometry& g) const;

    SceneDescription& from_;
    const TreeLayouts layouts_;
    const CompiledScene* before_; // of the frame before, or null
    const uint64_t max_words_;
    Arrays& to_;
    std::vector<Flattened> flattened_;
    std::vector<const InstanceDescription*> instanced_;
    World worlds_[group_count];
    uint32_t world_meshes_ = 0;        // the first of these are in `to_.meshes` first ...
    std::vector<uint32_t> later_;      // ... and these after meshes that are instanced
    std::map<int, uint32_t> compiled_; // instanced meshes
    bool changes_ = false;             // the vertices of some mesh, from frame to frame
    uint32_t resting_meshes_ = 0;      // taken over from the frame before
    std::vector<uint32_t> refitted_;   // those of the frame before, their vertices elsewhere
    std::map<std::tuple<int, int, int, bool, bool>, uint32_t> texture_ids_;
    std::map<int, uint32_t> image_offsets_;
};

template <class Vector>
void Compiler::check_room(const Vector& v, uint64_t more, const char* what) const {
    constexpr uint64_t words = sizeof(v[0]) / 4;
    const uint64_t most = (max_words_ - 1) / words;
    if (more <= most && v.size() <= most - more) return;
    throw Error(Exit::input, from_.name + ": has more than " + std::to_string(most) + " " + what +
                                 ", the most that can be numbered; leave some out");
}

uint32_t Compiler::add_texture(const TextureUse& use) {
    const auto key =
        std::make_tuple(use.image, int(use.wrap_s), int(use.wrap_t), use.nearest, use.srgb);
    if (const auto known = texture_ids_.find(key); known != texture_ids_.end())
        return known->second;
    Shared<ImageDescription>& image = from_.images.at(static_cast<size_t>(use.image));
    const uint32_t width = image->width, height = image->height;
    auto offset = image_offsets_.find(use.image);
    if (offset == image_offsets_.end()) {
        check_room(to_.texels, image->texels.size(), "texels");
        if (from_.images.size() > 1 && to_.texels.empty()) {
            // Address space for all: growing would copy them again and again.
            size_t all = 0;
            for (const Shared<ImageDescription>& i : from_.images)
                all += i->texels.size();
            to_.texels.reserve(all);
        }
        offset = image_offsets_.emplace(use.image, uint32_t(to_.texels.size())).first;
        append(to_.texels, std::move(image).take().texels);
    }
    TextureView view{offset->second, width, height, use.wrap_s, use.wrap_t, 0, {}};
    view.flags =
        (use.nearest ? uint32_t(texture_nearest) : 0) | (use.srgb ? uint32_t(texture_srgb) : 0);
    check_room(to_.textures, 1, "textures");
    to_.textures.push_back(view);
    const auto id = static_cast<uint32_t>(to_.textures.size() - 1);
    texture_ids_.emplace(key, id);
    return id;
}

TextureSlot Compiler::slot(const TextureUse& use, bool& textured) {
    TextureSlot s{none, use.texcoord, {}};
    std::copy(use.transform.begin(), use.transform.end(), s.m);
    if (use.image >= 0) {
        s.texture = add_texture(use);
        textured = true;
    }
    return s;
}

// What a material asks of the kernels, as SceneFeatures.
uint32_t features_of(const MaterialDescription& d) {
    constexpr std::array<float, 3> black{0, 0, 0}, white{1, 1, 1};
    const LobesDescription& l = d.lobes;
    const bool loses = d.metallic > 0 || d.transmission > 0;
    const bool tinted = l.specular_color != white || l.iridescence > 0 ||
                        l.specular_texture.image >= 0 || l.specular_color_texture.image >= 0;
    const bool disperses = l.dispersion > 0 && d.transmission > 0 && !d.thin;
    return (d.roughness > 0 && loses ? uint32_t(feature_compensation) : 0u) |
           (tinted ? uint32_t(feature_tint) : 0u) |
           (l.anisotropy > 0 ? uint32_t(feature_anisotropy) : 0u) |
           (l.sheen_color != black ? uint32_t(feature_sheen) : 0u) |
           (l.coat > 0 ? uint32_t(feature_coat) : 0u) |
           (disperses ? uint32_t(feature_dispersion) : 0u);
}

MaterialLobes Compiler::lobes(const LobesDescription& d, bool& textured) {
    MaterialLobes l{};
    std::copy(d.specular_color.begin(), d.specular_color.end(), l.specular_color);
    std::copy(d.sheen_color.begin(), d.sheen_color.end(), l.sheen_color);
    l.sheen_roughness = d.sheen_roughness;
    l.coat = d.coat;
    l.coat_roughness = d.coat_roughness;
    l.coat_normal_scale = d.coat_normal_scale;
    l.anisotropy = d.anisotropy;
    l.anisotropy_cos = d.anisotropy_cos;
    l.anisotropy_sin = d.anisotropy_sin;
    l.iridescence = d.iridescence;
    l.film_index = d.film_index;
    l.film_least_nm = d.film_least_nm;
    l.film_most_nm = d.film_most_nm;
    l.dispersion = d.dispersion;
    l.specular_slot = slot(d.specular_texture, textured);
    l.specular_color_slot = slot(d.specular_color_texture, textured);
    l.sheen_color_slot = slot(d.sheen_color_texture, textured);
    l.sheen_roughness_slot = slot(d.sheen_roughness_texture, textured);
    l.coat_slot = slot(d.coat_texture, textured);
    l.coat_roughness_slot = slot(d.coat_roughness_texture, textured);
    l.coat_normal_slot = slot(d.coat_normal_texture, textured);
    l.anisotropy_slot = slot(d.anisotropy_texture, textured);
    l.iridescence_slot = slot(d.iridescence_texture, textured);
    l.film_slot = slot(d.film_texture, textured);
    textured = textured || d.anisotropy > 0;
    return l;
}

void Compiler::add_materials() {
    check_room(to_.materials, from_.materials.size(), "materials");
    uint32_t features = 0;
    for (const MaterialDescription& d : from_.materials)
        features |= features_of(d);
    for (const MaterialDescription& d : from_.materials) {
        MaterialView m{};
        std::copy(d.base_color.begin(), d.base_color.end(), m.base_color);
        std::copy(d.emission.begin(), d.emission.end(), m.emission);
        std::copy(d.attenuation.begin(), d.attenuation.end(), m.attenuation);
        m.metallic = d.metallic;
        m.roughness = d.roughness;
        m.ior = d.ior;
        m.specular = d.specular;
        m.fresnel_average = fresnel_average(static_cast<double>(d.ior));
        m.transmission = d.transmission;
        m.alpha_cutoff = d.alpha_cutoff;
        m.normal_scale = d.normal_scale;
        bool textured = false;
        m.base_slot = slot(d.base_texture, textured);
        m.metallic_roughness_slot = slot(d.metallic_roughness_texture, textured);
        m.normal_slot = slot(d.normal_texture, textured);
        m.emission_slot = slot(d.emission_texture, textured);
        m.transmission_slot = slot(d.transmission_texture, textured);
        if ((features & feature_lobes) != 0) to_.lobes.push_back(lobes(d.lobes, textured));
        const auto flag = [](bool on, uint32_t bit) { return on ? bit : 0u; };
        m.flags = flag(d.alpha_mode == AlphaMode::mask, material_mask) |
                  flag(d.alpha_mode == AlphaMode::blend, material_blend) |
                  flag(d.unlit, material_unlit) | flag(d.thin, material_thin) |
                  flag(d.transmission > 0, material_transmissive) |
                  flag(textured, material_textured);
        features |= flag(textured, feature_textures);
        to_.materials.push_back(m);
    }
    to_.scene.features = features;
    from_.images.clear();
}

// Every mesh placed once, always in the same place, joins others in world space; the others are
// instanced. Spheres under anything but a uniform scale are instanced too.
void Compiler::sort_instances() {
    std::vector<uint32_t> uses(from_.meshes.size(), 0);
    for (const InstanceDescription& i : from_.instances)
        ++uses[static_cast<size_t>(i.mesh)];
    for (const InstanceDescription& i : from_.instances) {
        const MeshDescription& mesh = mesh_of(i);
        if (mesh.triangles.empty() && mesh.spheres.empty()) continue;
        const double scale = mesh.spheres.empty() ? 1 : uniform_scale(i.transform);
        const bool once = uses[static_cast<size_t>(i.mesh)] == 1;
        changes_ |= mesh.changes;
        if (once && i.motion.empty() && !i.changes && scale > 0)
            flattened_.push_back({&i, scale});
        else if (!i.motion.empty() || determinant(i.transform) != 0)
            instanced_.push_back(&i); // one that is flat shows nothing from any side but its own
    }
}

// Puts the flattened meshes into their groups.
void Compiler::flatten(bool with_resting) {
    for (const Flattened& f : flattened_) {
        Shared<MeshDescription>& shared = from_.meshes[static_cast<size_t>(f.instance->mesh)];
        if (!with_resting && rests(shared)) continue;
        MeshDescription mesh = std::move(shared).take();
        const auto group_of = [&](const auto& part) {
            return moves(part) ? moving : mesh.changes ? changing : resting;
        };
        for (TrianglePart& part : mesh.triangles) {
            const Group group = group_of(part);
            if (group == resting && !with_resting) continue;
            place(part, f.instance->transform);
            worlds_[group].triangles.triangles.push_back(std::move(part));
        }
        for (SpherePart& part : mesh.spheres) {
            const Group group = group_of(part);
            if (group == resting && !with_resting) continue;
            place(part, f.instance->transform, f.scale);
            worlds_[group].spheres.spheres.push_back(std::move(part));
        }
    }
}

void Compiler::add_world(Group group) {
    for (MeshDescription* mesh : {&worlds_[group].triangles, &worlds_[group].spheres})
        if (!mesh->triangles.empty() || !mesh->spheres.empty()) {
            const uint32_t id = add_mesh(std::move(*mesh));
            if (group == resting)
                ++world_meshes_;
            else
                later_.push_back(id);
        }
}

void Compiler::add_instanced(bool resting_ones) {
    for (const InstanceDescription* i : instanced_) {
        Shared<MeshDescription>& mesh = from_.meshes[static_cast<size_t>(i->mesh)];
        if (compiled_.count(i->mesh) == 0 && rests(mesh) == resting_ones)
            compiled_.emplace(i->mesh, add_mesh(std::move(mesh).take()));
    }
}

// Meshes that rest come first, so that the next frame finds them where they were.
void Compiler::add_meshes(bool keep) {
    RestingKey key;
    if (keep) key = resting_key();
    const bool known = keep && take_over_resting(key);
    flatten(!known);
    if (!known) {
        add_world(resting);
        add_instanced(true);
    }
    if (keep) {
        to_.resting = to_.extent();
        to_.resting.key = std::move(key);
        to_.resting.world_meshes = world_meshes_;
    }
    add_world(changing);
    add_world(moving);
    add_instanced(false);
}

void Compiler::add_instances() {
    for (uint32_t mesh = 0; mesh < world_meshes_; ++mesh)
        add_instance({}, mesh);
    for (const uint32_t mesh : later_)
        add_instance({}, mesh);
    for (const InstanceDescription* i : instanced_)
        add_instance(*i, compiled_.at(i->mesh));
}

RestingKey Compiler::resting_key() const {
    RestingKey key;
    for (const Flattened& f : flattened_) {
        const Shared<MeshDescription>& mesh = mesh_of(*f.instance);
        if (!mesh->changes) key.flattened.push_back({mesh, f.instance->transform});
    }
    std::vector<bool> seen(from_.meshes.size(), false);
    for (const InstanceDescription* i : instanced_) {
        const Shared<MeshDescription>& mesh = mesh_of(*i);
        if (!seen[static_cast<size_t>(i->mesh)] && rests(mesh)) key.instanced.push_back(mesh);
        seen[static_cast<size_t>(i->mesh)] = true;
    }
    for (const MaterialView& m : to_.materials)
        key.materials.push_back(
            {m.flags, m.emission[0] > 0 || m.emission[1] > 0 || m.emission[2] > 0});
    return key;
}

// Copies what rests from the frame before, if it is the same in this one.
bool Compiler::take_over_resting(const RestingKey& key) {
    if (before_ == nullptr) return false;
    const Arrays& from = before_->arrays();
    if (!(from.resting.key == key) || from.resting.meshes == 0) return false;
    to_.take_over(from);
    world_meshes_ = from.resting.world_meshes;
    resting_meshes_ = static_cast<uint32_t>(from.resting.meshes);
    uint32_t next = world_meshes_;
    for (const InstanceDescription* i : instanced_)
        if (compiled_.count(i->mesh) == 0 && rests(mesh_of(*i))) compiled_.emplace(i->mesh, next++);
    return true;
}

// `words` 32-bit words to the attributes; their offset, or `none` for none.
uint32_t Compiler::append_words(const void* data, size_t words) {
    if (words == 0) return none;
    const size_t offset = to_.attributes.size();
    check_room(to_.attributes, words + padding_words, "vertex attribute values");
    const auto* floats = static_cast<const float*>(data);
    to_.attributes.insert(to_.attributes.end(), floats, floats + words);
    return static_cast<uint32_t>(offset);
}

uint32_t Compiler::flags_of(const Geometry& g) const {
    const uint32_t flags = to_.materials[g.material].flags;
    const bool thin_glass = (flags & material_thin) && (flags & material_transmissive);
    const bool filtered = (flags & (material_mask | material_blend)) || thin_glass;
    return (filtered ? uint32_t(mesh_has_filter) : 0) |
           (g.position_end != none ? uint32_t(mesh_moves) : 0);
}

void Compiler::add_triangles(MeshView& view, MeshDescription& mesh) {
    size_t attribute_words = 0, index_words = 0;
    bool moves = false;
    for (const TrianglePart& p : mesh.triangles) {
        attribute_words += 3 * (p.positions.size() + p.positions_end.size() + p.normals.size()) +
                           4 * (p.tangents.size() + p.colors.size()) +
                           2 * (p.texcoords[0].size() + p.texcoords[1].size());
        index_words += p.indices.size();
        moves |= !p.positions_end.empty();
    }
    check_room(to_.indices, index_words + padding_words, "triangle corners");
    check_room(to_.geometries, mesh.triangles.size(), "parts of meshes");
    make_room(to_.attributes, attribute_words);
    make_room(to_.indices, index_words);
    for (TrianglePart& p : mesh.triangles) {
        if (p.indices.empty()) continue;
        Geometry g{};
        g.first_primitive = view.primitive_count;
        g.first_index = static_cast<uint32_t>(to_.indices.size());
        g.position = append_words(p.positions.data(), 3 * p.positions.size());
        // One moving part makes its whole mesh a moving one.
        const auto& end = moves && p.positions_end.empty() ? p.positions : p.positions_end;
        g.position_end = append_words(end.data(), 3 * end.size());
        g.normal = append_words(p.normals.data(), 3 * p.normals.size());
        g.tangent = append_words(p.tangents.data(), 4 * p.tangents.size());
        g.texcoord[0] = append_words(p.texcoords[0].data(), 2 * p.texcoords[0].size());
        g.texcoord[1] = append_words(p.texcoords[1].data(), 2 * p.texcoords[1].size());
        g.color = append_words(p.colors.data(), 4 * p.colors.size());
        g.material = static_cast<uint32_t>(p.material);
        g.emitter = none;
        view.primitive_count += static_cast<uint32_t>(p.indices.size() / 3);
        append(to_.indices, std::move(p.indices));
        view.flags |= flags_of(g);
        to_.geometries.push_back(g);
        p = {};
    }
}

void Compiler::add_spheres(MeshView& view, MeshDescription& mesh) {
    bool moves = false;
    for (const SpherePart& p : mesh.spheres)
        moves |= !p.spheres_end.empty();
    check_room(to_.geometries, mesh.spheres.size(), "parts of meshes");
    for (SpherePart& p : mesh.spheres) {
        Geometry g{};
        g.first_primitive = view.primitive_count;
        g.first_index = 0;
        g.position = append_words(p.spheres.data(), 4 * p.spheres.size());
        const auto& end = moves && p.spheres_end.empty() ? p.spheres : p.spheres_end;
        g.position_end = append_words(end.data(), 4 * end.size());
        g.normal = g.tangent = g.texcoord[0] = g.texcoord[1] = g.color = none;
        g.material = static_cast<uint32_t>(p.material);
        g.emitter = none;
        view.primitive_count += static_cast<uint32_t>(p.spheres.size());
        view.flags |= flags_of(g);
        to_.geometries.push_back(g);
        p = {};
    }
}

uint32_t Compiler::add_mesh(MeshDescription&& mesh) {
    check_room(to_.meshes, 1, "meshes");
    MeshView view{};
    view.first_geometry = static_cast<uint32_t>(to_.geometries.size());
    view.kind = mesh.triangles.empty() ? mesh_spheres : mesh_triangles;
    if (view.kind == mesh_triangles)
        add_triangles(view, mesh);
    else
        add_spheres(view, mesh);
    mesh = {};

    // Which geometry a primitive belongs to, and the ranks of the emissive ones.
    const auto geometry_count = static_cast<uint32_t>(to_.geometries.size()) - view.first_geometry;
    view.geometry_of = none;
    uint32_t emitters = 0;
    if (geometry_count > 1) {
        check_room(to_.primitive_geometry, view.primitive_count, "triangles and spheres");
        view.geometry_of = static_cast<uint32_t>(to_.primitive_geometry.size());
    }
    for (uint32_t k = 0; k < geometry_count; ++k) {
        Geometry& g = to_.geometries[view.first_geometry + k];
        const uint32_t end = k + 1 < geometry_count
                                 ? to_.geometries[view.first_geometry + k + 1].first_primitive
                                 : view.primitive_count;
        if (geometry_count > 1)
            to_.primitive_geometry.insert(to_.primitive_geometry.end(), end - g.first_primitive,
                                          view.first_geometry + k);
        const float* Le = to_.materials[g.material].emission;
        // Light sampling sees the near side of a sphere. Where the far side shines through it, the
        // sphere is left to the paths.
        const bool seen_through = view.kind == mesh_spheres && (flags_of(g) & mesh_has_filter);
        if (!seen_through && (Le[0] > 0 || Le[1] > 0 || Le[2] > 0)) {
            g.emitter = emitters;
            emitters += end - g.first_primitive;
        }
    }
    if (view.kind == mesh_triangles)
        finish_triangles(view);
    else
        finish_spheres(view);
    to_.meshes.push_back(view);
    to_.mesh_boxes.push_back(measure(view));
    return static_cast<uint32_t>(to_.meshes.size() - 1);
}

// Boxes of the nodes [first, first + count) of one tree from its leaf entries, children last.
template <class Leaf>
void refit(Bvh2Node* nodes, uint32_t first, uint32_t count, const Leaf* leaves) {
    for (uint32_t i = first + count; i-- > first;)
        refit_node(nodes, i, leaves);
}

// Appends the tree's nodes, children numbered from the start of the array. A moving mesh has them
// twice: boxes at shutter open, then at shutter close.
void Compiler::take_tree(MeshView& view, BuiltTree&& tree) {
    const auto first = static_cast<uint32_t>(to_.nodes.size());
    const auto count = static_cast<uint32_t>(tree.nodes.size());
    for (Bvh2Node& node : tree.nodes)
        for (int k = 0; k < 2; ++k)
            if (node.count[k] == 0) node.child[k] += first;
    view.root = tree.root_count == 0 ? tree.root + first : 0;
    view.root_count = tree.root_count;
    append(to_.nodes, std::move(tree.nodes));
    if (!(view.flags & mesh_moves)) return;
    view.nodes_end = count;
    to_.nodes.resize(to_.nodes.size() + count);
    std::copy_n(to_.nodes.begin() + first, count, to_.nodes.begin() + first + count);
    const auto fit = [&](const auto* leaves) {
        // The copy's children are numbered as the original's, so it is fitted in its place.
        refit(to_.nodes.data(), first, count, leaves + view.leaf_data_end);
        std::copy_n(to_.nodes.begin() + first, count, to_.nodes.begin() + first + count);
        refit(to_.nodes.data(), first, count, leaves);
    };
    if (view.kind == mesh_triangles)
        fit(to_.leaf_triangles.data() + view.leaf_data);
    else
        fit(to_.leaf_spheres.data() + view.leaf_data);
}

template <class Make>
std::vector<BuildPrimitive> make_build_primitives(uint32_t count, const Make& make_box) {
    std::vector<BuildPrimitive> primitives(count);
    for (uint32_t i = 0; i < count; ++i) {
        primitives[i].id = i;
        primitives[i].pad = 0;
        store_box(primitives[i].lo, primitives[i].hi, make_box(i));
    }
    return primitives;
}

// The areas of all boxes in the nodes [first, first + count) over that of the root's.
float relative_area(const Bvh2Node* nodes, size_t first, size_t count, uint32_t root) {
    const auto half_area = [](const Box<float>& box) {
        const Vec3<float> d = box.hi - box.lo;
        return static_cast<double>(d.x * d.y + d.y * d.z + d.z * d.x);
    };
    double area = 0;
    for (size_t i = first; i < first + count; ++i)
        for (int k = 0; k < 2; ++k)
            area += half_area(node_child_box(nodes[i], k));
    const double whole =
        count > 0 ? half_area(unite(node_child_box(nodes[root], 0), node_child_box(nodes[root], 1)))
                  : 0;
    return whole > 0 ? static_cast<float>(area / whole) : 1;
}

// A number that no tree of this process has yet.
uint64_t next_topology() {
    static std::atomic<uint64_t> last{0};
    return ++last;
}

// Whether the mesh is one of the frame before with other vertices, as far as trees care: any tree
// over its primitives is right. A tree that has become much larger is built anew.
bool Compiler::can_refit(const MeshView& view) const {
    constexpr float most_growth = 1.3f;
    const size_t mesh = to_.meshes.size();
    if (before_ == nullptr || (view.flags & mesh_moves)) return false;
    const Arrays& from = before_->arrays();
    if (mesh < from.resting.meshes || mesh >= from.meshes.size()) return false;
    const MeshView& was = from.meshes[mesh];
    if (was.kind != view.kind || was.flags != view.flags ||
        was.primitive_count != view.primitive_count)
        return false;
    if (!layouts_.binary) return before_->wide(layouts_.wide)->growth(uint32_t(mesh)) < most_growth;
    return from.mesh_trees[mesh].area <= most_growth * from.mesh_trees[mesh].built_area;
}

// The tree of the frame before around the mesh's vertices of this one.
template <class Leaf, class Make>
void Compiler::refit_mesh(MeshView& view, LargeVector<Leaf>& leaves,
                          const LargeVector<Leaf>& before, const Make& make) {
    const auto mesh = static_cast<uint32_t>(to_.meshes.size());
    const Arrays& from = before_->arrays();
    const MeshView& was = from.meshes[mesh];
    refitted_.push_back(mesh);
    MeshTree tree = from.mesh_trees[mesh];
    view.root_count = was.root_count;
    if (!layouts_.binary) { // the wide tree alone is drawn anew
        view.root_count = view.primitive_count;
        to_.mesh_trees.push_back(tree);
        return;
    }
    view.leaf_data = static_cast<uint32_t>(leaves.size());
    make_room(leaves, view.primitive_count);
    for (uint32_t i = 0; i < view.primitive_count; ++i)
        leaves.push_back(make(before[was.leaf_data + i].primitive, false));
    if (tree.built_area == 0)
        tree.built_area =
            relative_area(from.nodes.data(), tree.first_node, tree.node_count, was.root);
    const auto first = static_cast<uint32_t>(to_.nodes.size());
    const auto moved_by = static_cast<uint32_t>(first - tree.first_node); // wraps where it is less
    view.root = was.root_count == 0 ? was.root + moved_by : 0;
    make_room(to_.nodes, tree.node_count);
    for (size_t i = 0; i < tree.node_count; ++i) {
        Bvh2Node node = from.nodes[tree.first_node + i];
        for (int k = 0; k < 2; ++k)
            if (node.count[k] == 0) node.child[k] += moved_by;
        to_.nodes.push_back(node);
    }
    const auto count = static_cast<uint32_t>(tree.node_count);
    refit(to_.nodes.data(), first, count, leaves.data() + view.leaf_data);
    tree.first_node = first;
    tree.area = relative_area(to_.nodes.data(), first, count, view.root);
    to_.mesh_trees.push_back(tree);
}

// Builds the tree of a mesh and, for walks of the binary tree or of what moves, its leaf data.
template <class Leaf, class Make>
void Compiler::finish_mesh(MeshView& view, LargeVector<Leaf>& leaves, const Make& make) {
    const auto start = std::chrono::steady_clock::now();
    to_.connect();
    const auto take_time = [&] {
        to_.facts.build_seconds +=
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    if (can_refit(view)) {
        const Arrays& from = before_->arrays();
        if constexpr (std::is_same_v<Leaf, LeafTriangle>)
            refit_mesh(view, leaves, from.leaf_triangles, make);
        else
            refit_mesh(view, leaves, from.leaf_spheres, make);
        return take_time();
    }
    const bool moves = (view.flags & mesh_moves) != 0;
    BuildOptions options;
    options.quality = layouts_.quality;
    // Where trees are large, those that only the wide one is made of have fewer leaves: 40 bytes a
    // triangle less at the height of a run, for 1 to 4 % more visits.
    if (!layouts_.binary && view.primitive_count >= large_mesh) {
        options.max_leaf = layouts_.wide;
        options.leaf_width = layouts_.wide * 3 / 8;
    }
    BuiltTree tree = build_tree(
        make_build_primitives(view.primitive_count,
                              [&](uint32_t i) {
                                  const Box<float> box = leaf_box(make(i, false));
                                  return moves ? unite(box, leaf_box(make(i, true))) : box;
                              }),
        options);
    if (layouts_.binary || moves) {
        view.leaf_data = static_cast<uint32_t>(leaves.size());
        view.leaf_data_end = moves ? view.primitive_count : 0;
        make_room(leaves, size_t(view.primitive_count) * (moves ? 2 : 1));
        for (int end = 0; end <= (moves ? 1 : 0); ++end)
            for (uint32_t id : tree.order)
                leaves.push_back(make(id, end != 0));
        tree.order = {};
    } else {
        view.leaf_data = static_cast<uint32_t>(to_.leaf_order.size());
        append(to_.leaf_order, std::move(tree.order));
    }
    MeshTree built;
    built.first_node = to_.nodes.size();
    built.node_count = tree.nodes.size();
    built.topology = next_topology();
    take_tree(view, std::move(tree));
    to_.mesh_trees.push_back(built);
    take_time();
}

void Compiler::finish_triangles(MeshView& view) {
    finish_mesh(view, to_.leaf_triangles,
                [&](uint32_t i, bool end) { return make_leaf_triangle(to_.scene, view, i, end); });
    to_.facts.triangle_count += view.primitive_count;
}

void Compiler::finish_spheres(MeshView& view) {
    finish_mesh(view, to_.leaf_spheres,
                [&](uint32_t i, bool end) { return make_leaf_sphere(to_.scene, view, i, end); });
    to_.facts.sphere_count += view.primitive_count;
}

// Of all primitives over the whole shutter.
Box<float> Compiler::measure(const MeshView& view) const {
    if (view.root_count != 0) {
        const auto box_of = [&](uint32_t i, bool end) {
            return view.kind == mesh_triangles
                       ? leaf_box(make_leaf_triangle(to_.scene, view, i, end))
                       : leaf_box(make_leaf_sphere(to_.scene, view, i, end));
        };
        Box<float> all = box_of(0, false);
        for (uint32_t i = 0; i < view.primitive_count; ++i) {
            all = unite(all, box_of(i, false));
            if (view.flags & mesh_moves) all = unite(all, box_of(i, true));
        }
        return all;
    }
    Box<float> box =
        unite(node_child_box(to_.nodes[view.root], 0), node_child_box(to_.nodes[view.root], 1));
    if (view.nodes_end != 0) {
        const Bvh2Node& end = to_.nodes[view.root + view.nodes_end];
        box = unite(box, unite(node_child_box(end, 0), node_child_box(end, 1)));
    }
    return box;
}

// The world box of `box` under `a`, widened by more than the ray transform can round.
void extend_world_box(InstanceView& view, const Affine& a, const Box<float>& box) {
    const double lo[3] = {box.lo.x, box.lo.y, box.lo.z}, hi[3] = {box.hi.x, box.hi.y, box.hi.z};
    for (int i = 0; i < 3; ++i) {
        double low = a.m[4 * i + 3], high = low, size = std::fabs(low);
        for (int j = 0; j < 3; ++j) {
            const double x = a.m[4 * i + j] * lo[j], y = a.m[4 * i + j] * hi[j];
            low += std::min(x, y);
            high += std::max(x, y);
            size += std::max(std::fabs(x), std::fabs(y));
        }
        const double margin = 4e-6 * size + 1e-30;
        view.box_lo[i] = std::min(view.box_lo[i], static_cast<float>(low - margin));
        view.box_hi[i] = std::max(view.box_hi[i], static_cast<float>(high + margin));
    }
}

void append_transform(std::vector<float>& to, const Affine& a) {
    for (double x : a.m)
        to.push_back(static_cast<float>(x));
}

void Compiler::add_instance(const InstanceDescription& instance, uint32_t mesh) {
    check_room(to_.instances, 1, "instances");
    check_room(to_.transforms, 12 * std::max<uint64_t>(2, instance.motion.size()),
               "numbers in the transforms of instances");
    InstanceView view{};
    view.mesh = mesh;
    view.first_emitter = none;
    std::fill(view.box_lo, view.box_lo + 3, 3e38f);
    std::fill(view.box_hi, view.box_hi + 3, -3e38f);
    const Box<float> box = to_.mesh_boxes[mesh];
    view.transform = static_cast<uint32_t>(to_.transforms.size());
    if (instance.motion.empty()) {
        append_transform(to_.transforms, instance.transform);
        append_transform(to_.transforms, inverse(instance.transform));
        if (is_identity(instance.transform)) {
            view.flags |= instance_identity;
            store_box(view.box_lo, view.box_hi, box);
        } else {
            extend_world_box(view, instance.transform, box);
        }
        if (determinant(instance.transform) < 0) view.flags |= instance_mirrored;
    } else {
        view.flags |= instance_moves;
        view.key_count = static_cast<uint32_t>(instance.motion.size());
        for (const Affine& key : instance.motion) {
            append_transform(to_.transforms, key);
            extend_world_box(view, key, box);
        }
        if (determinant(instance.motion[0]) < 0) view.flags |= instance_mirrored;
    }
    const uint32_t triangles =
        to_.meshes[mesh].kind == mesh_triangles ? to_.meshes[mesh].primitive_count : 0;
    to_.facts.instanced_triangle_count += triangles;
    to_.instances.push_back(view);
}

void Compiler::add_top_level() {
    const auto start = std::chrono::steady_clock::now();
    BuildOptions options;
    options.quality = layouts_.quality;
    options.max_leaf = 1;
    BuiltTree tree = build_tree(
        make_build_primitives(static_cast<uint32_t>(to_.instances.size()),
                              [&](uint32_t i) {
                                  return Box<float>{load3<float>(to_.instances[i].box_lo),
                                                    load3<float>(to_.instances[i].box_hi)};
                              }),
        options);
    const auto first = static_cast<uint32_t>(to_.nodes.size());
    for (Bvh2Node& node : tree.nodes)
        for (int k = 0; k < 2; ++k)
            if (node.count[k] == 0) node.child[k] += first;
    to_.bvh.root = tree.root_count == 0 ? first + tree.root : 0;
    to_.bvh.root_count = tree.root_count;
    append(to_.nodes, std::move(tree.nodes));
    to_.leaf_instances = std::move(tree.order);
    to_.facts.instance_count = to_.instances.size();
    to_.facts.build_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Where vertices change from frame to frame, the binary tree is drawn around them, on the device as
// well; a compressed one would have to be made anew.
void Compiler::make_compressed() {
    if (!layouts_.compressed || !layouts_.binary || changes_) return;
    const auto start = std::chrono::steady_clock::now();
    to_.connect();
    const auto* known = before_ != nullptr && before_->arrays().compressed
                            ? &*before_->arrays().compressed
                            : nullptr;
    to_.compressed = CompressedTree::build(to_.scene, to_.bvh, known, resting_meshes_);
    to_.facts.build_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The wide tree, and if nobody walks it, the end of the binary one.
void Compiler::make_wide() {
    if (layouts_.wide == 0) return;
    const auto start = std::chrono::steady_clock::now();
    to_.connect();
    const WideTree* known = before_ != nullptr ? before_->wide(layouts_.wide) : nullptr;
    to_.wide = layouts_.wide == 8
                   ? WideTree::build<8>(to_.scene, to_.bvh, known, resting_meshes_, refitted_)
                   : WideTree::build<16>(to_.scene, to_.bvh, known, resting_meshes_, refitted_);
    if (!layouts_.binary) {
        to_.nodes = {};
        to_.leaf_order = {};
        to_.leaf_instances = {};
        to_.bvh.root_count = none;
    }
    to_.facts.build_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

SkyView Compiler::sky() const {
    SkyView view{};
    if (!from_.sky) return view;
    view.kind = from_.sky->kind;
    std::copy(from_.sky->top.begin(), from_.sky->top.end(), view.top);
    std::copy(from_.sky->horizon.begin(), from_.sky->horizon.end(), view.horizon);
    std::copy(from_.sky->bottom.begin(), from_.sky->bottom.end(), view.bottom);
    return view;
}

template <class Vector>
uint64_t bytes(const Vector& v) {
    return v.size() * sizeof(v[0]);
}

} // namespace

void CompiledScene::Arrays::connect() {
    scene.attributes = attributes.data();
    scene.indices = indices.data();
    scene.geometries = geometries.data();
    scene.primitive_geometry = primitive_geometry.data();
    scene.meshes = meshes.data();
    scene.instances = instances.data();
    scene.transforms = transforms.data();
    scene.texels = texels.data();
    scene.textures = textures.data();
    scene.materials = materials.data();
    scene.lobes = lobes.empty() ? nullptr : lobes.data();
    scene.albedo = albedo_table();
    scene.lights = lights.data();
    scene.srgb_to_linear = srgb_to_linear_table();
    scene.environment.texels = environment_texels.data();
    scene.environment.row_sums = environment_row_sums.data();
    scene.environment.column_sums = environment_column_sums.data();
    scene.environment.density = environment_density.data();
    scene.environment.caps = environment_caps.data();
    scene.instance_count = static_cast<uint32_t>(instances.size());
    scene.light_count = static_cast<uint32_t>(lights.size());
    bvh.nodes = nodes.data();
    bvh.leaf_triangles = leaf_triangles.data();
    bvh.leaf_spheres = leaf_spheres.data();
    bvh.leaf_instances = leaf_instances.data();
    bvh.leaf_order = leaf_order.empty() ? nullptr : leaf_order.data();
    bvh.compressed = compressed ? compressed->view() : CompressedView{nullptr, nullptr, none};
    facts.texture_bytes = bytes(texels) + bytes(environment_texels) +
                          bytes(environment_column_sums) + bytes(environment_density);
    facts.geometry_bytes = bytes(attributes) + bytes(indices) + bytes(primitive_geometry);
    facts.tree_bytes = bytes(nodes) + bytes(leaf_triangles) + bytes(leaf_spheres) +
                       (wide ? wide->bytes() : 0) + (compressed ? compressed->bytes() : 0);
}

RestingPart CompiledScene::Arrays::extent() const {
    RestingPart part;
    part.attributes = attributes.size();
    part.indices = indices.size();
    part.geometries = geometries.size();
    part.primitive_geometry = primitive_geometry.size();
    part.meshes = meshes.size();
    part.nodes = nodes.size();
    part.leaf_triangles = leaf_triangles.size();
    part.leaf_spheres = leaf_spheres.size();
    part.leaf_order = leaf_order.size();
    part.triangle_count = facts.triangle_count;
    part.sphere_count = facts.sphere_count;
    return part;
}

void CompiledScene::Arrays::take_over(const Arrays& from) {
    // Of trees that were dropped once the wide one was made there is nothing to copy.
    const auto copy = [](auto& to, const auto& vector, size_t count) {
        to.assign(vector.begin(),
                  vector.begin() + static_cast<ptrdiff_t>(std::min(count, vector.size())));
    };
    const RestingPart& part = from.resting;
    copy(attributes, from.attributes, part.attributes);
    copy(indices, from.indices, part.indices);
    copy(geometries, from.geometries, part.geometries);
    copy(primitive_geometry, from.primitive_geometry, part.primitive_geometry);
    copy(meshes, from.meshes, part.meshes);
    copy(mesh_boxes, from.mesh_boxes, part.meshes);
    copy(mesh_trees, from.mesh_trees, part.meshes);
    copy(leaf_triangles, from.leaf_triangles, part.leaf_triangles);
    copy(leaf_spheres, from.leaf_spheres, part.leaf_spheres);
    if (!from.nodes.empty()) {
        copy(nodes, from.nodes, part.nodes);
        copy(leaf_order, from.leaf_order, part.leaf_order);
    }
    facts.triangle_count = part.triangle_count;
    facts.sphere_count = part.sphere_count;
}

CompiledScene::CompiledScene() : arrays_(std::make_unique<Arrays>()) {}
CompiledScene::CompiledScene(CompiledScene&&) noexcept = default;
CompiledScene& CompiledScene::operator=(CompiledScene&&) noexcept = default;
CompiledScene::~CompiledScene() = default;

const SceneView& CompiledScene::view() const noexcept { return arrays_->scene; }
const Bvh2View& CompiledScene::bvh2() const noexcept { return arrays_->bvh; }
const SceneFacts& CompiledScene::facts() const noexcept { return arrays_->facts; }

uint64_t CompiledScene::hash() const {
    uint64_t h = 0;
    const auto add = [&h](const auto& v, size_t padding = 0) {
        h = hash_bytes(v.data(), (v.size() - padding) * sizeof(v[0]), h);
    };
    const Arrays& a = *arrays_;
    add(a.attributes, padding_words), add(a.indices, padding_words);
    add(a.geometries), add(a.primitive_geometry);
    for (const MeshView& m : a.meshes) {
        const uint32_t own[] = {m.kind, m.flags, m.primitive_count, m.first_geometry,
                                m.geometry_of};
        h = hash_bytes(own, sizeof own, h);
    }
    add(a.instances), add(a.transforms), add(a.texels), add(a.textures), add(a.materials);
    add(a.lobes), add(a.lights);
    const uint32_t counts[] = {a.scene.instance_count, a.scene.light_count, a.scene.first_sun,
                               a.scene.sun_count};
    h = hash_bytes(counts, sizeof counts, h);
    h = hash_bytes(a.scene.srgb_to_linear, 256 * sizeof(float), h);
    h = hash_bytes(&a.scene.sky, sizeof a.scene.sky, h);
    if (a.scene.sky.kind != sky_image) return h;
    add(a.environment_texels, padding_words), add(a.environment_row_sums);
    add(a.environment_column_sums), add(a.environment_density), add(a.environment_caps);
    const EnvironmentView& e = a.scene.environment;
    const uint32_t sizes[] = {e.width, e.height, e.columns, e.rows, e.light};
    h = hash_bytes(sizes, sizeof sizes, h);
    return hash_bytes(e.to_map, sizeof e.to_map, h);
}

uint64_t CompiledScene::trees_hash() const {
    uint64_t h = 0;
    const auto add = [&h](const auto& v) { h = hash_bytes(v.data(), v.size() * sizeof(v[0]), h); };
    const Arrays& a = *arrays_;
    for (const MeshView& m : a.meshes) {
        const uint32_t own[] = {m.root, m.root_count, m.nodes_end, m.leaf_data, m.leaf_data_end};
        h = hash_bytes(own, sizeof own, h);
    }
    add(a.nodes), add(a.leaf_triangles), add(a.leaf_spheres);
    add(a.leaf_instances), add(a.leaf_order);
    const uint32_t root[] = {a.bvh.root, a.bvh.root_count};
    h = hash_bytes(root, sizeof root, h);
    if (a.compressed) h = a.compressed->hash(h);
    return a.wide ? a.wide->hash(h) : h;
}

const WideTree* CompiledScene::wide(uint32_t width) const noexcept {
    return arrays_->wide && arrays_->wide->width() == width ? &*arrays_->wide : nullptr;
}

CompiledScene compile_scene(SceneDescription&& description, TreeLayouts layouts,
                            uint64_t max_words) {
    CompiledScene scene;
    Compiler(description, layouts, nullptr, max_words, scene.arrays()).run(false);
    return scene;
}

CompiledScene compile_frame(SceneDescription&& description, TreeLayouts layouts,
                            const CompiledScene* before) {
    CompiledScene scene;
    Compiler(description, layouts, before, max_array_words, scene.arrays()).run(true);
    return scene;
}

} // namespace juggler
