// Three-vectors of lanes. Every product and sum has one written order.
#pragma once

#include "kernels/lane.h"

namespace juggler::inline JUGGLER_ISA {

template <class F>
struct Vec3 {
    F x, y, z;
};

template <class F>
JUGGLER_FN Vec3<F> operator+(Vec3<F> a, Vec3<F> b) {
    return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class F>
JUGGLER_FN Vec3<F> operator-(Vec3<F> a, Vec3<F> b) {
    return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class F>
JUGGLER_FN Vec3<F> operator*(Vec3<F> a, Vec3<F> b) {
    return {a.x * b.x, a.y * b.y, a.z * b.z};
}
template <class F>
JUGGLER_FN Vec3<F> operator*(F s, Vec3<F> a) {
    return {s * a.x, s * a.y, s * a.z};
}
template <class F>
JUGGLER_FN Vec3<F> negate(Vec3<F> a) {
    return {F(0) - a.x, F(0) - a.y, F(0) - a.z};
}
template <class F>
JUGGLER_FN F dot(Vec3<F> a, Vec3<F> b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class F>
JUGGLER_FN Vec3<F> cross(Vec3<F> a, Vec3<F> b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class F>
JUGGLER_FN F length(Vec3<F> a) {
    return square_root(dot(a, a));
}
// Unit length; a vector shorter than 1e-18 stays as short as it is.
template <class F>
JUGGLER_FN Vec3<F> normalize(Vec3<F> a) {
    return (F(1) / max(length(a), F(1e-18f))) * a;
}
template <class F>
JUGGLER_FN F max_component(Vec3<F> a) {
    return max(max(a.x, a.y), a.z);
}
// Luminance of linear RGB (Rec. 709).
template <class F>
JUGGLER_FN F luminance(Vec3<F> a) {
    return F(0.2126f) * a.x + F(0.7152f) * a.y + F(0.0722f) * a.z;
}
template <class M, class F>
JUGGLER_FN Vec3<F> select(M m, Vec3<F> a, Vec3<F> b) {
    return {select(m, a.x, b.x), select(m, a.y, b.y), select(m, a.z, b.z)};
}
template <class F>
JUGGLER_FN Vec3<F> splat3(F x) {
    return {x, x, x};
}
// Three floats of memory, the same for all lanes.
template <class F>
JUGGLER_FN Vec3<F> load3(const float* p) {
    return {F(p[0]), F(p[1]), F(p[2])};
}
// Three consecutive floats from `index` on.
template <class F>
JUGGLER_FN Vec3<F> gather3(const float* p, Uint<F> index) {
    const auto t = gather_triple(p, index);
    return {t.x, t.y, t.z};
}

// A right-handed frame around a unit normal (Duff et al. 2017, "Building an Orthonormal Basis,
// Revisited").
template <class F>
struct Basis {
    Vec3<F> x, y, z;
};
template <class F>
JUGGLER_FN Basis<F> make_basis(Vec3<F> n) {
    const F sign = with_sign(F(1), n.z);
    const F a = F(-1) / (sign + n.z);
    const F b = n.x * n.y * a;
    return {{F(1) + sign * n.x * n.x * a, sign * b, F(0) - sign * n.x},
            {b, sign + n.y * n.y * a, F(0) - n.y},
            n};
}
template <class F>
JUGGLER_FN Vec3<F> to_local(Basis<F> basis, Vec3<F> v) {
    return {dot(v, basis.x), dot(v, basis.y), dot(v, basis.z)};
}
template <class F>
JUGGLER_FN Vec3<F> to_world(Basis<F> basis, Vec3<F> v) {
    return v.x * basis.x + v.y * basis.y + v.z * basis.z;
}

} // namespace juggler::inline JUGGLER_ISA
