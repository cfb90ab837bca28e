// What one thread of a grid does.
#pragma once

#include "kernels/bvh2.h"
#include "kernels/compressed.h"
#include "kernels/launch.h"
#include "kernels/merged_walk.h"
#include "kernels/path.h"
#include "kernels/refit.h"

namespace juggler::inline JUGGLER_ISA {

// As PassCounters, of one thread of one launch.
struct ThreadCounters {
    uint32_t camera_rays, scattered_rays, shadow_rays;
    uint32_t nan_samples, clamped_samples;
};

// Where thread `thread` of block (block_x, block_y) of render_pixels is in its film.
struct PixelPlace {
    uint32_t x, y;
};
JUGGLER_FN PixelPlace pixel_of(uint32_t block_x, uint32_t block_y, uint32_t thread) {
    const uint32_t warp = thread / 32, lane = thread % 32;
    return {block_x * render_block_width + (warp % 2) * 8 + lane % 8,
            block_y * render_block_height + (warp / 2) * 4 + lane / 8};
}

// The task's samples of one pixel. A path that ends makes room for the next one at once, so that
// the threads of a warp do not wait for each other's longest path sample by sample.
JUGGLER_FN void render_pixel(const RenderTask& task, PixelPlace at, ThreadCounters& counters) {
    FilmPixel& stored = task.film.pixels[size_t(at.y) * task.film.width + at.x];
    FilmPixel sum = stored;
    uint32_t started = 0;
    PathState<float> state{};
    for (;;) {
        if (state.alive) {
            ++counters.scattered_rays;
        } else {
            if (started == task.sample_count) break;
            state = begin_path<float>(task.frame, task.film.x0 + at.x, task.film.y0 + at.y,
                                      task.first_sample + started);
            ++started;
            ++counters.camera_rays;
        }
        const Hit<float> hit = closest_hit(task.scene, task.bvh, next_ray(state));
        const Ray<float> shadow_ray = after_hit<float>(task.scene, task.frame, hit, state);
        if (state.shadow) {
            ++counters.shadow_rays;
            after_shadow(state, visible_channels(task.scene, task.bvh, shadow_ray));
        }
        if (!state.alive) film_add(sum, state.L, counters);
    }
    stored = sum;
}

// The same with one walk for both kinds of rays: a thread whose path asks a light walks beside
// threads whose paths go on.
template <class Walker>
JUGGLER_FN void render_pixel_stepped(const RenderTask& task, PixelPlace at,
                                     ThreadCounters& counters) {
    FilmPixel& stored = task.film.pixels[size_t(at.y) * task.film.width + at.x];
    FilmPixel sum = stored;
    uint32_t started = 0;
    PathState<float> state{};
    Ray<float> shadow_ray{};
    for (;;) {
        const RayKind kind = state.shadow ? ray_shadow : ray_closest;
        if (kind == ray_shadow) {
            ++counters.shadow_rays;
        } else if (state.alive) {
            ++counters.scattered_rays;
        } else {
            if (started == task.sample_count) break;
            state = begin_path<float>(task.frame, task.film.x0 + at.x, task.film.y0 + at.y,
                                      task.first_sample + started);
            ++started;
            ++counters.camera_rays;
        }
        const Ray<float> ray = kind == ray_shadow ? shadow_ray : next_ray(state);
        Walker walker;
        walk_through(task.scene, task.bvh, kind, ray, walker);
        if (kind == ray_shadow)
            after_shadow(state, walker.walk.visible);
        else
            shadow_ray = after_hit<float>(task.scene, task.frame, walker.walk.best, state);
        if (!state.alive && !state.shadow) film_add(sum, state.L, counters);
    }
    stored = sum;
}

JUGGLER_FN void resolve_pixel(const ResolveTask& task, uint64_t pixel) {
    for (int c = 0; c < 3; ++c)
        task.rgb[3 * pixel + c] = film_mean(task.pixels[pixel].rgb[c], task.sample_count);
}

// A leaf entry of a mesh whose vertices have moved keeps its primitive.
JUGGLER_FN void refit_leaf(const RefitTask& task, uint32_t entry) {
    const MeshView& mesh = task.scene.meshes[task.mesh];
    const uint32_t at = mesh.leaf_data + entry;
    if (mesh.kind == mesh_triangles)
        task.triangles[at] =
            make_leaf_triangle(task.scene, mesh, task.triangles[at].primitive, false);
    else
        task.spheres[at] = make_leaf_sphere(task.scene, mesh, task.spheres[at].primitive, false);
}

JUGGLER_FN void refit_ordered_node(const RefitTask& task, uint32_t entry) {
    const MeshView& mesh = task.scene.meshes[task.mesh];
    const uint32_t node = task.order[entry];
    if (mesh.kind == mesh_triangles)
        refit_node(task.nodes, node, task.triangles + mesh.leaf_data);
    else
        refit_node(task.nodes, node, task.spheres + mesh.leaf_data);
}

} // namespace juggler::inline JUGGLER_ISA
