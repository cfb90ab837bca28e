// Lobes that few materials have: what rough surfaces lose comes back, layers share the light, and
// samples follow their densities.
#include "host/scene/albedo_table.h"
#include "host/scene/fresnel_average.h"
#include "kernels/bsdf.h"
#include "tests/support/density.h"
#include "tests/support/random.h"
#include "tests/support/scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace juggler {
namespace {

using test::Direction;

constexpr float angles[] = {0, 30, 60, 80, 89};
constexpr float roughnesses[] = {0.05f, 0.1f, 0.2f, 0.35f, 0.5f, 0.7f, 0.85f, 1};

MaterialPoint<float> white(float roughness) {
    MaterialPoint<float> m{};
    m.base = {1, 1, 1};
    m.alpha = roughness * roughness;
    m.ior = 1.5f;
    m.specular = 1;
    m.fresnel_average = fresnel_average(1.5);
    m.features = feature_compensation;
    m.albedo = albedo_table();
    m.lobes.specular_color = {1, 1, 1};
    m.lobes.anisotropy_cos = 1;
    return m;
}
MaterialPoint<float> metal(float roughness) {
    MaterialPoint<float> m = white(roughness);
    m.metallic = 1;
    return m;
}
MaterialPoint<float> glass(float roughness, bool thin, float ior = 1.5f) {
    MaterialPoint<float> m = white(roughness);
    m.transmission = 1;
    m.ior = ior;
    m.fresnel_average = fresnel_average(double(ior));
    m.flags = material_transmissive | (thin ? uint32_t(material_thin) : 0u);
    return m;
}
MaterialPoint<float> velvet(float sheen_roughness) {
    MaterialPoint<float> m = white(0.6f);
    m.features |= feature_sheen;
    m.lobes.sheen = {1, 0.8f, 0.5f};
    m.lobes.sheen_roughness = sheen_roughness;
    return m;
}
MaterialPoint<float> coated(MaterialPoint<float> m, float roughness, float coat = 1) {
    m.features |= feature_coat;
    m.lobes.coat = coat;
    m.lobes.coat_alpha = roughness * roughness;
    return m;
}
MaterialPoint<float> brushed(MaterialPoint<float> m, float anisotropy) {
    m.features |= feature_anisotropy;
    m.lobes.anisotropy = anisotropy;
    return m;
}
MaterialPoint<float> tinted(MaterialPoint<float> m) {
    m.features |= feature_tint;
    m.lobes.specular_color = {4, 2, 0.5f};
    return m;
}
MaterialPoint<float> filmed(MaterialPoint<float> m, float nm) {
    m.features |= feature_tint;
    m.lobes.iridescence = 1;
    m.lobes.film = {1.3f, nm};
    return m;
}

struct Case {
    std::string name;
    MaterialPoint<float> material;
    bool inside = false;
};

std::vector<Case> cases() {
    MaterialPoint<float> everything = coated(brushed(filmed(velvet(0.5f), 300), 0.5f), 0.2f, 0.7f);
    everything.metallic = 0.3f;
    everything.transmission = 0.5f;
    everything.flags = material_transmissive;
    return {{"metal", metal(0.6f)},
            {"glass", glass(0.5f, false)},
            {"glass", glass(0.5f, false), true},
            {"thin glass", glass(0.5f, true)},
            {"velvet", velvet(0.3f)},
            {"velvet", velvet(0.8f)},
            {"coat", coated(white(0.6f), 0.3f)},
            {"coat over metal", coated(metal(0.5f), 0.5f)},
            {"coated glass", coated(glass(0.4f, false), 0.3f)},
            {"coated glass", coated(glass(0.4f, false), 0.3f), true},
            {"brushed metal", brushed(metal(0.4f), 0.8f)},
            {"brushed glass", brushed(glass(0.4f, false), 0.8f)},
            {"tinted", tinted(white(0.4f))},
            {"film", filmed(metal(0.4f), 400)},
            {"filmed glass", filmed(glass(0.4f, false), 250), true},
            {"everything", everything},
            {"everything", everything, true}};
}

Vec3<float> tilted(float degrees) {
    const SinCos<float> t = sin_cos_2pi(degrees / 360);
    return {t.sin * 0.8f, t.sin * 0.6f, t.cos};
}
const Vec3<float> coat_normal = normalize(Vec3<float>{0.1f, -0.05f, 1});

Bsdf<float> bsdf_of(const MaterialPoint<float>& m, Vec3<float> wo, bool inside = false,
                    Vec3<float> coat = coat_normal) {
    return make_bsdf(m, wo, inside ? -wo.z : wo.z, coat);
}
std::string at(const Case& c, float degrees) {
    return c.name + (c.inside ? " from inside" : "") + " at " + std::to_string(int(degrees));
}

// Share of white light that is scattered, by stratified samples; a refraction is brought back from
// radiance to power.
test::Mean scattered(const Bsdf<float>& b, int side, uint64_t seed) {
    test::Random random(seed);
    test::Mean mean;
    for (int i = 0; i < side; ++i)
        for (int j = 0; j < side; ++j) {
            const float u = (static_cast<float>(i) + random.unit()) / static_cast<float>(side);
            const float v = (static_cast<float>(j) + random.unit()) / static_cast<float>(side);
            const BsdfSample<float> s = sample_bsdf(b, random.unit(), u, v);
            mean.add(s.valid ? double(max_component(s.weight)) * double(s.eta2) : 0.0);
        }
    return mean;
}

TEST(Furnace, RoughMetalAndRoughGlassLoseNothing) {
    double worst = 0;
    for (const float roughness : roughnesses)
        for (const Case& c :
             {Case{"metal", metal(roughness)}, Case{"thin", glass(roughness, true)},
              Case{"glass", glass(roughness, false)}, Case{"glass", glass(roughness, false), true},
              Case{"water", glass(roughness, false, 1.33f)},
              Case{"diamond", glass(roughness, false, 2.4f)},
              Case{"diamond", glass(roughness, false, 2.4f), true}})
            for (const float degrees : angles) {
                const test::Mean mean = scattered(bsdf_of(c.material, tilted(degrees), c.inside),
                                                  120 * int(test::scale()), 3);
                const double off = std::abs(mean.mean() - 1);
                worst = std::max(worst, off);
                EXPECT_LE(off, 0.002 + 3 * mean.error())
                    << at(c, degrees) << ", roughness " << roughness << ", error " << mean.error();
            }
    RecordProperty("worst", std::to_string(worst));
}

TEST(Furnace, WithoutCompensationRoughMetalLosesLight) {
    MaterialPoint<float> m = metal(1);
    m.features = 0;
    EXPECT_LT(scattered(bsdf_of(m, tilted(60)), 200, 3).mean(), 0.8);
}

TEST(Furnace, NoLayersGiveMoreLightThanTheyGet) {
    for (const float roughness : {0.1f, 0.3f, 0.6f, 1.0f})
        for (const Case& c :
             {Case{"plastic", white(roughness)}, Case{"velvet", velvet(roughness)},
              Case{"coat", coated(white(0.5f), roughness)},
              Case{"coated metal", coated(metal(0.5f), roughness)},
              Case{"coated glass", coated(glass(0.5f, false), roughness)},
              Case{"coated glass", coated(glass(0.5f, false), roughness), true},
              Case{"brushed", brushed(metal(roughness), 0.9f)},
              Case{"tinted", tinted(white(roughness))}, Case{"film", filmed(white(roughness), 350)},
              Case{"film on metal", filmed(metal(roughness), 350)}})
            for (const float degrees : angles) {
                const test::Mean mean =
                    scattered(bsdf_of(c.material, tilted(degrees), c.inside), 100, 4);
                EXPECT_LE(mean.mean(), 1.002 + 4 * mean.error())
                    << at(c, degrees) << ", roughness " << roughness;
            }
}

TEST(Lobes, SamplesFollowTheDensityThatEvalStates) {
    const int samples = test::scale() > 1 ? 400000 : 100000;
    const std::vector<Case> all = cases();
    const double level = test::sidak_level(static_cast<int>(2 * all.size()));
    test::Random random(21);
    for (const Case& c : all)
        for (const float degrees :
             test::scale() > 1 ? std::vector{20.0f, 65.0f} : std::vector{50.0f}) {
            const Bsdf<float> b = bsdf_of(c.material, tilted(degrees), c.inside);
            const test::DirectionGrid grid({-double(b.wo.x), -double(b.wo.y), double(b.wo.z)}, 0.4);
            const auto result = test::test_density(
                grid, samples,
                [&](Direction& d) {
                    const float lobe = random.unit(), u = random.unit(), v = random.unit();
                    const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
                    if (s.valid) d = test::from_kernel(s.wi);
                    return bool(s.valid);
                },
                [&](const Direction& d) { return double(eval_bsdf(b, test::to_kernel(d)).pdf); });
            EXPECT_GT(result.p, level) << at(c, degrees);
            EXPECT_NEAR(result.covered, result.sampled, 0.005) << at(c, degrees);
        }
}

TEST(Lobes, WeightAndDensityOfASampleAreThoseOfEval) {
    test::Random random(22);
    for (const Case& c : cases())
        for (int i = 0; i < 2000; ++i) {
            const Bsdf<float> b = bsdf_of(c.material, tilted(80 * random.unit()), c.inside);
            const float lobe = random.unit(), u = random.unit(), v = random.unit();
            const BsdfSample<float> s = sample_bsdf(b, lobe, u, v);
            if (!s.valid) continue;
            const BsdfValue<float> value = eval_bsdf(b, s.wi);
            ASSERT_EQ(s.pdf, value.pdf) << c.name;
            ASSERT_NEAR(s.weight.x * s.pdf, value.f_cos.x, 1e-5f * value.f_cos.x) << c.name;
            ASSERT_TRUE(s.weight.z >= 0 && s.weight.z < 1e4f) << c.name;
        }
}

Vec3<float> random_upper(test::Random& random) {
    const float z = random.between(0.02f, 1), turn = random.unit();
    const SinCos<float> phi = sin_cos_2pi(turn);
    const float r = square_root(1 - z * z);
    return normalize(Vec3<float>{r * phi.cos, r * phi.sin, z});
}
float difference(float f, float g) { return absolute(f - g) / max(max(f, g), 1e-6f); }

TEST(Lobes, ReflectionIsReciprocal) {
    test::Random random(23);
    const std::vector<Case> all = cases();
    for (int i = 0; i < 1000000; ++i) {
        const Case& c = all[static_cast<size_t>(i) % all.size()];
        const Vec3<float> a = random_upper(random), b = random_upper(random);
        // Normals that differ between the layers are reciprocal no more.
        const Vec3<float> up = {0, 0, 1};
        const Vec3<float> ab = eval_bsdf(bsdf_of(c.material, a, c.inside, up), b).f_cos;
        const Vec3<float> ba = eval_bsdf(bsdf_of(c.material, b, c.inside, up), a).f_cos;
        ASSERT_LE(difference(ab.x / b.z, ba.x / a.z), 1e-5f) << c.name << ' ' << i;
        ASSERT_LE(difference(ab.z / b.z, ba.z / a.z), 1e-5f) << c.name << ' ' << i;
    }
}

// As for single refraction, up to the squared indices (Veach 1997, section 5.2).
TEST(Lobes, CompensatedRefractionIsReciprocal) {
    test::Random random(24);
    for (int i = 0; i < 200000; ++i) {
        const MaterialPoint<float> m =
            glass(random.between(0.3f, 1), false, random.between(1.1f, 2.8f));
        const Vec3<float> a = random_upper(random), b = random_upper(random);
        const Vec3<float> into = compensation(bsdf_of(m, a), false, b.z);
        const Vec3<float> out = compensation(bsdf_of(m, b, true), false, a.z);
        ASSERT_LE(difference(into.x / b.z * m.ior * m.ior, out.x / a.z), 2e-5f) << i;
    }
}

TEST(Lobes, AThinFilmOfNoThicknessChangesNothingAndOthersHaveColours) {
    const Vec3<float> f0 = {0.04f, 0.04f, 0.04f};
    for (const float c : {1.0f, 0.7f, 0.2f}) {
        const Vec3<float> bare = film_reflectance(ThinFilm<float>{1.3f, 0}, f0, c);
        const float expected = schlick(f0, c).x;
        EXPECT_NEAR(bare.x, expected, 0.004f + 0.02f * expected);
        EXPECT_NEAR(bare.y, expected, 0.004f + 0.02f * expected);
    }
    float widest = 0;
    for (float nm = 100; nm < 800; nm += 25) {
        const Vec3<float> r =
            film_reflectance(ThinFilm<float>{1.8f, nm}, Vec3<float>{0.5f, 0.5f, 0.5f}, 0.9f);
        for (const float x : {r.x, r.y, r.z})
            EXPECT_TRUE(x >= 0 && x <= 1);
        widest = max(widest, max_component(r) - min(min(r.x, r.y), r.z));
    }
    EXPECT_GT(widest, 0.15f);
}

TEST(Lobes, AnisotropySmearsReflectionsAlongTheTangent) {
    const Bsdf<float> b = make_bsdf(brushed(metal(0.2f), 1), {0, 0, 1}, 1.0f);
    const Vec3<float> along = normalize(Vec3<float>{0.5f, 0, 1}),
                      across = normalize(Vec3<float>{0, 0.5f, 1});
    EXPECT_GT(eval_bsdf(b, along).f_cos.x, 10 * eval_bsdf(b, across).f_cos.x);
}

} // namespace
} // namespace juggler
