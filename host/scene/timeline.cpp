#include "host/scene/timeline.h"

#include "host/gltf/gltf.h"
#include "host/obj/obj.h"
#include "host/scene/defaults.h"
#include "host/scene/diagnostics.h"
#include "host/scene/json_timeline.h"
#include "host/scene/light_map.h"
#include "host/scene/scene_text.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

namespace juggler {
namespace {

// A glTF file and the clip of it that is played.
class GltfTimeline {
public:
    GltfTimeline(const std::filesystem::path& file, const LoadOptions& options) {
        base_.name = file.filename().string();
        model_ = std::make_unique<GltfModel>(base_, file, options);
        base_.notes = model_->notes();
        base_.sky = model_->sky();
        choose_clip(options);
        AnimationDescription& animation = base_.animation;
        animation.fps = options.fps.value_or(animation.fps);
        animation.shutter = options.shutter.value_or(0);
        if (clip_ == no_clip) return;
        // The last moment of a clip is the first of its next round.
        const double length = model_->clips()[size_t(clip_)].seconds * animation.fps;
        animation.frames = static_cast<uint32_t>(
            std::clamp(std::ceil(length - 1e-6), 1.0, static_cast<double>(max_frames)));
    }

    [[nodiscard]] const AnimationDescription& animation() const { return base_.animation; }
    [[nodiscard]] bool still() const { return clip_ == no_clip; }

    [[nodiscard]] SceneDescription at(uint32_t frame) const {
        SceneDescription scene = base_;
        show(scene, frame);
        return scene;
    }

private:
    void choose_clip(const LoadOptions& options) {
        const std::vector<GltfClip>& clips = model_->clips();
        if (options.clip.empty()) {
            clip_ = clips.empty() ? no_clip : 0;
            if (clips.size() > 1)
                base_.notes.push_back(escaped(base_.name) + ": plays " + in_quotes(clips[0].name) +
                                      ", the first of " + std::to_string(clips.size()) +
                                      " animations (--clip for another)");
            return;
        }
        const auto found = find_clip(clips, options.clip);
        if (found) {
            clip_ = *found;
            return;
        }
        std::string known = clips.empty() ? "; it has none" : "; it has";
        for (size_t i = 0; i < std::min<size_t>(clips.size(), 20); ++i)
            known += (i == 0 ? " " : ", ") + std::to_string(i + 1) + " " + in_quotes(clips[i].name);
        throw Error(Exit::usage, "play " + in_quotes(options.clip) +
                                     ": there is no such animation in " + escaped(base_.name) +
                                     known);
    }

    void show(SceneDescription& scene, uint32_t frame) const {
        GltfView view;
        view.clip = clip_;
        const AnimationDescription& animation = scene.animation;
        const double open = (frame - 1.0) / animation.fps;
        const size_t moments = clip_ != no_clip && animation.shutter > 0 ? shutter_moments : 1;
        view.placements.assign(moments, {});
        view.times.clear();
        for (size_t i = 0; i < moments; ++i) {
            const double share =
                moments > 1 ? static_cast<double>(i) / static_cast<double>(moments - 1) : 0;
            view.times.push_back(open + share * animation.shutter / animation.fps);
        }
        GltfPlaces places;
        model_->show(scene, view, places);
    }

    SceneDescription base_;
    std::unique_ptr<GltfModel> model_;
    int clip_ = no_clip;
};

void refuse_settings(const std::filesystem::path& file, const LoadOptions& options) {
    if (!options.set.empty())
        throw Error(Exit::usage,
                    "set values of " + escaped(file.string()) +
                        ": only JSON scenes have values to set; name the model in one");
}

void refuse_gltf_choices(const std::filesystem::path& file, const LoadOptions& options) {
    if (!options.clip.empty())
        throw Error(Exit::usage,
                    "choose an animation of " + escaped(file.string()) +
                        ": only glTF files have them; a scene says \"clip\" where it names one");
    if (!options.variant.empty())
        throw Error(Exit::usage, "choose a variant of " + escaped(file.string()) +
                                     ": only glTF files have them");
}

} // namespace

struct SceneTimeline::State {
    std::unique_ptr<JsonTimeline> json; // one of the three
    std::unique_ptr<GltfTimeline> gltf;
    std::optional<SceneDescription> obj;
    LoadOptions options;
    // What the file leaves out, the same in all frames.
    bool default_light = false;
    std::optional<CameraDescription> camera;
    std::optional<SkyDescription> sky; // that was asked for in place of the file's
    std::vector<std::string> notes;
    std::mutex mutex;
    std::optional<SceneDescription> ready; // frame options.frame, until it is asked for

