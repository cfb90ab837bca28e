// How much light the boundary of a material reflects, a channel.
#pragma once

#include "kernels/math.h"
#include "kernels/vec3.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

// Unpolarised reflectance of a smooth dielectric boundary; eta = index behind / index in front,
// cos_i >= 0. 1 beyond the critical angle.
template <class F>
JUGGLER_FN F fresnel_dielectric(F cos_i, F eta) {
    const F sin2_t = (F(1) - cos_i * cos_i) / (eta * eta);
    const F cos_t = square_root(max(F(1) - sin2_t, F(0)));
    const F rs = (cos_i - eta * cos_t) / (cos_i + eta * cos_t);
    const F rp = (eta * cos_i - cos_t) / (eta * cos_i + cos_t);
    return select(sin2_t >= F(1), F(1), F(0.5f) * (rs * rs + rp * rp));
}

template <class F>
JUGGLER_FN F schlick_weight(F cos_theta) {
    const F m = clamp(F(1) - cos_theta, F(0), F(1));
    const F m2 = m * m;
    return m2 * m2 * m;
}
template <class F>
JUGGLER_FN Vec3<F> schlick(Vec3<F> f0, F cos_theta) {
    return f0 + schlick_weight(cos_theta) * (splat3(F(1)) - f0);
}

// Reflectance at normal incidence between media of two indices, and the index behind it.
template <class F>
JUGGLER_FN F index_to_f0(F behind, F front) {
    const F root = (behind - front) / (behind + front);
    return root * root;
}
template <class F>
JUGGLER_FN F f0_to_index(F f0) {
    const F root = square_root(clamp(f0, F(0), F(0.9999f)));
    return (F(1) + root) / (F(1) - root);
}

// A thin film over a base, after Belcour and Barla 2017, "A Practical Extension to Microfacet
// Theory for the Modeling of Varying Iridescence": interference of the light reflected at the
// film's two sides, summed over the spectrum in closed form by Gaussians fitted to the eye's
// sensitivities (constants of the paper).
template <class F>
struct ThinFilm {
    F index, nm; // thickness
};

// A Gaussian of the spectrum: sqrt(2 pi variance) times its height over the sum of all, its place
// and its variance.
template <class F>
JUGGLER_FN F film_bump(F phase, F shift, float height, float place, float variance) {
    const F turn = F(place) * phase + shift;
    return F(height) * (sin_cos(turn).cos * exp((F(0) - F(variance)) * (phase * phase)));
}

// What is left of cos(2 pi path / wavelength + shift) over the spectrum, XYZ to linear RGB with
// one shift a channel; `path` in nanometres.
template <class F>
JUGGLER_FN Vec3<F> film_sensitivity(F path, Vec3<F> shift) {
    const F phase = F(two_pi * 1e-9f) * path;
    const F x = film_bump(phase, shift.x, 0.846590f, 1.6810e6f, 4.3278e9f) +
                film_bump(phase, shift.x, 0.153868f, 2.2399e6f, 4.5282e9f);
    const F y = film_bump(phase, shift.y, 1.000222f, 1.7953e6f, 9.3046e9f);
    const F z = film_bump(phase, shift.z, 1.001122f, 2.2084e6f, 6.6121e9f);
    return {(F(3.2404542f) * x - F(1.5371385f) * y) - F(0.4985314f) * z,
            (F(1.8760108f) * y - F(0.9692660f) * x) + F(0.0415560f) * z,
            (F(0.0556434f) * x - F(0.2040259f) * y) + F(1.0572252f) * z};
}

template <class F>
JUGGLER_FN F film_shift(F f0, F film_index) {
    return select(f0_to_index(f0) < film_index, F(pi), F(0));
}

// Of light in the film: what both sides reflect.
template <class F>
JUGGLER_FN F film_round(F top, F bottom) {
    return min(top * bottom, F(0.9999f));
}

