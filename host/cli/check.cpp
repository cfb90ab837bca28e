#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"
#include "host/scene/compile.h"
#include "host/scene/diagnostics.h"
#include "host/scene/load.h"

#include <cstdio>

namespace juggler {
namespace {

std::string count_of(uint64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

} // namespace

Exit check(const CheckOptions& options, const Context& context) {
    LoadOptions load;
    load.set = options.set;
    load.max_memory_bytes = available_memory() / 4 * 3;
    try {
        SceneDescription scene = load_scene(options.scene, load);
        const std::vector<std::string> notes = scene.notes;
        const AnimationDescription animation = scene.animation;
        const size_t camera_count = scene.cameras.size();
        const SceneFacts facts = compile_scene(std::move(scene)).facts();
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
