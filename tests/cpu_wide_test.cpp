// The wide walks against brute force, on the bits of (t, instance, primitive), at both widths and
// for any number of rays in the walk.
#include "host/bvh/wide.h"
#include "kernels/wide.h"
#include "tests/support/brute_force.h"
#include "tests/support/soups.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace juggler {
namespace {

using test::Random;

struct Results {
    std::vector<float> t, u, v;
    std::vector<uint32_t> instance, primitive, visible;
    explicit Results(size_t n) : t(n), u(n), v(n), instance(n), primitive(n), visible(n) {}
    WideHits view() {
        return {t.data(), u.data(), v.data(), instance.data(), primitive.data(), visible.data()};
    }
};

template <int W>
Results walk_all(const CompiledScene& scene, const std::vector<Ray<float>>& rays, uint32_t slots) {
    const WideTree tree = WideTree::build<W>(scene.view(), scene.bvh2());
    std::vector<RayRecord> records(rays.size());
    for (size_t i = 0; i < rays.size(); ++i) {
        const RayRecord world{{}, {}, {}, 0, 0, 0, rays[i].t_max, rays[i].time, rays[i].filter_key,
                              0};
        make_record(rays[i].o, rays[i].d, world, records[i]);
    }
    std::vector<uint32_t> list(rays.size());
    std::iota(list.begin(), list.end(), 0u);
    const size_t need = tree.view().stack_need;
    std::vector<float> near(need * slots);
    std::vector<uint32_t> child(need * slots);
    std::vector<WideSlot> slot(slots);
    for (uint32_t i = 0; i < slots; ++i) {
        slot[i].near = near.data() + i * need;
        slot[i].child = child.data() + i * need;
    }
    Results results(rays.size());
    const auto count = static_cast<uint32_t>(rays.size());
    walk_wide<W, ray_closest>(scene.view(), scene.bvh2(), tree.view(), records.data(), list.data(),
                              count, slot.data(), slots, results.view());
    walk_wide<W, ray_shadow>(scene.view(), scene.bvh2(), tree.view(), records.data(), list.data(),
                             count, slot.data(), slots, results.view());
    return results;
}

std::vector<Ray<float>> random_rays(uint64_t seed, uint32_t count) {
    Random random(seed);
    std::vector<Ray<float>> rays;
    for (uint32_t i = 0; i < count; ++i) {
        const auto o = random.point(2.5f), target = random.point(1);
        Ray<float> ray{{o[0], o[1], o[2]},
                       {},
                       ray_infinity,
                       random.unit(),
                       static_cast<uint32_t>(random.bits())};
        ray.d = Vec3<float>{target[0], target[1], target[2]} - ray.o;
        if (i % 7 == 0) ray.d = {0, 0, -1};
        if (i % 3 == 0) ray.t_max = random.between(0.1f, 3);
        rays.push_back(ray);
    }
    return rays;
}

void check(const CompiledScene& scene, uint64_t seed) {
    const auto rays = random_rays(seed, 900);
    std::vector<Hit<float>> closest;
    std::vector<uint32_t> visible;
    for (const Ray<float>& ray : rays) {
        closest.push_back(test::brute_force_closest(scene.view(), scene.bvh2(), ray));
        visible.push_back(test::brute_force_visible(scene.view(), scene.bvh2(), ray));
    }
    const auto compare = [&](const Results& r, const char* what) {
        for (size_t i = 0; i < rays.size(); ++i) {
            ASSERT_EQ(r.instance[i], closest[i].instance) << what << ", ray " << i;
            ASSERT_EQ(r.primitive[i], closest[i].primitive) << what << ", ray " << i;
            ASSERT_EQ(std::memcmp(&r.t[i], &closest[i].t, 4), 0) << what << ", ray " << i;
            ASSERT_EQ(std::memcmp(&r.u[i], &closest[i].u, 4), 0) << what << ", ray " << i;
            ASSERT_EQ(std::memcmp(&r.v[i], &closest[i].v, 4), 0) << what << ", ray " << i;
            ASSERT_EQ(r.visible[i], visible[i]) << what << ", ray " << i;
        }
    };
    compare(walk_all<8>(scene, rays, 1), "8 wide, 1 ray");
    compare(walk_all<8>(scene, rays, 32), "8 wide, 32 rays");
    compare(walk_all<16>(scene, rays, 64), "16 wide, 64 rays");
}

TEST(WideWalk, FindsTheBitsOfBruteForceInSoupsOfEverything) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        check(test::make_soup(seed), seed);
        if (HasFatalFailure()) return;
    }
}

TEST(WideWalk, FindsThemInLargerRestingSoups) {
    for (uint64_t seed = 20; seed < 24; ++seed) {
        check(test::make_soup(seed, {3000, 200, 3, false, false}), seed);
        if (HasFatalFailure()) return;
    }
}

TEST(WideWalk, MissesEverythingInAnEmptyScene) {
    const CompiledScene scene = compile_scene({});
    const Results r = walk_all<8>(scene, random_rays(1, 10), 4);
    for (size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(r.instance[i], none);
        EXPECT_EQ(r.visible[i], 7u);
    }
}

} // namespace
} // namespace juggler
