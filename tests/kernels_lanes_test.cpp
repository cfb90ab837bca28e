// One lane and many lanes compute the same bits, function by function and along whole paths, on the
// baseline and on wider instruction sets.
#include "kernels/bvh2.h"
#include "tests/support/lanes.h"
#include "tests/support/random.h"
#include "tests/support/scenes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace juggler {
namespace {

constexpr uint32_t count = 16 * 512;

ImageDescription noise(uint32_t width, uint32_t height, uint64_t seed) {
    test::Random random(seed);
    ImageDescription image{"noise", width, height, {}};
    for (uint32_t i = 0; i < width * height; ++i)
        image.texels.push_back(static_cast<uint32_t>(random.bits()));
    return image;
}

// Waves of triangles with normals, tangents and colours.
TrianglePart carpet(int material, bool moves) {
    TrianglePart part;
    part.material = material;
    constexpr uint32_t n = 9;
    for (uint32_t i = 0; i < n * n; ++i) {
        const float x = static_cast<float>(i % n) / 4 - 1, z = static_cast<float>(i / n) / 4 - 1;
        const float y = 0.1f * std::sin(5 * x) * std::cos(4 * z);
        part.positions.push_back({x, y, z});
        if (moves) part.positions_end.push_back({x, y + 0.2f, z});
        const float dx = -0.5f * std::cos(5 * x), dz = 0.4f * std::sin(4 * z);
        const float length = std::sqrt(dx * dx + 1 + dz * dz);
        part.normals.push_back({dx / length, 1 / length, dz / length});
        part.tangents.push_back({1, 0, 0, i % 2 ? -1.0f : 1.0f});
        part.texcoords[0].push_back({3 * x, 3 * z});
        part.texcoords[1].push_back({z, x});
        part.colors.push_back({0.5f + 0.4f * x, 0.9f, 0.5f - 0.4f * x, 0.8f});
    }
    for (uint32_t i = 0; i + 1 < n; ++i)
        for (uint32_t j = 0; j + 1 < n; ++j)
            for (uint32_t k : {0u, n, 1u, 1u, n, n + 1})
                part.indices.push_back(i * n + j + k);
    return part;
}

// Something of everything.
SceneDescription zoo() {
    SceneDescription scene;
    scene.images = {noise(7, 5, 1), noise(8, 8, 2), noise(1, 3, 3)};
    const auto texture = [](int image, Wrap wrap, bool nearest, bool srgb) {
        TextureUse use;
        use.image = image;
        use.wrap_s = use.wrap_t = wrap;
        use.nearest = nearest;
        use.srgb = srgb;
        use.texcoord = static_cast<uint32_t>(image % 2);
        use.transform = {0.9f, 0.2f, 0.1f, -0.2f, 1.1f, 0.3f};
        return use;
    };
    MaterialDescription textured;
    textured.base_texture = texture(0, wrap_repeat, false, true);
    textured.metallic_roughness_texture = texture(1, wrap_mirror, false, false);
    textured.normal_texture = texture(2, wrap_clamp, true, false);
    textured.metallic = 1;
    textured.normal_scale = 0.5f;
    MaterialDescription rough_glass = test::clear_glass(false);
    rough_glass.roughness = 0.4f;
    rough_glass.attenuation = {0.2f, 1, 3};
    MaterialDescription pane = test::clear_glass(true);
    pane.base_color = {0.9f, 0.6f, 0.3f, 1};
    MaterialDescription leaf = textured;
    leaf.alpha_mode = AlphaMode::blend;
    MaterialDescription mask = textured;
    mask.alpha_mode = AlphaMode::mask;
    MaterialDescription steel = test::mirror();
    steel.roughness = 0.3f;
    MaterialDescription unlit = test::lambert(0.4f);
    unlit.unlit = true;
    MaterialDescription glow = test::lamp(4);
    glow.emission_texture = texture(0, wrap_repeat, false, true);
    for (const MaterialDescription& m :
         {textured, rough_glass, pane, leaf, mask, steel, unlit, glow, test::lamp(9),
          test::mirror(), test::clear_glass(false), MaterialDescription{}})
        test::add_material(scene, m);

    // Instanced twice, once mirrored; instanced once and moving; deforming; at rest.
    MeshDescription waves;
    waves.triangles = {carpet(0, false), carpet(3, false)};
    scene.meshes.push_back(waves);
    scene.instances.push_back({0, translation(0, -0.5, 0), {}});
    scene.instances.push_back({0, translation(0.3, 1, 0) * scaling(-0.7, 0.9, 0.8), {}});
    waves.triangles = {carpet(4, true)};
    scene.meshes.push_back(waves);
    scene.instances.push_back({1, translation(0, 0.4, 0), {}});
    MeshDescription block = test::box({-0.2f, -0.2f, -0.2f}, {0.2f, 0.2f, 0.2f}, 1);
    scene.meshes.push_back(block);
    scene.instances.push_back({2, {}, {}});
    for (int k = 0; k < 9; ++k)
        scene.instances.back().motion.push_back(
            translation(0.8, 0.1 * k, 0.3) *
            rotation(0, std::sin(0.05 * k), 0, std::cos(0.05 * k)));
    MeshDescription balls;
    for (int k = 0; k < 12; ++k)
        balls.spheres.push_back({k,
                                 {{0.6f * std::sin(0.5f * float(k)), 0.15f * float(k) - 0.8f,
                                   0.6f * std::cos(0.5f * float(k)), 0.25f}},
                                 {}});
    test::place(scene, std::move(balls));
    MeshDescription more;
    more.spheres.push_back({7, {{0, 0, 0, 0.2f}}, {{0, 0.1f, 0, 0.3f}}});
    more.spheres.push_back({2, {{0.5f, 0, 0, 0.2f}}, {}});
    scene.meshes.push_back(more);
    scene.instances.push_back({4, translation(-0.7, 0.3, 0.9) * scaling(1, 0.7, 1), {}});
    scene.instances.push_back({4, translation(0.7, 0.9, 0.9), {}});
    test::add_quad(scene, {-1, 1.8f, -1}, {2, 0, 0}, {0, 0, 2}, 8);
    test::add_quad(scene, {-2, -1, -2}, {0, 0, 4}, {4, 0, 0}, 11);
    test::add_quad(scene, {-0.5f, -0.3f, 1.2f}, {1, 0, 0}, {0, 1, 0}, 2);

    using Kind = LightDescription::Kind;
    scene.lights.push_back({Kind::sun, {}, {0.6f, -0.8f, 0}, {1, 2, 3}, 5, 1, 0, 0});
    scene.lights.push_back({Kind::sun, {}, {0, -1, 0}, {1, 1, 1}, 0, 1, 0, 0});
    scene.lights.push_back({Kind::point, {1, 1.5f, 1}, {}, {3, 2, 1}, 0, 1, 0, 6});
    scene.lights.push_back(
        {Kind::spot, {-1, 1.5f, 1}, {0.6f, -0.8f, 0}, {9, 9, 9}, 0, 0.9f, 0.5f, 0});
    scene.sky =
        SkyDescription{sky_gradient, {0.3f, 0.5f, 0.9f}, {0.8f, 0.8f, 0.8f}, {0.2f, 0.1f, 0}};
    return scene;
}

// Whole paths over packs wider than the baseline's registers take compilers long; the unit for AVX2
// has 8 lanes of them.
std::vector<test::LaneFunctions> packs() {
    std::vector<test::LaneFunctions> all = {
        {"4 lanes", lane_values<PackFloat<4>>, lane_paths<PackFloat<4>>},
        {"8 lanes", lane_values<PackFloat<8>>, nullptr},
        {"16 lanes", lane_values<PackFloat<16>>, nullptr},
    };
#ifdef JUGGLER_TEST_AVX2
    if (__builtin_cpu_supports("avx2")) all.push_back(test::lanes_avx2());
#endif
    return all;
}

void expect_same(const std::vector<uint32_t>& expected, const std::vector<uint32_t>& found,
                 const char* name, uint32_t columns) {
    for (size_t i = 0; i < expected.size(); ++i) {
        const size_t row = i / count;
        ASSERT_EQ(expected[i], found[i])
            << name << ": step " << row / columns << ", column " << row % columns << ", input "
            << i % count << ", as floats " << as_float(expected[i]) << " and "
            << as_float(found[i]);
    }
}

TEST(Lanes, every_function_gives_the_bits_of_one_lane) {
    const CompiledScene scene = compile_scene(zoo());
    test::Random random(21);
    std::vector<std::vector<float>> unit(12);
    std::vector<std::vector<uint32_t>> words(3);
    test::LaneInputs in{};
    in.count = count;
    for (size_t k = 0; k < unit.size(); ++k) {
        for (uint32_t i = 0; i < count; ++i)
            unit[k].push_back(random.below(64) == 0 ? 0.5f * static_cast<float>(random.below(2))
                                                    : random.unit());
        in.unit[k] = unit[k].data();
    }
    for (size_t k = 0; k < words.size(); ++k) {
        for (uint32_t i = 0; i < count; ++i)
            words[k].push_back(static_cast<uint32_t>(random.bits()));
        in.words[k] = words[k].data();
    }
    std::vector<uint32_t> one(size_t(test::lane_columns) * count, 0u);
    lane_values<float>(in, scene.view(), one.data());
    for (const test::LaneFunctions& pack : packs()) {
        std::vector<uint32_t> many(one.size(), 0u);
        pack.values(in, scene.view(), many.data());
        expect_same(one, many, pack.name, test::lane_columns);
    }
}

TEST(Lanes, whole_paths_give_the_bits_of_one_lane) {
    const CompiledScene scene = compile_scene(zoo());
    constexpr uint32_t steps = 12;
    for (uint32_t flags : {0u, uint32_t(frame_no_light_sampling)}) {
        test::Shot shot;
        shot.camera = test::look_at({0.5f, 1.2f, 3}, {0, 0.2f, 0}, 0.5);
        shot.camera.aperture = 0.05;
        shot.camera.focus = 3;
        shot.width = 37;
        shot.height = 29;
        shot.max_depth = 9;
        shot.flags = flags;
        FrameView frame = test::frame_of(shot, 5);
        frame.shutter_close = 0.7f;
        std::vector<uint32_t> x, y, sample, instance, primitive, visible;
        std::vector<float> t, u, v;
        test::Random random(22);
        std::vector<PathState<float>> states;
        for (uint32_t i = 0; i < count; ++i) {
            x.push_back(random.below(shot.width));
            y.push_back(random.below(shot.height));
            sample.push_back(random.below(65536));
            states.push_back(begin_path<float>(frame, x[i], y[i], sample[i]));
        }
        // Traced once, with one lane; replayed by all.
        for (uint32_t step = 0; step < steps; ++step) {
            for (PathState<float>& s : states) {
                Hit<float> hit{0, 0, 0, none, none};
                if (s.alive) hit = closest_hit(scene.view(), scene.bvh2(), next_ray(s));
                t.push_back(hit.t);
                u.push_back(hit.u);
                v.push_back(hit.v);
                instance.push_back(hit.instance);
                primitive.push_back(hit.primitive);
                const Ray<float> shadow_ray = after_hit<float>(scene.view(), frame, hit, s);
                visible.push_back(
                    s.shadow ? visible_channels(scene.view(), scene.bvh2(), shadow_ray) : 0);
                after_shadow(s, visible.back());
            }
        }
        const SceneView& view = scene.view();
        const test::PathInputs in{&view,         &frame,   count,           steps,
                                  x.data(),      y.data(), sample.data(),   t.data(),
                                  u.data(),      v.data(), instance.data(), primitive.data(),
                                  visible.data()};
        std::vector<uint32_t> one(size_t(steps) * test::path_columns * count, 0u);
        lane_paths<float>(in, one.data());
        uint32_t alive_late = 0;
        for (const PathState<float>& s : states)
            alive_late += s.alive;
        EXPECT_LT(alive_late, count / 4) << "paths should end";
        for (const test::LaneFunctions& pack : packs()) {
            if (pack.paths == nullptr) continue;
            std::vector<uint32_t> many(one.size(), 0u);
            pack.paths(in, many.data());
            expect_same(one, many, pack.name, test::path_columns);
        }
    }
}

} // namespace
} // namespace juggler
