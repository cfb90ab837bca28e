#include "host/cuda/scene_memory.h"

#include "host/scene/arrays.h"

#include <algorithm>
#include <cstring>

namespace juggler::cuda {
namespace {

constexpr size_t alignment = 256; // of every array, as cudaMalloc's

// Calls visit(pointer, count) for every array that the views point to.
template <class Visit>
void for_each_array(const CompiledScene::Arrays& a, SceneViews& views, const Visit& visit) {
    SceneView& s = views.scene;
    visit(s.attributes, a.attributes.size());
    visit(s.indices, a.indices.size());
    visit(s.geometries, a.geometries.size());
    visit(s.primitive_geometry, a.primitive_geometry.size());
    visit(s.meshes, a.meshes.size());
    visit(s.instances, a.instances.size());
    visit(s.transforms, a.transforms.size());
    visit(s.texels, a.texels.size());
    visit(s.textures, a.textures.size());
    visit(s.materials, a.materials.size());
    visit(s.lights, a.lights.size());
    visit(s.srgb_to_linear, 256);
    visit(s.environment.texels, a.environment_texels.size());
    visit(s.environment.row_sums, a.environment_row_sums.size());
    visit(s.environment.column_sums, a.environment_column_sums.size());
    visit(s.environment.density, a.environment_density.size());
    visit(s.environment.caps, a.environment_caps.size());
    Bvh2View& b = views.bvh;
    visit(b.nodes, a.nodes.size());
    visit(b.leaf_triangles, a.leaf_triangles.size());
    visit(b.leaf_spheres, a.leaf_spheres.size());
    visit(b.leaf_instances, a.leaf_instances.size());
    b.leaf_order = nullptr; // for building other trees only
}

} // namespace

SceneLayout::SceneLayout(const CompiledScene& scene) : scene_(scene) {
    SceneViews views{scene.view(), scene.bvh2()};
    for_each_array(scene.arrays(), views, [this](const auto* array, size_t count) {
        const size_t at = (bytes_ + alignment - 1) / alignment * alignment;
        pieces_.push_back({reinterpret_cast<const std::byte*>(array), at, count * sizeof *array});
        bytes_ = at + pieces_.back().bytes;
    });
}

void SceneLayout::read(size_t begin, size_t end, std::byte* to) const {
    std::memset(to, 0, end - begin);
    for (const Piece& piece : pieces_) {
        const size_t first = std::max(begin, piece.at);
        const size_t last = std::min(end, piece.at + piece.bytes);
        if (first < last)
            std::memcpy(to + (first - begin), piece.from + (first - piece.at), last - first);
    }
}

SceneViews SceneLayout::views_at(const std::byte* base) const {
    SceneViews views{scene_.view(), scene_.bvh2()};
    size_t index = 0;
    for_each_array(scene_.arrays(), views, [&](auto*& array, size_t) {
        array =
            reinterpret_cast<std::remove_reference_t<decltype(array)>>(base + pieces_[index++].at);
    });
    return views;
}

} // namespace juggler::cuda
