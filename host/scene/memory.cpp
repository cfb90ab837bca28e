#include "host/scene/memory.h"

#include <algorithm>
#include <vector>

namespace juggler {
namespace {

template <class T>
uint64_t bytes(const std::vector<T>& v) {
    return v.size() * sizeof(T);
}

struct Size {
    uint64_t geometry = 0, primitives = 0;
    bool moves = false;
};

Size size_of(const MeshDescription& mesh) {
    Size size;
    for (const TrianglePart& p : mesh.triangles) {
        size.moves |= !p.positions_end.empty();
        size.primitives += p.indices.size() / 3;
        size.geometry += bytes(p.positions) + bytes(p.positions_end) + bytes(p.normals) +
                         bytes(p.tangents) + bytes(p.texcoords[0]) + bytes(p.texcoords[1]) +
                         bytes(p.colors) + bytes(p.indices);
    }
    for (const SpherePart& p : mesh.spheres) {
        size.moves |= !p.spheres_end.empty();
        size.primitives += p.spheres.size();
        size.geometry += bytes(p.spheres) + bytes(p.spheres_end);
    }
    return size;
}

// Bytes a primitive, and an instance, of what is kept and of what building takes besides.
constexpr uint64_t binary_bytes = 80, wide_bytes = 85, compressed_bytes = 15, building_bytes = 20;
constexpr uint64_t instance_bytes = 400;

} // namespace

SceneMemory estimate_memory(const SceneDescription& scene, const TreeLayouts& layouts) {
    SceneMemory memory;
    std::vector<uint32_t> uses(scene.meshes.size(), 0);
    for (const InstanceDescription& i : scene.instances)
        ++uses[static_cast<size_t>(i.mesh)];
    uint64_t largest = 0, flattened = 0; // meshes placed once become one
    const uint64_t kept = (layouts.binary ? binary_bytes : 0) +
                          (layouts.wide != 0 ? wide_bytes : 0) +
                          (layouts.compressed ? compressed_bytes : 0);
    for (size_t m = 0; m < scene.meshes.size(); ++m) {
        const Size size = size_of(scene.meshes[m]);
        memory.held += size.geometry;
        memory.geometry += size.geometry + 4 * size.primitives;
        memory.trees += size.primitives * (size.moves ? kept + binary_bytes : kept);
        if (uses[m] == 1) flattened += size.primitives;
        largest = std::max({largest, flattened, size.primitives});
    }
    memory.trees += largest * building_bytes + scene.instances.size() * instance_bytes;
    for (const Shared<ImageDescription>& image : scene.images)
        memory.textures += bytes(image->texels);
    if (scene.sky && scene.sky->map) // and what it is sampled by
        memory.textures += 2 * bytes((*scene.sky->map)->rgb);
    memory.held += memory.textures;
    return memory;
}

} // namespace juggler
