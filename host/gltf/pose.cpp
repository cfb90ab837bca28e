#include "host/gltf/pose.h"

#include <cmath>
#include <limits>

namespace juggler::gltf {
namespace {

std::string attribute_pointer(const std::string& pointer, const char* target, size_t number,
                              const std::string& name) {
    return pointer_to(pointer + target, number) + "/" + name;
}

AccessorView view_with_count(const tinygltf::Model& model, int accessor, size_t count,
                             const std::string& pointer) {
    const AccessorView view = view_accessor(model, accessor);
    if (view.elements.count != count)
        refuse(pointer, "points to accessor " + std::to_string(accessor) + " of " +
                            std::to_string(view.elements.count) + " elements, but there are " +
                            std::to_string(count) + " vertices");
    return view;
}

template <class Values>
void add_scaled(Values& values, const std::vector<std::array<float, 3>>& differences,
                float weight) {
    if (values.empty()) return;
    for (size_t v = 0; v < differences.size(); ++v)
        for (size_t c = 0; c < 3; ++c)
            values[v][c] += weight * differences[v][c];
}

void add_target(TrianglePart& part, const std::string& name,
                const std::vector<std::array<float, 3>>& differences, float weight) {
    if (name == "POSITION") add_scaled(part.positions, differences, weight);
    if (name == "NORMAL") add_scaled(part.normals, differences, weight);
    if (name == "TANGENT") add_scaled(part.tangents, differences, weight);
}

// Joints and weights come in sets of four.
struct Influence {
    std::vector<std::array<uint16_t, 4>> joints;
    std::vector<std::array<float, 4>> weights;
};

std::vector<Influence> read_influences(const tinygltf::Model& model,
                                       const tinygltf::Primitive& primitive, size_t joint_count,
                                       size_t vertex_count, const std::string& pointer,
                                       MemoryBudget& budget) {
    std::vector<Influence> influences;
    for (int set = 0;; ++set) {
        const auto joints = primitive.attributes.find("JOINTS_" + std::to_string(set));
        const auto weights = primitive.attributes.find("WEIGHTS_" + std::to_string(set));
        if (joints == primitive.attributes.end() || weights == primitive.attributes.end()) break;
        const std::string attributes = pointer + "/attributes/";
        Influence one;
        one.joints = read_joints(
            view_with_count(model, joints->second, vertex_count, attributes + joints->first),
            budget);
        one.weights = read_floats<4>(
            view_with_count(model, weights->second, vertex_count, attributes + weights->first),
            budget);
        for (size_t v = 0; v < vertex_count; ++v)
            for (size_t k = 0; k < 4; ++k)
                if (one.joints[v][k] >= joint_count && one.weights[v][k] != 0)
                    refuse(attributes + joints->first,
                           "vertex " + std::to_string(v) + " hangs on joint " +
                               std::to_string(one.joints[v][k]) + ", but the skin has " +
                               std::to_string(joint_count));
        influences.push_back(std::move(one));
    }
    return influences;
}

Affine blended(const std::vector<Influence>& influences, const std::vector<Affine>& joints,
               size_t vertex) {
    Affine sum;
    sum.m.fill(0);
    double total = 0;
    for (const Influence& one : influences)
        for (size_t k = 0; k < 4; ++k) {
            const double weight = one.weights[vertex][k];
            if (weight == 0) continue;
            total += weight;
            const Affine& joint = joints[one.joints[vertex][k]];
            for (size_t i = 0; i < 12; ++i)
                sum.m[i] += weight * joint.m[i];
        }
    if (!(total > 0)) return {};
    for (double& x : sum.m)
        x /= total;
    return sum;
}

// Normals turn by the inverse transpose; its multiple by the determinant needs no division.
std::array<double, 3> transform_normal(const Affine& a, std::array<double, 3> n) {
    const auto& m = a.m;
    const double sign = determinant(a) < 0 ? -1 : 1;
    return {sign * ((m[5] * m[10] - m[6] * m[9]) * n[0] + (m[6] * m[8] - m[4] * m[10]) * n[1] +
                    (m[4] * m[9] - m[5] * m[8]) * n[2]),
            sign * ((m[2] * m[9] - m[1] * m[10]) * n[0] + (m[0] * m[10] - m[2] * m[8]) * n[1] +
                    (m[1] * m[8] - m[0] * m[9]) * n[2]),
            sign * ((m[1] * m[6] - m[2] * m[5]) * n[0] + (m[2] * m[4] - m[0] * m[6]) * n[1] +
                    (m[0] * m[5] - m[1] * m[4]) * n[2])};
}

template <class Vector>
std::array<double, 3> doubles(const Vector& v) {
    return {v[0], v[1], v[2]};
}

template <class Vector>
void assign(Vector& to, const std::array<double, 3>& from) {
    for (size_t c = 0; c < 3; ++c)
        to[c] = static_cast<float>(from[c]);
}

std::array<double, 3> unit(std::array<double, 3> v) {
    const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    if (length > 0)
        for (double& x : v)
            x /= length;
    return v;
}

} // namespace

std::vector<Affine> pose_skin(const tinygltf::Model& model, int number,
                              const std::vector<Affine>& to_world, MemoryBudget& budget) {
    const auto& skin = model.skins[static_cast<size_t>(number)];
    std::vector<std::array<float, 16>> inverse_bind;
    if (skin.inverseBindMatrices >= 0) {
        const std::string pointer = pointer_to("/skins", number) + "/inverseBindMatrices";
        inverse_bind = read_floats<16>(view_accessor(model, skin.inverseBindMatrices), budget);
        if (inverse_bind.size() < skin.joints.size())
            refuse(pointer, "has " + std::to_string(inverse_bind.size()) + " matrices for " +
                                std::to_string(skin.joints.size()) + " joints");
    }
    std::vector<Affine> joints;
    joints.reserve(skin.joints.size());
    for (size_t j = 0; j < skin.joints.size(); ++j) {
        Affine bind;
        if (!inverse_bind.empty())
            for (size_t row = 0; row < 3; ++row)
                for (size_t column = 0; column < 4; ++column)
                    bind.m[4 * row + column] = inverse_bind[j][4 * column + row];
        joints.push_back(to_world[static_cast<size_t>(skin.joints[j])] * bind);
    }
    return joints;
}

void apply_morph_targets(const tinygltf::Model& model, const tinygltf::Primitive& primitive,
                         const std::vector<double>& weights, const std::string& pointer,
                         MemoryBudget& budget, TrianglePart& part) {
    for (size_t t = 0; t < primitive.targets.size(); ++t) {
        const float weight = t < weights.size() ? static_cast<float>(weights[t]) : 0;
        for (const auto& [name, accessor] : primitive.targets[t]) {
            const AccessorView view =
                view_with_count(model, accessor, part.positions.size(),
                                attribute_pointer(pointer, "/targets", t, name));
            const bool used = name == "POSITION" || name == "NORMAL" || name == "TANGENT";
            if (weight == 0 || !used) continue;
            add_target(part, name, read_floats<3>(view, budget), weight);
            budget.give_back(view.elements.count * sizeof(float) * 3);
        }
    }
}

void apply_skin(const tinygltf::Model& model, const tinygltf::Primitive& primitive,
                const std::vector<Affine>& joints, const std::string& pointer, MemoryBudget& budget,
                TrianglePart& part) {
    const auto influences =
        read_influences(model, primitive, joints.size(), part.positions.size(), pointer, budget);
    if (influences.empty()) return;
    for (size_t v = 0; v < part.positions.size(); ++v) {
        const Affine matrix = blended(influences, joints, v);
        const auto p = transform_point(matrix, doubles(part.positions[v]));
        for (const double x : p)
            if (!(std::fabs(x) <= double(std::numeric_limits<float>::max())))
                refuse(pointer, "vertex " + std::to_string(v) +
                                    " is moved out of range of float by its skin");
        assign(part.positions[v], p);
        if (!part.normals.empty())
            assign(part.normals[v], unit(transform_normal(matrix, doubles(part.normals[v]))));
        if (!part.tangents.empty())
            assign(part.tangents[v], unit(transform_vector(matrix, doubles(part.tangents[v]))));
    }
}

} // namespace juggler::gltf
