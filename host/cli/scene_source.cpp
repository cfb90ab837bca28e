#include "host/cli/scene_source.h"

#include "host/cli/plan.h"
#include "host/scene/load.h"

#include <algorithm>
#include <utility>

namespace juggler {
namespace {

LoadOptions load_options(const RenderOptions& options, uint64_t max_memory_bytes) {
    LoadOptions load;
    if (!options.frames.ranges.empty()) load.frame = options.frames.ranges.front().first;
    load.set = options.set;
    load.clip = options.clip;
    load.variant = options.variant;
    load.fps = options.fps;
    load.shutter = options.shutter;
    if (options.no_sky) load.sky = "none";
    load.env = options.env;
    load.env_rotate_deg = options.env_rotate_deg.value_or(0);
    load.env_strength = options.env_strength.value_or(1);
    load.max_memory_bytes = max_memory_bytes;
    return load;
}

} // namespace

SceneSource::SceneSource(const RenderOptions& options, TreeLayouts layouts,
                         uint64_t max_memory_bytes, std::function<void(const std::string&)> note)
    : options_(options), layouts_(layouts),
      timeline_(std::in_place, options.scene, load_options(options, max_memory_bytes)),
      animation_(timeline_->animation()), compiler_(layouts), note_(std::move(note)) {}

SceneDescription SceneSource::describe(uint32_t number, bool only) {
    SceneDescription scene = only ? std::move(*timeline_).take(number) : timeline_->at(number);
    const std::lock_guard lock(mutex_);
    for (const std::string& text : scene.notes)
        if (std::find(noted_.begin(), noted_.end(), text) == noted_.end()) {
            noted_.push_back(text);
            note_(text);
        }
    return scene;
}

const SceneDescription& SceneSource::first(uint32_t number, bool only) {
    first_number_ = number;
    first_ = describe(number, only);
    if (only) timeline_.reset();
    return *first_;
}

CompiledFrame SceneSource::compile(SceneDescription&& description) {
    CompiledFrame frame;
    frame.camera = choose_camera(options_, description.cameras);
    frame.scene = timeline_ ? compiler_.compile(std::move(description))
                            : std::make_shared<const CompiledScene>(
                                  compile_scene(std::move(description), layouts_));
    return frame;
}

CompiledFrame SceneSource::frame(uint32_t number) {
    std::unique_lock lock(mutex_);
    std::optional<SceneDescription> description;
    if (number == first_number_) description = std::exchange(first_, std::nullopt);
    if (still()) {
        if (!still_) {
            if (!description) description = timeline_->at(number);
            still_ = compile(std::move(*description));
        }
        CompiledFrame same = *still_;
        same.camera = turned_camera(options_, std::move(same.camera), number);
        return same;
    }
    lock.unlock();
    if (!description) description = describe(number, false);
    CompiledFrame frame = compile(std::move(*description));
    frame.camera = turned_camera(options_, std::move(frame.camera), number);
    return frame;
}

} // namespace juggler
