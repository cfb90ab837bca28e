// Small glTF files put together in memory, and what the reader makes of them.
#pragma once

#include "host/gltf/gltf.h"
#include "host/scene/diagnostics.h"
#include "tests/temp_folder.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

using Json = nlohmann::json;

inline std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; ++k)
            group =
                group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k)
            out += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

inline std::string little_endian(uint32_t value) {
    return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
            static_cast<char>(value >> 24)};
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
constexpr int component_type() {
    if (std::is_same_v<T, int8_t>) return 5120;
    if (std::is_same_v<T, uint8_t>) return 5121;
    if (std::is_same_v<T, int16_t>) return 5122;
    if (std::is_same_v<T, uint16_t>) return 5123;
    if (std::is_same_v<T, uint32_t>) return 5125;
    return 5126;
}

struct GltfFile {
    Json json = {{"asset", {{"version", "2.0"}}}};
    std::string binary;

    int add_view(const std::string& bytes, int stride = 0) {
        binary.resize((binary.size() + 3) / 4 * 4);
        Json view = {{"buffer", 0}, {"byteOffset", binary.size()}, {"byteLength", bytes.size()}};
        if (stride > 0) view["byteStride"] = stride;
        binary += bytes;
        json["bufferViews"].push_back(view);
        return static_cast<int>(json["bufferViews"].size()) - 1;
    }

    // Tightly packed; `type` is SCALAR, VEC2 ...
    template <class T>
    int add_accessor(const std::vector<T>& values, const std::string& type,
                     bool normalized = false) {
        const size_t components = type == "SCALAR" ? 1
                                  : type == "MAT4" ? 16
                                                   : size_t(type[3] - '0');
        Json accessor = {{"bufferView", add_view(bytes_of(values))},
                         {"componentType", component_type<T>()},
                         {"count", values.size() / components},
                         {"type", type}};
        if (normalized) accessor["normalized"] = true;
        json["accessors"].push_back(accessor);
        return static_cast<int>(json["accessors"].size()) - 1;
    }

    // A mesh of one primitive, a node for it, and a scene of that node.
    Json& add_mesh(const Json& attributes) {
        json["meshes"].push_back({{"primitives", {{{"attributes", attributes}}}}});
        json["nodes"].push_back({{"mesh", json["meshes"].size() - 1}});
        json["scenes"][0]["nodes"].push_back(json["nodes"].size() - 1);
        return json["meshes"].back()["primitives"][0];
    }

    [[nodiscard]] std::string text() const {
        Json whole = json;
        if (!binary.empty() && !whole.contains("buffers"))
            whole["buffers"] = {
                {{"byteLength", binary.size()},
                 {"uri", "data:application/octet-stream;base64," + base64(binary)}}};
        return whole.dump(1);
    }

    [[nodiscard]] std::string glb() const {
        Json whole = json;
        if (!binary.empty()) whole["buffers"] = {{{"byteLength", binary.size()}}};
        std::string chunks = chunk("JSON", whole.dump(), ' ');
        if (!binary.empty()) chunks += chunk(std::string("BIN\0", 4), binary, '\0');
        return "glTF" + little_endian(2) +
               little_endian(static_cast<uint32_t>(12 + chunks.size())) + chunks;
    }

    static std::string chunk(const std::string& type, std::string data, char padding) {
        data.resize((data.size() + 3) / 4 * 4, padding);
        return little_endian(static_cast<uint32_t>(data.size())) + type + data;
    }
};

// One triangle: accessor 0 its corners, accessor 1 their indices.
inline GltfFile one_triangle() {
    GltfFile file;
    const int positions = file.add_accessor<float>({0, 0, 0, 1, 0, 0, 0, 1, 0}, "VEC3");
    const int indices = file.add_accessor<uint16_t>({0, 1, 2}, "SCALAR");
    file.add_mesh({{"POSITION", positions}})["indices"] = indices;
    return file;
}

inline SceneDescription load(const std::string& bytes, const GltfOptions& gltf = {},
                             const LoadOptions& options = {}) {
    const TempFolder folder;
    SceneDescription scene;
    append_gltf(scene, folder.write("test.gltf", bytes), options, gltf);
    return scene;
}

inline SceneDescription load(const GltfFile& file, const GltfOptions& gltf = {}) {
    return load(file.text(), gltf);
}

// The diagnostics of a file that must be refused.
inline std::vector<Diagnostic> refusal(const std::string& bytes, const GltfOptions& gltf = {},
                                       const LoadOptions& options = {}) {
    try {
        (void)load(bytes, gltf, options);
    } catch (const InputError& error) {
        if (error.exit() != Exit::input) return {};
        return error.diagnostics();
    }
    return {};
}

} // namespace juggler
