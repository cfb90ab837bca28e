// The one way from an accessor to its numbers. Nothing else in this room looks into a buffer's
// vertex data, so nothing else needs to check where elements lie.
#pragma once

#include "host/gltf/problem.h"
#include "host/gltf/tiny.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace juggler::gltf {

// A run of equally spaced elements inside one buffer.
struct Elements {
    const unsigned char* data = nullptr; // null: all zero
    size_t count = 0;
    size_t stride = 0; // bytes
};

// Every element lies inside its buffer, and so do those that replace some of them.
struct AccessorView {
    int accessor = -1; // number in the file, for messages
    Elements elements;
    int component_type = 0; // TINYGLTF_COMPONENT_TYPE_...
    int components = 0;     // numbers an element has
    bool normalized = false;
    Elements sparse_indices, sparse_values; // element sparse_indices[i] is sparse_values[i]
    int sparse_index_type = 0;
};

// Checked arithmetic throughout; refuses by the accessor's pointer.
AccessorView view_accessor(const tinygltf::Model& model, int accessor);

// `components` numbers an element as floats; normalized integers are scaled to [0, 1] or [-1, 1].
// Values that are not finite are refused, denormal ones become 0.
template <size_t Components>
std::vector<std::array<float, Components>> read_floats(const AccessorView& view,
                                                       MemoryBudget& budget);

// One unsigned integer an element.
std::vector<uint32_t> read_indices(const AccessorView& view, MemoryBudget& budget);

// Joint numbers: four unsigned integers an element.
std::vector<std::array<uint16_t, 4>> read_joints(const AccessorView& view, MemoryBudget& budget);

} // namespace juggler::gltf