// Reflectance of the film over a base that reflects f0 at normal incidence; cos is of the
// direction in air.
template <class F>
JUGGLER_FN_LARGE Vec3<F> film_reflectance(const ThinFilm<F>& film, Vec3<F> f0, F cos_theta) {
    // A film thinner than 30 nm fades into the air around it.
    const F fade = clamp(film.nm * F(1.0f / 30), F(0), F(1));
    const F index = F(1) + (film.index - F(1)) * (fade * fade * (F(3) - F(2) * fade));
    const F sin2_in = (F(1) - cos_theta * cos_theta) / (index * index);
    const F cos_in = square_root(max(F(1) - sin2_in, F(0)));
    const F top = fresnel_dielectric(cos_theta, index);
    const F into = F(1) - top;
    const Vec3<F> bottom = schlick(Vec3<F>{index_to_f0(f0_to_index(f0.x), index),
                                           index_to_f0(f0_to_index(f0.y), index),
                                           index_to_f0(f0_to_index(f0.z), index)},
                                   cos_in);
    const Vec3<F> shift = {F(pi) + film_shift(f0.x, index), F(pi) + film_shift(f0.y, index),
                           F(pi) + film_shift(f0.z, index)};
    const F path = F(2) * index * film.nm * cos_in;
    const Vec3<F> round = {film_round(top, bottom.x), film_round(top, bottom.y),
                           film_round(top, bottom.z)};
    const Vec3<F> root = {square_root(round.x), square_root(round.y), square_root(round.z)};
    const F twice = into * into;
    const Vec3<F> inner = {twice * bottom.x / (F(1) - round.x), twice * bottom.y / (F(1) - round.y),
                           twice * bottom.z / (F(1) - round.z)};
    Vec3<F> sum = splat3(top) + inner;
    Vec3<F> order = inner - splat3(into);
    for (int m = 1; m <= 2; ++m) {
        order = order * root;
        const F times(static_cast<float>(m));
        sum = sum + order * (F(2) * film_sensitivity(times * path, times * shift));
    }
    return {clamp(sum.x, F(0), F(1)), clamp(sum.y, F(0), F(1)), clamp(sum.z, F(0), F(1))};
}

// The smooth boundary of a material: a mix of metal and dielectric under one film.
template <class F>
struct Boundary {
    Vec3<F> base; // the metal's reflectance at normal incidence
    F eta;        // dielectric: index behind over index in front
    F specular;   // scales its reflectance
    uint32_t features;
    // With feature_tint: the dielectric's reflectance at normal incidence as it is and as it is
    // made to be; the film and the share of the surface that it covers.
    F f0;
    Vec3<F> f0_tinted;
    ThinFilm<F> film;
    F iridescence;
};

template <class F>
struct Reflectance {
    Vec3<F> metal, dielectric;
    F blocked; // what the dielectric keeps from the layer below it
};

template <class F>
JUGGLER_FN F dielectric_reflectance(const Boundary<F>& b, F cos_theta) {
    const F fresnel = fresnel_dielectric(cos_theta, b.eta);
    return select(fresnel < F(1), b.specular * fresnel, fresnel);
}

// Whether the dielectric reflects nothing from any direction.
template <class F>
JUGGLER_FN Mask<F> never_mirrors(const Boundary<F>& b) {
    if (b.features & feature_tint) return Mask<F>(false);
    return (b.specular == F(0)) & (b.eta >= F(1));
}

// Tinted: the curve from f0 to 1 of the untinted reflectance, stretched to start at f0_tinted.
template <class F>
JUGGLER_FN_LARGE Reflectance<F> tinted_reflectance(const Boundary<F>& b, F cos_theta) {
    const F fresnel = fresnel_dielectric(cos_theta, b.eta);
    const auto total = fresnel >= F(1);
    const F along = clamp((fresnel - b.f0) / (F(1) - b.f0), F(0), F(1));
    Reflectance<F> r;
    r.metal = schlick(b.base, cos_theta);
    r.dielectric = b.specular * (b.f0_tinted + along * (splat3(F(1)) - b.f0_tinted));
    const auto filmed = b.iridescence > F(0);
    if (any(filmed)) {
        // From within, the film is crossed on the way out.
        const F sin2_t = (F(1) - cos_theta * cos_theta) / (b.eta * b.eta);
        const F outside = select(b.eta < F(1), square_root(max(F(1) - sin2_t, F(0))), cos_theta);
        const Vec3<F> over_metal = film_reflectance(b.film, b.base, outside);
        const Vec3<F> over_dielectric = film_reflectance(b.film, b.specular * b.f0_tinted, outside);
        const F share = select(filmed, b.iridescence, F(0));
        r.metal = r.metal + share * (over_metal - r.metal);
        r.dielectric = r.dielectric + share * (over_dielectric - r.dielectric);
    }
    r.dielectric = select(total, splat3(F(1)), r.dielectric);
    r.blocked = max_component(r.dielectric);
    return r;
}

template <class F>
JUGGLER_FN Reflectance<F> reflectance(const Boundary<F>& b, F cos_theta) {
    if (b.features & feature_tint) return tinted_reflectance(b, cos_theta);
    const F Fd = dielectric_reflectance(b, cos_theta);
    return {schlick(b.base, cos_theta), splat3(Fd), Fd};
}
template <class F>
JUGGLER_FN F blocked(const Boundary<F>& b, F cos_theta) {
    if (b.features & feature_tint) return tinted_reflectance(b, cos_theta).blocked;
    return dielectric_reflectance(b, cos_theta);
}

} // namespace juggler::inline JUGGLER_ISA
