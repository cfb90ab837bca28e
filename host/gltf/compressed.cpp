#include "host/gltf/compressed.h"

#include "host/gltf/model.h"

#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#ifdef JUGGLER_DRACO
#include <draco/compression/decode.h>
#endif
#ifdef JUGGLER_MESHOPT
#include <meshoptimizer.h>
#endif

namespace juggler::gltf {
namespace {

// A buffer of its own for `data`, and a view of all of it.
[[maybe_unused]] int add_view(tinygltf::Model& model, std::vector<unsigned char> data) {
    tinygltf::BufferView view;
    view.buffer = static_cast<int>(model.buffers.size());
    view.byteLength = data.size();
    model.buffers.emplace_back().data = std::move(data);
    model.bufferViews.push_back(std::move(view));
    return static_cast<int>(model.bufferViews.size()) - 1;
}

// ---- meshopt ----------------------------------------------------------------------------------

#ifdef JUGGLER_MESHOPT

constexpr const char* meshopt_name = "EXT_meshopt_compression";

enum class Filter { none, octahedral, quaternion, exponential };

// How a view is packed, held against what the extension allows.
struct Packing {
    std::string mode;
    Filter filter = Filter::none;
    size_t count = 0, stride = 0; // elements, bytes
    std::span<const unsigned char> bytes;
};

std::string text_of(const tinygltf::Value& object, const std::string& member,
                    const std::string& otherwise) {
    const tinygltf::Value& value = object.Get(member);
    return value.IsString() ? value.Get<std::string>() : otherwise;
}

uint64_t size_of(const tinygltf::Value& object, const std::string& member) {
    return static_cast<uint64_t>(number(object, member, 0));
}

Filter filter_of(const std::string& name, const std::string& pointer) {
    if (name == "NONE") return Filter::none;
    if (name == "OCTAHEDRAL") return Filter::octahedral;
    if (name == "QUATERNION") return Filter::quaternion;
    if (name == "EXPONENTIAL") return Filter::exponential;
    refuse(pointer + "/filter", "must be NONE, OCTAHEDRAL, QUATERNION or EXPONENTIAL");
}

Packing read_packing(const tinygltf::Model& model, const tinygltf::BufferView& view,
                     const tinygltf::Value& from, const std::string& pointer) {
    Packing packing;
    packing.mode = text_of(from, "mode", "");
    packing.filter = filter_of(text_of(from, "filter", "NONE"), pointer);
    packing.count = size_of(from, "count");
    packing.stride = size_of(from, "byteStride");
    const size_t stride = packing.stride;
    const bool attributes = packing.mode == "ATTRIBUTES";
    if (!attributes && packing.mode != "TRIANGLES" && packing.mode != "INDICES")
        refuse(pointer + "/mode", "must be ATTRIBUTES, TRIANGLES or INDICES");
    if (attributes ? stride % 4 != 0 : stride != 2 && stride != 4)
        refuse(pointer + "/byteStride",
               "is " + std::to_string(stride) + ", which mode " + packing.mode + " does not allow");
    if (packing.mode == "TRIANGLES" && packing.count % 3 != 0)
        refuse(pointer + "/count", "must be a multiple of 3");
    const bool filtered = packing.filter != Filter::none;
    if (filtered && (!attributes || (packing.filter == Filter::quaternion && stride != 8) ||
                     (packing.filter == Filter::octahedral && stride != 4 && stride != 8)))
        refuse(pointer + "/filter", "does not go with this mode and stride");
    if (packing.count > view.byteLength / stride || packing.count * stride != view.byteLength ||
        (view.byteStride != 0 && view.byteStride != stride))
        refuse(pointer + "/count", "elements are not as long together as the buffer view");
    const auto& data = model.buffers[size_of(from, "buffer")].data;
    const uint64_t offset = size_of(from, "byteOffset"), length = size_of(from, "byteLength");
    if (offset > data.size() || length > data.size() - offset)
        refuse(pointer + "/byteLength",
               "leaves its buffer, which has " + std::to_string(data.size()) + " bytes");
    packing.bytes = std::span(data).subspan(offset, length);
    return packing;
}

std::vector<unsigned char> unpack(const Packing& packing, const std::string& pointer) {
    std::vector<unsigned char> out(packing.count * packing.stride);
    int (*decode)(void*, size_t, size_t, const unsigned char*, size_t) = meshopt_decodeVertexBuffer;
    if (packing.mode == "TRIANGLES") decode = meshopt_decodeIndexBuffer;
    if (packing.mode == "INDICES") decode = meshopt_decodeIndexSequence;
    if (decode(out.data(), packing.count, packing.stride, packing.bytes.data(),
               packing.bytes.size()) != 0)
        refuse(pointer, "cannot be decoded: the data is damaged");
    if (packing.filter == Filter::octahedral)
        meshopt_decodeFilterOct(out.data(), packing.count, packing.stride);
    if (packing.filter == Filter::quaternion)
        meshopt_decodeFilterQuat(out.data(), packing.count, packing.stride);
    if (packing.filter == Filter::exponential)
        meshopt_decodeFilterExp(out.data(), packing.count, packing.stride);
    return out;
}

void unpack_views(tinygltf::Model& model, MemoryBudget& budget) {
    for (size_t i = 0; i < model.bufferViews.size(); ++i) {
        auto& view = model.bufferViews[i];
        const auto* packed = extension(view.extensions, meshopt_name);
        if (packed == nullptr) continue;
        const std::string pointer = pointer_to("/bufferViews", i) + "/extensions/" + meshopt_name;
        const Packing packing = read_packing(model, view, *packed, pointer);
        budget.take(packing.count, packing.stride, pointer);
        std::vector<unsigned char> data = unpack(packing, pointer);
        view.buffer = static_cast<int>(model.buffers.size());
        view.byteOffset = 0;
        model.buffers.emplace_back().data = std::move(data);
    }
}

#endif

// ---- Draco ------------------------------------------------------------------------------------

#ifdef JUGGLER_DRACO

constexpr const char* draco_name = "KHR_draco_mesh_compression";

class Draco {
public:
    Draco(tinygltf::Model& model, MemoryBudget& budget) : model_(model), budget_(budget) {}

