// What a frame takes over from the one before is what it would have made itself.
#include "host/render/backend.h"
#include "host/render/frame.h"
#include "host/scene/arrays.h"
#include "tests/support/scenes.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace juggler {
namespace {

constexpr uint32_t side = 24;

uint64_t film_hash(std::string_view backend, const CompiledScene& scene) {
    FrameView frame{};
    CameraDescription camera;
    camera.to_world = translation(0, 0, 4);
    frame.camera = make_camera(camera, side, side);
    frame.width = frame.height = side;
    frame.max_depth = 4;
    frame.shutter_close = 1;
    const auto device = find_backend(backend).open({});
    device->set_scene(scene);
    Film film({0, 0, side, side});
    PassCounters counters{};
    device->render_pass(frame, film.view(), {0, 2}, {}, counters);
    return film.hash();
}

// A soup of which some meshes and some places differ from frame to frame; all else is shared.
class Frames {
public:
    explicit Frames(uint64_t seed) : base_(test::describe_soup(seed)) {
        base_.sky = SkyDescription{sky_constant, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
        base_.animation.frames = 100;
        for (size_t i = 0; i < base_.meshes.size(); i += 3)
            base_.meshes[i].change().changes = true;
        for (size_t i = 1; i < base_.instances.size(); i += 3)
            base_.instances[i].changes = true;
    }
    [[nodiscard]] SceneDescription at(int frame) const {
        SceneDescription d = base_;
        for (Shared<MeshDescription>& shared : d.meshes) {
            if (!shared->changes) continue;
            MeshDescription& mesh = shared.change();
            for (TrianglePart& part : mesh.triangles)
                for (auto& p : part.positions)
                    p[1] += 0.01f * static_cast<float>(frame);
        }
        for (InstanceDescription& i : d.instances)
            if (i.changes) i.transform = translation(0.02 * frame, 0, 0) * i.transform;
        return d;
    }

private:
    SceneDescription base_;
};

TEST(SceneCompiler, MakesTheArraysAndPicturesOfScenesCompiledAlone) {
    for (const char* backend : {"sequential", "simd"}) {
        const TreeLayouts layouts = find_backend(backend).open({})->layouts();
        for (uint64_t seed = 1; seed <= 3; ++seed) {
            const Frames frames(seed);
            SceneCompiler compiler(layouts);
            for (const int frame : {0, 1, 5, 2}) {
                const auto one = compiler.compile(frames.at(frame));
                const CompiledScene alone = compile_scene(frames.at(frame), layouts);
                EXPECT_EQ(one->hash(), alone.hash()) << backend << ", frame " << frame;
                EXPECT_EQ(film_hash(backend, *one), film_hash(backend, alone))
                    << backend << ", frame " << frame;
                EXPECT_EQ(one->facts().triangle_count, alone.facts().triangle_count);
                EXPECT_EQ(one->facts().sphere_count, alone.facts().sphere_count);
                EXPECT_EQ(one->facts().instanced_triangle_count,
                          alone.facts().instanced_triangle_count);
            }
        }
    }
}

// A grid that waves, and one ball in it: the tree of the first frame is drawn around the others.
SceneDescription waving(int frame) {
    SceneDescription d;
    test::set_sky(d, 1);
    const int grey = test::add_material(d, test::lambert(0.5f));
    constexpr uint32_t side_cells = 60;
    TrianglePart part;
    part.material = grey;
    for (uint32_t j = 0; j <= side_cells; ++j)
        for (uint32_t i = 0; i <= side_cells; ++i) {
            const float x = 0.1f * static_cast<float>(i) - 3, z = 0.1f * static_cast<float>(j) - 3;
            part.positions.push_back({x, 0.2f * std::sin(2 * x + 0.1f * float(frame)) - 1, z});
        }
    for (uint32_t j = 0; j < side_cells; ++j)
        for (uint32_t i = 0; i < side_cells; ++i) {
            const uint32_t a = j * (side_cells + 1) + i, b = a + side_cells + 1;
            part.indices.insert(part.indices.end(), {a, b, a + 1, a + 1, b, b + 1});
        }
    MeshDescription water, balls;
    water.triangles.push_back(std::move(part));
    for (int i = 0; i < 40; ++i)
        balls.spheres.push_back(
            {grey,
             {{0.2f * float(i % 8) - 0.8f, 0.01f * float(frame), 0.2f * float(i / 8), 0.08f}},
             {}});
    water.changes = balls.changes = true;
    test::place(d, std::move(water));
    test::place(d, std::move(balls));
    d.animation.frames = 100;
    return d;
}

TEST(SceneCompiler, TreesDrawnAroundOtherVerticesFindTheSameHits) {
    for (const char* backend : {"sequential", "simd"}) {
        const TreeLayouts layouts = find_backend(backend).open({})->layouts();
        SceneCompiler compiler(layouts);
        for (const int frame : {0, 1, 2, 5, 40, 41}) {
            const auto one = compiler.compile(waving(frame));
            const CompiledScene alone = compile_scene(waving(frame), layouts);
            EXPECT_EQ(one->hash(), alone.hash());
            EXPECT_EQ(film_hash(backend, *one), film_hash(backend, alone))
                << backend << ", frame " << frame;
            if (frame == 1) {
                EXPECT_NE(one->trees_hash(), alone.trees_hash()) << "built anew";
            }
        }
    }
}

TEST(SceneCompiler, TakesCompressedTreesOverAndLeavesThemOutWhereVerticesChange) {
    const auto frame_of = [](int frame) {
        SceneDescription d;
        const int grey = test::add_material(d, test::lambert(0.5f));
        test::Random random(4);
        for (int mesh = 0; mesh < 2; ++mesh) {
            MeshDescription rock;
            rock.triangles.push_back(test::random_triangles(random, 300, grey, false));
            d.meshes.emplace_back(std::move(rock));
            // Of the first, one copy moves from frame to frame; the second rests in world space.
            for (int copy = 0; copy < 2 - mesh; ++copy) {
                InstanceDescription instance;
                instance.mesh = mesh;
                instance.transform = translation(0.3 * frame * copy, 2 * copy, 0);
                instance.changes = copy == 1;
                d.instances.push_back(instance);
            }
        }
        return d;
    };
    TreeLayouts layouts;
    layouts.compressed = true;
    SceneCompiler compiler(layouts);
    // The meshes of both frames are the same objects, as those of an animation are.
    const SceneDescription first = frame_of(0);
    for (int frame = 0; frame < 4; ++frame) {
        SceneDescription d = frame_of(frame);
        d.meshes = first.meshes;
        const auto one = compiler.compile(SceneDescription(d));
        const CompiledScene alone = compile_scene(std::move(d), layouts);
        ASSERT_NE(one->bvh2().compressed.root, none);
        EXPECT_EQ(one->arrays().compressed->hash(), alone.arrays().compressed->hash()) << frame;
    }
    SceneCompiler other(layouts);
    for (int frame = 0; frame < 2; ++frame)
        EXPECT_EQ(other.compile(waving(frame))->bvh2().compressed.root, none);
}

TEST(SceneCompiler, ADifferentMaterialIsSeenInWhatRests) {
    SceneDescription d;
    test::set_sky(d, 1);
    test::add_sphere(d, {0, 0, 0}, 1, test::add_material(d, test::lambert(0.5f)));
    d.animation.frames = 2;
    SceneCompiler compiler({true, 8});
    SceneDescription dark = d, lamp = d;
    const auto first = compiler.compile(std::move(dark));
    lamp.materials[0].emission = {2, 2, 2};
    const auto second = compiler.compile(SceneDescription(lamp));
    EXPECT_EQ(first->facts().light_count, 0u);
    EXPECT_EQ(second->facts().light_count, 1u);
    EXPECT_EQ(second->hash(), compile_scene(std::move(lamp)).hash());
}

TEST(SceneCompiler, FramesThatDifferInTheirCamerasAloneAreOneScene) {
    SceneDescription d;
    test::set_sky(d, 1);
    test::add_sphere(d, {0, 0, 0}, 1, test::add_material(d, test::lambert(0.5f)));
    d.cameras.emplace_back();
    SceneCompiler compiler;
    const auto first = compiler.compile(SceneDescription(d));
    d.cameras[0].to_world = translation(1, 2, 3);
    EXPECT_EQ(compiler.compile(SceneDescription(d)), first);
    d.sky->horizon[0] = 0.5f;
    EXPECT_NE(compiler.compile(SceneDescription(d)), first);
}

} // namespace
} // namespace juggler
