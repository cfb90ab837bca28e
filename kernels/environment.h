// Light from a picture of all directions: what a direction finds, how directions are sampled by
// its brightness, and with which density. The picture is in latitude and longitude.
#pragma once

#include "kernels/math.h"
#include "kernels/sampler.h"
#include "kernels/texture.h"
#include "kernels/vec3.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

// Where a direction is in the picture, both in [0, 1]: u to the right, v down from straight up.
template <class F>
struct MapPoint {
    F u, v;
};
template <class F>
JUGGLER_FN MapPoint<F> map_point(const EnvironmentView& map, Vec3<F> d) {
    const float* m = map.to_map;
    const Vec3<F> e = {dot(load3<F>(m), d), dot(load3<F>(m + 3), d), dot(load3<F>(m + 6), d)};
    const F around = atan2(e.x, F(0) - e.z);
    // An arc cosine of e.y would have no digits left near the poles.
    const F down = atan2(square_root(e.x * e.x + e.z * e.z), e.y);
    return {clamp(F(0.5f) + around * F(0.5f * inv_pi), F(0), F(1)),
            clamp(down * F(inv_pi), F(0), F(1))};
}

// Bilinear, around the picture in u.
template <class F>
JUGGLER_FN Vec3<F> environment_radiance(const EnvironmentView& map, MapPoint<F> at) {
    using U = Uint<F>;
    const F width = int_to_float(U(map.width)), height = int_to_float(U(map.height));
    const F x = at.u * width - F(0.5f), y = at.v * height - F(0.5f);
    const F x_low = round_down(x), y_low = round_down(y);
    const F fx = x - x_low, fy = y - y_low;
    const auto column = [&](F i) {
        return truncate_to_int(wrap_texel(i, width, U(wrap_repeat))) * U(3);
    };
    const auto row = [&](F i) {
        return truncate_to_int(wrap_texel(i, height, U(wrap_clamp))) * U(3 * map.width);
    };
    const U x0 = column(x_low), x1 = column(x_low + F(1));
    const U y0 = row(y_low), y1 = row(y_low + F(1));
    const F gx = F(1) - fx, gy = F(1) - fy;
    const Vec3<F> above =
        gx * gather3<F>(map.texels, y0 + x0) + fx * gather3<F>(map.texels, y0 + x1);
    const Vec3<F> below =
        gx * gather3<F>(map.texels, y1 + x0) + fx * gather3<F>(map.texels, y1 + x1);
    return gy * above + fy * below;
}

// Density over solid angle with which sample_environment gives a direction there.
template <class F>
JUGGLER_FN F environment_pdf(const EnvironmentView& map, MapPoint<F> at) {
    using U = Uint<F>;
    const F columns = int_to_float(U(map.columns)), rows = int_to_float(U(map.rows));
    const U column = truncate_to_int(min(at.u * columns, columns - F(1)));
    const U row = truncate_to_int(min(at.v * rows, rows - F(1)));
    return gather(map.density, row * U(map.columns) + column);
}

// The entry that `x` units fall into, of `count` whose sums start at `first`, and how far into it.
template <class F>
struct Picked {
    Uint<F> entry;
    F fraction; // in (0, 1)
};
template <class F>
JUGGLER_FN Picked<F> pick_entry(const uint32_t* sums, Uint<F> first, uint32_t count, Uint<F> x) {
    using U = Uint<F>;
    uint32_t step = 1;
    while (step < count)
        step *= 2;
    U entry(0); // the last one whose sum is not above x
    for (; step != 0; step /= 2) {
        const U next = entry + U(step);
        const auto inside = next < U(count);
        const U sum = gather(sums, first + select(inside, next, U(0)));
        entry = select(inside & !(x < sum), next, entry);
    }
    const U begin = gather(sums, first + entry), end = gather(sums, first + entry + U(1));
    const F fraction = (int_to_float(x - begin) + F(0.5f)) / int_to_float(end - begin);
    return {entry, min(fraction, F(0x1.fffffep-1f))};
}

// A direction by two random numbers, fractions of 2^32.
template <class F>
JUGGLER_FN Vec3<F> sample_environment(const EnvironmentView& map, Bits2<Uint<F>> bits) {
    using U = Uint<F>;
    const Picked<F> row = pick_entry<F>(map.row_sums, U(0), map.rows, bits.x >> 2);
    const Picked<F> column =
        pick_entry<F>(map.column_sums, row.entry * U(map.columns + 1), map.columns, bits.y >> 2);
    // Even over the cell's solid angle. Heights count from the nearer pole, where they have digits.
    const auto lower = !(row.entry < U(map.rows / 2));
    const U from_pole = select(lower, U(map.rows - 1) - row.entry, row.entry);
    const F top = gather(map.caps, from_pole), bottom = gather(map.caps, from_pole + U(1));
    const F cap = top + row.fraction * (bottom - top);
    const F y = F(1) - cap;
    const F across = square_root(max(cap * (F(2) - cap), F(0)));
    const F columns = int_to_float(U(map.columns));
    const SinCos<F> around =
        sin_cos_2pi((int_to_float(column.entry) + column.fraction) / columns - F(0.5f));
    const Vec3<F> e = {across * around.sin, select(lower, F(0) - y, y), F(0) - across * around.cos};
    const float* m = map.to_map;
    return normalize(e.x * load3<F>(m) + e.y * load3<F>(m + 3) + e.z * load3<F>(m + 6));
}

} // namespace juggler::inline JUGGLER_ISA
