// Motion blur against closed forms: how much of the shutter's time something covers a point.
#include "host/scene/load_json.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juggler {
namespace {

// What a scene's camera, ten frames a second, sees in frame 1; white things before black.
test::Estimate picture(const std::string& objects, const std::string& tracks,
                       const std::string& camera) {
    SceneDescription d = load_json_scene(
        "test.json",
        "{ \"juggler\": 1, \"sky\": \"none\", \"materials\": { \"white\": { \"unlit\": "
        "true } }, \"camera\": { " +
            camera + ", \"orthographic_height\": 1e-4 }, \"objects\": [ " + objects +
            " ], \"animation\": { \"fps\": 10, \"shutter\": 1, \"tracks\": [ " + tracks + " ] } }");
    test::Shot shot;
    shot.camera = d.cameras.at(0);
    shot.shutter_close = 1;
    shot.samples = 4096;
    shot.seeds = 8;
    const CompiledScene scene = compile_scene(std::move(d));
    return test::estimate(scene, shot);
}

void expect_share(const test::Estimate& seen, double share) {
    // Stratified samples do better than this, four deviations of independent ones.
    const double sigma = std::sqrt(share * (1 - share) / (4096 * 8));
    EXPECT_NEAR(seen.rgb[0].mean(), share, 4 * sigma + 1e-4);
}

std::string at(double x, double y) {
    const std::string p = std::to_string(x) + ", " + std::to_string(y);
    return "\"eye\": [" + p + ", 5], \"look_at\": [" + p + ", 0]";
}

const std::string ball =
    "{ \"name\": \"ball\", \"sphere\": { \"radius\": 0.5 }, \"material\": \"white\" }";
// From x = -1 to 1 in a tenth of a second.
std::string crossing(const std::string& target) {
    return "{ \"target\": \"" + target + "\", \"keys\": [ [0, [-1, 0, 0]], [0.1, [1, 0, 0]] ] }";
}

TEST(MotionBlur, ASphereCoversAPointForTheTimeItsChordTakes) {
    for (const double y : {0.0, 0.3, 0.45}) {
        const double chord = 2 * std::sqrt(0.25 - y * y);
        // As vertices that move, and as an instance that does.
        expect_share(picture(ball, crossing("/objects/ball/sphere/center"), at(0.2, y)), chord / 2);
        expect_share(picture(ball, crossing("/objects/ball/translate"), at(0.2, y)), chord / 2);
    }
    expect_share(picture(ball, crossing("/objects/ball/translate"), at(-1, 0)), 0.25);
}

TEST(MotionBlur, ATriangleMeshDoesAsWell) {
    const std::string plate = "{ \"name\": \"plate\", \"quad\": { \"corner\": [-0.25, -1, 0], "
                              "\"u\": [0.5, 0, 0], \"v\": [0, 2, 0] }, \"material\": \"white\" }";
    expect_share(picture(plate, crossing("/objects/plate/translate"), at(0.1, 0)), 0.25);
    const std::string corner = "{ \"target\": \"/objects/plate/quad/corner\", \"keys\": [ [0, [-1, "
                               "-1, 0]], [0.1, [1, -1, 0]] ] }";
    expect_share(picture(plate, corner, at(0.1, 0)), 0.25);
}

TEST(MotionBlur, ACameraThatMovesSeesTheSame) {
    for (const double y : {0.0, 0.3}) {
        const std::string p = std::to_string(y);
        const std::string track =
            "{ \"target\": \"/camera/eye\", \"keys\": [ [0, [-1, " + p + ", 5]], [0.1, [1, " + p +
            ", 5]] ] }, { \"target\": \"/camera/look_at\", \"keys\": [ [0, [-1, " + p +
            ", 0]], [0.1, [1, " + p + ", 0]] ] }";
        expect_share(picture(ball, track, at(0, y)), std::sqrt(0.25 - y * y));
    }
}

TEST(MotionBlur, AQuarterTurnIsAnArc) {
    // A square of side 1 covers a point 0.6 from its centre while the larger of sine and cosine of
    // its angle is at most 5/6. Straight lines from the first to the last corner would give 0.
    const std::string box = "{ \"name\": \"box\", \"box\": {}, \"material\": \"white\" }";
    const std::string turn = "{ \"target\": \"/objects/box/rotate_z_deg\", \"keys\": [ [0, 0], "
                             "[0.1, 90] ] }";
    const double edge = std::acos(5.0 / 6) * 180 / 3.14159265358979;
    const test::Estimate seen = picture(box, turn, at(0.6, 0));
    // Matrices are straight between their nine keys: 0.5 % of the radius at most.
    EXPECT_NEAR(seen.rgb[0].mean(), (90 - 2 * edge) / 90, 0.02);
}

TEST(MotionBlur, APanningCameraTurnsAlongItsArc) {
    // A perspective camera that turns by 20 degrees sees a ball ahead for the time its angle takes.
    SceneDescription d = load_json_scene(
        "test.json",
        "{ \"juggler\": 1, \"sky\": \"none\", \"materials\": { \"white\": { \"unlit\": true } }, "
        "\"camera\": { \"eye\": [0, 0, 0], \"look_at\": [0, 0, -10], \"fov_y_deg\": 0.001 }, "
        "\"objects\": [ { \"sphere\": { \"center\": [0, 0, -10], \"radius\": 0.5 }, \"material\": "
        "\"white\" } ], \"animation\": { \"fps\": 10, \"shutter\": 1, \"tracks\": [ { \"target\": "
        "\"/camera/look_at\", \"keys\": [ [0, [-1.7632698, 0, -10]], [0.1, [1.7632698, 0, -10]] ] "
        "} ] } }");
    test::Shot shot;
    shot.camera = d.cameras.at(0);
    shot.shutter_close = 1;
    shot.samples = 4096;
    shot.seeds = 8;
    const CompiledScene scene = compile_scene(std::move(d));
    // The aim goes evenly along x; the ball is seen under asin(0.05) to both sides.
    const double half = std::tan(std::asin(0.05)) * 10;
    EXPECT_NEAR(test::estimate(scene, shot).rgb[0].mean(), half / 1.7632698, 0.01);
}

} // namespace
} // namespace juggler
