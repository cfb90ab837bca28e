#include "host/gltf/animation.h"

#include "host/scene/quaternion.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace juggler::gltf {
namespace {

std::optional<Path> path_named(const std::string& name) {
    if (name == "translation") return Path::translation;
    if (name == "rotation") return Path::rotation;
    if (name == "scale") return Path::scale;
    if (name == "weights") return Path::weights;
    return std::nullopt;
}

Interpolation interpolation_named(const std::string& name, const std::string& pointer) {
    if (name.empty() || name == "LINEAR") return Interpolation::linear;
    if (name == "STEP") return Interpolation::step;
    if (name == "CUBICSPLINE") return Interpolation::cubic;
    refuse(pointer + "/interpolation", "must be LINEAR, STEP or CUBICSPLINE, not \"" + name + "\"");
}

std::vector<float> read_times(const tinygltf::Model& model, int accessor, MemoryBudget& budget) {
    const AccessorView view = view_accessor(model, accessor);
    const std::string pointer = pointer_to("/accessors", accessor);
    if (view.component_type != TINYGLTF_COMPONENT_TYPE_FLOAT || view.components != 1)
        refuse(pointer, "must be SCALAR floats to be used as times of keys");
    std::vector<float> times;
    for (const auto& [seconds] : read_floats<1>(view, budget)) {
        if (!(seconds >= 0) || (!times.empty() && !(seconds > times.back())))
            refuse(pointer, "element " + std::to_string(times.size()) +
                                " must be later than the one before it, and not negative");
        times.push_back(seconds);
    }
    return times;
}

template <size_t Components>
std::vector<float> read_values(const AccessorView& view, MemoryBudget& budget) {
    std::vector<float> values;
    const auto elements = read_floats<Components>(view, budget);
    values.reserve(elements.size() * Components);
    for (const auto& element : elements)
        values.insert(values.end(), element.begin(), element.end());
    return values;
}

// Numbers that one value of the path has.
size_t width_of(const tinygltf::Model& model, const tinygltf::Node& node, Path path,
                const std::string& pointer) {
    if (path == Path::rotation) return 4;
    if (path != Path::weights) return 3;
    const size_t targets =
        node.mesh < 0 || model.meshes[static_cast<size_t>(node.mesh)].primitives.empty()
            ? 0
            : model.meshes[static_cast<size_t>(node.mesh)].primitives[0].targets.size();
    if (targets == 0) refuse(pointer + "/path", "is weights, but the node has no morph targets");
    return targets;
}

Channel read_channel(const tinygltf::Model& model, const tinygltf::AnimationSampler& sampler,
                     const std::string& sampler_pointer, size_t node, Path path,
                     const std::string& target_pointer, MemoryBudget& budget) {
    Channel channel;
    channel.node = node;
    channel.path = path;
    channel.interpolation = interpolation_named(sampler.interpolation, sampler_pointer);
    channel.width = width_of(model, model.nodes[node], path, target_pointer);
    channel.times = read_times(model, sampler.input, budget);
    const AccessorView view = view_accessor(model, sampler.output);
    const std::string pointer = pointer_to("/accessors", sampler.output);
    const int components = path == Path::weights ? 1 : static_cast<int>(channel.width);
    const bool plain = view.component_type == TINYGLTF_COMPONENT_TYPE_FLOAT;
    const bool scaled = view.normalized && (path == Path::rotation || path == Path::weights);
    if (view.components != components || (!plain && !scaled))
        refuse(pointer,
               "cannot hold the values of " + target_pointer + ": its type does not fit the path");
    channel.values = components == 1   ? read_values<1>(view, budget)
                     : components == 3 ? read_values<3>(view, budget)
                                       : read_values<4>(view, budget);
    const size_t a_key = channel.interpolation == Interpolation::cubic ? 3 : 1;
    const size_t wanted = channel.times.size() * a_key;
    if (channel.width != 0 && channel.values.size() / channel.width != wanted)
        refuse(pointer, "has " + std::to_string(channel.values.size() / channel.width) +
                            " values, but the keys of " + sampler_pointer + " need " +
                            std::to_string(wanted));
    return channel;
}

// Value `which` (of the three that a cubic key has) of key i.
const float* key_value(const Channel& channel, size_t i, size_t which = 1) {
    const bool cubic = channel.interpolation == Interpolation::cubic;
    return channel.values.data() + (cubic ? 3 * i + which : i) * channel.width;
}

std::vector<double> numbers(const float* values, size_t count) { return {values, values + count}; }

std::vector<double> hermite(const Channel& channel, size_t i, double s, double step) {
    const double s2 = s * s, s3 = s2 * s;
    const double h00 = 2 * s3 - 3 * s2 + 1, h10 = (s3 - 2 * s2 + s) * step, h01 = 3 * s2 - 2 * s3,
                 h11 = (s3 - s2) * step;
    const float *from = key_value(channel, i), *out = key_value(channel, i, 2),
                *in = key_value(channel, i + 1, 0), *to = key_value(channel, i + 1);
    std::vector<double> value(channel.width);
    for (size_t k = 0; k < channel.width; ++k)
        value[k] = ((h00 * double(from[k]) + h10 * double(out[k])) + h01 * double(to[k])) +
                   h11 * double(in[k]);
    return value;
}

Quaternion as_quaternion(const float* q) {
    return {double(q[0]), double(q[1]), double(q[2]), double(q[3])};
}

std::vector<double> between_keys(const Channel& channel, size_t i, double seconds) {
    const double begin = channel.times[i], step = double(channel.times[i + 1]) - begin;
    const double s = (seconds - begin) / step;
    if (channel.interpolation == Interpolation::cubic) return hermite(channel, i, s, step);
    const float *a = key_value(channel, i), *b = key_value(channel, i + 1);
    if (channel.path == Path::rotation) {
        const Quaternion q = slerp(as_quaternion(a), as_quaternion(b), s);
        return {q.begin(), q.end()};
    }
    std::vector<double> value(channel.width);
    for (size_t k = 0; k < channel.width; ++k)
        value[k] = (1 - s) * double(a[k]) + s * double(b[k]);
    return value;
}

template <size_t Count>
std::array<double, Count> first_of(const std::vector<double>& values) {
    std::array<double, Count> a{};
    std::copy_n(values.begin(), Count, a.begin());
    return a;
}

} // namespace

