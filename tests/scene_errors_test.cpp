// What is refused, and in which words: the rows D-J01 ... D-J22 of the list of bad inputs, and one
// case for every kind of value.
#include "host/scene/diagnostics.h"
#include "host/scene/json_keys.h"
#include "host/scene/load.h"
#include "host/scene/load_json.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace juggler {
namespace {

std::vector<Diagnostic> problems(const std::string& text, const LoadOptions& options = {}) {
    try {
        load_json_scene("s.json", text, options);
    } catch (const InputError& error) {
        EXPECT_EQ(error.exit(), Exit::input);
        return error.diagnostics();
    }
    return {};
}

// "LINE:COLUMN /pointer message" of the only problem of a file.
std::string problem(const std::string& text, const LoadOptions& options = {}) {
    const auto list = problems(text, options);
    if (list.size() != 1) return std::to_string(list.size()) + " problems";
    const Diagnostic& d = list[0];
    return std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
           (d.pointer.empty() ? "" : d.pointer + " ") + d.message;
}

// The same of members of a scene, whose text starts in column 1 of line 2.
std::string in_scene(const std::string& members, const LoadOptions& options = {}) {
    return problem("{ \"juggler\": 1,\n" + members + "}", options);
}

TEST(SceneErrors, TheRootMustBeAnObject) {
    EXPECT_EQ(problem("[]"), "1:1 a scene must be an object: { \"juggler\": 1, ... }");
    EXPECT_EQ(problem("3"), "1:1 a scene must be an object: { \"juggler\": 1, ... }");
}

TEST(SceneErrors, TheVersionIsRequired) {
    EXPECT_EQ(problem("{}"), "1:1 needs the key \"juggler\"");
    EXPECT_EQ(problem("{\"juggler\": 2}"),
              "1:13 /juggler must be 1, the version of the format, not 2");
}

TEST(SceneErrors, LightMustStayWithinFloatWhenItIsScaled) {
    EXPECT_EQ(in_scene("\"sky\": { \"constant\": 1e30, \"strength\": 1e30 }"),
              "2:40 /sky/strength makes a radiance out of range of float");
    EXPECT_EQ(in_scene("\"materials\": { \"a\": { \"emission\": 1e30, \"emission_strength\": "
                       "1e30 } }"),
              "2:62 /materials/a/emission_strength makes an emission out of range of float");
}

TEST(SceneErrors, WhatLiesWhereRaysLoseItIsRefused) {
    const auto object = [](const std::string& text) {
        return in_scene("\"objects\": [ { " + text + " } ]");
    };
    EXPECT_EQ(
        object("\"sphere\": { \"center\": [0, 2e12, 0], \"radius\": 1 }"),
        "2:26 /objects/0/sphere reaches more than 1e12 m from the origin, where rays lose it");
    EXPECT_EQ(object("\"box\": { \"size\": 1e6 }, \"scale\": 1e7"),
              "2:14 /objects/0 has a corner more than 1e12 m from the origin, where rays lose it");
    EXPECT_EQ(object("\"box\": { \"size\": 1e6 }, \"scale\": 1e6"), "0 problems");
    const std::string mesh =
        "\"meshes\": { \"m\": [ { \"box\": {} } ] }, \"objects\": [ { \"instance\": { "
        "\"mesh\": \"m\", \"copies\": [ { \"scale\": 1e3 }, { \"translate\": [0, 0, 1e13] } "
        "] } } ]";
    EXPECT_EQ(in_scene(mesh),
              "2:111 /objects/0/instance/copies/1 reaches more than 1e12 m from the "
              "origin, where rays lose it");
    EXPECT_EQ(
        in_scene("\"camera\": { \"eye\": [1e13, 0, 0], \"look_at\": [0, 0, 0] }"),
        "2:21 /camera/eye/0 must be from -1000000000000 to 1000000000000, not 10000000000000");
}

TEST(SceneErrors, UnknownKeysNameTheNearestKnownOne) {
    EXPECT_EQ(in_scene("\"materials\": { \"ball\": { \"roughnes\": 1 } }"),
              "2:26 /materials/ball has no key \"roughnes\"; did you mean \"roughness\"?");
    EXPECT_EQ(in_scene("\"lights\": [ { \"point\": { \"position\": [0,0,0], \"postion\": 1 } } ]"),
              "2:47 /lights/0/point has no key \"postion\"; did you mean \"position\"?");
    EXPECT_EQ(in_scene("\"camrea\": {}"), "2:1 has no key \"camrea\"; did you mean \"camera\"?");
    const std::string all = in_scene("\"sky\": { \"qqq\": 1, \"constant\": 1 }");
    EXPECT_EQ(all, "2:10 /sky has no key \"qqq\"; known: constant, gradient, image, "
                   "rotate_deg, strength");
}

TEST(SceneErrors, NumbersNameWhatIsAllowedAndWhatWasThere) {
    EXPECT_EQ(
        in_scene("\"camera\": { \"eye\": [0,0,1], \"look_at\": [0,0,0], \"fov_y_deg\": 400 }"),
        "2:62 /camera/fov_y_deg must be more than 0 and less than 180, not 400");
    EXPECT_EQ(in_scene("\"materials\": { \"a\": { \"metallic\": 1.5 } }"),
              "2:35 /materials/a/metallic must be from 0 to 1, not 1.5");
    EXPECT_EQ(in_scene("\"image\": { \"exposure\": \"x\" }"),
              "2:24 /image/exposure must be a number, not \"x\"");
}

TEST(SceneErrors, CountsMustBeWholeAndInRange) {
    const std::string must = " must be a whole number from 1 to 65536, not ";
    EXPECT_EQ(in_scene("\"image\": { \"spp\": -5 }"), "2:19 /image/spp" + must + "-5");
    EXPECT_EQ(in_scene("\"image\": { \"spp\": 2.5 }"), "2:19 /image/spp" + must + "2.5");
    EXPECT_EQ(in_scene("\"image\": { \"spp\": \"16\" }"), "2:19 /image/spp" + must + "\"16\"");
    EXPECT_EQ(in_scene("\"image\": { \"spp\": 65537 }"), "2:19 /image/spp" + must + "65537");
    EXPECT_EQ(in_scene("\"image\": { \"width\": 1000000000 }"),
              "2:21 /image/width" + must + "1000000000");
    EXPECT_EQ(in_scene("\"image\": { \"width\": 65536, \"height\": 4097 }"),
              "2:10 /image must not have more than 268435456 pixels, not 268500992");
}

TEST(SceneErrors, IndicesMustNameAPosition) {
    const auto with = [](const std::string& triangle) {
        return in_scene(
            "\"objects\": [ { \"triangles\": {\n\"positions\": [[0,0,0],[1,0,0],[0,1,0]], "
            "\"indices\": [\n[0,1,2],\n" +
            triangle + "] } } ]");
    };
    const std::string must = " must be a whole number from 0 to 2, the last of the positions, not ";
    EXPECT_EQ(with("[0, 1, -1]"), "5:8 /objects/0/triangles/indices/1/2" + must + "-1");
    EXPECT_EQ(with("[3, 1, 2]"), "5:2 /objects/0/triangles/indices/1/0" + must + "3");
    EXPECT_EQ(with("[0, 1.5, 2]"), "5:5 /objects/0/triangles/indices/1/1" + must + "1.5");
}

TEST(SceneErrors, MeshesCannotContainEachOther) {
    EXPECT_EQ(in_scene("\"meshes\": { \"a\": [ { \"instance\": { \"mesh\": \"a\" } } ] }"),
              "2:34 /meshes/a/0/instance cannot stand in a mesh: a mesh holds shapes, not other "
              "meshes");
}

TEST(SceneErrors, LightsCannotBeNegative) {
    EXPECT_EQ(
        in_scene("\"lights\": [ { \"point\": { \"position\": [0,0,0], \"intensity\": -1 } } ]"),
        "2:60 /lights/0/point/intensity must be at least 0, not -1");
    EXPECT_EQ(in_scene("\"lights\": [ { \"spot\": { \"position\": [0,0,0] } } ]"),
              "2:23 /lights/0/spot needs either \"direction\" or \"look_at\"");
    EXPECT_EQ(in_scene("\"lights\": [ { \"sun\": { \"direction\": [0,0,0] } } ]"),
              "2:37 /lights/0/sun/direction must not be of length 0");
}

TEST(SceneErrors, CamerasNeedAView) {
    EXPECT_EQ(in_scene("\"camera\": { \"eye\": [1,2,3], \"look_at\": [1,2,3] }"),
              "2:40 /camera/look_at must not be where the eye is");
    EXPECT_EQ(in_scene("\"camera\": { \"eye\": [0,0,1], \"look_at\": [0,0,0], \"up\": [0,0,1] }"),
              "2:55 /camera/up must not be 0 or along the view");
    EXPECT_EQ(in_scene("\"camera\": { \"look_at\": [1,2,3] }"),
              "2:11 /camera needs the key \"eye\"");
}

TEST(SceneErrors, ObjectsNeedOneShape) {
    EXPECT_EQ(in_scene("\"objects\": [ { \"sphere\": { \"radius\": 1 }, \"box\": {} } ]"),
              "2:14 /objects/0 must have one shape, not 2");
    EXPECT_EQ(in_scene("\"objects\": [ { \"sphere\": { \"radius\": 0 } } ]"),
              "2:38 /objects/0/sphere/radius must be more than 0, not 0");
    EXPECT_EQ(in_scene("\"objects\": [ { \"sphere\": { \"radius\": 1 }, \"scale\": [1, 2, 1] } ]"),
              "2:52 /objects/0/scale must be the same along all axes: a sphere stays a sphere");
    EXPECT_EQ(in_scene("\"objects\": [ { \"box\": {}, \"scale\": 0 } ]"),
              "2:36 /objects/0/scale must not be 0 along any axis");
    EXPECT_EQ(in_scene("\"objects\": [ { \"box\": { \"size\": [1, 2] } } ]"),
              "2:33 /objects/0/box/size must be an array of 3 values, not of 2");
}

TEST(SceneErrors, NamesMustBeKnownAndUnique) {
    EXPECT_EQ(in_scene("\"materials\": { \"floor\": {} }, \"objects\": [ { \"box\": {}, "
                       "\"material\": \"flor\" } ]"),
              "2:69 /objects/0/material there is no material \"flor\"; did you mean \"floor\"?");
    EXPECT_EQ(in_scene("\"objects\": [ { \"box\": {}, \"material\": \"x\" } ]"),
              "2:39 /objects/0/material there is no material \"x\"; there are none");
    EXPECT_EQ(in_scene("\"objects\": [ { \"box\": {}, \"name\": \"a\" }, { \"box\": {}, \"name\": "
                       "\"a\" } ]"),
              "2:63 /objects/1/name is used twice: \"a\" already names another object");
}

TEST(SceneErrors, FilesOutsideTheFolderAreRefused) {
    for (const char* name :
         {"../x.png", "/etc/passwd", "a/../../x.png", "%2e%2e/x.png", "file:///x",
          "http://example.com/x.png", "C:\\\\x.png", "//host/x.png"}) {
        const std::string quoted_name = std::string("\"") + name + "\"";
        const auto image = problems("{ \"juggler\": 1, \"materials\": { \"m\": { "
                                    "\"base_color_texture\": { \"image\": " +
                                    quoted_name + " } } } }");
        ASSERT_EQ(image.size(), 1u) << name;
        EXPECT_EQ(image[0].pointer, "/materials/m/base_color_texture/image");
        const auto gltf = problems(
            "{ \"juggler\": 1, \"objects\": [ { \"gltf\": { \"file\": " + quoted_name + " } } ] }");
        ASSERT_EQ(gltf.size(), 1u) << name;
        EXPECT_EQ(gltf[0].pointer, "/objects/0/gltf/file");
    }
}

TEST(SceneErrors, AllOfAFileAreReportedInItsOrder) {
    const auto list = problems("{ \"juggler\": 1,\n\"image\": { \"spp\": 0, \"widht\": 3 },\n"
                               "\"objects\": [ { \"sphere\": { \"radius\": -1 } },\n"
                               "{ \"disk\": { \"normal\": [0, 0] } } ], \"objects\": [] }");
    ASSERT_EQ(list.size(), 5u);
    EXPECT_EQ(list[0].pointer, "/image/spp");
    EXPECT_EQ(list[1].message, "has no key \"widht\"; did you mean \"width\"?");
    EXPECT_EQ(list[2].pointer, "/objects/0/sphere/radius");
    EXPECT_EQ(list[3].pointer, "/objects/1/disk/normal");
    EXPECT_EQ(list[4].message, "has the key \"objects\" twice; first on line 3, column 1");
}

TEST(SceneErrors, MessagesCannotDriveTheTerminal) {
    try {
        load_json_scene("s.json", "{ \"juggler\": 1, \"\\u001b[31m\\u009b\": 1 }");
        FAIL();
    } catch (const InputError& error) {
        const std::string text = error.what();
        EXPECT_EQ(text.find('\x1b'), text.npos);
        EXPECT_EQ(text.find("\xc2\x9b"), text.npos);
    }
}

TEST(SettingErrors, NameThePointer) {
    const auto set = [](const std::string& setting) {
        LoadOptions options;
        options.set = {setting};
        return in_scene("\"camera\": { \"eye\": [0,0,1], \"look_at\": [0,0,0] }, \"objects\": [ { "
                        "\"name\": \"ball\", \"box\": {} } ]",
                        options);
    };
    EXPECT_EQ(set("/camera/fov_y_deg=400"),
              "0:0 /camera/fov_y_deg must be more than 0 and less than "
              "180, not 400 (set on the command line)");
    EXPECT_EQ(set("/camera/fov=40"),
              "0:0 /camera has no key \"fov\"; known: name, eye, look_at, up, fov_y_deg, aperture, "
              "blades, blade_turn_deg, "
              "focus, orthographic_height");
    EXPECT_EQ(set("/objects/bal/name=x"), "0:0 /objects/bal/name cannot be set: /objects: nothing "
                                          "here is named \"bal\"; did you mean \"ball\"?");
    EXPECT_EQ(set("/objects/3/name=x"),
              "0:0 /objects/3/name cannot be set: /objects: there is no entry 3, only 1");
    EXPECT_EQ(set("/juggler/x=1"), "0:0 /juggler/x cannot be set: /juggler has nothing inside");
}

TEST(SettingErrors, AnotherFormIsAWrongCommandLine) {
    for (const char* setting : {"", "camera=3", "/camera", "=3"}) {
        LoadOptions options;
        options.set = {setting};
        try {
            load_json_scene("s.json", "{ \"juggler\": 1 }", options);
            FAIL() << setting;
        } catch (const Error& error) {
            EXPECT_EQ(error.exit(), Exit::usage) << setting;
        }
    }
}

TEST(AnimationErrors, NameTheKey) {
    const auto track = [](const std::string& members) {
        return in_scene("\"objects\": [ { \"name\": \"ball\", \"box\": {} } ], \"animation\": { "
                        "\"tracks\": [\n{ " +
                        members + " } ] }");
    };
    EXPECT_EQ(track("\"target\": \"/objects/ball/scale\", \"keys\": [ [0, 1], [0, 2] ]"),
              "3:55 /animation/tracks/0/keys/1/0 must be later than the key before it, 0, not 0");
    EXPECT_EQ(track("\"target\": \"/objects/ball/scale\", \"keys\": [ [0, 1], [1, [2]] ]"),
              "3:58 /animation/tracks/0/keys/1/1 must be a number, or numbers arranged as in the "
              "first key; other values need \"curve\": \"step\"");
    EXPECT_EQ(track("\"target\": \"/objects/cube/scale\", \"keys\": [ [0, 1] ]"),
              "3:13 /objects/cube/scale cannot be animated: /objects: nothing here is named "
              "\"cube\"; known: ball");
    EXPECT_EQ(track("\"target\": \"objects\", \"keys\": [ [0, 1] ]"),
              "3:13 /animation/tracks/0/target must be a JSON pointer like "
              "\"/objects/ball/translate\", not \"objects\"");
    EXPECT_EQ(track("\"target\": \"/objects/ball/scale\", \"keys\": [ [0, 0] ]"),
              "3:50 /objects/0/scale must not be 0 along any axis");
}

// ---- files that are no scenes -------------------------------------------------------------------

std::string load_problem(const std::string& name, const std::string& content) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "scene_files";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name, std::ios::binary) << content;
    try {
        load_scene(folder / name);
    } catch (const InputError& error) {
        return error.diagnostics().at(0).message;
    }
    return "loaded";
}

