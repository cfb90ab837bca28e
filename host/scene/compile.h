// From a scene description to the arrays kernels read: flattens or instances meshes, collects
// lights, lays out textures and builds the trees.
#pragma once

#include "host/bvh/quality.h"
#include "host/scene/description.h"
#include "kernels/views.h"

#include <memory>
#include <mutex>

namespace juggler {

struct SceneFacts {
    uint64_t triangle_count = 0;           // stored once, however often instanced
    uint64_t instanced_triangle_count = 0; // as seen by rays
    uint64_t sphere_count = 0;
    uint64_t instance_count = 0;
    uint64_t light_count = 0; // emissive triangles and spheres counted one by one
    uint64_t texture_bytes = 0, geometry_bytes = 0, tree_bytes = 0;
    double build_seconds = 0; // trees only
};

class WideTree;

// Which trees a scene is compiled with. Without the binary one only backends that walk the wide
// one can render it, in less memory.
struct TreeLayouts {
    bool binary = true;
    uint32_t wide = 0; // children a node: 8 or 16; 0 = none
    TreeQuality quality = TreeQuality::high;
    bool compressed = false; // beside the binary one, where it can be (host/bvh/compressed.h)
};

// Kernels count 32-bit words of these arrays in 32 bits, some lanes in signed ones.
inline constexpr uint64_t max_array_words = uint64_t(1) << 31;

// Owns everything the views point to. The views stay valid while it lives.
class CompiledScene {
public:
    CompiledScene();
    CompiledScene(CompiledScene&&) noexcept;
    CompiledScene& operator=(CompiledScene&&) noexcept;
    ~CompiledScene();

    [[nodiscard]] const SceneView& view() const noexcept;
    [[nodiscard]] const Bvh2View& bvh2() const noexcept;
    // The wide tree of that width, if the scene was compiled with it, else null.
    [[nodiscard]] const WideTree* wide(uint32_t width) const noexcept;
    [[nodiscard]] const SceneFacts& facts() const noexcept;
    // Hash of everything the views show but the trees: equal hashes, equal scenes, on any machine
    // and with any layouts.
    [[nodiscard]] uint64_t hash() const;
    // Hash of the trees: equal where they are of the same layouts.
    [[nodiscard]] uint64_t trees_hash() const;

    struct Arrays; // host/scene/arrays.h
    Arrays& arrays() noexcept { return *arrays_; }
    [[nodiscard]] const Arrays& arrays() const noexcept { return *arrays_; }

private:
    std::unique_ptr<Arrays> arrays_;
};

// Throws Error(Exit::input) if a limit is exceeded. Consumes the description piece by piece, so
// that its memory is free again by the time the trees are built.
//
// A mesh placed exactly once, by an instance that stands still in all frames, is flattened: its
// vertices are transformed to world space when the scene is compiled. Every other mesh is
// instanced.
//
// No array may have `max_words` 32-bit words or more; tests take less.
CompiledScene compile_scene(SceneDescription&& description, TreeLayouts layouts = {},
                            uint64_t max_words = max_array_words);

// Compiles the frames of an animation one after another, each to the arrays that compile_scene
// makes of it. What a frame has in common with the one compiled before it is taken over: the whole
// scene if nothing but cameras differs, else the geometry that rests, with its trees. Several
// threads may call it at a time.
class SceneCompiler {
public:
    explicit SceneCompiler(TreeLayouts layouts = {});
    ~SceneCompiler();
    SceneCompiler(const SceneCompiler&) = delete;
    SceneCompiler& operator=(const SceneCompiler&) = delete;

    // The very object of an earlier call means: the same scene, nothing to upload.
    std::shared_ptr<const CompiledScene> compile(SceneDescription&& description);

private:
    struct Known; // a compiled scene and what it was made of
    const TreeLayouts layouts_;
    std::mutex mutex_;
    std::shared_ptr<const Known> last_;
};

} // namespace juggler
