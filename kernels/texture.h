// Texture look-ups: plain loads of 8-bit texels and a written-out bilinear filter, because the
// texture units of GPUs interpolate with 8-bit weights.
#pragma once

#include "kernels/rows.h"

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct Rgba {
    Vec3<F> rgb;
    F a;
};

// Texel number from -1 to size (one step outside) to one inside, by the wrap mode.
template <class F>
JUGGLER_FN F wrap_texel(F i, F size, Uint<F> mode) {
    const F last = size - F(1);
    const F clamped = clamp(i, F(0), last);
    const F repeated = select(i < F(0), last, select(i > last, F(0), i));
    return select(mode == Uint<F>(wrap_repeat), repeated, clamped);
}

// A coordinate to texel units [0, size]. Coordinates beyond +-1e6 are taken as +-1e6.
template <class F>
JUGGLER_FN F wrap_coordinate(F u, F size, Uint<F> mode) {
    u = clamp(u, F(-1e6f), F(1e6f));
    const F repeat = u - round_down(u);
    const F half = F(0.5f) * u;
    const F fold = F(2) * (half - round_down(half)); // [0, 2]
    const F mirror = select(fold > F(1), F(2) - fold, fold);
    const F clamped = clamp(u, F(0), F(1));
    return size * select(mode == Uint<F>(wrap_repeat), repeat,
                         select(mode == Uint<F>(wrap_mirror), mirror, clamped));
}

template <class F>
JUGGLER_FN Rgba<F> fetch_texel(const SceneView& scene, Uint<F> index, Mask<F> srgb) {
    using U = Uint<F>;
    const U texel = gather(scene.texels, index);
    const U r = texel & U(255), g = (texel >> 8) & U(255), b = (texel >> 16) & U(255);
    const F scale(1.0f / 255.0f);
    Vec3<F> rgb = {int_to_float(r) * scale, int_to_float(g) * scale, int_to_float(b) * scale};
    if (any(srgb)) {
        const Vec3<F> linear = {gather(scene.srgb_to_linear, r), gather(scene.srgb_to_linear, g),
                                gather(scene.srgb_to_linear, b)};
        rgb = select(srgb, linear, rgb);
    }
    return {rgb, int_to_float(texel >> 24) * scale};
}

// RGBA of texture `texture` at (u, v), v = 0 at the first row; `texture` must be a texture.
template <class F>
JUGGLER_FN_LARGE Rgba<F> sample_texture(const SceneView& scene, Uint<F> texture, F u, F v) {
    using U = Uint<F>;
    const auto& t = gather_record(scene.textures, texture);
    const F width = int_to_float(t.width), height = int_to_float(t.height);
    const auto nearest = (t.flags & U(texture_nearest)) != U(0);
    const auto srgb = (t.flags & U(texture_srgb)) != U(0);
    const F x = wrap_coordinate(u, width, t.wrap_s);
    const F y = wrap_coordinate(v, height, t.wrap_t);

    // Bilinear: texel centres lie at half units.
    const F shift = select(nearest, F(0), F(0.5f));
    const F x_low = round_down(x - shift), y_low = round_down(y - shift);
    const F fx = (x - shift) - x_low, fy = (y - shift) - y_low;
    const U x0 = truncate_to_int(wrap_texel(x_low, width, t.wrap_s));
    const U y0 = truncate_to_int(wrap_texel(y_low, height, t.wrap_t)) * t.width;
    const Rgba<F> c00 = fetch_texel<F>(scene, t.texels + y0 + x0, srgb);
    if (all(nearest)) return c00;
    const U x1 = truncate_to_int(wrap_texel(x_low + F(1), width, t.wrap_s));
    const U y1 = truncate_to_int(wrap_texel(y_low + F(1), height, t.wrap_t)) * t.width;
    const Rgba<F> c10 = fetch_texel<F>(scene, t.texels + y0 + x1, srgb);
    const Rgba<F> c01 = fetch_texel<F>(scene, t.texels + y1 + x0, srgb);
    const Rgba<F> c11 = fetch_texel<F>(scene, t.texels + y1 + x1, srgb);
    const F gx = F(1) - fx, gy = F(1) - fy;
    const Vec3<F> rgb = gy * (gx * c00.rgb + fx * c10.rgb) + fy * (gx * c01.rgb + fx * c11.rgb);
    const F a = gy * (gx * c00.a + fx * c10.a) + fy * (gx * c01.a + fx * c11.a);
    return {select(nearest, c00.rgb, rgb), select(nearest, c00.a, a)};
}

} // namespace juggler::inline JUGGLER_ISA
