// A scene file read once and shown at many frames.
#pragma once

#include "host/scene/description.h"
#include "host/scene/load.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace juggler {

// Texts are parsed, pictures decoded and models read when this is made. Its frames share what is
// the same in all of them (host/scene/shared.h). Frame f opens its shutter at (f - 1) / fps seconds
// and closes it `shutter` / fps seconds later.
class SceneTimeline {
public:
    // What is wrong with frame `options.frame` is told at once. Throws InputError
    // (host/scene/diagnostics.h).
    explicit SceneTimeline(const std::filesystem::path& name, const LoadOptions& options = {});
    SceneTimeline(SceneTimeline&&) noexcept;
    SceneTimeline& operator=(SceneTimeline&&) noexcept;
    ~SceneTimeline();

    [[nodiscard]] const AnimationDescription& animation() const noexcept;
    // True if all frames are one: nothing moves, no track, no clip.
    [[nodiscard]] bool still() const noexcept;

    // What frame `frame` (from 1) shows, with what moves while the shutter is open. Several threads
    // may ask at a time, also while frames given before are compiled or rendered. Throws InputError
    // where a track gives a value that the scene cannot have.
    [[nodiscard]] SceneDescription at(uint32_t frame) const;
    // The same for the last frame that is asked for: its data are given away, not shared.
    [[nodiscard]] SceneDescription take(uint32_t frame) &&;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace juggler
