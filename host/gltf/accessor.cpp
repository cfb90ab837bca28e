#include "host/gltf/accessor.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace juggler::gltf {
namespace {

std::string pointer_of(const AccessorView& view) { return pointer_to("/accessors", view.accessor); }

// `size` bytes an element, `stride` apart; `size` if the buffer view names no stride.
Elements place_elements(const tinygltf::Model& model, int buffer_view, uint64_t byte_offset,
                        uint64_t count, uint64_t size, const std::string& pointer) {
    const auto& view = model.bufferViews[static_cast<size_t>(buffer_view)];
    const auto& bytes = model.buffers[static_cast<size_t>(view.buffer)].data;
    const uint64_t stride = view.byteStride != 0 ? view.byteStride : size;
    const std::string view_text = "buffer view " + std::to_string(buffer_view);
    if (stride < size)
        refuse(pointer, "has elements of " + std::to_string(size) + " bytes, more than the " +
                            std::to_string(stride) + " between them in " + view_text);
    if (view.byteOffset > bytes.size() || view.byteLength > bytes.size() - view.byteOffset)
        refuse(pointer_to("/bufferViews", buffer_view), "leaves its buffer");
    const uint64_t available = view.byteLength;
    const bool fits = byte_offset <= available && size <= available - byte_offset &&
                      (count - 1) <= (available - byte_offset - size) / stride;
    if (!fits)
        refuse(pointer, "has " + std::to_string(count) + " elements of " + std::to_string(size) +
                            " bytes from byte " + std::to_string(byte_offset) + ", beyond the " +
                            std::to_string(available) + " bytes of " + view_text);
    return {bytes.data() + view.byteOffset + byte_offset, static_cast<size_t>(count),
            static_cast<size_t>(stride)};
}

void place_sparse(const tinygltf::Model& model, const tinygltf::Accessor& accessor, uint64_t size,
                  AccessorView& view) {
    const std::string pointer = pointer_of(view) + "/sparse";
    const auto& sparse = accessor.sparse;
    const auto count = static_cast<uint64_t>(sparse.count);
    if (count > accessor.count)
        refuse(pointer + "/count", "is " + std::to_string(count) + ", but the accessor has " +
                                       std::to_string(accessor.count) + " elements");
    const int type = sparse.indices.componentType;
    if (type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE &&
        type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT &&
        type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT)
        refuse(pointer + "/indices/componentType",
               "must be 5121, 5123 or 5125, not " + std::to_string(type));
    view.sparse_index_type = type;
    view.sparse_indices = place_elements(
        model, sparse.indices.bufferView, static_cast<uint64_t>(sparse.indices.byteOffset), count,
        static_cast<uint64_t>(tinygltf::GetComponentSizeInBytes(static_cast<uint32_t>(type))),
        pointer + "/indices");
    view.sparse_values = place_elements(model, sparse.values.bufferView,
                                        static_cast<uint64_t>(sparse.values.byteOffset), count,
                                        size, pointer + "/values");
}

// Calls `use` with a value of the C++ type of `component_type`.
template <class Use>
void with_component(int component_type, Use&& use) {
    switch (component_type) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
        return use(int8_t{});
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
        return use(uint8_t{});
    case TINYGLTF_COMPONENT_TYPE_SHORT:
        return use(int16_t{});
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
        return use(uint16_t{});
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
        return use(uint32_t{});
    default:
        return use(float{});
    }
}

template <class T>
float as_float(T value, bool normalized) {
    if constexpr (std::is_same_v<T, float>) {
        return value;
    } else {
        if (!normalized) return static_cast<float>(value);
        const float scaled =
            static_cast<float>(value) / static_cast<float>(std::numeric_limits<T>::max());
        return scaled < -1.0f ? -1.0f : scaled;
    }
}

// Elements `from[i]` to `to[target(i)]`, converted by `convert`.
template <class T, class To, size_t Components, class Target, class Convert>
void copy_elements(const Elements& from, std::array<To, Components>* to, Target target,
                   Convert convert) {
    for (size_t i = 0; i < from.count; ++i) {
        std::array<T, Components> raw;
        std::memcpy(raw.data(), from.data + i * from.stride, sizeof raw);
        auto& element = to[target(i)];
        for (size_t c = 0; c < Components; ++c)
            element[c] = convert(raw[c]);
    }
}

uint32_t sparse_index(const AccessorView& view, size_t i) {
    uint32_t index = 0;
    with_component(view.sparse_index_type, [&](auto zero) {
        auto raw = zero;
        std::memcpy(&raw, view.sparse_indices.data + i * view.sparse_indices.stride, sizeof raw);
        index = static_cast<uint32_t>(raw);
    });
    if (index >= view.elements.count)
        refuse(pointer_of(view) + "/sparse/indices",
               "index " + std::to_string(i) + " is " + std::to_string(index) +
                   ", but the accessor has " + std::to_string(view.elements.count) + " elements");
    return index;
}

