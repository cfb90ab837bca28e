#include "bench/embree_subject.h"

#include "bench/embree_terrain.h"
#include "host/bvh/wide.h"
#include "host/render/frame.h"
#include "host/scene/load.h"

namespace juggler {
namespace {

std::filesystem::path file_of(const std::string& what, const std::filesystem::path& assets) {
    if (what == "lamp" || what == "kitchen") return assets / "perf" / (what + ".glb");
    if (what == "cornell" || what == "weekend")
        return std::filesystem::path(JUGGLER_SOURCE_DIR) / "scenes" / (what + ".json");
    return what;
}

} // namespace

bool is_there(const std::string& what, const std::filesystem::path& assets) {
    return what == "terrain" || std::filesystem::exists(file_of(what, assets));
}

Subject::Subject(const std::string& what, const std::filesystem::path& assets,
                 const Picture& picture, uint32_t width, bool lean, RTCDevice device)
    : name(std::filesystem::path(what).stem().string()) {
    SceneDescription description =
        what == "terrain" ? make_terrain() : load_scene(file_of(what, assets));
    frame.camera = make_camera(description.cameras.at(0), picture.width, picture.height);
    frame.width = picture.width;
    frame.height = picture.height;
    frame.frame = 1;
    frame.max_depth = picture.max_depth;
    frame.shutter_close = 1;
    walked = compile_scene(SceneDescription(description), {false, width});
    scene = compile_scene(std::move(description));
    tree = walked.wide(width)->view();
    fast.emplace(device, scene.view(), scene.bvh2(), false);
    if (!lean) robust.emplace(device, scene.view(), scene.bvh2(), true);
}

WaveScene Subject::wave_scene() const { return {walked.view(), walked.bvh2(), tree}; }

WaveScene Subject::embree_scene(const EmbreeScene& embree) const {
    WaveScene s{scene.view(), scene.bvh2(), {}};
    s.tree.lines = embree.get();
    s.tree.stack_need = 16;
    return s;
}

} // namespace juggler
