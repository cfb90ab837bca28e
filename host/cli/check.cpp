#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"
#include "host/scene/compile.h"
#include "host/scene/diagnostics.h"
#include "host/scene/load.h"
#include "host/scene/timeline.h"

#include <algorithm>
#include <cstdio>

namespace juggler {
namespace {

std::string count_of(uint64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// The first, one in the middle and the last of an animation: what goes wrong while things move is
// mostly seen in one of them.
std::vector<uint32_t> frames_to_check(const SceneTimeline& timeline) {
    const uint32_t last = std::max(1u, timeline.animation().frames);
    if (timeline.still() || last == 1) return {1};
    std::vector<uint32_t> frames{1, (last + 1) / 2, last};
    frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
    return frames;
}

} // namespace

Exit check(const CheckOptions& options, const Context& context) {
    LoadOptions load;
    load.set = options.set;
    load.max_memory_bytes = available_memory() / 4 * 3;
    try {
        const SceneTimeline timeline(options.scene, load);
        const AnimationDescription animation = timeline.animation();
        std::vector<std::string> notes;
        size_t camera_count = 0;
        SceneFacts facts;
        for (const uint32_t frame : frames_to_check(timeline)) {
            SceneDescription scene = timeline.at(frame);
            for (const std::string& text : scene.notes)
                if (std::find(notes.begin(), notes.end(), text) == notes.end())
                    notes.push_back(text);
            const size_t cameras = scene.cameras.size();
            const SceneFacts of_frame = compile_scene(std::move(scene)).facts();
            if (frame != 1) continue;
            camera_count = cameras;
            facts = of_frame;
        }
        if (options.json) {
            print(diagnostics_json({}));
            return Exit::done;
        }
        for (const std::string& text : notes)
            if (!context.quiet) say("note: " + text + "\n");
        std::string line = options.scene + ": ok";
        if (facts.sphere_count > 0) line += ", " + count_of(facts.sphere_count, "sphere");
        if (facts.triangle_count > 0) line += ", " + count_of(facts.triangle_count, "triangle");
        line += ", " + count_of(facts.instance_count, "instance");
        line += ", " + count_of(facts.light_count, "light");
        line += ", " + count_of(camera_count, "camera");
        if (animation.frames > 1) {
            char rate[40];
            std::snprintf(rate, sizeof rate, "%g", animation.fps);
            line += ", " + count_of(animation.frames, "frame") + " at " + rate + "/s";
        }
        print(line + "\n");
        return Exit::done;
    } catch (const InputError& e) {
        if (!options.json) throw;
        print(diagnostics_json(e.diagnostics()));
        return Exit::input;
    }
}

} // namespace juggler
