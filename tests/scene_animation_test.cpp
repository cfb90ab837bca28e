// Scenes that move: poses of tracks against closed forms, what a shutter sees, and what frames
// share.
#include "host/scene/compile.h"
#include "host/scene/degrees.h"
#include "host/scene/diagnostics.h"
#include "host/scene/load_json.h"
#include "host/scene/quaternion.h"
#include "host/scene/timeline.h"
#include "tests/temp_folder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace juggler {
namespace {

constexpr double pi_d = 3.14159265358979323846;

// A scene of these members at a frame; 10 frames a second.
std::string text_of(const std::string& members, const std::string& tracks,
                    const std::string& shutter = "0") {
    return "{ \"juggler\": 1, " + members +
           ", \"animation\": { \"fps\": 10, \"frames\": 40, \"shutter\": " + shutter +
           ", \"tracks\": [ " + tracks + " ] } }";
}
SceneDescription read(const std::string& text, uint32_t frame = 1) {
    LoadOptions options;
    options.frame = frame;
    return load_json_scene("test.json", text, options);
}

const std::string box = "\"objects\": [ { \"name\": \"box\", \"box\": {} } ]";
const std::string ball = "\"objects\": [ { \"name\": \"ball\", \"sphere\": { \"radius\": 1 } } ]";

void expect_near(const Affine& a, const Affine& b, double tolerance) {
    for (size_t i = 0; i < 12; ++i)
        EXPECT_NEAR(a.m[i], b.m[i], tolerance) << "entry " << i;
}

// ---- rotations ---------------------------------------------------------------------------------

Quaternion about_z(double degrees) { return {0, 0, sin_deg(degrees / 2), cos_deg(degrees / 2)}; }

TEST(Slerp, TurnsAtAnEvenPaceAlongTheShorterArc) {
    for (const double whole : {0.001, 1.0, 30.0, 90.0, 179.0})
        for (const double s : {0.0, 0.1, 0.5, 0.75, 1.0}) {
            const Quaternion q = slerp(about_z(10), about_z(10 + whole), s);
            const Quaternion expected = about_z(10 + s * whole);
            for (size_t i = 0; i < 4; ++i)
                EXPECT_NEAR(q[i], expected[i], 1e-14) << whole << " at " << s;
        }
    const Quaternion far = about_z(200); // the same as -160 degrees
    const Quaternion q = slerp(about_z(0), far, 0.5), expected = about_z(-80);
    const double sign = q[3] < 0 ? -1 : 1;
    for (size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(sign * q[i], expected[i], 1e-14);
}

TEST(Tracks, RotationsGoAlongTheArc) {
    // Keys a quarter turn apart, about z.
    const std::string track = "{ \"target\": \"/objects/box/rotate\", \"keys\": "
                              "[ [0, [0, 0, 0, 1]], [1, [0, 0, 2, 2]] ] }";
    for (uint32_t frame = 1; frame <= 11; ++frame) {
        const Affine a = read(text_of(box, track), frame).instances.at(0).transform;
        const double degrees = 9.0 * (frame - 1);
        EXPECT_NEAR(a.m[0], cos_deg(degrees), 1e-14) << frame;
        EXPECT_NEAR(a.m[4], sin_deg(degrees), 1e-14) << frame;
    }
}

TEST(Tracks, CubicRotationsPassTheirKeysWhateverTheirSigns) {
    const std::string track =
        "{ \"target\": \"/objects/box/rotate\", \"curve\": \"cubic\", \"keys\": "
        "[ [0, [0, 0, 0, 1]], [1, [0, 0, -0.38268343, -0.92387953]], [2, [0, 0, 0.7071068, "
        "0.7071068]], [3, [0, 0, -0.92387953, -0.38268343]] ] }";
    for (uint32_t i = 0; i < 4; ++i) {
        const Affine a = read(text_of(box, track), 1 + 10 * i).instances.at(0).transform;
        EXPECT_NEAR(a.m[0], cos_deg(45.0 * i), 1e-7);
    }
    const Affine a = read(text_of(box, track), 16).instances.at(0).transform;
    EXPECT_NEAR(a.m[0], cos_deg(67.5), 1e-3);
}

// ---- what can move -----------------------------------------------------------------------------

TEST(Tracks, MoveCamerasMaterialsLightsAndTheSky) {
    const std::string members =
        "\"camera\": { \"eye\": [0, 0, 4], \"look_at\": [0, 0, 0] }, \"sky\": { \"constant\": 1 }, "
        "\"lights\": [ { \"name\": \"sun\", \"sun\": { \"elevation_deg\": 10 } } ], "
        "\"materials\": { \"m\": { \"roughness\": 0 }, \"n\": {} }, \"objects\": [ { \"box\": {}, "
        "\"material\": \"m\" } ]";
    const std::string tracks =
        "{ \"target\": \"/camera/eye\", \"keys\": [ [0, [0, 0, 4]], [1, [0, 0, 8]] ] }, "
        "{ \"target\": \"/camera/fov_y_deg\", \"keys\": [ [0, 60], [1, 90] ] }, "
        "{ \"target\": \"/sky/strength\", \"keys\": [ [0, 0], [1, 2] ] }, "
        "{ \"target\": \"/lights/sun/sun/elevation_deg\", \"keys\": [ [0, 30], [1, 90] ] }, "
        "{ \"target\": \"/materials/m/roughness\", \"keys\": [ [0, 0], [1, 1] ] }";
    const SceneDescription scene = read(text_of(members, tracks), 6);
    EXPECT_DOUBLE_EQ(scene.cameras.at(0).to_world.m[11], 6);
    EXPECT_NEAR(scene.cameras[0].tan_half_fov_y, std::tan(37.5 * pi_d / 180), 1e-14);
    EXPECT_FLOAT_EQ(scene.sky->horizon[0], 1);
    EXPECT_FLOAT_EQ(scene.lights.at(0).direction[1], static_cast<float>(0 - sin_deg(60)));
    EXPECT_FLOAT_EQ(scene.materials.at(0).roughness, 0.5f);
    EXPECT_EQ(scene.materials.at(1).name, "n");
}

TEST(Tracks, MoveNamedMeshesAndCopies) {
    const std::string members =
        "\"meshes\": { \"pebble\": [ { \"sphere\": { \"radius\": 1 } } ] }, \"objects\": [ { "
        "\"name\": \"two\", \"instance\": { \"mesh\": \"pebble\", \"copies\": [ {}, { "
        "\"translate\": [5, 0, 0] } ] } } ]";
    const std::string tracks =
        "{ \"target\": \"/meshes/pebble/0/sphere/radius\", \"keys\": [ [0, 1], [1, 3] ] }, "
        "{ \"target\": \"/objects/two/instance/copies/1/translate\", \"keys\": [ [0, [5, 0, 0]], "
        "[1, [9, 0, 0]] ] }";
    const SceneDescription scene = read(text_of(members, tracks, "1"), 6);
    ASSERT_EQ(scene.meshes.size(), 1u);
    EXPECT_FLOAT_EQ(scene.meshes[0]->spheres.at(0).spheres.at(0)[3], 2);
    EXPECT_FLOAT_EQ(scene.meshes[0]->spheres[0].spheres_end.at(0)[3], 2.2f);
    ASSERT_EQ(scene.instances.size(), 2u);
    EXPECT_TRUE(scene.instances[0].motion.empty());
    EXPECT_DOUBLE_EQ(scene.instances[1].transform.m[3], 7);
    EXPECT_NEAR(scene.instances[1].motion.at(8).m[3], 7.4, 1e-12);
}

// ---- loops -------------------------------------------------------------------------------------

TEST(Tracks, AClosedLoopIsTheSameAFullRoundLater) {
    for (const char* curve : {"linear", "cubic"}) {
        const std::string track = std::string("{ \"target\": \"/objects/ball/sphere/center\", ") +
                                  "\"loop\": true, \"curve\": \"" + curve +
                                  "\", \"keys\": [ [0, [0, 0, 0]], [0.3, [2, 1, 0]], [0.5, [1, 3, "
                                  "0]], [1, [0, 0, 0]] ] }";
        for (uint32_t frame = 1; frame <= 10; ++frame) {
            const auto a = read(text_of(ball, track, "1"), frame);
            const auto b = read(text_of(ball, track, "1"), frame + 20);
            for (size_t k = 0; k < 3; ++k)
                EXPECT_NEAR(a.meshes.at(0)->spheres.at(0).spheres.at(0)[k],
                            b.meshes.at(0)->spheres.at(0).spheres.at(0)[k], 1e-6);
        }
    }
}

TEST(Tracks, AnOpenShutterSeesNoJumps) {
    // From 0 to 10 in a second, then again from 0; frame 10 is exposed from 0.9 s to 1 s.
    const std::string open = "{ \"target\": \"/objects/ball/sphere/center\", \"loop\": true, "
                             "\"keys\": [ [0, [0, 0, 0]], [0.95, [9.5, 0, 0]] ] }";
    const auto scene = read(text_of(ball, open, "1"), 10);
    const SpherePart& part = scene.meshes.at(0)->spheres.at(0);
    EXPECT_NEAR(part.spheres.at(0)[0], 9, 1e-5);
    EXPECT_NEAR(part.spheres_end.at(0)[0], 9.5, 1e-5);
    const std::string step = "{ \"target\": \"/objects/ball/sphere/center\", \"curve\": \"step\", "
                             "\"keys\": [ [0, [0, 0, 0]], [0.95, [5, 0, 0]] ] }";
    EXPECT_TRUE(read(text_of(ball, step, "1"), 10).meshes.at(0)->spheres.at(0).spheres_end.empty());
}

// ---- the shutter -------------------------------------------------------------------------------

const std::string turning = "{ \"target\": \"/objects/box/rotate_y_deg\", \"keys\": "
                            "[ [0, 0], [1, 360] ] }";

TEST(Shutter, AClosedShutterSeesNoMotion) {
    const SceneDescription scene = read(text_of(box, turning), 3);
    EXPECT_TRUE(scene.instances.at(0).motion.empty());
    const std::string grow = "{ \"target\": \"/objects/ball/sphere/radius\", \"keys\": "
                             "[ [0, 1], [1, 2] ] }";
    EXPECT_TRUE(read(text_of(ball, grow), 3).meshes.at(0)->spheres.at(0).spheres_end.empty());
}

TEST(Shutter, TransformsAreKeyedNineTimes) {
    const SceneDescription scene = read(text_of(box, turning, "0.5"), 3);
    const InstanceDescription& instance = scene.instances.at(0);
    ASSERT_EQ(instance.motion.size(), 9u);
    EXPECT_TRUE(instance.changes);
    for (size_t k = 0; k < 9; ++k) {
        const double degrees = 72 + 18 * static_cast<double>(k) / 8;
        const double s = sin_deg(degrees / 2), c = cos_deg(degrees / 2);
        expect_near(instance.motion[k], rotation(0, s, 0, c), 1e-13);
    }
}

TEST(Shutter, VerticesAreKeyedTwice) {
    const std::string grow = "{ \"target\": \"/objects/box/box/size\", \"keys\": "
                             "[ [0, [1, 1, 1]], [1, [3, 1, 1]] ] }";
    const SceneDescription scene = read(text_of(box, grow, "1"), 6);
    for (const TrianglePart& part : scene.meshes.at(0)->triangles) {
        ASSERT_EQ(part.positions_end.size(), part.positions.size());
        for (size_t i = 0; i < part.positions.size(); ++i) {
            EXPECT_FLOAT_EQ(std::fabs(part.positions[i][0]), 1);
            EXPECT_FLOAT_EQ(std::fabs(part.positions_end[i][0]), 1.1f);
        }
    }
    EXPECT_TRUE(scene.meshes[0]->changes);
}

TEST(Shutter, CamerasAreSeenThreeTimes) {
    const std::string members =
        box + ", \"camera\": { \"eye\": [0, 0, 4], \"look_at\": [0, 0, 0] }";
    const std::string dolly = "{ \"target\": \"/camera/eye\", \"keys\": "
                              "[ [0, [0, 0, 4]], [1, [0, 0, 14]] ] }";
    const CameraDescription camera = read(text_of(members, dolly, "0.5"), 4).cameras.at(0);
    EXPECT_DOUBLE_EQ(camera.to_world.m[11], 7);
    ASSERT_EQ(camera.motion.size(), 2u);
    EXPECT_NEAR(camera.motion[0].to_world.m[11], 7.25, 1e-12);
    EXPECT_NEAR(camera.motion[1].to_world.m[11], 7.5, 1e-12);
    EXPECT_TRUE(read(text_of(members, dolly, "0.5"), 30).cameras.at(0).motion.empty())
        << "after its last key it rests";
}

TEST(Shutter, WhatRestsInAMovingSceneIsCompiledAsBefore) {
    const std::string members = "\"objects\": [ { \"box\": {} }, { \"name\": \"ball\", \"sphere\": "
                                "{ \"radius\": 1 } }, { \"name\": \"box\", \"box\": {} } ]";
    const std::string tracks = "{ \"target\": \"/objects/ball/sphere/radius\", \"keys\": "
                               "[ [0, 1], [1, 2] ] }, { \"target\": \"/objects/box/translate\", "
                               "\"keys\": [ [0, [0, 0, 0]], [1, [0, 4, 0]] ] }";
    const std::string still = text_of(members, tracks, "0"), open = text_of(members, tracks, "0.5");
    EXPECT_EQ(compile_scene(read(still, 25)).hash(), compile_scene(read(open, 25)).hash())
        << "all is over by then";
    EXPECT_NE(compile_scene(read(still, 5)).hash(), compile_scene(read(open, 5)).hash());
}

// ---- frames of one file ------------------------------------------------------------------------

const std::string mixed =
    "\"camera\": { \"eye\": [0, 0, 4], \"look_at\": [0, 0, 0] }, \"sky\": { \"constant\": 1 }, "
    "\"objects\": [ { \"plane\": {} }, { \"name\": \"ball\", \"sphere\": { \"radius\": 1 } }, { "
    "\"name\": \"box\", \"box\": {} } ]";
const std::string mixed_tracks =
    "{ \"target\": \"/objects/ball/sphere/radius\", \"keys\": [ [0, 1], [1, 2] ] }, " + turning;

TEST(Timeline, GivesTheFramesThatLoadingGives) {
    const TempFolder folder;
    const auto file = folder.write("a.json", text_of(mixed, mixed_tracks, "0.5"));
    const SceneTimeline timeline(file);
    EXPECT_FALSE(timeline.still());
    for (const uint32_t frame : {7u, 1u, 7u, 30u}) {
        LoadOptions options;
        options.frame = frame;
        EXPECT_EQ(compile_scene(timeline.at(frame)).hash(),
                  compile_scene(load_scene(file, options)).hash())
            << frame;
    }
}

TEST(Timeline, FramesShareWhatRests) {
    const TempFolder folder;
    const SceneTimeline timeline(folder.write("a.json", text_of(mixed, mixed_tracks)));
    const SceneDescription a = timeline.at(2), b = timeline.at(9);
    ASSERT_EQ(a.meshes.size(), b.meshes.size());
    size_t shared = 0, changing = 0;
    for (size_t i = 0; i < a.meshes.size(); ++i) {
        shared += a.meshes[i] == b.meshes[i];
        changing += a.meshes[i]->changes;
    }
    EXPECT_EQ(shared, 2u) << "the plane, and the box in a space of its own";
    EXPECT_EQ(changing, 1u);
}

TEST(Timeline, AnotherThreadMayAskAtTheSameTime) {
    const TempFolder folder;
    const SceneTimeline timeline(folder.write("a.json", text_of(mixed, mixed_tracks, "0.5")));
    std::vector<uint64_t> hashes(20), again(20);
    for (uint32_t i = 0; i < 20; ++i)
        hashes[i] = compile_scene(timeline.at(i + 1)).hash();
    SceneCompiler compiler;
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (uint32_t i = t; i < 20; i += 4)
                again[i] = compiler.compile(timeline.at(i + 1))->hash();
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(hashes, again);
}

TEST(Timeline, AWrongValueIsToldWithItsPlaceWhenItsFrameComes) {
    const TempFolder folder;
    const SceneTimeline timeline(folder.write(
        "a.json", text_of("\"camera\": { \"eye\": [0, 0, 4], \"look_at\": [0, 0, 0] }, " + ball,
                          "\n{ \"target\": \"/objects/ball/sphere/radius\", \"keys\": "
                          "[ [0, 1], [1, -1] ] }")));
    EXPECT_NO_THROW((void)timeline.at(3));
    try {
        (void)timeline.at(9);
        FAIL() << "accepted";
    } catch (const InputError& error) {
        const Diagnostic& d = error.diagnostics().at(0);
        EXPECT_EQ(d.line, 2u);
        EXPECT_EQ(d.pointer, "/objects/0/sphere/radius");
    }
}

TEST(Timeline, SettingsAndOptionsWin) {
    const TempFolder folder;
    LoadOptions options;
    options.set = {"/animation/fps=20"};
    options.shutter = 1;
    const SceneTimeline timeline(folder.write("a.json", text_of(box, turning)), options);
    EXPECT_EQ(timeline.animation().fps, 20);
    EXPECT_EQ(timeline.animation().shutter, 1);
    const SceneDescription scene = timeline.at(6);
    EXPECT_NEAR(scene.instances.at(0).transform.m[0], 0, 1e-13) << "a quarter second, 90 degrees";
}

TEST(Timeline, AStillSceneIsOneScene) {
    const TempFolder folder;
    const SceneTimeline timeline(folder.write(
        "a.json", "{ \"juggler\": 1, \"objects\": [ { \"box\": {} } ], \"animation\": { "
                  "\"frames\": 3 } }"));
    EXPECT_TRUE(timeline.still());
    SceneCompiler compiler;
    EXPECT_EQ(compiler.compile(timeline.at(1)), compiler.compile(timeline.at(3)));
}

// ---- water -------------------------------------------------------------------------------------

// The closed form of one wave along +x: crests at k x - w t = 0.
TEST(Ocean, OneWaveIsATrochoidThatRunsAtItsSpeed) {
    const std::string ocean =
        "\"objects\": [ { \"ocean\": { \"size\": [20, 2], \"cells\": [40, 1], \"waves\": [ { "
        "\"length\": 10, \"amplitude\": 0.5, \"steepness\": 0.8, \"azimuth_deg\": 90, \"speed\": 3 "
        "} ] } } ]";
    const double k = 2 * pi_d / 10;
    for (const uint32_t frame : {1u, 8u}) {
        const double t = (frame - 1) / 10.0;
        const SceneDescription scene = read(text_of(ocean, "", "1"), frame);
        const TrianglePart& part = scene.meshes.at(0)->triangles.at(0);
        ASSERT_EQ(part.positions.size(), 82u);
        EXPECT_EQ(part.indices.size() / 3, 80u);
        ASSERT_EQ(part.positions_end.size(), 82u);
        for (size_t i = 0; i <= 40; ++i) {
            const double x0 = 0.5 * static_cast<double>(i) - 10, phase = k * (x0 - 3 * t);
            EXPECT_NEAR(part.positions[i][0], x0 - 0.8 * 0.5 * std::sin(phase), 1e-5);
            EXPECT_NEAR(part.positions[i][1], 0.5 * std::cos(phase), 1e-6);
            EXPECT_NEAR(part.positions_end[i][1], 0.5 * std::cos(phase - k * 0.3), 1e-6);
            EXPECT_EQ(part.positions[i][2], -1.0f);
            // The slope of the curve at the vertex.
            const double dx = 1 - 0.8 * 0.5 * k * std::cos(phase), dy = -0.5 * k * std::sin(phase);
            const double length = std::sqrt(dx * dx + dy * dy);
            EXPECT_NEAR(part.normals[i][0], -dy / length, 1e-5);
            EXPECT_NEAR(part.normals[i][1], dx / length, 1e-5);
        }
    }
}

TEST(Ocean, ALoopCloses) {
    const std::string ocean =
        "\"objects\": [ { \"ocean\": { \"cells\": 8, \"loop\": 2, \"waves\": [ { \"length\": 10, "
        "\"amplitude\": 0.2 }, { \"length\": 23, \"amplitude\": 0.4, \"azimuth_deg\": 40 } ] } } ]";
    const auto positions = [&](uint32_t frame) {
        return read(text_of(ocean, ""), frame).meshes.at(0)->triangles.at(0).positions;
    };
    const auto first = positions(1), again = positions(21), between = positions(11);
    double moved = 0;
    for (size_t i = 0; i < first.size(); ++i) {
        EXPECT_NEAR(first[i][1], again[i][1], 1e-6);
        moved = std::max(moved, std::fabs(double(first[i][1]) - double(between[i][1])));
    }
    EXPECT_GT(moved, 0.05);
}

TEST(Ocean, WavesThatTurnOverAreRefused) {
    try {
        (void)read(text_of("\"objects\": [ { \"ocean\": { \"waves\": [ { \"length\": 1, "
                           "\"amplitude\": 0.4, \"steepness\": 1 } ] } } ]",
                           ""));
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_NE(error.diagnostics().at(0).message.find("too steep"), std::string::npos);
    }
}

} // namespace
} // namespace juggler
