#include "host/scene/timeline.h"

namespace juggler {

struct SceneTimeline::State {
    std::filesystem::path file;
    LoadOptions options;
    SceneDescription first;
};

SceneTimeline::SceneTimeline(const std::filesystem::path& file, const LoadOptions& options)
    : state_(std::make_unique<State>(State{file, options, {}})) {
    state_->options.frame = 1;
    state_->first = load_scene(file, state_->options);
}

SceneTimeline::SceneTimeline(SceneTimeline&&) noexcept = default;
SceneTimeline& SceneTimeline::operator=(SceneTimeline&&) noexcept = default;
SceneTimeline::~SceneTimeline() = default;

const AnimationDescription& SceneTimeline::animation() const noexcept {
    return state_->first.animation;
}

bool SceneTimeline::still() const noexcept { return state_->first.animation.frames == 1; }

SceneDescription SceneTimeline::at(uint32_t frame) const {
    if (frame == 1 || still()) return state_->first;
    LoadOptions options = state_->options;
    options.frame = frame;
    return load_scene(state_->file, options);
}

SceneDescription SceneTimeline::take(uint32_t frame) && {
    const std::unique_ptr<State> state = std::move(state_);
    if (frame == 1) return std::move(state->first);
    state->options.frame = frame;
    return load_scene(state->file, state->options);
}

} // namespace juggler
