// Clips: nodes and morph weights that change with time (glTF 2.0 specification, section 3.11).
#pragma once

#include "host/gltf/accessor.h"
#include "host/gltf/nodes.h"

#include <string>
#include <vector>

namespace juggler::gltf {

enum class Path { translation, rotation, scale, weights };
enum class Interpolation { step, linear, cubic };

struct Channel {
    size_t node;
    Path path;
    Interpolation interpolation;
    size_t width;              // numbers a value has
    std::vector<float> times;  // seconds, ascending, at least one
    std::vector<float> values; // [key][width]; cubic: [key][in-tangent, value, out-tangent][width]
};

struct Clip {
    std::string name;
    double seconds = 0; // until its last key
    std::vector<Channel> channels;
};

// All of the file. Channels for what is not known are left out, with a note.
std::vector<Clip> read_clips(const tinygltf::Model& model, MemoryBudget& budget,
                             std::vector<std::string>& notes);

// The channel's value at a time of the clip; before its first key the first, after its last the
// last. Rotations are of unit length.
std::vector<double> value_at(const Channel& channel, double seconds);

// What a clip makes of the nodes at a time: their own values where it says nothing of them.
struct Pose {
    std::vector<LocalTransform> locals;       // one a node
    std::vector<std::vector<double>> weights; // one a node, empty where the clip has none
};
Pose pose_at(const tinygltf::Model& model, const Clip& clip, double seconds);

// Which nodes the clip moves, by themselves or with a node above them.
std::vector<bool> moved_nodes(const tinygltf::Model& model, const Clip& clip);

} // namespace juggler::gltf