TEST(SceneFiles, OfOtherKindsAreNamedWithoutPrintingThem) {
    EXPECT_EQ(load_problem("a.json", std::string("\x89PNG\r\n\x1a\n\0\0", 10)),
              "not JSON but a PNG picture");
    EXPECT_EQ(load_problem("b.json", std::string("glTF\2\0\0\0", 8)),
              "not JSON but a binary glTF file; name it .glb");
    EXPECT_EQ(load_problem("c.json", std::string("\1\2\0\3", 4)), "not JSON but a binary file");
    EXPECT_EQ(load_problem("d.json", ""), "unexpected end of file");
}

TEST(SceneFiles, MustExistAndBeFiles) {
    for (const std::filesystem::path path : {"/nowhere/scene.json", "/tmp"}) {
        try {
            load_scene(path);
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.exit(), Exit::input);
            EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
        }
    }
}

TEST(SceneFiles, ThatAreGltfJsonAreRecognised) {
    EXPECT_EQ(load_problem("e.json", "{ \"asset\": { \"version\": \"2.0\" } }"),
              "is a glTF file; name it .gltf");
}

// ---- words
// ----------------------------------------------------------------------------------------

TEST(NearestWord, IsOnlyOfferedWhenItIsNear) {
    const std::string_view words[]{"position", "radius", "up", "u", "v"};
    EXPECT_EQ(nearest_word("postion", words), "position");
    EXPECT_EQ(nearest_word("raduis", words), "radius");
    EXPECT_EQ(nearest_word("colour", words), "");
    EXPECT_EQ(nearest_word("w", words), "");
    EXPECT_EQ(nearest_word(std::string(100000, 'x'), words), "");
}

} // namespace
} // namespace juggler
