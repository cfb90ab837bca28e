// The frames of a scene, compiled.
#pragma once

#include "host/cli/options.h"
#include "host/scene/compile.h"
#include "host/scene/timeline.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace juggler {

struct CompiledFrame {
    std::shared_ptr<const CompiledScene> scene; // the very object of another frame: no difference
    CameraDescription camera;
};

class SceneSource {
public:
    // Reads the scene's files. `note` is told what there is to say of the scene, each thing once.
    SceneSource(const RenderOptions& options, TreeLayouts layouts, uint64_t max_memory_bytes,
                std::function<void(const std::string&)> note);

    [[nodiscard]] const AnimationDescription& animation() const { return animation_; }
    // Every frame is the same.
    [[nodiscard]] bool still() const { return timeline_ && timeline_->still(); }
    // What the first frame of the run shows, good until that frame is asked for. `only`: there will
    // be no other, and its memory need not be kept.
    const SceneDescription& first(uint32_t number, bool only);

    // Several threads may ask at a time.
    CompiledFrame frame(uint32_t number);

private:
    [[nodiscard]] SceneDescription describe(uint32_t number, bool only);
    CompiledFrame compile(SceneDescription&& description);

    const RenderOptions& options_;
    TreeLayouts layouts_;
    std::optional<SceneTimeline> timeline_; // until its only frame is taken
    AnimationDescription animation_;
    SceneCompiler compiler_;
    std::function<void(const std::string&)> note_;
    std::mutex mutex_; // of all below
    std::vector<std::string> noted_;
    uint32_t first_number_ = 0;
    std::optional<SceneDescription> first_;
    std::optional<CompiledFrame> still_; // every frame, where nothing moves
};

} // namespace juggler
