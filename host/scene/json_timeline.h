// A JSON scene in memory, to be read at any of its frames.
#pragma once

#include "host/base/files.h"
#include "host/scene/json_moving.h"
#include "host/scene/json_tracks.h"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

class JsonTimeline {
public:
    // `text` is the whole file; `file` names it in messages, and its folder is where the files it
    // names are looked for. Throws InputError with every problem found in what rests and in frame
    // `options.frame`.
    JsonTimeline(const std::filesystem::path& file, std::string text, const LoadOptions& options);

    [[nodiscard]] const AnimationDescription& animation() const noexcept { return base_.animation; }
    [[nodiscard]] bool still() const noexcept { return tracks_.empty() && moving_.empty(); }
    [[nodiscard]] SceneDescription at(uint32_t frame) const;
    [[nodiscard]] SceneDescription take(uint32_t frame) &&;

private:
    // Parts of the file that tracks lead to, beside objects.
    struct Changing {
        bool image = false, cameras = false, lights = false, sky = false;
        std::vector<std::string> materials, meshes; // by name
    };

    void prepare(JsonValue& root, Problems& problems);
    void sort_targets();
    void patch(double time, double open, Problems& problems) const;
    SceneReading reading(SceneDescription& scene, SceneNames& names, double time) const;
    void read_base(const Field& root);
    void read_base_objects(SceneReading& base, const Field& objects);
    void read_sections(SceneReading& now, const Field& root) const;
    void read_changing_meshes(SceneReading& now, const Field& root, bool at_close) const;
    void read_frame(SceneDescription& scene, uint32_t frame, Problems& problems) const;

    std::filesystem::path file_, folder_path_;
    std::string text_;
    LoadOptions options_;
    Folder folder_;
    mutable std::mutex mutex_; // of the document, into which each moment's values are put
    mutable JsonValue root_;
    std::vector<Track> tracks_;
    std::vector<std::string> targets_;  // of the tracks, without names
    std::vector<std::string> settings_; // that change parts of what tracks put in
    SceneDescription base_;             // what all frames have in common
    SceneNames names_;
    std::vector<MovingObject> moving_;
    Changing changing_;
    mutable std::optional<SceneDescription> ready_; // frame options_.frame, until it is asked for
};

} // namespace juggler