    [[nodiscard]] const AnimationDescription& animation() const {
        return json ? json->animation() : gltf ? gltf->animation() : obj->animation;
    }
    [[nodiscard]] bool still() const { return json ? json->still() : gltf ? gltf->still() : true; }

    // What the file shows, without defaults.
    [[nodiscard]] SceneDescription file_at(uint32_t frame) const {
        SceneDescription scene = json ? json->at(frame) : gltf ? gltf->at(frame) : *obj;
        if (options.sky == "none") scene.sky = SkyDescription{};
        if (sky) scene.sky = sky;
        return scene;
    }
    void complete(SceneDescription& scene) const {
        if (default_light) add_default_light(scene);
        if (camera) scene.cameras.push_back(*camera);
        scene.notes.insert(scene.notes.end(), notes.begin(), notes.end());
    }
    void choose_defaults(const SceneDescription& shown, const std::string& name);
    void read_environment();
};

void SceneTimeline::State::read_environment() {
    if (options.env.empty()) return;
    LightMapDescription map = read_light_map(options.env, options.max_memory_bytes);
    if (map.changed_values > 0) notes.push_back(changed_values_note(map));
    sky.emplace();
    sky->kind = sky_image;
    sky->map.emplace(std::move(map));
    sky->rotate_deg = options.env_rotate_deg;
    sky->strength = options.env_strength;
}

// `shown` is frame options.frame; what is chosen does not depend on which that is.
void SceneTimeline::State::choose_defaults(const SceneDescription& shown, const std::string& name) {
    const bool other = !still() && options.frame != 1;
    const bool lit = has_light(shown) || (other && has_light(file_at(1)));
    if (!lit && !shown.sky) {
        default_light = true;
        notes.push_back("no light in " + name + ", using the default sky (--sky none to refuse)");
    } else if (!lit) {
        notes.push_back("no light in " + name + ", the picture will be black");
    }
    if (!shown.cameras.empty()) return;
    std::vector<SceneDescription> scenes;
    if (still()) {
        scenes.push_back(shown);
    } else {
        constexpr uint32_t looks = 8;
        const uint32_t frames = animation().frames;
        for (uint32_t i = 0; i < std::min(looks, frames); ++i)
            scenes.push_back(file_at(1 + static_cast<uint32_t>(uint64_t(i) * frames / looks)));
    }
    camera = framed_camera(scenes);
    notes.push_back("no camera in " + name + ", using one that frames everything");
}

SceneTimeline::SceneTimeline(const std::filesystem::path& name, const LoadOptions& options)
    : state_(std::make_unique<State>()) {
    const std::filesystem::path file = scene_file(name);
    if (!options.sky.empty() && options.sky != "none")
        throw Error(Exit::usage, "use the sky " + in_quotes(options.sky) + ": only none is known");
    state_->options = options;
    if (is_gltf_name(file)) {
        refuse_settings(file, options);
        state_->gltf = std::make_unique<GltfTimeline>(file, options);
    } else if (is_obj_name(file)) {
        refuse_settings(file, options);
        refuse_gltf_choices(file, options);
        state_->obj = read_obj(file, options);
        state_->obj->animation.fps = options.fps.value_or(state_->obj->animation.fps);
    } else {
        refuse_gltf_choices(file, options);
        state_->json = std::make_unique<JsonTimeline>(file, read_scene_text(file), options);
    }
    state_->read_environment();
    SceneDescription scene = state_->file_at(options.frame);
    if (options.default_light_and_camera)
        state_->choose_defaults(scene, escaped(file.filename().string()));
    state_->complete(scene);
    state_->ready = std::move(scene);
}

SceneTimeline::SceneTimeline(SceneTimeline&&) noexcept = default;
SceneTimeline& SceneTimeline::operator=(SceneTimeline&&) noexcept = default;
SceneTimeline::~SceneTimeline() = default;

const AnimationDescription& SceneTimeline::animation() const noexcept {
    return state_->animation();
}

bool SceneTimeline::still() const noexcept { return state_->still(); }

SceneDescription SceneTimeline::at(uint32_t frame) const {
    if (frame == state_->options.frame) {
        const std::lock_guard lock(state_->mutex);
        if (auto scene = std::exchange(state_->ready, std::nullopt)) return std::move(*scene);
    }
    SceneDescription scene = state_->file_at(frame);
    state_->complete(scene);
    return scene;
}

SceneDescription SceneTimeline::take(uint32_t frame) && {
    SceneDescription scene = at(frame);
    state_.reset(); // and with it all that shares data with the scene
    return scene;
}

} // namespace juggler
