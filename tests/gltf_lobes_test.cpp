// glTF's material extensions beyond metallic-roughness, and variants of materials.
#include "host/base/error.h"
#include "tests/gltf_fixture.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

MaterialDescription material_of(const Json& material) {
    GltfFile file = one_triangle();
    file.json["meshes"][0]["primitives"][0]["material"] = 0;
    file.json["materials"] = Json::array({material});
    return load(file).materials.at(0);
}
MaterialDescription extended(const char* name, const Json& values) {
    return material_of({{"extensions", {{name, values}}}});
}

TEST(GltfLobes, ClearcoatSheenAndAnisotropyAreRead) {
    LobesDescription l = extended("KHR_materials_clearcoat",
                                  {{"clearcoatFactor", 0.5}, {"clearcoatRoughnessFactor", 0.25}})
                             .lobes;
    EXPECT_EQ(l.coat, 0.5f);
    EXPECT_EQ(l.coat_roughness, 0.25f);
    l = extended("KHR_materials_sheen",
                 {{"sheenColorFactor", {0.5, 0.25, 1}}, {"sheenRoughnessFactor", 0.75}})
            .lobes;
    EXPECT_EQ(l.sheen_color, (std::array<float, 3>{0.5f, 0.25f, 1}));
    EXPECT_EQ(l.sheen_roughness, 0.75f);
    l = extended("KHR_materials_anisotropy",
                 {{"anisotropyStrength", 0.5}, {"anisotropyRotation", 1.5707963267948966}})
            .lobes;
    EXPECT_EQ(l.anisotropy, 0.5f);
    EXPECT_NEAR(l.anisotropy_cos, 0, 1e-7);
    EXPECT_NEAR(l.anisotropy_sin, 1, 1e-7);
}

TEST(GltfLobes, IridescenceHasTheDefaultsOfItsSpecification) {
    const LobesDescription l =
        extended("KHR_materials_iridescence", {{"iridescenceFactor", 1}}).lobes;
    EXPECT_EQ(l.iridescence, 1);
    EXPECT_EQ(l.film_index, 1.3f);
    EXPECT_EQ(l.film_least_nm, 100);
    EXPECT_EQ(l.film_most_nm, 400);
}

TEST(GltfLobes, DispersionIsRead) {
    EXPECT_EQ(extended("KHR_materials_dispersion", {{"dispersion", 0.5}}).lobes.dispersion, 0.5f);
    EXPECT_EQ(extended("KHR_materials_dispersion", Json::object()).lobes.dispersion, 0);
}

TEST(GltfLobes, SpecularGlossinessBecomesATintedDielectric) {
    const MaterialDescription m =
        extended("KHR_materials_pbrSpecularGlossiness", {{"diffuseFactor", {0.5, 0.25, 0.125, 1}},
                                                         {"specularFactor", {0.04, 0.5, 1}},
                                                         {"glossinessFactor", 0.75}});
    EXPECT_EQ(m.base_color, (std::array<float, 4>{0.5f, 0.25f, 0.125f, 1}));
    EXPECT_EQ(m.metallic, 0);
    EXPECT_EQ(m.roughness, 0.25f);
    EXPECT_NEAR(0.04f * m.lobes.specular_color[0], 0.04f, 1e-6f);
    EXPECT_NEAR(0.04f * m.lobes.specular_color[1], 0.5f, 1e-6f);
    EXPECT_NEAR(0.04f * m.lobes.specular_color[2], 1, 1e-6f);
}

TEST(GltfLobes, AnIorOfZeroReflectsEverything) {
    const MaterialDescription m = extended("KHR_materials_ior", {{"ior", 0}});
    EXPECT_EQ(m.ior, 1.5f);
    EXPECT_EQ(m.lobes.specular_color, (std::array<float, 3>{25, 25, 25}));
}

TEST(GltfLobes, AnisotropyHasTangentsIfThereAreCoordinatesToFollow) {
    GltfFile file = one_triangle();
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    primitive["material"] = 0;
    file.json["materials"] = Json::array(
        {{{"extensions", {{"KHR_materials_anisotropy", {{"anisotropyStrength", 1}}}}}}});
    EXPECT_TRUE(load(file).meshes.at(0)->triangles.at(0).tangents.empty());
    const int uv = file.add_accessor<float>({0, 0, 1, 0, 0, 1}, "VEC2");
    file.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv;
    const auto scene = load(file);
    ASSERT_EQ(scene.meshes.at(0)->triangles.at(0).tangents.size(), 3u);
    EXPECT_EQ(scene.meshes.at(0)->triangles.at(0).tangents[0][0], 1);
}

TEST(GltfLobes, ValuesOfTheWrongTypeAreRefused) {
    GltfFile file = one_triangle();
    for (const Json& extensions :
         {Json{{"KHR_materials_clearcoat", {{"clearcoatFactor", "much"}}}},
          Json{{"KHR_materials_sheen", {{"sheenColorFactor", {1, 2}}}}},
          Json{{"KHR_materials_anisotropy", {{"anisotropyTexture", {{"index", 7}}}}}},
          Json{{"KHR_materials_pbrSpecularGlossiness", {{"glossinessFactor", -1}}}}}) {
        file.json["materials"] = Json::array({{{"extensions", extensions}}});
        EXPECT_FALSE(refusal(file.text()).empty()) << extensions;
    }
}

GltfFile with_variants() {
    GltfFile file = one_triangle();
    file.json["materials"] = {{{"name", "plain"}}, {{"name", "gold"}}};
    file.json["extensions"] = {
        {"KHR_materials_variants", {{"variants", {{{"name", "day"}}, {{"name", "night"}}}}}}};
    Json& primitive = file.json["meshes"][0]["primitives"][0];
    primitive["material"] = 0;
    primitive["extensions"] = {
        {"KHR_materials_variants", {{"mappings", {{{"material", 1}, {"variants", {1}}}}}}}};
    return file;
}
int shown_material(const std::string& variant) {
    LoadOptions options;
    options.variant = variant;
    const SceneDescription scene = load(with_variants().text(), {}, options);
    return scene.meshes.at(0)->triangles.at(0).material;
}

TEST(GltfVariants, ChooseTheMaterialsOfPrimitives) {
    EXPECT_EQ(shown_material(""), 0);
    EXPECT_EQ(shown_material("day"), 0); // names no material for it
    EXPECT_EQ(shown_material("night"), 1);
}

TEST(GltfVariants, AnUnknownOneIsAnErrorThatNamesTheOthers) {
    try {
        (void)shown_material("dusk");
        FAIL() << "not refused";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit(), Exit::usage);
        const std::string what = error.what();
        EXPECT_NE(what.find("\"day\", \"night\""), std::string::npos) << what;
    }
}

TEST(GltfVariants, AMaterialThatIsNotThereIsRefused) {
    GltfFile file = with_variants();
    file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"][0]
             ["material"] = 9;
    LoadOptions options;
    options.variant = "night";
    EXPECT_FALSE(refusal(file.text(), {}, options).empty());
}

} // namespace
} // namespace juggler
