#include "bench/glb_file.h"

#include "host/base/output_file.h"

#include <algorithm>
#include <cstring>

#include <nlohmann/json.hpp>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t magic = 0x46546c67, json_chunk = 0x4e4f534a, binary_chunk = 0x004e4942;
constexpr int float_component = 5126, uint_component = 5125;
constexpr double pi = 3.14159265358979323846;

Json node_of(const CameraDescription& camera) {
    Json matrix = Json::array(); // by columns
    for (size_t column = 0; column < 4; ++column)
        for (size_t row = 0; row < 4; ++row)
            matrix.push_back(row < 3 ? camera.to_world.m[4 * row + column] : column == 3 ? 1 : 0);
    return {{"camera", 0}, {"matrix", matrix}};
}

} // namespace

void write_glb(const SceneDescription& scene, const std::filesystem::path& file) {
    const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
    const auto positions = std::as_bytes(std::span(part.positions));
    const auto indices = std::as_bytes(std::span(part.indices));
    std::array<float, 3> lo = part.positions.at(0), hi = lo;
    for (const auto& p : part.positions)
        for (size_t axis = 0; axis < 3; ++axis) {
            lo[axis] = std::min(lo[axis], p[axis]);
            hi[axis] = std::max(hi[axis], p[axis]);
        }
    // Lists by name: compilers disagree on what a single value in braces is.
    const auto list = [](auto... values) { return Json::array({values...}); };
    Json json;
    json["asset"] = {{"version", "2.0"}};
    json["scene"] = 0;
    json["scenes"] = list(Json{{"nodes", list(0, 1)}});
    json["nodes"] = list(Json{{"mesh", 0}}, node_of(scene.cameras.at(0)));
    // The field of view is 2 atan(1/2).
    json["cameras"] = list(Json{{"type", "perspective"},
                                {"perspective", {{"yfov", 0.2951672353 * pi}, {"znear", 0.1}}}});
    const Json primitive = {{"attributes", {{"POSITION", 0}}}, {"indices", 1}};
    json["meshes"] = list(Json{{"primitives", list(primitive)}});
    json["buffers"] = list(Json{{"byteLength", positions.size() + indices.size()}});
    json["bufferViews"] =
        list(Json{{"buffer", 0}, {"byteLength", positions.size()}},
             Json{{"buffer", 0}, {"byteOffset", positions.size()}, {"byteLength", indices.size()}});
    json["accessors"] = list(Json{{"bufferView", 0},
                                  {"componentType", float_component},
                                  {"count", part.positions.size()},
                                  {"type", "VEC3"},
                                  {"min", lo},
                                  {"max", hi}},
                             Json{{"bufferView", 1},
                                  {"componentType", uint_component},
                                  {"count", part.indices.size()},
                                  {"type", "SCALAR"}});
    std::string text = json.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    const auto text_size = static_cast<uint32_t>(text.size());
    const auto binary_size = static_cast<uint32_t>(positions.size() + indices.size());
    const uint32_t head[] = {magic, 2, 28 + text_size + binary_size, text_size, json_chunk};
    const uint32_t binary_head[] = {binary_size, binary_chunk};
    OutputFile out(file);
    out.write(std::as_bytes(std::span(head)));
    out.write(text);
    out.write(std::as_bytes(std::span(binary_head)));
    out.write(positions);
    out.write(indices);
    out.commit();
}

} // namespace juggler
