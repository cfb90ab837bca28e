// `sequential`: one scalar thread, one path after the other, one ray at a time. The baseline, and
// the definition of the picture for every other backend.
#include "cpu/passes.h"
#include "kernels/bvh2.h"
#include "kernels/path.h"

namespace juggler {
namespace {

Vec3<float> trace_path(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                       uint32_t x, uint32_t y, uint32_t sample, PassCounters& counters) {
    PathState<float> state = begin_path<float>(frame, x, y, sample);
    ++counters.camera_rays;
    for (;;) {
        const Hit<float> hit = closest_hit(scene, bvh, next_ray(state));
        const Ray<float> shadow_ray = after_hit<float>(scene, frame, hit, state);
        if (state.shadow) {
            ++counters.shadow_rays;
            after_shadow(state, visible_channels(scene, bvh, shadow_ray));
        }
        if (!state.alive) return state.L;
        ++counters.scattered_rays;
    }
}

} // namespace

bool render_sequential(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                       const FilmView& film, const PassView& pass, const std::atomic<bool>* stop,
                       std::atomic<uint64_t>* samples_done, PassCounters& counters) {
    for (uint32_t y = pass.y0; y < pass.y1; ++y) {
        for (uint32_t x = pass.x0; x < pass.x1; ++x) {
            if (stop != nullptr && stop->load(std::memory_order_relaxed)) return false;
            FilmPixel& pixel = film.pixels[size_t(y) * film.width + x];
            for (uint32_t i = 0; i < pass.sample_count; ++i) {
                const Vec3<float> L = trace_path(scene, bvh, frame, film.x0 + x, film.y0 + y,
                                                 pass.first_sample + i, counters);
                film_add(pixel, L, counters);
            }
        }
        if (samples_done != nullptr)
            samples_done->fetch_add(uint64_t(pass.x1 - pass.x0) * pass.sample_count,
                                    std::memory_order_relaxed);
    }
    return true;
}

} // namespace juggler
