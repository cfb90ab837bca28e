// Uniform numbers to points and directions, each beside its density.
#pragma once

#include "kernels/math.h"
#include "kernels/sampler.h"
#include "kernels/vec3.h"

namespace juggler::inline JUGGLER_ISA {

// Uniform on the unit disk; polar mapping, so that neighbouring draws stay neighbours.
template <class F>
JUGGLER_FN Sample2<F> sample_disk(F u, F v) {
    const F r = square_root(u);
    const SinCos<F> phi = sin_cos_2pi(v);
    return {r * phi.cos, r * phi.sin};
}

// About +z with density cos / pi.
template <class F>
JUGGLER_FN Vec3<F> sample_cosine(F u, F v) {
    const Sample2<F> disk = sample_disk(u, v);
    return {disk.x, disk.y, square_root(max(F(1) - u, F(0)))};
}
template <class F>
JUGGLER_FN F pdf_cosine(F cos_theta) {
    return max(cos_theta, F(0)) * F(inv_pi);
}

// Uniform in the cone about +z whose 1 - cos(half angle) is `one_minus_cos` (2 = the sphere).
template <class F>
JUGGLER_FN Vec3<F> sample_cone(F u, F v, F one_minus_cos) {
    const F h = u * one_minus_cos; // 1 - cos theta
    const F r = square_root(max(h * (F(2) - h), F(0)));
    const SinCos<F> phi = sin_cos_2pi(v);
    return {r * phi.cos, r * phi.sin, F(1) - h};
}
template <class F>
JUGGLER_FN F pdf_cone(F one_minus_cos) {
    return F(1) / (F(two_pi) * one_minus_cos);
}

// Barycentric weights of the second and third vertex, uniform over a triangle (Heitz 2019, "A
// Low-Distortion Map Between Triangle and Square").
template <class F>
JUGGLER_FN Sample2<F> sample_triangle(F u, F v) {
    const auto upper = v > u;
    const F half_u = F(0.5f) * u, half_v = F(0.5f) * v;
    return {select(upper, half_u, u - half_v), select(upper, v - half_u, half_v)};
}

// Half vector of GGX visible from `wo` (wo.z > 0), in its spherical-cap form (Dupuy and Benyoub
// 2023, "Sampling Visible GGX Normals with Spherical Caps", after Heitz 2018); alpha along x and y.
template <class F>
JUGGLER_FN Vec3<F> sample_ggx_visible(Vec3<F> wo, F alpha_x, F alpha_y, F u, F v) {
    const Vec3<F> stretched = normalize(Vec3<F>{alpha_x * wo.x, alpha_y * wo.y, wo.z});
    const F z = (F(1) - u) * (F(1) + stretched.z) - stretched.z;
    const F r = square_root(clamp(F(1) - z * z, F(0), F(1)));
    const SinCos<F> phi = sin_cos_2pi(v);
    const Vec3<F> h = Vec3<F>{r * phi.cos, r * phi.sin, z} + stretched;
    return normalize(Vec3<F>{alpha_x * h.x, alpha_y * h.y, max(h.z, F(0))});
}
template <class F>
JUGGLER_FN Vec3<F> sample_ggx_visible(Vec3<F> wo, F alpha, F u, F v) {
    return sample_ggx_visible(wo, alpha, alpha, u, v);
}

// GGX distribution of half vectors (Trowbridge and Reitz 1975, Walter et al. 2007).
template <class F>
JUGGLER_FN F ggx_d(Vec3<F> h, F alpha) {
    const F a2 = alpha * alpha;
    const F k = (h.x * h.x + h.y * h.y) + a2 * (h.z * h.z);
    return a2 / (F(pi) * (k * k));
}
// sqrt(a^2 + (1 - a^2) cos^2): Smith's masking is 2 cos / (cos + this).
template <class F>
JUGGLER_FN F ggx_root(F cos_theta, F alpha) {
    const F a2 = alpha * alpha;
    return square_root(a2 + (F(1) - a2) * (cos_theta * cos_theta));
}

// The same with alpha along x and y.
template <class F>
JUGGLER_FN F ggx_d(Vec3<F> h, F alpha_x, F alpha_y) {
    const F x = h.x / alpha_x, y = h.y / alpha_y;
    const F k = (x * x + y * y) + h.z * h.z;
    return F(1) / (F(pi) * (alpha_x * alpha_y) * (k * k));
}
template <class F>
JUGGLER_FN F ggx_root(Vec3<F> w, F alpha_x, F alpha_y) {
    const F x = alpha_x * w.x, y = alpha_y * w.y;
    return square_root((x * x + y * y) + w.z * w.z);
}

// Sheen: fibres, Charlie's distribution of half vectors (Estevez and Kulla 2017, "Production
// Friendly Microfacet Sheen BRDF") under the visibility of Neubelt and Pettineo 2013. Roughness is
// perceptual and counts as at least 0.07.
template <class F>
JUGGLER_FN F sheen_value(F roughness, F cos_h, F cos_o, F cos_i) {
    const F r = max(roughness, F(0.07f));
    const F inv_alpha = F(1) / (r * r);
    const F sin2 = clamp(F(1) - cos_h * cos_h, F(1e-30f), F(1));
    const F D = (F(2) + inv_alpha) * pow(sin2, F(0.5f) * inv_alpha) * F(0.5f * inv_pi);
    return D / max(F(4) * ((cos_i + cos_o) - cos_i * cos_o), F(1e-30f));
}

// The power heuristic with exponent 2 (Veach and Guibas 1995).
template <class F>
JUGGLER_FN F power_heuristic(F pdf, F other) {
    const F ratio = other / pdf;
    return F(1) / (F(1) + ratio * ratio);
}

} // namespace juggler::inline JUGGLER_ISA
