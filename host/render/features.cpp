#include "host/render/features.h"

#include "host/render/rows.h"
#include "kernels/bvh2.h"
#include "kernels/features.h"

#include <algorithm>

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

// What one sample added.
FeaturePixel since(const FeaturePixel& before, const FeaturePixel& after) {
    FeaturePixel added = after;
    for (int c = 0; c < 3; ++c) {
        added.albedo[c] -= before.albedo[c];
        added.normal[c] -= before.normal[c];
    }
    added.depth -= before.depth;
    added.hits -= before.hits;
    return added;
}

// Whether two samples met things so different that an edge may lie between them.
bool unlike(const FeaturePixel& a, const FeaturePixel& b) {
    const auto apart = [](uint64_t x, uint64_t y) {
        const uint64_t d = x - y;
        return std::min(d, -d);
    };
    if (a.hits != b.hits) return true;
    for (int c = 0; c < 3; ++c)
        if (apart(a.albedo[c], b.albedo[c]) > (1u << 28) / 64 ||
            apart(a.normal[c], b.normal[c]) > (1u << 28) / 4)
            return true;
    return apart(a.depth, b.depth) > a.depth / 8;
}

struct TracedPixel {
    FeaturePixel sum{};
    uint32_t samples = 0;
};

TracedPixel trace_pixel(const CompiledScene& scene, const FrameView& frame, uint32_t x, uint32_t y,
                        FeatureSamples samples, bool rays) {
    TracedPixel pixel;
    const auto trace = [&](uint32_t sample, bool to_its_end) {
        PathState<float> state = begin_path<float>(frame, x, y, sample);
        const Hit<float> hit = closest_hit(scene.view(), scene.bvh2(), next_ray(state));
        feature_add(pixel.sum, scene.view(), hit, state);
        if (to_its_end) pixel.sum.rays += rays_of(scene.view(), scene.bvh2(), frame, hit, state);
        ++pixel.samples;
    };
    FeaturePixel first{};
    bool edge = false;
    for (uint32_t sample = 0; sample < samples.count; ++sample) {
        const FeaturePixel before = pixel.sum;
        trace(sample, rays);
        const FeaturePixel added = since(before, pixel.sum);
        if (sample == 0) first = added;
        edge = edge || unlike(first, added);
    }
    for (uint32_t i = 0; edge && i < samples.edge_count; ++i)
        trace(samples.edge_first + i, false);
    return pixel;
}

} // namespace

bool trace_features(const CompiledScene& scene, const FrameView& frame, Window window,
                    FeatureSamples samples, bool rays, unsigned threads,
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
            const TracedPixel pixel =
                trace_pixel(scene, frame, window.x0 + column, window.y0 + row, samples, rays);
            const FeaturePixel& sum = pixel.sum;
            const size_t at = size_t(row) * maps.width + column;
            for (size_t c = 0; c < 3; ++c) {
                maps.albedo[c * plane + at] = film_mean(sum.albedo[c], pixel.samples);
                maps.normal[c * plane + at] =
                    sum.hits > 0 ? signed_mean(sum.normal[c], sum.hits) : 0;
            }
            maps.depth[at] = sum.hits > 0 ? film_mean(sum.depth, sum.hits) : 0;
            maps.cover[at] = static_cast<float>(sum.hits) / static_cast<float>(pixel.samples);
            if (rays)
                maps.rays[at] = static_cast<float>(sum.rays) / static_cast<float>(samples.count);
        }
    });
}

} // namespace juggler
