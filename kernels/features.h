// What a path meets first, as guides for denoising and for whoever composes pictures.
#pragma once

#include "kernels/film.h"
#include "kernels/path.h"

namespace juggler::inline JUGGLER_ISA {

// A number in [-1, 1], as film_quantize, in two's complement.
JUGGLER_FN uint64_t quantize_signed(float x) {
    const float limited = clamp(x, -1.0f, 1.0f);
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(limited * 0x1p28f)));
}

// Adds the first hit of the path `s`, which has not left the camera yet.
JUGGLER_FN void feature_add(FeaturePixel& pixel, const SceneView& scene, const Hit<float>& hit,
                            const PathState<float>& s) {
    if (hit.instance == none) return;
    const Surface<float> at = make_surface<float>(scene, next_ray(s), hit);
    const MaterialView& values = gather_record(scene.materials, at.material);
    const Vec3<float> albedo =
        base_color<float>(scene, at.material, values, at.tc, at.vertex_rgba).rgb;
    const Vec3<float> normal = dot(s.d, at.ng) <= 0 ? at.ns : negate(at.ns);
    const float a[3] = {albedo.x, albedo.y, albedo.z}, n[3] = {normal.x, normal.y, normal.z};
    for (int i = 0; i < 3; ++i) {
        pixel.albedo[i] += film_quantize(a[i] == a[i] ? a[i] : 0);
        pixel.normal[i] += quantize_signed(n[i] == n[i] ? n[i] : 0);
    }
    pixel.depth += film_quantize(hit.t);
    ++pixel.hits;
}

JUGGLER_FN float signed_mean(uint64_t sum, uint32_t count) {
    const double scale = 0x1p-28 / static_cast<double>(count);
    return static_cast<float>(static_cast<double>(static_cast<int64_t>(sum)) * scale);
}

} // namespace juggler::inline JUGGLER_ISA
