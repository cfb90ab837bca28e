// Scattering: samples follow their densities, weights are the ratio they should be, light is
// conserved, and directions can be exchanged.
#include "host/scene/fresnel_average.h"
#include "kernels/bsdf.h"
#include "tests/support/density.h"
#include "tests/support/random.h"
#include "tests/support/scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace juggler {
namespace {

using test::Direction;

constexpr int million = 1000000;

MaterialPoint<float> plastic(float roughness, float specular = 1) {
    MaterialPoint<float> m{};
    m.base = {0.8f, 0.5f, 0.3f};
    m.alpha = roughness * roughness;
    m.ior = 1.5f;
    m.fresnel_average = fresnel_average(1.5);
    m.specular = specular;
    return m;
}
MaterialPoint<float> metal(float roughness) {
    MaterialPoint<float> m = plastic(roughness);
    m.metallic = 1;
    return m;
}
MaterialPoint<float> glass(float roughness, bool thin) {
    MaterialPoint<float> m = plastic(roughness);
    m.base = {0.9f, 0.9f, 0.9f};
    m.transmission = 1;
    m.flags = material_transmissive | (thin ? uint32_t(material_thin) : 0u);
    return m;
}
MaterialPoint<float> mixture(float roughness) {
    MaterialPoint<float> m = glass(roughness, false);
    m.metallic = 0.3f;
    m.transmission = 0.5f;
    return m;
}

Vec3<float> tilted(float degrees) {
    const SinCos<float> t = sin_cos_2pi(degrees / 360);
    return {t.sin * 0.8f, t.sin * 0.6f, t.cos};
}

struct Case {
    std::string name;
    MaterialPoint<float> material;
    float degrees;
    bool inside;
};

Bsdf<float> bsdf_of(const Case& c) {
    const Vec3<float> wo = tilted(c.degrees);
    return make_bsdf(c.material, wo, c.inside ? -wo.z : wo.z);
}

std::vector<Case> cases() {
    std::vector<Case> all;
    const auto add = [&](const std::string& name, const MaterialPoint<float>& m, float degrees,
                         bool inside = false) {
        all.push_back({name + " at " + std::to_string(int(degrees)) + " degrees" +
                           (inside ? " from inside" : ""),
                       m, degrees, inside});
    };
    for (float degrees : {0.0f, 30.0f, 60.0f, 80.0f, 89.0f}) {
        add("Lambert", plastic(1, 0), degrees);
        for (float roughness : {0.2f, 0.5f, 1.0f})
            add("plastic " + std::to_string(roughness), plastic(roughness), degrees);
        for (float roughness : {0.05f, 0.1f, 0.3f, 0.6f, 1.0f})
            add("metal " + std::to_string(roughness), metal(roughness), degrees);
    }
    for (float degrees : {0.0f, 30.0f, 60.0f, 80.0f}) {
        for (float roughness : {0.1f, 0.3f, 0.7f}) {
            const std::string r = std::to_string(roughness);
            add("thin glass " + r, glass(roughness, true), degrees);
            add("solid glass " + r, glass(roughness, false), degrees);
            add("solid glass " + r, glass(roughness, false), degrees, true);
        }
        add("mixture", mixture(0.4f), degrees);
        add("mixture", mixture(0.4f), degrees, true);
    }
    return all;
}

// Where smooth surfaces would send the light.
Direction mirror_axis(const Bsdf<float>& b) {
    return {-double(b.wo.x), -double(b.wo.y), double(b.wo.z)};
}
Direction transmission_axis(const Bsdf<float>& b) {
    const Direction mirror = mirror_axis(b);
    if (b.thin) return {mirror.x, mirror.y, -mirror.z};
    const double sin2 = (1 - mirror.z * mirror.z) / (double(b.eta) * b.eta);
    if (sin2 >= 1) // to grazing
        return test::unit({mirror.x, mirror.y, -0.1});
    return {mirror.x / b.eta, mirror.y / b.eta, -std::sqrt(1 - sin2)};
}
Direction lobe_axis(const Bsdf<float>& b) {
    return b.transmission > 0.9f ? transmission_axis(b) : mirror_axis(b);
}

TEST(Bsdf, samples_follow_the_density_that_eval_states) {
    const int samples = test::scale() > 1 ? million : million / 2;
    const std::vector<Case> all = cases();
    const double level = test::sidak_level(static_cast<int>(all.size()));
    test::Random random(11);
    for (const Case& c : all) {
        const Bsdf<float> b = bsdf_of(c);
        const double width = std::clamp(2.0 * b.alpha, 0.005, 0.6);
        const test::DirectionGrid grid(lobe_axis(b), width);
        int strange = 0;
        const auto result = test::test_density(
            grid, samples,
            [&](Direction& d) {
                const float lobe = random.unit(), u = random.unit(), v = random.unit();
                const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
                if (!s.valid) return false;
                strange += !(s.pdf > 0) || !(s.weight.x >= 0 && s.weight.x < 1e4f);
                d = test::from_kernel(s.wi);
                return true;
            },
            [&](const Direction& d) { return double(eval_bsdf(b, test::to_kernel(d)).pdf); });
        EXPECT_GT(result.p, level) << c.name;
        EXPECT_NEAR(result.covered, result.sampled, 4 * std::sqrt(0.25 / samples) + 1e-4) << c.name;
        EXPECT_EQ(strange, 0) << c.name;
    }
}

TEST(Bsdf, a_density_two_percent_off_on_one_half_is_caught) {
    const Bsdf<float> b = bsdf_of({"", plastic(0.5f), 30, false});
    test::Random random(12);
    const auto result = test::test_density(
        test::DirectionGrid(lobe_axis(b), 0.5), million,
        [&](Direction& d) {
            const float lobe = random.unit(), u = random.unit(), v = random.unit();
            const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
            d = test::from_kernel(s.wi);
            return s.valid;
        },
        [&](const Direction& d) {
            return eval_bsdf(b, test::to_kernel(d)).pdf * (d.y > 0 ? 1.02 : 0.98);
        });
    EXPECT_LT(result.p, 1e-6);
}

TEST(Bsdf, weight_and_density_of_a_sample_are_those_of_eval) {
    test::Random random(13);
    for (const Case& c : cases()) {
        const Bsdf<float> b = bsdf_of(c);
        for (int i = 0; i < 2000; ++i) {
            const float lobe = random.unit(), u = random.unit(), v = random.unit();
            const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
            if (!s.valid) continue;
            const BsdfValue<float> value = eval_bsdf(b, s.wi);
            ASSERT_EQ(s.pdf, value.pdf) << c.name;
            ASSERT_NEAR(s.weight.x * s.pdf, value.f_cos.x, 1e-5f * value.f_cos.x) << c.name;
        }
    }
}

// ---- energy ------------------------------------------------------------------------------------

// Share of white light that is scattered, by quadrature of f cos. A refraction's f is brought back
// from radiance to power by the square of the relative index.
double albedo(const Bsdf<float>& b, int max_depth = 1) {
    const double width = std::clamp(2.0 * b.alpha, 0.005, 0.6);
    const auto side = [&](const Direction& axis, bool above) {
        const auto mass = test::DirectionGrid(axis, width)
                              .integrate(
                                  [&](const Direction& d) {
                                      if ((d.z > 0) != above) return 0.0;
                                      const double f = eval_bsdf(b, test::to_kernel(d)).f_cos.y;
                                      return above || b.thin ? f : f * b.eta * b.eta;
                                  },
                                  max_depth);
        return std::accumulate(mass.begin(), mass.end(), 0.0);
    };
    const double reflected = side(mirror_axis(b), true);
    return b.transmission > 0 ? reflected + side(transmission_axis(b), false) : reflected;
}
test::Mean sampled_albedo(const Bsdf<float>& b, int samples, uint64_t seed) {
    test::Random random(seed);
    test::Mean mean;
    for (int i = 0; i < samples; ++i) {
        const float lobe = random.unit(), u = random.unit(), v = random.unit();
        const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
        mean.add(s.valid ? double(s.weight.y) * s.eta2 : 0.0);
    }
    return mean;
}

TEST(Bsdf, sampled_weights_add_up_to_the_integral_of_f) {
    for (const Case& c : cases()) {
        const Bsdf<float> b = bsdf_of(c);
        const test::Mean sampled = sampled_albedo(b, million / 5, 14);
        EXPECT_NEAR(sampled.mean(), albedo(b), 4.5 * sampled.error() + 2e-4) << c.name;
    }
}

TEST(Bsdf, no_white_surface_gives_more_light_than_it_gets) {
    for (float roughness : {0.2f, 0.6f, 1.0f}) {
        for (MaterialPoint<float> m :
             {plastic(roughness), plastic(roughness, 0.5f), metal(roughness),
              glass(roughness, true), glass(roughness, false), mixture(roughness)}) {
            m.base = {1, 1, 1};
            const bool solid = m.transmission > 0 && !(m.flags & material_thin);
            for (float degrees = 0; degrees < 90; degrees += 11)
                // From inside, a diffuse share's coat knows the mean facet's total reflection only.
                for (int inside = 0; inside <= (solid ? 1 : 0); ++inside)
                    EXPECT_LE(albedo(bsdf_of({"", m, degrees, inside != 0}), 0),
                              inside != 0 ? 1.01 : 1.001)
                        << "roughness " << roughness << ", metallic " << m.metallic
                        << ", transmission " << m.transmission << ", flags " << m.flags << " at "
                        << degrees << (inside != 0 ? " inside" : "");
        }
    }
}

TEST(Bsdf, white_lambert_mirror_and_smooth_glass_lose_nothing) {
    test::Random random(15);
    for (float degrees : {0.0f, 30.0f, 60.0f, 85.0f}) {
        for (bool inside : {false, true}) {
            for (MaterialPoint<float> m :
                 {plastic(1, 0), metal(0), glass(0, false), glass(0, true)}) {
                if (inside && m.transmission == 0) continue;
                m.base = {1, 1, 1};
                const Bsdf<float> b = bsdf_of({"", m, degrees, inside});
                test::Mean mean;
                for (int i = 0; i < 10000; ++i) {
                    const float lobe = random.unit(), u = random.unit(), v = random.unit();
                    const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
                    mean.add(s.valid ? double(s.weight.x) * s.eta2 : 0.0);
                }
                EXPECT_NEAR(mean.mean(), 1, 2e-5)
                    << "metallic " << m.metallic << ", transmission " << m.transmission << " at "
                    << degrees << (inside ? " inside" : "");
            }
        }
    }
}

// ---- reciprocity -------------------------------------------------------------------------------

Vec3<float> random_upper(test::Random& random) {
    const float z = random.between(0.02f, 1), turn = random.unit();
    const SinCos<float> phi = sin_cos_2pi(turn);
    const float r = square_root(1 - z * z);
    return normalize(Vec3<float>{r * phi.cos, r * phi.sin, z});
}

// |f(a, b) - f(b, a)| against the larger of the two.
float difference(float f, float g) { return absolute(f - g) / max(max(f, g), 1e-6f); }

TEST(Bsdf, reflection_is_reciprocal) {
    test::Random random(16);
    for (int i = 0; i < million; ++i) {
        const float roughness = random.between(0.1f, 1);
        MaterialPoint<float> m = i % 3 == 0 ? metal(roughness) : plastic(roughness);
        if (i % 3 == 2) m = glass(roughness, i % 2 == 0);
        const Vec3<float> a = random_upper(random), b = random_upper(random);
        const Vec3<float> ab = eval_bsdf(make_bsdf(m, a, a.z), b).f_cos;
        const Vec3<float> ba = eval_bsdf(make_bsdf(m, b, b.z), a).f_cos;
        ASSERT_LE(difference(ab.x / b.z, ba.x / a.z), 1e-5f) << i;
        ASSERT_LE(difference(ab.z / b.z, ba.z / a.z), 1e-5f) << i;
    }
}

TEST(Bsdf, transmission_through_thin_surfaces_is_reciprocal) {
    test::Random random(17);
    for (int i = 0; i < million / 4; ++i) {
        const MaterialPoint<float> m = glass(random.between(0.1f, 1), true);
        const Vec3<float> a = random_upper(random), b = random_upper(random);
        const Vec3<float> below_b = {b.x, b.y, -b.z}, below_a = {a.x, a.y, -a.z};
        const float ab = eval_bsdf(make_bsdf(m, a, a.z), below_b).f_cos.x / b.z;
        const float ba = eval_bsdf(make_bsdf(m, b, -b.z), below_a).f_cos.x / a.z;
        ASSERT_LE(difference(ab, ba), 1e-5f) << i;
    }
}

// f(wo -> wi) times the squared index on wi's side is the same with the two exchanged (Veach 1997,
// section 5.2).
TEST(Bsdf, refraction_is_reciprocal_up_to_the_squared_indices) {
    test::Random random(18);
    int tested = 0;
    for (int i = 0; i < million; ++i) {
        const MaterialPoint<float> m = glass(random.between(0.3f, 1), false);
        const Vec3<float> a = random_upper(random), b = random_upper(random);
        // a is in air above, b in glass below; each side's frame has its own normal up.
        const Vec3<float> below = {b.x, b.y, -b.z};
        const float into = eval_bsdf(make_bsdf(m, a, a.z), below).f_cos.x / b.z;
        const Vec3<float> out_wi = {a.x, a.y, -a.z};
        const float out = eval_bsdf(make_bsdf(m, b, -b.z), out_wi).f_cos.x / a.z;
        if (into <= 0 && out <= 0) continue;
        ++tested;
        // Near grazing facets 1 - Fresnel has few digits left.
        const float back = into * m.ior * m.ior;
        ASSERT_NEAR(back, out, 2e-4f * max(back, out) + 1e-3f) << i;
    }
    EXPECT_GT(tested, 10000);
}

TEST(Bsdf, values_are_finite_and_at_least_zero_for_any_material_and_direction) {
    test::Random random(19);
    for (int i = 0; i < million; ++i) {
        MaterialPoint<float> m{};
        const auto edge = [&] {
            const uint32_t k = random.below(4);
            return k == 0 ? 0.0f : k == 1 ? 1.0f : random.unit();
        };
        m.base = {edge(), edge(), edge()};
        m.metallic = edge();
        m.alpha = edge();
        m.ior = i % 5 == 0 ? 1.0f : random.between(1, 3);
        m.specular = edge();
        m.transmission = edge();
        m.flags = (random.below(2) ? uint32_t(material_thin) : 0u) | material_transmissive;
        Vec3<float> wo = random_upper(random);
        if (i % 7 == 0) wo = normalize(Vec3<float>{wo.x, wo.y, 1e-6f});
        const Bsdf<float> b = make_bsdf(m, wo, random.below(2) ? wo.z : -wo.z);
        const float lobe = random.unit(), u = random.unit(), v = random.unit();
        const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
        if (s.valid) {
            ASSERT_TRUE(s.weight.x >= 0 && s.weight.x < 1e6f) << i << ": " << s.weight.x;
            ASSERT_TRUE(s.pdf >= 0 && s.pdf < 3e38f) << i << ": " << s.pdf;
            ASSERT_NEAR(dot(s.wi, s.wi), 1, 1e-5f) << i;
        }
        Vec3<float> wi = random_upper(random);
        if (i % 2 == 0) wi.z = -wi.z;
        const BsdfValue<float> value = eval_bsdf(b, wi);
        ASSERT_TRUE(value.f_cos.x >= 0 && value.f_cos.x < 3e38f) << i;
        ASSERT_TRUE(value.pdf >= 0 && value.pdf < 3e38f) << i;
    }
}

} // namespace
} // namespace juggler
