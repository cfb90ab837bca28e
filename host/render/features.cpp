#include "host/render/features.h"

#include "host/render/rows.h"
#include "kernels/bvh2.h"
#include "kernels/features.h"

namespace juggler {
namespace {

// Follows a path that met `hit` to its end; how many rays that took in all.
uint32_t rays_of(const SceneView& scene, const Bvh2View& bvh, const FrameView& frame,
                 Hit<float> hit, PathState<float>& state) {
    for (uint32_t rays = 1;; ++rays) {
        const Ray<float> shadow_ray = after_hit<float>(scene, frame, hit, state);
        if (state.shadow) {
            ++rays;
            after_shadow(state, visible_channels(scene, bvh, shadow_ray));
        }
        if (!state.alive) return rays;
        hit = closest_hit(scene, bvh, next_ray(state));
    }
}

FeaturePixel trace_pixel(const CompiledScene& scene, const FrameView& frame, uint32_t x, uint32_t y,
                         uint32_t sample_count, bool rays) {
    FeaturePixel pixel{};
    for (uint32_t sample = 0; sample < sample_count; ++sample) {
        PathState<float> state = begin_path<float>(frame, x, y, sample);
        const Hit<float> hit = closest_hit(scene.view(), scene.bvh2(), next_ray(state));
        feature_add(pixel, scene.view(), hit, state);
        if (rays) pixel.rays += rays_of(scene.view(), scene.bvh2(), frame, hit, state);
    }
    return pixel;
}

} // namespace

bool trace_features(const CompiledScene& scene, const FrameView& frame, Window window,
                    uint32_t sample_count, bool rays, unsigned threads,
                    const std::atomic<bool>* stop, FeatureMaps& maps) {
    maps.width = window.x1 - window.x0;
    maps.height = window.y1 - window.y0;
    const size_t plane = size_t(maps.width) * maps.height;
    maps.albedo.resize(3 * plane);
    maps.normal.resize(3 * plane);
    maps.depth.resize(plane);
    maps.cover.resize(plane);
    maps.rays.resize(rays ? plane : 0);
    return for_each_row(maps.height, threads, stop, [&](uint32_t row) {
        for (uint32_t column = 0; column < maps.width; ++column) {
            const FeaturePixel sum =
                trace_pixel(scene, frame, window.x0 + column, window.y0 + row, sample_count, rays);
            const size_t at = size_t(row) * maps.width + column;
            for (size_t c = 0; c < 3; ++c) {
                maps.albedo[c * plane + at] = film_mean(sum.albedo[c], sample_count);
                maps.normal[c * plane + at] =
                    sum.hits > 0 ? signed_mean(sum.normal[c], sum.hits) : 0;
            }
            maps.depth[at] = sum.hits > 0 ? film_mean(sum.depth, sum.hits) : 0;
            maps.cover[at] = static_cast<float>(sum.hits) / static_cast<float>(sample_count);
            if (rays)
                maps.rays[at] = static_cast<float>(sum.rays) / static_cast<float>(sample_count);
        }
    });
}

} // namespace juggler