template <size_t Components, class To, class Convert>
std::vector<std::array<To, Components>> read_elements(const AccessorView& view,
                                                      MemoryBudget& budget, Convert convert) {
    using Element = std::array<To, Components>;
    if (view.components != static_cast<int>(Components))
        refuse(pointer_of(view) + "/type", "must have " + std::to_string(Components) +
                                               " numbers an element, not " +
                                               std::to_string(view.components));
    budget.take(view.elements.count, sizeof(Element), pointer_of(view));
    std::vector<Element> out(view.elements.count);
    with_component(view.component_type, [&](auto zero) {
        using T = decltype(zero);
        if (view.elements.data) {
            if (std::is_same_v<T, To> && view.elements.stride == sizeof(Element))
                std::memcpy(out.data(), view.elements.data, out.size() * sizeof(Element));
            else
                copy_elements<T>(
                    view.elements, out.data(), [](size_t i) { return i; }, convert);
        }
        if (view.sparse_values.data)
            copy_elements<T>(
                view.sparse_values, out.data(), [&](size_t i) { return sparse_index(view, i); },
                convert);
    });
    return out;
}

void clean_floats(const AccessorView& view, float* values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const float magnitude = std::fabs(values[i]);
        if (!(magnitude <= std::numeric_limits<float>::max()))
            refuse(pointer_of(view), "element " +
                                         std::to_string(i / static_cast<size_t>(view.components)) +
                                         " is not a finite number");
        if (magnitude < std::numeric_limits<float>::min()) values[i] = 0;
    }
}

} // namespace

AccessorView view_accessor(const tinygltf::Model& model, int number) {
    const auto& accessor = model.accessors[static_cast<size_t>(number)];
    AccessorView view;
    view.accessor = number;
    view.component_type = accessor.componentType;
    view.components = tinygltf::GetNumComponentsInType(static_cast<uint32_t>(accessor.type));
    view.normalized = accessor.normalized;
    view.elements.count = accessor.count;

    const std::string pointer = pointer_of(view);
    const auto component_bytes = static_cast<uint64_t>(
        tinygltf::GetComponentSizeInBytes(static_cast<uint32_t>(view.component_type)));
    const uint64_t size = component_bytes * static_cast<uint64_t>(view.components);
    if (accessor.bufferView >= 0)
        view.elements = place_elements(model, accessor.bufferView, accessor.byteOffset,
                                       accessor.count, size, pointer);
    if (accessor.sparse.isSparse) place_sparse(model, accessor, size, view);
    return view;
}

template <size_t Components>
std::vector<std::array<float, Components>> read_floats(const AccessorView& view,
                                                       MemoryBudget& budget) {
    auto out = read_elements<Components, float>(
        view, budget, [&](auto raw) { return as_float(raw, view.normalized); });
    if (view.component_type == TINYGLTF_COMPONENT_TYPE_FLOAT && !out.empty())
        clean_floats(view, out.front().data(), out.size() * Components);
    return out;
}

template std::vector<std::array<float, 1>> read_floats(const AccessorView&, MemoryBudget&);
template std::vector<std::array<float, 2>> read_floats(const AccessorView&, MemoryBudget&);
template std::vector<std::array<float, 3>> read_floats(const AccessorView&, MemoryBudget&);
template std::vector<std::array<float, 4>> read_floats(const AccessorView&, MemoryBudget&);
template std::vector<std::array<float, 16>> read_floats(const AccessorView&, MemoryBudget&);

std::vector<uint32_t> read_indices(const AccessorView& view, MemoryBudget& budget) {
    if (view.components != 1)
        refuse(pointer_of(view) + "/type", "must be SCALAR to be used as indices");
    const int type = view.component_type;
    if (type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE &&
        type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT &&
        type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT)
        refuse(pointer_of(view) + "/componentType",
               "must be 5121, 5123 or 5125 to be used as indices, not " + std::to_string(type));
    budget.take(view.elements.count, sizeof(uint32_t), pointer_of(view));
    std::vector<uint32_t> out(view.elements.count);
    with_component(type, [&](auto zero) {
        using T = decltype(zero);
        if constexpr (std::is_integral_v<T>) {
            const auto load = [](const Elements& from, size_t i) {
                T raw;
                std::memcpy(&raw, from.data + i * from.stride, sizeof raw);
                return static_cast<uint32_t>(raw);
            };
            if (view.elements.data)
                for (size_t i = 0; i < out.size(); ++i)
                    out[i] = load(view.elements, i);
            if (view.sparse_values.data)
                for (size_t i = 0; i < view.sparse_values.count; ++i)
                    out[sparse_index(view, i)] = load(view.sparse_values, i);
        }
    });
    return out;
}

std::vector<std::array<uint16_t, 4>> read_joints(const AccessorView& view, MemoryBudget& budget) {
    if (view.component_type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE &&
        view.component_type != TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT)
        refuse(pointer_of(view) + "/componentType",
               "must be 5121 or 5123 to be used as joints, not " +
                   std::to_string(view.component_type));
    return read_elements<4, uint16_t>(view, budget,
                                      [](auto raw) { return static_cast<uint16_t>(raw); });
}

} // namespace juggler::gltf
