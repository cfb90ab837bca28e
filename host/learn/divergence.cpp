// A lesson about lanes that have nothing to do.
#include "host/learn/chores.h"
#include "host/learn/lanes.h"
#include "host/learn/lessons_list.h"
#include "host/render/frame.h"

#include <algorithm>
#include <cstring>

namespace juggler {
namespace {

HeatMap heat_map_of(const LaneCensus& census, const std::string& title) {
    HeatMap map;
    map.title = title;
    map.columns = LaneCensus::strips;
    map.row_name = "bounce";
    for (uint32_t depth = 0; depth < census.depths; ++depth) {
        map.rows.push_back(std::to_string(depth));
        for (uint32_t strip = 0; strip < LaneCensus::strips; ++strip)
            map.values.push_back(census.share(depth, strip));
    }
    return map;
}

bool same_film(const LaneCensus& a, const LaneCensus& b) {
    return a.film.size() == b.film.size() &&
           std::memcmp(a.film.data(), b.film.data(), a.film.size() * sizeof a.film[0]) == 0;
}

} // namespace

LessonResult learn_divergence() {
    // The scalar tree: what is counted are lanes, not times.
    const CompiledScene scene = compile_scene(lesson_spheres(), {true, 0});
    FrameView frame = lesson_view(128, 72, 8);
    CameraDescription close_by;
    close_by.tan_half_fov_y = 0.3; // the spheres fill the picture
    frame.camera = make_camera(close_by, frame.width, frame.height);
    const LaneCensus waiting = count_lanes(scene, frame, 4, false);
    const LaneCensus refilled = count_lanes(scene, frame, 4, true);
    LessonResult r;
    r.figure("lanes", "lanes of a pack", LaneCensus::lanes, "");
    for (uint32_t depth = 0; depth < waiting.depths; ++depth) {
        const std::string d = std::to_string(depth);
        if (waiting.share(depth) < 0) continue;
        r.figure("lockstep_" + d, "bounce " + d + ", lanes at work in lock step",
                 100 * waiting.share(depth), "%");
        r.figure("refilled_" + d, "bounce " + d + ", lanes at work when refilled",
                 100 * refilled.share(depth), "%");
    }
    r.figure("lockstep", "all steps, lanes at work in lock step", 100 * waiting.share(), "%");
    r.figure("refilled", "all steps, lanes at work when refilled", 100 * refilled.share(), "%");
    r.figure("lockstep_steps", "steps of packs in lock step", double(waiting.pack_steps), "");
    r.figure("refilled_steps", "steps of packs when refilled", double(refilled.pack_steps), "");
    r.figure("path_steps", "steps of paths, either way", double(refilled.lane_steps), "");
    r.claim("both ways the paths take the same steps", double(waiting.lane_steps),
            "==", double(refilled.lane_steps));
    r.claim("and make the same picture (pictures that differ)",
            same_film(waiting, refilled) ? 0 : 1, "==", 0);
    r.claim("at the camera every lane has a path (%)", 100 * waiting.share(0), ">=", 99.9);
    r.claim("in lock step, two bounces later most lanes are idle (% at work)",
            100 * waiting.share(2), "<=", 50);
    r.claim("refilled, at least 95 % of the lanes work all the time", 100 * refilled.share(),
            ">=", 95);
    r.claim("which takes so many times fewer steps of packs",
            double(waiting.pack_steps) / double(refilled.pack_steps), ">=", 1.2);
    r.heat_maps = {heat_map_of(waiting, "in lock step: a pack waits for its longest path"),
                   heat_map_of(refilled, "refilled: a lane takes a new path at once")};
    return r;
}

} // namespace juggler
