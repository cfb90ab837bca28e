#include "host/scene/json_objects.h"

#include "host/scene/degrees.h"

#include <algorithm>
#include <cmath>
#include <system_error>

namespace juggler {
namespace {

using Point = std::array<float, 3>;

// ---- transforms ----------------------------------------------------------------------------

Affine read_rotation(const Field& field) {
    const Field quaternion = field.member("rotate");
    const bool by_angles =
        field.has("rotate_x_deg") || field.has("rotate_y_deg") || field.has("rotate_z_deg");
    if (quaternion && by_angles) field.fail("has both \"rotate\" and rotation angles");
    if (quaternion) {
        if (!check_array(quaternion, 4, 4)) return {};
        std::array<double, 4> q{};
        double sum = 0;
        for (size_t i = 0; i < 4; ++i) {
            q[i] = as_number(quaternion.item(i), any_range).value_or(0);
            sum += q[i] * q[i];
        }
        if (!(sum > 0)) quaternion.fail("must not be all 0: it is a quaternion [x, y, z, w]");
        return rotation(q[0], q[1], q[2], q[3]);
    }
    const auto about = [&](std::string_view key, double x, double y, double z) {
        const double half = read_number(field, key, any_range, 0) / 2;
        const double s = sin_deg(half);
        return rotation(x * s, y * s, z * s, cos_deg(half));
    };
    // About x first, then y, then z, each about the axes of the scene.
    return about("rotate_z_deg", 0, 0, 1) * about("rotate_y_deg", 0, 1, 0) *
           about("rotate_x_deg", 1, 0, 0);
}

} // namespace

// Scaled first, then rotated, then moved.
Placement read_placement(const Field& field) {
    Placement placement;
    Triple scale{1, 1, 1};
    if (const Field s = field.member("scale")) {
        if (s.value().number()) {
            const double all = *s.value().number();
            scale = {all, all, all};
        } else {
            scale = as_triple(s, any_range).value_or(scale);
        }
        if (scale[0] == 0 || scale[1] == 0 || scale[2] == 0) {
            s.fail("must not be 0 along any axis");
            scale = {1, 1, 1};
        }
    }
    const Triple t = read_triple(field, "translate", any_range, {0, 0, 0});
    const Affine turned = read_rotation(field) * scaling(scale[0], scale[1], scale[2]);
    placement.transform = translation(t[0], t[1], t[2]) * turned;
    const double size = std::fabs(scale[0]);
    const bool uniform = size == std::fabs(scale[1]) && size == std::fabs(scale[2]);
    placement.uniform_scale = uniform ? size : 0;
    return placement;
}

bool is_placement_key(std::string_view key) {
    const auto& keys = scene_keys::transform.keys;
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

namespace {

// ---- triangles -----------------------------------------------------------------------------

void place(TrianglePart& part, const Affine& transform) {
    for (Point& p : part.positions)
        p = to_float(transform_point(transform, {p[0], p[1], p[2]}));
    if (!part.normals.empty()) {
        // Normals go with the transposed inverse.
        const Affine back = inverse(transform);
        for (Point& n : part.normals) {
            Triple r{};
            for (size_t i = 0; i < 3; ++i)
                r[i] = back.m[i] * double(n[0]) + back.m[4 + i] * double(n[1]) +
                       back.m[8 + i] * double(n[2]);
            const double size = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
            if (size > 0) n = to_float({r[0] / size, r[1] / size, r[2] / size});
        }
    }
    // A mirror image turns each triangle's front to its back: turn it around again.
    if (determinant(transform) < 0)
        for (size_t i = 0; i + 2 < part.indices.size(); i += 3)
            std::swap(part.indices[i + 1], part.indices[i + 2]);
}

// Corner, then corner + u, + u + v, + v; the front is where u turns to v counterclockwise. A
// picture stands upright along v.
void add_quad(TrianglePart& part, const Triple& corner, const Triple& u, const Triple& v) {
    const auto first = static_cast<uint32_t>(part.positions.size());
    for (const auto& [s, t] : {std::array{0, 0}, {1, 0}, {1, 1}, {0, 1}}) {
        part.positions.push_back(
            to_float({corner[0] + s * u[0] + t * v[0], corner[1] + s * u[1] + t * v[1],
                      corner[2] + s * u[2] + t * v[2]}));
        part.texcoords[0].push_back({static_cast<float>(s), static_cast<float>(1 - t)});
    }
    for (uint32_t i : {0u, 1u, 2u, 0u, 2u, 3u})
        part.indices.push_back(first + i);
}

TrianglePart read_plane(const Field& plane) {
    TrianglePart part;
    if (!check_object(plane, scene_keys::plane)) return part;
    const double y = read_number(plane, "y", any_range, 0);
    const double half = read_number(plane, "half_size", {0, 1e6, true, false}, 1000);
    add_quad(part, {0 - half, y, half}, {2 * half, 0, 0}, {0, 0, -2 * half});
    // Texture coordinates in metres: x to the right, z towards the viewer.
    for (size_t i = 0; i < 4; ++i)
        part.texcoords[0][i] = {part.positions[i][0], part.positions[i][2]};
    return part;
}

TrianglePart read_quad(const Field& quad) {
    TrianglePart part;
    if (!check_object(quad, scene_keys::quad)) return part;
    if (!require(quad, {"corner", "u", "v"})) return part;
    add_quad(part, read_triple(quad, "corner", any_range, {}),
             read_triple(quad, "u", any_range, {}), read_triple(quad, "v", any_range, {}));
    return part;
}

TrianglePart read_box(const Field& box) {
    TrianglePart part;
    if (!check_object(box, scene_keys::box)) return part;
    const Triple c = read_triple(box, "center", any_range, {0, 0, 0});
    Triple size{1, 1, 1};
    if (const Field field = box.member("size")) {
        if (field.value().number()) {
            const double all = as_number(field, positive).value_or(1);
            size = {all, all, all};
        } else {
            size = as_triple(field, positive).value_or(size);
        }
    }
    const double x = size[0] / 2, y = size[1] / 2, z = size[2] / 2;
    const auto side = [&](const Triple& from, const Triple& u, const Triple& v) {
        add_quad(part, {c[0] + from[0], c[1] + from[1], c[2] + from[2]}, u, v);
    };
    side({-x, -y, z}, {2 * x, 0, 0}, {0, 2 * y, 0});
    side({x, -y, -z}, {-2 * x, 0, 0}, {0, 2 * y, 0});
    side({x, -y, z}, {0, 0, -2 * z}, {0, 2 * y, 0});
    side({-x, -y, -z}, {0, 0, 2 * z}, {0, 2 * y, 0});
    side({-x, y, z}, {2 * x, 0, 0}, {0, 0, -2 * z});
    side({-x, -y, -z}, {2 * x, 0, 0}, {0, 0, 2 * z});
    return part;
}

// A fan around the centre, front along the normal.
TrianglePart read_disk(const Field& disk) {
    TrianglePart part;
    if (!check_object(disk, scene_keys::disk)) return part;
    const Triple c = read_triple(disk, "center", any_range, {0, 0, 0});
    Triple n = read_triple(disk, "normal", any_range, {0, 1, 0});
    const double radius = read_number(disk, "radius", positive, 1);
    const uint32_t segments = read_count(disk, "segments", 3, 4096).value_or(64);
    const double size = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    if (!(size > 0)) {
        disk.member("normal").fail("must not be of length 0");
        return part;
    }
    n = {n[0] / size, n[1] / size, n[2] / size};
    // Two axes across: from the axis of the scene that is least along n.
    const size_t least = std::fabs(n[0]) <= std::fabs(n[1]) && std::fabs(n[0]) <= std::fabs(n[2])
                             ? 0
                         : std::fabs(n[1]) <= std::fabs(n[2]) ? 1
                                                              : 2;
    Triple e{};
    e[least] = 1;
    Triple u{n[1] * e[2] - n[2] * e[1], n[2] * e[0] - n[0] * e[2], n[0] * e[1] - n[1] * e[0]};
    const double u_size = std::sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
    u = {u[0] / u_size, u[1] / u_size, u[2] / u_size};
    const Triple v{n[1] * u[2] - n[2] * u[1], n[2] * u[0] - n[0] * u[2], n[0] * u[1] - n[1] * u[0]};
    part.positions.push_back(to_float(c));
    part.texcoords[0].push_back({0.5f, 0.5f});
    for (uint32_t i = 0; i < segments; ++i) {
        const double angle = 360.0 * i / segments, s = cos_deg(angle), t = sin_deg(angle);
        Triple p{};
        for (size_t k = 0; k < 3; ++k)
            p[k] = c[k] + radius * (s * u[k] + t * v[k]);
        part.positions.push_back(to_float(p));
        part.texcoords[0].push_back(
            {static_cast<float>(0.5 + s / 2), static_cast<float>(0.5 - t / 2)});
        part.indices.insert(part.indices.end(), {0, i + 1, i + 1 < segments ? i + 2 : 1});
    }
    return part;
}

// [[x, y, z], ...]
template <size_t N>
std::vector<std::array<float, N>> read_vectors(const Field& list) {
    std::vector<std::array<float, N>> vectors;
    if (!check_array(list, 0)) return vectors;
    vectors.reserve(list.size());
    for (size_t i = 0; i < list.size() && !list.problems().full(); ++i) {
        std::array<float, N> v{};
        const Field item = list.item(i);
        if (check_array(item, N, N))
            for (size_t k = 0; k < N; ++k)
                v[k] = static_cast<float>(as_number(item.item(k), any_range).value_or(0));
        vectors.push_back(v);
    }
    return vectors;
}

void read_indices(const Field& list, TrianglePart& part) {
    if (!check_array(list, 1)) return;
    part.indices.reserve(list.size() * 3);
    for (size_t i = 0; i < list.size() && !list.problems().full(); ++i) {
        const Field triangle = list.item(i);
        if (!check_array(triangle, 3, 3)) continue;
        for (size_t k = 0; k < 3; ++k) {
            const Field index = triangle.item(k);
            const double* number = index.value().number();
            const bool good = number && *number >= 0 &&
                              *number < static_cast<double>(part.positions.size()) &&
                              *number == std::floor(*number);
            if (!good)
                index.fail_value("must be a whole number from 0 to " +
                                 std::to_string(part.positions.size() - 1) +
                                 ", the last of the positions");
            part.indices.push_back(good ? static_cast<uint32_t>(*number) : 0);
        }
    }
}

TrianglePart read_triangles(const Field& triangles) {
    TrianglePart part;
    if (!check_object(triangles, scene_keys::triangles) || !require(triangles, {"positions"}))
        return part;
    const Field positions = triangles.member("positions");
    if (!check_array(positions, 3)) return part;
    part.positions = read_vectors<3>(positions);
    const auto same_count = [&](const Field& list) {
        if (list.size() == part.positions.size()) return true;
        list.fail("must have one entry for each of the " + std::to_string(part.positions.size()) +
                  " positions, not " + std::to_string(list.size()));
        return false;
    };
    if (const Field normals = triangles.member("normals")) {
        std::vector<Point> list = read_vectors<3>(normals);
        if (same_count(normals)) {
            for (size_t i = 0; i < list.size(); ++i) {
                const Triple n{list[i][0], list[i][1], list[i][2]};
                const double size = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
                if (size > 0)
                    list[i] = to_float({n[0] / size, n[1] / size, n[2] / size});
                else
                    normals.item(i).fail("must not be of length 0");
            }
            part.normals = std::move(list);
        }
    }
    if (const Field texcoords = triangles.member("texcoords")) {
        auto list = read_vectors<2>(texcoords);
        if (same_count(texcoords)) part.texcoords[0] = std::move(list);
    }
    if (const Field indices = triangles.member("indices")) {
        read_indices(indices, part);
    } else if (part.positions.size() % 3 != 0) {
        positions.fail("without \"indices\", must be 3 for each triangle, not " +
                       std::to_string(part.positions.size()));
    } else {
        for (uint32_t i = 0; i < part.positions.size(); ++i)
            part.indices.push_back(i);
    }
    return part;
}

// Corners of their own for every triangle: what flat shading with tangents needs.
void unshare(TrianglePart& part) {
    TrianglePart own;
    for (uint32_t index : part.indices) {
        own.indices.push_back(static_cast<uint32_t>(own.positions.size()));
        own.positions.push_back(part.positions[index]);
        own.texcoords[0].push_back(part.texcoords[0][index]);
    }
    own.material = part.material;
    part = std::move(own);
}

// Normals and tangents for a normal map: tangents point along u, averaged over a vertex's
// triangles by their size in uv, made square to the normal; w says which way v runs.
void add_tangents(TrianglePart& part) {
    if (part.texcoords[0].empty()) return;
    const bool flat = part.normals.empty();
    if (flat) {
        unshare(part);
        part.normals.resize(part.positions.size(), {0, 1, 0});
    }
    std::vector<Triple> along_u(part.positions.size()), along_v(part.positions.size());
    for (size_t i = 0; i + 2 < part.indices.size(); i += 3) {
        const uint32_t* corner = &part.indices[i];
        Triple e1{}, e2{};
        for (size_t k = 0; k < 3; ++k) {
            const double origin = double(part.positions[corner[0]][k]);
            e1[k] = double(part.positions[corner[1]][k]) - origin;
            e2[k] = double(part.positions[corner[2]][k]) - origin;
        }
        const auto& t0 = part.texcoords[0][corner[0]];
        const auto& t1 = part.texcoords[0][corner[1]];
        const auto& t2 = part.texcoords[0][corner[2]];
        const double u1 = double(t1[0]) - double(t0[0]), u2 = double(t2[0]) - double(t0[0]);
        const double v1 = double(t1[1]) - double(t0[1]), v2 = double(t2[1]) - double(t0[1]);
        const double area = u1 * v2 - u2 * v1, sign = area < 0 ? -1 : 1;
        const Triple n{e1[1] * e2[2] - e1[2] * e2[1], e1[2] * e2[0] - e1[0] * e2[2],
                       e1[0] * e2[1] - e1[1] * e2[0]};
        const double size = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        for (size_t c = 0; c < 3; ++c) {
            for (size_t k = 0; k < 3; ++k) {
                along_u[corner[c]][k] += sign * (e1[k] * v2 - e2[k] * v1);
                along_v[corner[c]][k] += sign * (e2[k] * u1 - e1[k] * u2);
            }
            if (flat && size > 0)
                part.normals[corner[c]] = to_float({n[0] / size, n[1] / size, n[2] / size});
        }
    }
    part.tangents.resize(part.positions.size());
    for (size_t i = 0; i < part.positions.size(); ++i) {
        const Triple n{part.normals[i][0], part.normals[i][1], part.normals[i][2]};
        const auto square = [&](const Triple& v) {
            const double d = v[0] * n[0] + v[1] * n[1] + v[2] * n[2];
            return Triple{v[0] - d * n[0], v[1] - d * n[1], v[2] - d * n[2]};
        };
        Triple t = square(along_u[i]);
        double size = std::sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
        if (!(size > 0)) {
            // No uv to follow: any direction across the normal.
            t = square(std::fabs(n[0]) < 0.9 ? Triple{1, 0, 0} : Triple{0, 1, 0});
            size = std::sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
        }
        const Triple& b = along_v[i];
        const double side = (n[1] * t[2] - n[2] * t[1]) * b[0] +
                            (n[2] * t[0] - n[0] * t[2]) * b[1] + (n[0] * t[1] - n[1] * t[0]) * b[2];
        const auto unit = to_float({t[0] / size, t[1] / size, t[2] / size});
        part.tangents[i] = {unit[0], unit[1], unit[2], side < 0 ? -1.0f : 1.0f};
    }
}

bool in_reach(const TrianglePart& part) {
    return std::all_of(part.positions.begin(), part.positions.end(),
                       [](const Point& p) { return within_reach(p[0], p[1], p[2]); });
}

// ---- objects -------------------------------------------------------------------------------

int material_of(SceneReading& reading, const Field& object) {
    if (const Field name = object.member("material")) {
        if (!name.string()) {
            name.fail_value("must be the name of a material");
            return 0;
        }
        const auto known = reading.names.materials.find(*name.string());
        if (known != reading.names.materials.end()) return known->second;
        name.fail("there is no material " + in_quotes(*name.string()) +
                  suggestion(*name.string(), reading.names.material_names));
        return 0;
    }
    if (reading.names.default_material < 0) {
        MaterialDescription grey;
        grey.name = "default";
        grey.base_color = {0.8f, 0.8f, 0.8f, 1};
        reading.names.default_material = static_cast<int>(reading.scene.materials.size());
        reading.scene.materials.push_back(grey);
    }
    return reading.names.default_material;
}

void add_triangles(SceneReading& reading, Collection& into, const Field& object, TrianglePart part,
                   const Placement& placement) {
    part.material = material_of(reading, object);
    if (part.indices.empty()) return;
    if (placement.transform != Affine{}) place(part, placement.transform);
    const auto material = static_cast<size_t>(part.material);
    if (material < reading.scene.materials.size() &&
        reading.scene.materials[material].normal_texture.image >= 0)
        add_tangents(part);
    if (!in_reach(part))
        object.fail(std::string("has a corner ") + too_far);
    else
        into.triangles.triangles.push_back(std::move(part));
}

void add_sphere(Collection& into, int material, const Field& at, const Triple& center,
                double radius, const Placement& placement) {
    const auto c = to_float(transform_point(placement.transform, center));
    const auto r = static_cast<float>(radius * placement.uniform_scale);
    if (!within_reach(std::fabs(c[0]) + r, std::fabs(c[1]) + r, std::fabs(c[2]) + r)) {
        at.fail(std::string("reaches ") + too_far);
        return;
    }
    if (!(r > 0)) {
        at.fail("is scaled down to nothing");
        return;
    }
    const auto [part, is_new] = into.sphere_part.try_emplace(material, into.spheres.spheres.size());
    if (is_new) {
        into.spheres.spheres.push_back({});
        into.spheres.spheres.back().material = material;
    }
    into.spheres.spheres[part->second].spheres.push_back({c[0], c[1], c[2], r});
}

void read_spheres(SceneReading& reading, Collection& into, const Field& object,
                  const Placement& placement) {
    const int material = material_of(reading, object);
    if (placement.uniform_scale == 0) {
        object.member("scale").fail("must be the same along all axes: a sphere stays a sphere");
        return;
    }
    if (const Field sphere = object.member("sphere")) {
        if (!check_object(sphere, scene_keys::sphere)) return;
        require(sphere, {"radius"});
        const Triple center = read_triple(sphere, "center", any_range, {0, 0, 0});
        const double radius = read_number(sphere, "radius", positive, 1);
        add_sphere(into, material, sphere, center, radius, placement);
        return;
    }
    const Field list = object.member("spheres");
    if (!check_array(list, 0)) return;
    for (size_t i = 0; i < list.size() && !list.problems().full(); ++i) {
        const Field item = list.item(i);
        if (!check_array(item, 4, 4)) continue;
        Triple center{};
        for (size_t k = 0; k < 3; ++k)
            center[k] = as_number(item.item(k), any_range).value_or(0);
        const double radius = as_number(item.item(3), positive).value_or(1);
        add_sphere(into, material, item, center, radius, placement);
    }
}

void no_material(const Field& object, std::string_view source) {
    if (object.has("material"))
        object.member("material")
            .fail("has no effect here: the " + std::string(source) + " brings its own materials");
}

// The file, if it lies in the scene's folder whatever links say; else a complaint and nothing.
std::filesystem::path confined_path(const SceneReading& reading, const Field& file) {
    namespace fs = std::filesystem;
    const std::string name = path_of_uri(*file.string());
    const fs::path base = reading.folder_path.empty() ? fs::path(".") : reading.folder_path;
    std::error_code error;
    const fs::path folder = fs::canonical(base, error);
    const fs::path path = error ? fs::path() : fs::weakly_canonical(folder / name, error);
    const auto inside = path.lexically_relative(folder);
    if (error || inside.empty() || *inside.begin() == "..")
        throw Error(Exit::input, "it is outside the scene's folder");
    return base / name;
}

// Calls `use`, and passes on what it complains of about the file.
template <class Use>
void with_file(const Field& object, const Field& file, const Use& use) {
    try {
        use();
    } catch (const InputError& error) {
        for (const Diagnostic& d : error.diagnostics())
            object.problems().list().push_back(d);
    } catch (const Error& error) {
        file.fail(in_quotes(*file.string()) + " cannot be used: " + error.what());
    }
}

// The model, read when it is first named.
UsedModel* use_model(SceneReading& reading, const Field& object, const Field& file, int scene) {
    const std::string key = std::to_string(scene) + " " + *file.string();
    const auto [at, is_new] = reading.names.models.try_emplace(key);
    UsedModel& used = at->second;
    if (is_new)
        with_file(object, file, [&] {
            auto model = std::make_shared<GltfModel>(reading.scene, confined_path(reading, file),
                                                     reading.options, scene);
            std::vector<std::string>& notes = reading.scene.notes;
            notes.insert(notes.end(), model->notes().begin(), model->notes().end());
            if (model->sky())
                notes.push_back(escaped(*file.string()) +
                                ": its light from all directions is left out; the scene's \"sky\" "
                                "says what is around it");
            used.model = std::move(model);
        });
    return used.model ? &used : nullptr;
}

int read_clip(const Field& clip, const GltfModel& model) {
    const std::vector<GltfClip>& clips = model.clips();
    std::optional<int> found;
    if (const double* number = clip.value().number()) {
        if (*number >= 1 && *number <= static_cast<double>(clips.size()) &&
            *number == std::floor(*number))
            found = static_cast<int>(*number) - 1;
    } else if (clip.string()) {
        found = find_clip(clips, *clip.string());
    }
    if (found) return *found;
    if (!clip.string()) {
        clip.fail_value("must be \"none\", or the name of an animation of the file, or its number "
                        "from 1 to " +
                        std::to_string(clips.size()));
        return no_clip;
    }
    std::vector<std::string_view> names;
    for (const GltfClip& one : clips)
        names.push_back(one.name);
    clip.fail("there is no animation " + in_quotes(*clip.string()) + " in the file" +
              suggestion(*clip.string(), names));
    return no_clip;
}

} // namespace

ModelUse read_model(SceneReading& reading, const Field& object) {
    ModelUse use;
    no_material(object, "file");
    const Field gltf = object.member("gltf");
    if (!check_object(gltf, scene_keys::gltf) || !require(gltf, {"file"})) return use;
    const Field file = gltf.member("file");
    if (!file.string()) {
        file.fail_value("must be the name of a .gltf or .glb file");
        return use;
    }
    use.view.lights = read_bool(gltf, "lights", true);
    use.view.cameras = read_bool(gltf, "cameras", true);
    use.loop = read_bool(gltf, "loop", true);
    const auto scene = read_count(gltf, "scene", 0, 1u << 20);
    use.used = use_model(reading, object, file, scene ? static_cast<int>(*scene) : -1);
    const Field clip = gltf.member("clip");
    if (clip && use.used) use.view.clip = read_clip(clip, *use.used->model);
    return use;
}

void show_model(SceneReading& reading, const Field& object, const ModelUse& use) {
    if (!use.used) return;
    const Field gltf = object.member("gltf"), file = gltf.member("file");
    with_file(object, file,
              [&] { use.used->model->show(reading.scene, use.view, use.used->places); });
}

std::vector<InstanceDescription> read_instances(SceneReading& reading, const Field& object,
                                                const Placement& placement) {
    std::vector<InstanceDescription> instances;
    no_material(object, "mesh");
    const Field instance = object.member("instance");
    if (!check_object(instance, scene_keys::instance) || !require(instance, {"mesh"}))
        return instances;
    const Field name = instance.member("mesh");
    if (!name.string()) {
        name.fail_value("must be the name of a mesh");
        return instances;
    }
    const auto known = reading.names.meshes.find(*name.string());
    if (known == reading.names.meshes.end()) {
        name.fail("there is no mesh " + in_quotes(*name.string()) +
                  suggestion(*name.string(), reading.names.mesh_names));
        return instances;
    }
    const auto add = [&](const Field& at, const Affine& transform) {
        for (int mesh : known->second) {
            if (!within_reach(transform, reading.bounds(mesh)))
                return at.fail(std::string("reaches ") + too_far);
            instances.push_back({mesh, transform, {}});
        }
    };
    const Field copies = instance.member("copies");
    if (!copies) {
        add(object, placement.transform);
    } else if (check_array(copies, 0)) {
        for (size_t i = 0; i < copies.size() && !copies.problems().full(); ++i) {
            const Field item = copies.item(i);
            if (check_object(item, scene_keys::transform))
                add(item, placement.transform * read_placement(item).transform);
        }
    }
    return instances;
}

std::string_view shape_of(const Field& object, bool in_mesh) {
    static constexpr std::string_view words[]{"plane",     "sphere", "spheres", "quad",
                                              "box",       "disk",   "knot",    "ocean",
                                              "triangles", "gltf",   "instance"};
    if (!check_object(object, scene_keys::object)) return {};
    read_string(object, "name", "");
    std::string_view shape;
    size_t count = 0;
    for (std::string_view word : words)
        if (object.has(word)) {
            shape = word;
            ++count;
        }
    if (count == 0) {
        object.fail("is no object: it needs one of plane, sphere, spheres, quad, box, disk, "
                    "knot, ocean, triangles, gltf and instance");
        return {};
    }
    if (count > 1) {
        object.fail("must have one shape, not " + std::to_string(count));
        return {};
    }
    if (in_mesh && (shape == "gltf" || shape == "instance")) {
        object.member(shape).fail("cannot stand in a mesh: a mesh holds shapes, not other meshes");
        return {};
    }
    if (in_mesh && shape == "ocean") {
        object.member(shape).fail("cannot stand in a mesh: it moves by itself");
        return {};
    }
    return shape;
}

void read_shape(SceneReading& reading, Collection& into, const Field& object,
                std::string_view shape, const Placement& placement) {
    const Field value = object.member(shape);
    const auto add = [&](TrianglePart part) {
        add_triangles(reading, into, object, std::move(part), placement);
    };
    if (shape == "plane")
        add(read_plane(value));
    else if (shape == "quad")
        add(read_quad(value));
    else if (shape == "box")
        add(read_box(value));
    else if (shape == "disk")
        add(read_disk(value));
    else if (shape == "knot")
        add(read_knot(value));
    else if (shape == "triangles")
        add(read_triangles(value));
    else if (shape == "ocean")
        add(read_ocean(reading, value));
    else
        read_spheres(reading, into, object, placement);
}

std::vector<int> add_meshes(SceneDescription& scene, Collection&& shapes, const std::string& name) {
    std::vector<int> added;
    for (MeshDescription* mesh : {&shapes.triangles, &shapes.spheres}) {
        if (mesh->triangles.empty() && mesh->spheres.empty()) continue;
        mesh->name = name;
        added.push_back(static_cast<int>(scene.meshes.size()));
        scene.meshes.push_back(std::move(*mesh));
    }
    return added;
}

void read_mesh_shapes(SceneReading& reading, Collection& into, const Field& mesh) {
    if (!check_array(mesh, 1)) return;
    for (size_t i = 0; i < mesh.size() && !mesh.problems().full(); ++i) {
        const Field object = mesh.item(i);
        const std::string_view shape = shape_of(object, true);
        if (!shape.empty()) read_shape(reading, into, object, shape, read_placement(object));
    }
}

} // namespace juggler
