// Scenes for the tests of the CUDA backend, and how pictures are compared.
#pragma once

#include "cpu/passes.h"
#include "host/render/frame.h"
#include "host/scene/compile.h"
#include "tests/support/golden_scenes.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace juggler::test {

struct Subject {
    CompiledScene scene;
    FrameView frame;
};

inline Subject make_subject(SceneDescription&& description, uint32_t width, uint32_t height) {
    Subject s{};
    s.frame.width = width;
    s.frame.height = height;
    set_camera(s.frame, description.cameras.at(0));
    s.frame.seed = 7;
    s.frame.frame = 1;
    s.frame.max_depth = 7;
    s.frame.shutter_close = 1;
    s.scene = compile_scene(std::move(description));
    return s;
}

inline Subject golden_subject(const std::string& name, uint32_t width, uint32_t height) {
    for (const GoldenScene& golden : golden_scenes())
        if (golden.name == name) return make_subject(golden.make(), width, height);
    throw std::runtime_error("there is no golden scene " + name);
}

struct Samples {
    uint32_t first, count;
};

// What `sequential` makes.
inline Film reference_film(const Subject& s, Samples samples, PassCounters& counters) {
    Film film({0, 0, s.frame.width, s.frame.height});
    const PassView pass{0, 0, s.frame.width, s.frame.height, samples.first, samples.count};
    render_sequential(s.scene.view(), s.scene.bvh2(), s.frame, film.view(), pass, nullptr, nullptr,
                      counters);
    return film;
}

// Compares a window with the same pixels of the whole; "" if they are equal.
inline std::string first_difference(const Film& part, const Film& whole) {
    Film a = part, b = whole;
    const FilmView va = a.view(), vb = b.view();
    for (uint32_t y = 0; y < va.height; ++y)
        for (uint32_t x = 0; x < va.width; ++x) {
            const FilmPixel& p = va.pixels[size_t(y) * va.width + x];
            const FilmPixel& q = vb.pixels[size_t(va.y0 + y) * vb.width + va.x0 + x];
            if (std::memcmp(&p, &q, sizeof p) != 0)
                return "pixel " + std::to_string(va.x0 + x) + ", " + std::to_string(va.y0 + y);
        }
    return "";
}

} // namespace juggler::test
