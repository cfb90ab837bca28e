#include "host/gltf/nodes.h"

#include "host/gltf/problem.h"

#include <algorithm>
#include <cmath>

namespace juggler::gltf {
namespace {

template <size_t Count>
std::array<double, Count> values_or(const std::vector<double>& values,
                                    std::array<double, Count> otherwise) {
    if (values.size() == Count) std::copy(values.begin(), values.end(), otherwise.begin());
    return otherwise;
}

// glTF writes matrices column by column.
Affine affine_of(const std::vector<double>& columns, const std::string& pointer) {
    const double tolerance = 1e-6; // writers that print few digits
    const bool affine = std::fabs(columns[3]) < tolerance && std::fabs(columns[7]) < tolerance &&
                        std::fabs(columns[11]) < tolerance &&
                        std::fabs(columns[15] - 1) < tolerance;
    if (!affine) refuse(pointer, "must end in the row 0 0 0 1");
    Affine a;
    for (size_t row = 0; row < 3; ++row)
        for (size_t column = 0; column < 4; ++column)
            a.m[4 * row + column] = columns[4 * column + row];
    return a;
}

Affine local_transform(const tinygltf::Node& node, const LocalTransform& animated,
                       const std::string& pointer) {
    if (!node.matrix.empty()) return affine_of(node.matrix, pointer + "/matrix");
    const auto t = animated.translation.value_or(values_or<3>(node.translation, {0, 0, 0}));
    const auto r = animated.rotation.value_or(values_or<4>(node.rotation, {0, 0, 0, 1}));
    const auto s = animated.scale.value_or(values_or<3>(node.scale, {1, 1, 1}));
    return compose(t, r, s);
}

std::vector<int> parents_of(const tinygltf::Model& model) {
    std::vector<int> parents(model.nodes.size(), -1);
    for (size_t i = 0; i < model.nodes.size(); ++i) {
        const auto& children = model.nodes[i].children;
        for (size_t k = 0; k < children.size(); ++k) {
            int& parent = parents[static_cast<size_t>(children[k])];
            const std::string pointer = pointer_to(pointer_to("/nodes", i) + "/children", k);
            if (parent >= 0)
                refuse(pointer, "node " + std::to_string(children[k]) +
                                    " is already a child of node " + std::to_string(parent));
            parent = static_cast<int>(i);
        }
    }
    return parents;
}

// Appends what can be reached from `roots`, parents first, skipping what `seen` holds already.
void append_reachable(const tinygltf::Model& model, std::vector<int> roots, std::vector<char>& seen,
                      std::vector<int>& order) {
    std::reverse(roots.begin(), roots.end());
    std::vector<int>& stack = roots;
    while (!stack.empty()) {
        const auto node = static_cast<size_t>(stack.back());
        stack.pop_back();
        if (seen[node]) continue;
        seen[node] = 1;
        order.push_back(static_cast<int>(node));
        const auto& children = model.nodes[node].children;
        stack.insert(stack.end(), children.rbegin(), children.rend());
    }
}

std::vector<int> roots_of(const std::vector<int>& parents) {
    std::vector<int> roots;
    for (size_t i = 0; i < parents.size(); ++i)
        if (parents[i] < 0) roots.push_back(static_cast<int>(i));
    return roots;
}

// A node that no root reaches has a parent that no root reaches, so going up ends in a circle.
[[noreturn]] void refuse_cycle(const std::vector<int>& parents, int start) {
    std::vector<char> seen(parents.size(), 0);
    int node = start;
    while (!seen[static_cast<size_t>(node)]) {
        seen[static_cast<size_t>(node)] = 1;
        node = parents[static_cast<size_t>(node)];
    }
    std::string path = std::to_string(node);
    int up = parents[static_cast<size_t>(node)];
    for (int shown = 0; up != node && shown < 10; ++shown) {
        path = std::to_string(up) + " -> " + path;
        up = parents[static_cast<size_t>(up)];
    }
    path = (up == node ? "" : "... -> ") + path;
    refuse(pointer_to("/nodes", node),
           "the children form a cycle: " + std::to_string(node) + " -> " + path);
}

std::vector<int> all_in_order(const tinygltf::Model& model, const std::vector<int>& parents) {
    std::vector<char> seen(model.nodes.size(), 0);
    std::vector<int> order;
    append_reachable(model, roots_of(parents), seen, order);
    const auto missed = std::find(seen.begin(), seen.end(), 0);
    if (missed != seen.end()) refuse_cycle(parents, static_cast<int>(missed - seen.begin()));
    return order;
}

bool is_finite(const Affine& a) {
    return std::all_of(a.m.begin(), a.m.end(), [](double x) { return std::fabs(x) <= 3.4e38; });
}

} // namespace

Affine compose(const std::array<double, 3>& t, const std::array<double, 4>& r,
               const std::array<double, 3>& s) {
    return translation(t[0], t[1], t[2]) * rotation(r[0], r[1], r[2], r[3]) *
           scaling(s[0], s[1], s[2]);
}

std::vector<Affine> place_nodes(const tinygltf::Model& model,
                                const std::vector<LocalTransform>& locals) {
    const std::vector<int> parents = parents_of(model);
    std::vector<Affine> to_world(model.nodes.size());
    for (const int node : all_in_order(model, parents)) {
        const auto i = static_cast<size_t>(node);
        const std::string pointer = pointer_to("/nodes", i);
        const Affine local =
            local_transform(model.nodes[i], locals.empty() ? LocalTransform{} : locals[i], pointer);
        to_world[i] = parents[i] < 0 ? local : to_world[static_cast<size_t>(parents[i])] * local;
        if (!is_finite(to_world[i])) refuse(pointer, "is placed beyond the range of float");
    }
    return to_world;
}

std::vector<int> shown_nodes(const tinygltf::Model& model, int choice,
                             std::vector<std::string>& notes) {
    const auto scene_count = static_cast<int>(model.scenes.size());
    if (choice >= scene_count)
        refuse("/scenes", "has " + std::to_string(scene_count) + " scenes, but scene " +
                              std::to_string(choice) + " is asked for");
    std::vector<char> seen(model.nodes.size(), 0);
    std::vector<int> order;
    if (scene_count == 0) {
        notes.push_back(model.nodes.empty() ? "there are no scenes and no nodes, nothing to show"
                                            : "there are no scenes, showing every node");
        append_reachable(model, roots_of(parents_of(model)), seen, order);
        return order;
    }
    const int scene = choice >= 0 ? choice : model.defaultScene >= 0 ? model.defaultScene : 0;
    const auto& roots = model.scenes[static_cast<size_t>(scene)].nodes;
    if (roots.empty())
        notes.push_back("scene " + std::to_string(scene) + " is empty, nothing to show");
    append_reachable(model, roots, seen, order);
    return order;
}

} // namespace juggler::gltf
