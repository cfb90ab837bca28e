#include "host/render/frame.h"

#include "host/base/hash.h"
#include "host/scene/degrees.h"
#include "kernels/film.h"

#include <algorithm>
#include <cmath>

namespace juggler {

CameraView make_camera(const CameraDescription& camera, uint32_t width, uint32_t height) {
    CameraView view{};
    view.kind = camera.orthographic ? camera_orthographic : camera_perspective;
    const double picture_aspect = static_cast<double>(width) / static_cast<double>(height);
    double half_x = camera.tan_half_fov_y * picture_aspect, half_y = camera.tan_half_fov_y;
    if (camera.orthographic) {
        half_x = camera.x_mag;
        half_y = camera.y_mag;
        if (picture_aspect * half_y > half_x)
            half_x = picture_aspect * half_y;
        else
            half_y = half_x / picture_aspect;
    } else if (camera.aspect > picture_aspect) {
        half_y = camera.tan_half_fov_y * camera.aspect / picture_aspect;
        half_x = half_y * picture_aspect;
    }
    const auto& m = camera.to_world.m;
    for (int i = 0; i < 3; ++i) {
        view.eye[i] = static_cast<float>(m[4 * i + 3]);
        view.right[i] = static_cast<float>(m[4 * i] * half_x);
        view.up[i] = static_cast<float>(m[4 * i + 1] * half_y);
        view.forward[i] = static_cast<float>(-m[4 * i + 2]);
        view.lens_right[i] = static_cast<float>(m[4 * i]);
        view.lens_up[i] = static_cast<float>(m[4 * i + 1]);
    }
    view.lens_radius = camera.orthographic ? 0 : static_cast<float>(0.5 * camera.aperture);
    view.focus = static_cast<float>(camera.focus);
    view.blade_count = camera.blades;
    view.blade_turn = static_cast<float>(camera.blade_turn_deg / 360);
    return view;
}

void set_camera(FrameView& frame, const CameraDescription& camera) {
    frame.camera = make_camera(camera, frame.width, frame.height);
    frame.flags &= ~uint32_t(frame_camera_moves);
    if (camera.motion.size() != 2) return;
    frame.camera_middle = make_camera(camera.motion[0], frame.width, frame.height);
    frame.camera_close = make_camera(camera.motion[1], frame.width, frame.height);
    frame.flags |= uint32_t(frame_camera_moves);
}

namespace {

// The integral of the window of Blackman and Harris (Harris 1978, four terms) from its middle to
// `x`, in widths, as a share of one half.
double blackman_harris_share(double x) {
    constexpr double pi = 3.14159265358979323846;
    const double phase = 2 * pi * x;
    return 2 * (x + (0.48829 / 0.35875 * sin_radians(phase) +
                     0.14128 / 0.35875 * sin_radians(2 * phase) / 2 +
                     0.01168 / 0.35875 * sin_radians(3 * phase) / 3) /
                        (2 * pi));
}

constexpr double blackman_harris_width = 3; // pixels

} // namespace

void set_filter(FrameView& frame, PixelFilter filter) {
    frame.pixel_filter = filter;
    if (filter == filter_box) return;
    for (uint32_t i = 0; i <= filter_steps; ++i) {
        const double s = double(i) / filter_steps;
        const double share = 1 - s * s * s * s; // of the half, from the middle
        double low = 0, high = 0.5;
        for (int step = 0; step < 60; ++step) {
            const double middle = 0.5 * (low + high);
            (blackman_harris_share(middle) < share ? low : high) = middle;
        }
        frame.filter_reach[i] = static_cast<float>(blackman_harris_width * high);
    }
}

Film::Film(Window window)
    : window_(window),
      pixels_(size_t(window.x1 - window.x0) * size_t(window.y1 - window.y0), FilmPixel{}) {}

FilmView Film::view() noexcept {
    return {pixels_.data(), window_.x0, window_.y0, window_.x1 - window_.x0,
            window_.y1 - window_.y0};
}

void Film::clear() { std::fill(pixels_.begin(), pixels_.end(), FilmPixel{}); }

std::vector<float> Film::mean(uint32_t sample_count) const {
    std::vector<float> rgb;
    mean(sample_count, rgb);
    return rgb;
}

void Film::mean(uint32_t sample_count, std::vector<float>& rgb) const {
    rgb.resize(3 * pixels_.size());
    auto at = rgb.begin();
    for (const FilmPixel& pixel : pixels_)
        for (uint64_t sum : pixel.rgb)
            *at++ = film_mean(sum, sample_count);
}

uint64_t Film::hash() const {
    return hash_bytes(pixels_.data(), pixels_.size() * sizeof(FilmPixel));
}

} // namespace juggler