    void fill(tinygltf::Primitive& primitive, const std::string& primitive_pointer) {
        const auto* packed = extension(primitive.extensions, draco_name);
        if (packed == nullptr) return;
        pointer_ = primitive_pointer + "/extensions/" + draco_name;
        if (primitive.mode != TINYGLTF_MODE_TRIANGLES &&
            primitive.mode != TINYGLTF_MODE_TRIANGLE_STRIP)
            refuse(primitive_pointer + "/mode", "must be 4 or 5 where a primitive is compressed");
        decode(static_cast<int>(number(*packed, "bufferView", 0)));
        fill_indices(primitive);
        const tinygltf::Value& attributes = packed->Get("attributes");
        for (const std::string& name : attributes.Keys()) {
            const std::string at = pointer_ + "/attributes/" + name;
            const auto accessor = primitive.attributes.find(name);
            if (accessor == primitive.attributes.end())
                refuse(at, "is no attribute of the primitive");
            if (!attributes.Get(name).IsInt()) refuse(at, "must be a number of an attribute");
            fill_attribute(accessor->second, attributes.Get(name).GetNumberAsInt(), at);
        }
    }

private:
    // Primitives that share a view follow each other as a rule: the last one is kept.
    void decode(int view_number) {
        if (mesh_ && view_ == view_number) return;
        const auto& view = model_.bufferViews[static_cast<size_t>(view_number)];
        const auto& data = model_.buffers[static_cast<size_t>(view.buffer)].data;
        if (view.byteOffset > data.size() || view.byteLength > data.size() - view.byteOffset)
            refuse(pointer_ + "/bufferView", "leaves its buffer");
        draco::DecoderBuffer bytes;
        bytes.Init(reinterpret_cast<const char*>(data.data()) + view.byteOffset, view.byteLength);
        try {
            auto decoded = draco::Decoder().DecodeMeshFromBuffer(&bytes);
            if (!decoded.ok())
                refuse(pointer_, "cannot be decoded: " + decoded.status().error_msg_string());
            mesh_ = std::move(decoded).value();
        } catch (const std::bad_alloc&) {
            refuse(pointer_, "cannot be decoded: it asks for more memory than there is");
        }
        view_ = view_number;
    }

