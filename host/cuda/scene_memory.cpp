#include "host/cuda/scene_memory.h"

#include "host/scene/arrays.h"
#include "kernels/albedo.h"

#include <algorithm>
#include <cstring>

namespace juggler::cuda {
namespace {

constexpr size_t alignment = 256; // of every array, as cudaMalloc's
// What is compared and copied as one: large enough for a copy of its own to be worth it.
constexpr size_t block_bytes = size_t(64) << 10;

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
    visit(s.lobes, a.lobes.size());
    visit(s.albedo, s.features != 0 ? albedo_words : 0);
    Bvh2View& b = views.bvh;
    visit(b.nodes, a.nodes.size());
    visit(b.leaf_triangles, a.leaf_triangles.size());
    visit(b.leaf_spheres, a.leaf_spheres.size());
    visit(b.leaf_instances, a.leaf_instances.size());
    b.leaf_order = nullptr; // for building other trees only
    visit(b.compressed.nodes, a.compressed ? a.compressed->nodes().size() : 0);
    visit(b.compressed.mesh_root, a.compressed ? a.compressed->mesh_roots().size() : 0);
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

bool SceneLayout::lies_as(const SceneLayout& there) const {
    return std::equal(
        pieces_.begin(), pieces_.end(), there.pieces_.begin(), there.pieces_.end(),
        [](const Piece& a, const Piece& b) { return a.at == b.at && a.bytes == b.bytes; });
}

std::vector<ByteRange> SceneLayout::differences(const SceneLayout& there,
                                                std::span<const ByteRange> made) const {
    std::vector<ByteRange> found;
    const auto compare = [&](const Piece& a, const Piece& b, size_t begin, size_t end) {
        for (size_t at = begin; at < end; at += block_bytes) {
            const size_t size = std::min(block_bytes, end - at);
            if (std::memcmp(a.from + (at - a.at), b.from + (at - b.at), size) == 0) continue;
            if (!found.empty() && found.back().end == at)
                found.back().end += size;
            else
                found.push_back({at, at + size});
        }
    };
    for (size_t i = 0; i < pieces_.size(); ++i) {
        const Piece &a = pieces_[i], &b = there.pieces_[i];
        if (a.from == b.from) continue;
        const size_t end = a.at + a.bytes;
        size_t at = a.at;
        for (const ByteRange& range : made) {
            if (range.begin >= end || range.end <= at) continue;
            compare(a, b, at, range.begin);
            at = range.end;
        }
        compare(a, b, at, end);
    }
    return found;
}

std::vector<RefitMesh> SceneLayout::refits(const SceneLayout& there) const {
    std::vector<RefitMesh> found;
    const CompiledScene::Arrays &now = scene_.arrays(), &before = there.scene_.arrays();
    // Of `count` entries of an array from the one numbered `first` on.
    const auto range = [this](const auto& array, size_t first, size_t count) {
        const auto* from = reinterpret_cast<const std::byte*>(array.data());
        const auto piece = std::find_if(pieces_.begin(), pieces_.end(),
                                        [from](const Piece& p) { return p.from == from; });
        const size_t begin = piece->at + first * sizeof array[0];
        return ByteRange{begin, begin + count * sizeof array[0]};
    };
    const size_t resting = std::min(now.resting.meshes, before.resting.meshes);
    for (size_t i = resting; i < std::min(now.mesh_trees.size(), before.mesh_trees.size()); ++i) {
        const MeshTree &tree = now.mesh_trees[i], &old = before.mesh_trees[i];
        const MeshView &mesh = now.meshes[i], &old_mesh = before.meshes[i];
        if (tree.topology != old.topology || tree.first_node != old.first_node ||
            mesh.leaf_data != old_mesh.leaf_data || (mesh.flags & mesh_moves))
            continue;
        RefitMesh refit{};
        refit.mesh = static_cast<uint32_t>(i);
        refit.topology = tree.topology;
        refit.first_node = static_cast<uint32_t>(tree.first_node);
        refit.node_count = static_cast<uint32_t>(tree.node_count);
        refit.leaf_count = mesh.primitive_count;
        if (tree.node_count > 0) refit.nodes = range(now.nodes, tree.first_node, tree.node_count);
        refit.leaves = mesh.kind == mesh_triangles
                           ? range(now.leaf_triangles, mesh.leaf_data, mesh.primitive_count)
                           : range(now.leaf_spheres, mesh.leaf_data, mesh.primitive_count);
        found.push_back(refit);
    }
    return found;
}

} // namespace juggler::cuda
