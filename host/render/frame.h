// One frame's settings for the kernels, and its film in memory.
#pragma once

#include "host/scene/description.h"
#include "kernels/views.h"

#include <cstdint>
#include <span>
#include <vector>

namespace juggler {

// Camera for a picture of width x height pixels. A camera with an aspect of its own keeps it where
// the picture is wider (bars of scene, not of black, appear at the sides); where the picture is
// taller, its horizontal view is kept.
CameraView make_camera(const CameraDescription& camera, uint32_t width, uint32_t height);

// The camera of a frame whose width and height are known, moving or not.
void set_camera(FrameView& frame, const CameraDescription& camera);

// box: evenly over the pixel. blackman_harris: that window, three pixels wide.
void set_filter(FrameView& frame, PixelFilter filter);

// The window of the picture a film covers, in pixels; x1, y1 exclusive.
struct Window {
    uint32_t x0, y0, x1, y1;
    friend bool operator==(const Window&, const Window&) = default;
};

// Zeroed sums for a window of the picture.
class Film {
public:
    explicit Film(Window window);
    [[nodiscard]] FilmView view() noexcept;
    [[nodiscard]] const Window& window() const noexcept { return window_; }
    [[nodiscard]] std::span<const FilmPixel> pixels() const noexcept { return pixels_; }
    void clear();
    // Mean radiance, [height][width][3] linear RGB, of `sample_count` samples a pixel.
    [[nodiscard]] std::vector<float> mean(uint32_t sample_count) const;
    void mean(uint32_t sample_count, std::vector<float>& rgb) const;
    // Of the sums; equal for equal pictures whatever rendered them.
    [[nodiscard]] uint64_t hash() const;

private:
    Window window_;
    std::vector<FilmPixel> pixels_;
};

} // namespace juggler
