// Objects of a JSON scene: shapes as triangles and spheres, placed meshes, glTF files.
#pragma once

#include "host/scene/json_scene.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace juggler {

// Shapes on their way into meshes.
struct Collection {
    MeshDescription triangles, spheres;
    std::unordered_map<int, size_t> sphere_part; // by material
};

// The collected shapes as meshes of the scene, one of each kind at most: their numbers.
std::vector<int> add_meshes(SceneDescription& scene, Collection&& shapes, const std::string& name);

struct Placement {
    Affine transform;
    double uniform_scale = 1; // 0 where the axes are scaled differently
};
Placement read_placement(const Field& object);
// The keys that it reads.
bool is_placement_key(std::string_view key);

// "sphere", "gltf" ...; empty, and complaints, if the object is none.
std::string_view shape_of(const Field& object, bool in_mesh);
// Shapes alone, neither "gltf" nor "instance".
void read_shape(SceneReading& reading, Collection& into, const Field& object,
                std::string_view shape, const Placement& placement);
// One instance for each mesh and copy.
std::vector<InstanceDescription> read_instances(SceneReading& reading, const Field& object,
                                                const Placement& placement);

// What an object says of a glTF file.
struct ModelUse {
    UsedModel* used = nullptr; // null: not to be used, and somebody was told
    GltfView view;             // but for placements and times
    bool loop = true;
};
ModelUse read_model(SceneReading& reading, const Field& object);
void show_model(SceneReading& reading, const Field& object, const ModelUse& use);

// The water of an "ocean" at the reading's time.
TrianglePart read_ocean(const SceneReading& reading, const Field& ocean);

void read_mesh_shapes(SceneReading& reading, Collection& into, const Field& mesh);

// A shape made by rule, in json_knot.cpp.
TrianglePart read_knot(const Field& knot);

} // namespace juggler
