// A scene ready for every walk of the bench.
#pragma once

#include "bench/embree_scene.h"
#include "host/scene/compile.h"

#include <filesystem>
#include <optional>

namespace juggler {

struct Picture {
    uint32_t width = 320, height = 180, samples = 8, max_depth = 8;
};

class Subject {
public:
    // `what` is a file, or the name of one of the bench's own scenes: lamp, kitchen (in `assets`),
    // terrain, cornell, weekend. `width` is that of the wide tree. `lean` leaves `robust` out.
    Subject(const std::string& what, const std::filesystem::path& assets, const Picture& picture,
            uint32_t width, bool lean, RTCDevice device);

    std::string name;
    CompiledScene scene;  // with the binary tree
    CompiledScene walked; // with the wide one alone, as `simd` renders it
    FrameView frame{};
    WideView tree{};
    std::optional<EmbreeScene> fast, robust;

    [[nodiscard]] WaveScene wave_scene() const;
    // As EmbreeUnit::embree wants it.
    [[nodiscard]] WaveScene embree_scene(const EmbreeScene& embree) const;
};

// Whether the file of a scene is there; the bench's own scenes that need none always are.
bool is_there(const std::string& what, const std::filesystem::path& assets);

} // namespace juggler
