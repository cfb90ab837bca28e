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

// A camera for each lane.
template <class F>
struct Camera {
    Vec3<F> eye, right, up, forward, lens_right, lens_up;
    F lens_radius, focus;
};
template <class F>
JUGGLER_FN Camera<F> load_camera(const CameraView& view) {
    return {load3<F>(view.eye),        load3<F>(view.right),
            load3<F>(view.up),         load3<F>(view.forward),
            load3<F>(view.lens_right), load3<F>(view.lens_up),
            F(view.lens_radius),       F(view.focus)};
}

// The parabola through a, b and c at times 0, 1/2 and 1, by their weights at some time.
template <class F>
struct ParabolaWeights {
    F a, b, c;
};
template <class F>
JUGGLER_FN ParabolaWeights<F> parabola_weights(F time) {
    const F rest = F(1) - time, twice = F(2) * time;
    return {rest * (F(1) - twice), F(4) * time * rest, time * (twice - F(1))};
}
template <class F>
JUGGLER_FN F weigh(const ParabolaWeights<F>& w, F a, F b, F c) {
    return (w.a * a + w.b * b) + w.c * c;
}
template <class F>
JUGGLER_FN Vec3<F> weigh(const ParabolaWeights<F>& w, Vec3<F> a, Vec3<F> b, Vec3<F> c) {
    return {weigh(w, a.x, b.x, c.x), weigh(w, a.y, b.y, c.y), weigh(w, a.z, b.z, c.z)};
}

// The frame's camera at the times of the lanes.
template <class F>
JUGGLER_FN Camera<F> camera_at(const FrameView& frame, F time) {
    const Camera<F> a = load_camera<F>(frame.camera);
    if (!(frame.flags & frame_camera_moves)) return a;
    const Camera<F> b = load_camera<F>(frame.camera_middle);
    const Camera<F> c = load_camera<F>(frame.camera_close);
    const ParabolaWeights<F> w = parabola_weights(time);
    return {weigh(w, a.eye, b.eye, c.eye),
            weigh(w, a.right, b.right, c.right),
            weigh(w, a.up, b.up, c.up),
            weigh(w, a.forward, b.forward, c.forward),
            weigh(w, a.lens_right, b.lens_right, c.lens_right),
            weigh(w, a.lens_up, b.lens_up, c.lens_up),
            weigh(w, a.lens_radius, b.lens_radius, c.lens_radius),
            weigh(w, a.focus, b.focus, c.focus)};
}

// Whether some lens of the frame is open: else camera rays need no point on it.
JUGGLER_FN bool has_lens(const FrameView& frame) {
    if (frame.camera.lens_radius > 0) return true;
    return (frame.flags & frame_camera_moves) &&
           (frame.camera_middle.lens_radius > 0 || frame.camera_close.lens_radius > 0);
}

// Point of a regular polygon whose corners are on the unit circle: a wedge, then a point in it.
template <class F>
JUGGLER_FN Sample2<F> sample_polygon(uint32_t corners, F turn, F u, F v) {
    const F count = int_to_float(Uint<F>(corners));
    const F wedge = min(round_down(u * count), count - F(1));
    const F r = square_root(clamp(u * count - wedge, F(0), F(1)));
    const SinCos<F> a = sin_cos_2pi(wedge / count + turn);
    const SinCos<F> b = sin_cos_2pi((wedge + F(1)) / count + turn);
    return {r * ((F(1) - v) * a.cos + v * b.cos), r * ((F(1) - v) * a.sin + v * b.sin)};
}

// x, y in [-1, 1] over the picture, y up; u, v in [0, 1) pick the point on the lens.
template <class F>
JUGGLER_FN CameraRay<F> camera_ray(const FrameView& frame, F time, F x, F y, F u, F v) {
    const Camera<F> camera = camera_at(frame, time);
    const Vec3<F> across = x * camera.right + y * camera.up;
    const bool parallel = frame.camera.kind == camera_orthographic;
    const Vec3<F> o = parallel ? camera.eye + across : camera.eye;
    const Vec3<F> d = parallel ? camera.forward : camera.forward + across;
    if (!has_lens(frame)) return {o, normalize(d)};
    const uint32_t blades = frame.camera.blade_count;
    const Sample2<F> disk =
        blades == 0 ? sample_disk(u, v) : sample_polygon(blades, F(frame.camera.blade_turn), u, v);
    const Vec3<F> lens = (camera.lens_radius * disk.x) * camera.lens_right +
                         (camera.lens_radius * disk.y) * camera.lens_up;
    return {o + lens, normalize(camera.focus * d - lens)};
}

} // namespace juggler::inline JUGGLER_ISA