std::vector<Clip> read_clips(const tinygltf::Model& model, MemoryBudget& budget,
                             std::vector<std::string>& notes) {
    std::vector<Clip> clips;
    size_t unknown = 0;
    for (size_t a = 0; a < model.animations.size(); ++a) {
        const auto& animation = model.animations[a];
        const std::string pointer = pointer_to("/animations", a);
        Clip clip;
        clip.name = animation.name;
        for (size_t c = 0; c < animation.channels.size(); ++c) {
            const auto& channel = animation.channels[c];
            const std::string target = pointer_to(pointer + "/channels", c) + "/target";
            const auto path = path_named(channel.target_path);
            if (!path) ++unknown;
            if (!path || channel.target_node < 0) continue; // without a node: to be ignored
            const auto node = static_cast<size_t>(channel.target_node);
            if (*path != Path::weights && !model.nodes[node].matrix.empty())
                refuse(target + "/node",
                       "points to node " + std::to_string(node) +
                           ", which has a matrix; only translation, rotation and scale can move");
            const auto sampler = static_cast<size_t>(channel.sampler);
            clip.channels.push_back(read_channel(model, animation.samplers[sampler],
                                                 pointer_to(pointer + "/samplers", sampler), node,
                                                 *path, target, budget));
            clip.seconds =
                std::max(clip.seconds, static_cast<double>(clip.channels.back().times.back()));
        }
        clips.push_back(std::move(clip));
    }
    if (unknown > 0)
        notes.push_back(std::to_string(unknown) +
                        (unknown == 1 ? " animation channel" : " animation channels") +
                        " for other things than nodes and morph weights left out");
    return clips;
}

std::vector<double> value_at(const Channel& channel, double seconds) {
    const std::vector<float>& times = channel.times;
    const auto next = std::upper_bound(times.begin(), times.end(), seconds,
                                       [](double t, float key) { return t < double(key); });
    const auto i = static_cast<size_t>(std::max<ptrdiff_t>(next - times.begin() - 1, 0));
    const bool at_key = next == times.begin() || next == times.end() ||
                        channel.interpolation == Interpolation::step || double(times[i]) == seconds;
    std::vector<double> value =
        at_key ? numbers(key_value(channel, i), channel.width) : between_keys(channel, i, seconds);
    if (channel.path == Path::rotation) {
        const Quaternion q = unit({value[0], value[1], value[2], value[3]});
        value.assign(q.begin(), q.end());
    }
    return value;
}

Pose pose_at(const tinygltf::Model& model, const Clip& clip, double seconds) {
    Pose pose{std::vector<LocalTransform>(model.nodes.size()), {}};
    pose.weights.resize(model.nodes.size());
    for (const Channel& channel : clip.channels) {
        const std::vector<double> value = value_at(channel, seconds);
        LocalTransform& local = pose.locals[channel.node];
        switch (channel.path) {
        case Path::translation:
            local.translation = first_of<3>(value);
            break;
        case Path::rotation:
            local.rotation = first_of<4>(value);
            break;
        case Path::scale:
            local.scale = first_of<3>(value);
            break;
        case Path::weights:
            pose.weights[channel.node] = value;
            break;
        }
    }
    return pose;
}

std::vector<bool> moved_nodes(const tinygltf::Model& model, const Clip& clip) {
    std::vector<bool> moved(model.nodes.size(), false);
    std::vector<size_t> open;
    for (const Channel& channel : clip.channels)
        if (channel.path != Path::weights) open.push_back(channel.node);
    while (!open.empty()) {
        const size_t node = open.back();
        open.pop_back();
        if (moved[node]) continue;
        moved[node] = true;
        for (const int child : model.nodes[node].children)
            open.push_back(static_cast<size_t>(child));
    }
    return moved;
}

} // namespace juggler::gltf