    // The mesh's own triangles, whatever list the primitive names.
    void fill_indices(tinygltf::Primitive& primitive) {
        budget_.take(mesh_->num_faces(), 3 * sizeof(uint32_t), pointer_);
        std::vector<unsigned char> data(size_t(mesh_->num_faces()) * 3 * sizeof(uint32_t));
        unsigned char* to = data.data();
        for (draco::FaceIndex f(0); f < mesh_->num_faces(); ++f)
            for (size_t corner = 0; corner < 3; ++corner, to += sizeof(uint32_t)) {
                const uint32_t vertex = mesh_->face(f)[corner].value();
                std::memcpy(to, &vertex, sizeof vertex);
            }
        tinygltf::Accessor list;
        list.componentType = TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT;
        list.type = TINYGLTF_TYPE_SCALAR;
        list.count = size_t(mesh_->num_faces()) * 3;
        list.bufferView = add_view(model_, std::move(data));
        primitive.indices = static_cast<int>(model_.accessors.size());
        primitive.mode = TINYGLTF_MODE_TRIANGLES;
        model_.accessors.push_back(std::move(list));
    }

    void fill_attribute(int number_in_file, int id, const std::string& at) {
        const std::pair source{view_, id};
        const auto [known, is_new] = sources_.try_emplace(number_in_file, source);
        if (!is_new && known->second == source) return;
        if (!is_new) refuse(at, "fills an accessor that another primitive fills differently");
        auto& accessor = model_.accessors[static_cast<size_t>(number_in_file)];
        const std::string pointer = pointer_to("/accessors", number_in_file);
        const draco::PointAttribute* from =
            id >= 0 ? mesh_->GetAttributeByUniqueId(static_cast<uint32_t>(id)) : nullptr;
        if (from == nullptr) refuse(at, "is no attribute of the compressed mesh");
        if (accessor.count != mesh_->num_points())
            refuse(pointer + "/count", "is " + std::to_string(accessor.count) +
                                           ", but the compressed mesh has " +
                                           std::to_string(mesh_->num_points()) + " vertices");
        const int components =
            tinygltf::GetNumComponentsInType(static_cast<uint32_t>(accessor.type));
        if (components != from->num_components())
            refuse(pointer + "/type", "must have " + std::to_string(from->num_components()) +
                                          " numbers an element, as the compressed mesh");
        accessor.bufferView = add_view(model_, convert(*from, accessor.componentType, at));
        accessor.byteOffset = 0;
        accessor.sparse.isSparse = false;
    }

    std::vector<unsigned char> convert(const draco::PointAttribute& from, int component_type,
                                       const std::string& at) {
        switch (component_type) {
        case TINYGLTF_COMPONENT_TYPE_BYTE:
            return convert<int8_t>(from, at);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
            return convert<uint8_t>(from, at);
        case TINYGLTF_COMPONENT_TYPE_SHORT:
            return convert<int16_t>(from, at);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
            return convert<uint16_t>(from, at);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
            return convert<uint32_t>(from, at);
        default:
            return convert<float>(from, at);
        }
    }

    template <class T>
    std::vector<unsigned char> convert(const draco::PointAttribute& from, const std::string& at) {
        const size_t bytes = sizeof(T) * static_cast<size_t>(from.num_components());
        budget_.take(mesh_->num_points(), bytes, at);
        std::vector<unsigned char> data(mesh_->num_points() * bytes);
        std::vector<T> element(static_cast<size_t>(from.num_components()));
        unsigned char* to = data.data();
        for (draco::PointIndex p(0); p < mesh_->num_points(); ++p, to += bytes) {
            if (!from.ConvertValue(from.mapped_index(p), element.data()))
                refuse(at, "holds values that do not fit the accessor's component type");
            std::memcpy(to, element.data(), bytes);
        }
        return data;
    }

    tinygltf::Model& model_;
    MemoryBudget& budget_;
    std::string pointer_;
    std::unique_ptr<draco::Mesh> mesh_; // of `view_`
    int view_ = -1;
    std::map<int, std::pair<int, int>> sources_; // by accessor: view and attribute
};

#endif

} // namespace

#ifdef JUGGLER_DRACO
bool reads_draco() { return true; }
#else
bool reads_draco() { return false; }
#endif

#ifdef JUGGLER_MESHOPT
bool reads_meshopt() { return true; }
#else
bool reads_meshopt() { return false; }
#endif

void decompress([[maybe_unused]] tinygltf::Model& model, [[maybe_unused]] MemoryBudget& budget) {
#ifdef JUGGLER_MESHOPT
    unpack_views(model, budget);
#endif
#ifdef JUGGLER_DRACO
    Draco draco(model, budget);
    for (size_t m = 0; m < model.meshes.size(); ++m) {
        auto& primitives = model.meshes[m].primitives;
        for (size_t p = 0; p < primitives.size(); ++p)
            draco.fill(primitives[p], pointer_to(pointer_to("/meshes", m) + "/primitives", p));
    }
#endif
}

} // namespace juggler::gltf
