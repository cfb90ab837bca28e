// Wavefront OBJ files and their materials.
#include "host/base/error.h"
#include "host/scene/diagnostics.h"
#include "host/scene/load.h"
#include "tests/temp_folder.h"

#include <gtest/gtest.h>

namespace juggler {
namespace {

struct Case {
    TempFolder folder;

    SceneDescription load(const std::string& obj, const LoadOptions& options = {}) const {
        return load_scene(folder.write("model.obj", obj), options);
    }
    std::string refused(const std::string& obj, const LoadOptions& options = {}) const {
        try {
            (void)load(obj, options);
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
};

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}
bool has_note(const SceneDescription& scene, const std::string& part) {
    for (const std::string& note : scene.notes)
        if (mentions(note, part)) return true;
    return false;
}

#ifdef JUGGLER_OBJ

constexpr const char* quad = "v 0 0 0\nv 1 0 0\nv 1 1 0.5\nv 0 1 0\n"
                             "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nvn 0 0 2\n";

TEST(SceneObj, AQuadBecomesTwoTriangles) {
    const Case c;
    const SceneDescription scene = c.load(std::string(quad) + "f 1/1/1 2/2/1 3/3/1 4/4/1\n");
    ASSERT_EQ(scene.meshes.size(), 1u);
    ASSERT_EQ(scene.instances.size(), 1u);
    const TrianglePart& part = scene.meshes[0]->triangles.at(0);
    EXPECT_EQ(part.indices.size(), 6u);
    EXPECT_EQ(part.positions.size(), 4u); // shared
    EXPECT_EQ(part.normals.at(0), (std::array<float, 3>{0, 0, 1}));
    for (size_t v = 0; v < 4; ++v) { // v counts from the top here
        EXPECT_EQ(part.texcoords[0].at(v)[0], part.positions[v][0]);
        EXPECT_EQ(part.texcoords[0].at(v)[1], 1 - part.positions[v][1]);
    }
    EXPECT_EQ(scene.cameras.size(), 1u); // that frames it
}

TEST(SceneObj, IndicesMayCountFromTheEnd) {
    const Case c;
    const SceneDescription scene = c.load(std::string(quad) + "f -4 -3 -2\n");
    const TrianglePart& part = scene.meshes[0]->triangles.at(0);
    ASSERT_EQ(part.positions.size(), 3u);
    EXPECT_EQ(part.positions[2], (std::array<float, 3>{1, 1, 0.5f}));
    EXPECT_TRUE(part.normals.empty());
}

TEST(SceneObj, MaterialsAreTakenOver) {
    const Case c;
    c.folder.write("things.mtl",
                   "newmtl plastic\nKd 0.5 0.25 0.125\nKs 0.5 0.5 0.25\nNs 6\nillum 2\n"
                   "newmtl lamp\nKd 0 0 0\nKe 4 3 2\n"
                   "newmtl gold\nKd 1 0.8 0.3\nPm 1\nPr 0.3\n"
                   "newmtl glass\nTf 1 1 1\nNi 1.6\nillum 7\n"
                   "newmtl veil\nKd 1 1 1\nd 0.25\n");
    std::string text = "mtllib things.mtl\n" + std::string(quad);
    for (const char* name : {"plastic", "lamp", "gold", "glass", "veil"})
        text += std::string("usemtl ") + name + "\nf 1 2 3\n";
    const SceneDescription scene = c.load(text);
    ASSERT_EQ(scene.meshes[0]->triangles.size(), 5u);
    const auto material = [&](size_t part) {
        return scene.materials.at(static_cast<size_t>(scene.meshes[0]->triangles[part].material));
    };
    EXPECT_EQ(material(0).name, "plastic");
    EXPECT_EQ(material(0).base_color, (std::array<float, 4>{0.5f, 0.25f, 0.125f, 1}));
    EXPECT_EQ(material(0).specular, 0.5f);
    EXPECT_EQ(material(0).lobes.specular_color, (std::array<float, 3>{1, 1, 0.5f}));
    EXPECT_NEAR(material(0).roughness, 0.70711f, 1e-5); // alpha^2 = 2 / (6 + 2)
    EXPECT_EQ(material(1).emission, (std::array<float, 3>{4, 3, 2}));
    EXPECT_EQ(material(2).metallic, 1);
    EXPECT_EQ(material(2).roughness, 0.3f);
    EXPECT_EQ(material(3).transmission, 1);
    EXPECT_EQ(material(3).ior, 1.6f);
    EXPECT_FALSE(material(3).thin);
    EXPECT_EQ(material(3).roughness, 0);
    EXPECT_EQ(material(4).alpha_mode, AlphaMode::blend);
    EXPECT_EQ(material(4).base_color[3], 0.25f);
}

TEST(SceneObj, AMissingMaterialFileIsNoted) {
    const Case c;
    const SceneDescription scene =
        c.load("mtllib nowhere.mtl\n" + std::string(quad) + "usemtl a\nf 1 2 3\n");
    EXPECT_TRUE(has_note(scene, "nowhere.mtl"));
    EXPECT_EQ(scene.meshes[0]->triangles.size(), 1u);
}

TEST(SceneObj, FilesOutsideTheFolderAreNotOpened) {
    const Case c;
    const SceneDescription scene =
        c.load("mtllib ../../etc/passwd\n" + std::string(quad) + "f 1 2 3\n");
    EXPECT_TRUE(has_note(scene, "materials are left out"));
}

TEST(SceneObj, WhatIsBrokenIsRefused) {
    const Case c;
    EXPECT_TRUE(mentions(c.refused("v 0 0 0\n"), "no faces"));
    EXPECT_FALSE(c.refused(std::string(quad) + "f 1 2 9\n").empty());
    EXPECT_FALSE(c.refused(std::string(quad) + "f 1 2 0\n").empty());
    EXPECT_TRUE(mentions(c.refused("v 0 0 0\nv 1 0 0\nv 0 1e30 0\nf 1 2 3\n"), "1e12"));
    c.folder.write("a.mtl", "newmtl a\nmap_Kd gone.png\n");
    EXPECT_TRUE(mentions(
        c.refused("mtllib a.mtl\n" + std::string(quad) + "usemtl a\nf 1/1 2/2 3/3\n"), "gone.png"));
    LoadOptions options;
    options.variant = "red";
    EXPECT_TRUE(mentions(c.refused(std::string(quad) + "f 1 2 3\n", options), "only glTF"));
}

#else

TEST(SceneObj, SaysWhatItWasBuiltWithout) {
    EXPECT_TRUE(mentions(Case().refused("v 0 0 0\n"), "libtinyobjloader-dev"));
}

#endif

TEST(SceneObj, PlyIsRefusedByName) {
    const Case c;
    try {
        (void)load_scene(c.folder.write("bunny.ply", "ply\nformat ascii 1.0\n"));
        FAIL() << "not refused";
    } catch (const Error& error) {
        EXPECT_TRUE(mentions(error.what(), "a PLY model")) << error.what();
    }
}

} // namespace
} // namespace juggler
