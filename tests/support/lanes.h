// Every kernel function as columns of bits, for any lane type: what one lane computes, all lanes of
// all packs of all instruction sets must compute. No standard library here: instruction-set units
// include this.
#pragma once

#include "kernels/pack.h"
#include "kernels/path.h"

namespace juggler::test {

// `count` is a multiple of every lane count.
struct LaneInputs {
    uint32_t count;
    const float* unit[12];    // in [0, 1)
    const uint32_t* words[3]; // any bits
};

// Paths whose rays have been traced already: what each step found.
struct PathInputs {
    const SceneView* scene;
    const FrameView* frame;
    uint32_t count, steps;
    const uint32_t *x, *y, *sample;
    const float *t, *u, *v;                         // [step][path]
    const uint32_t *instance, *primitive, *visible; // [step][path]
};

inline constexpr uint32_t lane_columns = 160, path_columns = 64;

// out: [lane_columns][count], and [step][path_columns][count].
struct LaneFunctions {
    const char* name;
    void (*values)(const LaneInputs& in, const SceneView& scene, uint32_t* out);
    void (*paths)(const PathInputs& in, uint32_t* out);
};

// The instruction-set unit's, a pack of 8.
LaneFunctions lanes_avx2();

} // namespace juggler::test

namespace juggler::inline JUGGLER_ISA {

JUGGLER_FN uint32_t lane(float x, int) { return as_uint(x); }
JUGGLER_FN uint32_t lane(uint32_t x, int) { return x; }
template <class F>
JUGGLER_FN F load_lanes(const float* p, uint32_t at) {
    if constexpr (LaneTraits<F>::lanes == 1) {
        return p[at];
    } else {
        F x(0);
        std::memcpy(&x, p + at, sizeof x);
        return x;
    }
}
template <class F>
JUGGLER_FN Uint<F> load_lanes(const uint32_t* p, uint32_t at) {
    if constexpr (LaneTraits<F>::lanes == 1) {
        return p[at];
    } else {
        Uint<F> x(0u);
        std::memcpy(&x, p + at, sizeof x);
        return x;
    }
}

// Writes columns in the order they come.
template <class F>
struct ColumnWriter {
    uint32_t* out;
    uint32_t count, at, column;
};
template <class F>
JUGGLER_FN void put_word(ColumnWriter<F>& w, Uint<F> x) {
    for (int i = 0; i < LaneTraits<F>::lanes; ++i)
        w.out[w.column * w.count + w.at + uint32_t(i)] = lane(x, i);
    ++w.column;
}
template <class F>
JUGGLER_FN void put(ColumnWriter<F>& w, F x) {
    put_word(w, as_uint(x));
}
template <class F>
JUGGLER_FN void put(ColumnWriter<F>& w, Vec3<F> v) {
    put(w, v.x);
    put(w, v.y);
    put(w, v.z);
}
template <class F>
JUGGLER_FN void put_mask(ColumnWriter<F>& w, Mask<F> m) {
    put_word(w, select(m, Uint<F>(1), Uint<F>(0)));
}
// 0 where the value means nothing.
template <class F>
JUGGLER_FN void put_if(ColumnWriter<F>& w, Mask<F> m, Vec3<F> v) {
    put(w, select(m, v, splat3(F(0))));
}
template <class F>
JUGGLER_FN void put_if(ColumnWriter<F>& w, Mask<F> m, F x) {
    put(w, select(m, x, F(0)));
}

template <class F>
JUGGLER_FN Vec3<F> unit_vector(F u, F v) {
    return sample_cone(u, v, F(2));
}

template <class F>
static void math_columns(const F* u, ColumnWriter<F>& w) {
    const F wide = (u[0] - F(0.5f)) * F(200);
    const F positive = exp2((u[1] - F(0.5f)) * F(200));
    const SinCos<F> turn = sin_cos_2pi(wide), angle = sin_cos(wide);
    put(w, turn.sin);
    put(w, turn.cos);
    put(w, angle.sin);
    put(w, angle.cos);
    put(w, positive);
    put(w, exp(wide));
    put(w, log(positive));
    put(w, log2(positive));
    put(w, pow(positive, u[2]));
    put(w, acos(F(2.2f) * u[3] - F(1.1f)));
    put(w, atan2(u[4] - F(0.5f), u[5] - F(0.5f)));
    put(w, round_down(wide));
    put(w, square_root(positive));
    put(w, min(u[6], u[7]));
    put(w, max(F(0) - u[6], u[7]));
    put(w, with_sign(u[6], wide));
    put(w, normalize(Vec3<F>{wide, u[8], u[9]}));
    const Basis<F> basis = make_basis(unit_vector(u[10], u[11]));
    put(w, basis.x);
    put(w, basis.y);
    put(w, to_local(basis, unit_vector(u[0], u[1])));
}

template <class F>
static void sampling_columns(const F* u, const Uint<F>* words, ColumnWriter<F>& w) {
    using U = Uint<F>;
    const Sample2<F> s = sample_2d<F>(words[0], words[1] & U(0xffff), words[2] & U(255));
    put(w, s.x);
    put(w, s.y);
    put_word(w, hash_combine(words[0], words[1]));
    put_word(w, pixel_key(frame_key(3, 5), words[2]));
    const Sample2<F> disk = sample_disk(u[0], u[1]);
    put(w, disk.x);
    put(w, disk.y);
    put(w, sample_cosine(u[0], u[1]));
    put(w, sample_cone(u[0], u[1], F(2) * u[2]));
    const Sample2<F> triangle = sample_triangle(u[3], u[4]);
    put(w, triangle.x);
    put(w, triangle.y);
    put(w, sample_ggx_visible(sample_cosine(u[5], u[6]), max(u[7], F(1e-3f)), u[8], u[9]));
}

template <class F>
static void bsdf_columns(const F* u, const Uint<F>* words, ColumnWriter<F>& w) {
    using U = Uint<F>;
    MaterialPoint<F> m;
    m.base = {u[0], u[1], u[2]};
    const U choice = words[0] >> 8;
    const auto bit = [&](int i) { return (choice & U(1u << i)) != U(0); };
    m.metallic = select(bit(0), F(0), select(bit(1), F(1), u[3]));
    m.alpha = select(bit(2), F(0), u[4] * u[4]);
    m.ior = F(1) + u[5];
    m.specular = select(bit(3), F(0), F(1));
    m.fresnel_average = F(0.09f);
    m.features = 0; // golden_test has scenes with them
    m.albedo = nullptr;
    m.transmission = select(bit(4), F(0), select(bit(5), F(1), u[6]));
    m.flags = select(bit(6), U(material_thin), U(0)) | U(material_transmissive);
    Vec3<F> wo = sample_cosine(u[7], u[8]);
    wo.z = max(wo.z, F(1e-6f));
    const Bsdf<F> b = make_bsdf(m, wo, select(bit(7), F(0) - wo.z, wo.z));
    put(w, b.p_specular);
    put(w, b.p_diffuse);
    put(w, b.p_transmit);
    const BsdfValue<F> value = eval_bsdf(b, unit_vector(u[9], u[10]));
    put(w, value.f_cos);
    put(w, value.pdf);
    const BsdfSample<F> s = sample_bsdf(b, u[11], u[9], u[10]);
    put_mask(w, s.valid);
    put_if(w, s.valid, s.wi);
    put_if(w, s.valid, s.weight);
    put_if(w, s.valid, s.pdf);
    put_if(w, s.valid, s.eta2);
    put_mask(w, s.straight);
}

template <class F>
static void scene_columns(const F* u, const Uint<F>* words, const SceneView& scene,
                          uint32_t texture_count, ColumnWriter<F>& w) {
    const F wide_u = (u[0] - F(0.5f)) * F(6), wide_v = (u[1] - F(0.5f)) * F(6);
    const F which = unit_float<F>(words[0]) * F(static_cast<float>(texture_count));
    const Rgba<F> texel = sample_texture<F>(scene, truncate_to_int(which), wide_u, wide_v);
    put(w, texel.rgb);
    put(w, texel.a);
    const Vec3<F> p = {F(4) * u[2] - F(2), F(4) * u[3] - F(2), F(4) * u[4] - F(2)};
    put_word(w, pick_light<F>(scene, words[1]));
    const LightSample<F> light =
        sample_light<F>(scene, p, words[1], Bits2<Uint<F>>{words[0], words[2]});
    put(w, light.wi);
    put(w, light.distance);
    put(w, light.L);
    put(w, light.pdf);
    put_mask(w, light.delta);
    const Vec3<F> d = unit_vector(u[8], u[9]);
    put(w, sky_radiance<F>(scene.sky, d));
    put(w, sun_radiance<F>(scene, d, u[10], true));
}

template <class F>
static void lane_values(const test::LaneInputs& in, const SceneView& scene, uint32_t* out) {
    for (uint32_t at = 0; at < in.count; at += LaneTraits<F>::lanes) {
        F u[12];
        Uint<F> words[3];
        for (int i = 0; i < 12; ++i)
            u[i] = load_lanes<F>(in.unit[i], at);
        for (int i = 0; i < 3; ++i)
            words[i] = load_lanes<F>(in.words[i], at);
        ColumnWriter<F> w{out, in.count, at, 0};
        math_columns(u, w);
        sampling_columns<F>(u, words, w);
        bsdf_columns<F>(u, words, w);
        scene_columns<F>(u, words, scene, 3, w);
    }
}

template <class F>
static void put_state(const PathState<F>& s, Mask<F> was_alive, const Ray<F>& ray,
                      ColumnWriter<F>& w) {
    using U = Uint<F>;
    put(w, s.L);
    put_mask(w, s.alive);
    put_if(w, s.alive, s.beta);
    put_if(w, s.alive, s.o);
    put_if(w, s.alive, s.d);
    put_if(w, s.alive, s.from);
    put_if(w, s.alive, s.pdf);
    put_if(w, s.alive, s.eta2);
    put_if(w, s.alive, s.time);
    put_word(w, select(s.alive, s.medium, U(0)));
    put_word(w, select(s.alive, s.depth, U(0)));
    put_word(w, select(s.alive, s.event, U(0)));
    put_word(w, select(s.alive, next_ray(s).filter_key, U(0)));
    const auto shadow = s.shadow & was_alive;
    put_mask(w, shadow);
    put_if(w, shadow, ray.o);
    put_if(w, shadow, ray.d);
    put_if(w, shadow, s.shadow_L);
    put_if(w, shadow, ray.t_max);
    put_word(w, select(shadow, ray.filter_key, U(0)));
}

template <class F>
static void lane_paths(const test::PathInputs& in, uint32_t* out) {
    using U = Uint<F>;
    for (uint32_t at = 0; at < in.count; at += LaneTraits<F>::lanes) {
        PathState<F> s = begin_path<F>(*in.frame, load_lanes<F>(in.x, at), load_lanes<F>(in.y, at),
                                       load_lanes<F>(in.sample, at));
        for (uint32_t step = 0; step < in.steps; ++step) {
            const uint32_t row = step * in.count + at;
            const Hit<F> hit = {load_lanes<F>(in.t, row), load_lanes<F>(in.u, row),
                                load_lanes<F>(in.v, row), load_lanes<F>(in.instance, row),
                                load_lanes<F>(in.primitive, row)};
            ColumnWriter<F> w{out + size_t(step) * test::path_columns * in.count, in.count, at, 0};
            const auto met = s.alive & (hit.instance != U(none));
            // The filter, for hits of any kind.
            Hit<F> there = hit;
            there.instance = select(met, hit.instance, U(0));
            there.primitive = select(met, hit.primitive, U(0));
            const FilterResult<F> f = filter_hit<F>(*in.scene, ray_shadow, next_ray(s), there);
            put_mask(w, met & f.there);
            put_word(w, select(met, f.transmitted, U(0)));
            const Mask<F> was_alive = s.alive;
            const Ray<F> ray = after_hit<F>(*in.scene, *in.frame, hit, s);
            put_state(s, was_alive, ray, w);
            after_shadow(s, load_lanes<F>(in.visible, row));
        }
    }
}

} // namespace juggler::inline JUGGLER_ISA
