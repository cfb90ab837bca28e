#include "host/scene/arrays.h"
#include "host/scene/compile.h"
#include "host/scene/compile_frame.h"

#include <algorithm>

namespace juggler {

struct SceneCompiler::Known {
    CompiledScene scene;
    bool whole = false; // the rest is filled in: the description was one that may come again
    std::vector<Shared<ImageDescription>> images;
    std::vector<Shared<MeshDescription>> meshes;
    std::vector<MaterialDescription> materials;
    std::vector<InstanceDescription> instances;
    std::vector<LightDescription> lights;
    std::optional<SkyDescription> sky;

    [[nodiscard]] bool shows(const SceneDescription& d) const {
        return whole && meshes == d.meshes && instances == d.instances && images == d.images &&
               materials == d.materials && lights == d.lights && sky == d.sky;
    }
};

SceneCompiler::SceneCompiler(TreeLayouts layouts) : layouts_(layouts) {}
SceneCompiler::~SceneCompiler() = default;

std::shared_ptr<const CompiledScene> SceneCompiler::compile(SceneDescription&& description) {
    std::shared_ptr<const Known> before;
    {
        const std::lock_guard lock(mutex_);
        before = last_;
    }
    if (before && before->shows(description)) return {before, &before->scene};

    auto known = std::make_shared<Known>();
    // Vertices of one frame alone are not held for others.
    known->whole = std::none_of(description.meshes.begin(), description.meshes.end(),
                                [](const MeshDescription& mesh) { return mesh.changes; });
    if (known->whole) {
        known->images = description.images;
        known->meshes = description.meshes;
        known->materials = description.materials;
        known->instances = description.instances;
        known->lights = description.lights;
        known->sky = description.sky;
    }
    known->scene =
        compile_frame(std::move(description), layouts_, before ? &before->scene : nullptr);
    const std::lock_guard lock(mutex_);
    last_ = known;
    return {known, &known->scene};
}

} // namespace juggler
