// Camera rays through a thin lens.
#pragma once

#include "kernels/sampling.h"
#include "kernels/vec3.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct CameraRay {
    Vec3<F> o, d; // d of unit length
};

// x, y in [-1, 1] over the picture, y up; u, v in [0, 1) pick the point on the lens.
template <class F>
JUGGLER_FN CameraRay<F> camera_ray(const CameraView& camera, F x, F y, F u, F v) {
    const Vec3<F> eye = load3<F>(camera.eye), forward = load3<F>(camera.forward);
    const Vec3<F> across = x * load3<F>(camera.right) + y * load3<F>(camera.up);
    const bool parallel = camera.kind == camera_orthographic;
    const Vec3<F> o = parallel ? eye + across : eye;
    const Vec3<F> d = parallel ? forward : forward + across;
    if (camera.lens_radius <= 0) return {o, normalize(d)};
    const Sample2<F> disk = sample_disk(u, v);
    const F radius(camera.lens_radius);
    const Vec3<F> lens = (radius * disk.x) * load3<F>(camera.lens_right) +
                         (radius * disk.y) * load3<F>(camera.lens_up);
    return {o + lens, normalize(F(camera.focus) * d - lens)};
}

} // namespace juggler::inline JUGGLER_ISA
