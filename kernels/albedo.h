// Light that one bounce on a rough surface loses, as tables: what multiple scattering between the
// facets would bring back (Kulla and Conty 2017, "Revisiting Physically Based Shading at
// Imageworks"). scripts/make_albedo.cpp computes them.
#pragma once

#include "kernels/lane.h"

namespace juggler::inline JUGGLER_ISA {

// SceneView::albedo holds one table after the other; entries are shares of the light, nodes evenly
// spaced in sqrt(cos) and in perceptual roughness, both from 0 to 1.
//   ggx     [roughness][cos]: 1 - albedo of facets that reflect everything; then its averages over
//           the cosine-weighted hemisphere, [roughness]
//   glass   [side][index][roughness][cos]: 1 - albedo of reflection and refraction together; then
//           its averages, [side][index][roughness]. Side 0 is outside. Nodes of the index n are
//           even in (n - 1) / (n + 1), n from 1 to 3.
//   sheen   [roughness][cos]: half the albedo a of sheen where that is below 1, else 1 - 1 / (2 a)
inline constexpr uint32_t ggx_side = 64, glass_side = 32, glass_indices = 12, sheen_side = 32;
inline constexpr uint32_t albedo_ggx = 0;
inline constexpr uint32_t albedo_ggx_average = albedo_ggx + ggx_side * ggx_side;
inline constexpr uint32_t albedo_glass = albedo_ggx_average + ggx_side;
inline constexpr uint32_t albedo_glass_average =
    albedo_glass + 2 * glass_indices * glass_side * glass_side;
inline constexpr uint32_t albedo_sheen = albedo_glass_average + 2 * glass_indices * glass_side;
inline constexpr uint32_t albedo_words = albedo_sheen + sheen_side * sheen_side;

// Where x of [0, 1] lies between nodes.
template <class F>
struct TablePlace {
    Uint<F> node;
    F rest; // [0, 1] of the way to the next node
};
template <class F>
JUGGLER_FN TablePlace<F> table_place(F x, uint32_t nodes) {
    const F scaled = clamp(x, F(0), F(1)) * F(static_cast<float>(nodes - 1));
    const Uint<F> node = truncate_to_int(min(scaled, F(static_cast<float>(nodes - 2))));
    return {node, scaled - int_to_float(node)};
}
template <class F>
JUGGLER_FN F table_1d(const float* table, Uint<F> row, TablePlace<F> x) {
    const Uint<F> at = row + x.node;
    return (F(1) - x.rest) * gather(table, at) + x.rest * gather(table + 1, at);
}
// `row` counts words to the first row.
template <class F>
JUGGLER_FN F table_2d(const float* table, Uint<F> row, uint32_t width, TablePlace<F> y,
                      TablePlace<F> x) {
    const Uint<F> first = row + y.node * Uint<F>(width);
    return (F(1) - y.rest) * table_1d<F>(table, first, x) +
           y.rest * table_1d<F>(table, first + Uint<F>(width), x);
}

template <class F>
JUGGLER_FN F ggx_missing(const float* albedo, F roughness, F cos_theta) {
    return table_2d<F>(albedo + albedo_ggx, Uint<F>(0), ggx_side, table_place(roughness, ggx_side),
                       table_place(square_root(cos_theta), ggx_side));
}
template <class F>
JUGGLER_FN F ggx_missing_average(const float* albedo, F roughness) {
    return table_1d<F>(albedo + albedo_ggx_average, Uint<F>(0), table_place(roughness, ggx_side));
}

// `inside`: of directions within the material of index `ior`.
template <class F>
JUGGLER_FN F glass_missing(const float* albedo, Mask<F> inside, F ior, F roughness, F cos_theta) {
    using U = Uint<F>;
    const TablePlace<F> index = table_place(F(2) * ((ior - F(1)) / (ior + F(1))), glass_indices);
    const TablePlace<F> y = table_place(roughness, glass_side);
    const TablePlace<F> x = table_place(square_root(cos_theta), glass_side);
    const U first =
        (select(inside, U(glass_indices), U(0)) + index.node) * U(glass_side * glass_side);
    const float* table = albedo + albedo_glass;
    return (F(1) - index.rest) * table_2d<F>(table, first, glass_side, y, x) +
           index.rest * table_2d<F>(table, first + U(glass_side * glass_side), glass_side, y, x);
}
template <class F>
JUGGLER_FN F glass_missing_average(const float* albedo, Mask<F> inside, F ior, F roughness) {
    using U = Uint<F>;
    const TablePlace<F> index = table_place(F(2) * ((ior - F(1)) / (ior + F(1))), glass_indices);
    return table_2d<F>(albedo + albedo_glass_average,
                       select(inside, U(glass_indices * glass_side), U(0)), glass_side, index,
                       table_place(roughness, glass_side));
}

// Sheen at grazing angles would give more light than it gets: it is scaled by `scale` of both
// directions, and counts as reflecting the share `albedo`.
template <class F>
struct SheenShare {
    F albedo, scale;
};
template <class F>
JUGGLER_FN SheenShare<F> sheen_share(const float* albedo, F roughness, F cos_theta) {
    const F folded = table_2d<F>(albedo + albedo_sheen, Uint<F>(0), sheen_side,
                                 table_place(roughness, sheen_side),
                                 table_place(square_root(cos_theta), sheen_side));
    return {min(F(2) * folded, F(1)), min(F(2) * (F(1) - folded), F(1))};
}

} // namespace juggler::inline JUGGLER_ISA
