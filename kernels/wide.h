// The walk of the wide tree: many rays at once, each a small state machine, so that the latency of
// one ray's next node is hidden by work on the others. The rays in the walk advance in two phases,
// all that wait at inner nodes and all that wait at leaves. Lanes hold the children of a node or
// the primitives of a leaf of one ray.
//
// Which hit is found is decided by the rules of kernels/intersect.h alone; order, width and number
// of rays are free.
#pragma once

#include "kernels/bvh2.h"
#include "kernels/pack.h"

namespace juggler::inline JUGGLER_ISA {

inline constexpr uint32_t wide_value_mask = (1u << wide_value_bits) - 1;

// One ray, one cache line.
struct alignas(64) RayRecord {
    float o[3], r[3], d[3]; // r: slab_reciprocal(d)
    float sx, sy, sz;       // Shear
    float t_max, time;
    uint32_t filter_key;
    uint32_t code; // octant (bit = axis descends) | kx << 3 | ky << 5 | kz << 7
};

// Records of a pack of rays, lane by lane to `record[lane]`.
template <class F>
JUGGLER_FN void make_records(const Ray<F>& ray, RayRecord* record) {
    using U = Uint<F>;
    const Vec3<F> r = slab_reciprocal(ray.d);
    const F zero(0);
    const F ax = absolute(ray.d.x), ay = absolute(ray.d.y), az = absolute(ray.d.z);
    const auto x_over_y = ax > ay;
    const U kz = select(x_over_y, select(ax > az, U(0), U(2)), select(ay > az, U(1), U(2)));
    const auto is_x = kz == U(0), is_y = kz == U(1);
    const F dz = select(is_x, ray.d.x, select(is_y, ray.d.y, ray.d.z));
    const F after = select(is_x, ray.d.y, select(is_y, ray.d.z, ray.d.x));  // kz + 1
    const F before = select(is_x, ray.d.z, select(is_y, ray.d.x, ray.d.y)); // kz + 2
    const U k_after = select(is_x, U(1), select(is_y, U(2), U(0)));
    const U k_before = select(is_x, U(2), select(is_y, U(0), U(1)));
    const auto flip = dz < zero;
    const F sx = select(flip, before, after) / dz, sy = select(flip, after, before) / dz;
    const F sz = F(1) / dz;
    const U kx = select(flip, k_before, k_after), ky = select(flip, k_after, k_before);
    const U octant = select(r.x < zero, U(1), U(0)) | select(r.y < zero, U(2), U(0)) |
                     select(r.z < zero, U(4), U(0));
    const U code = octant | (kx << 3) | (ky << 5) | (kz << 7);
    // As RayRecord has them.
    const F rows[16] = {ray.o.x,
                        ray.o.y,
                        ray.o.z,
                        r.x,
                        r.y,
                        r.z,
                        ray.d.x,
                        ray.d.y,
                        ray.d.z,
                        sx,
                        sy,
                        sz,
                        ray.t_max,
                        ray.time,
                        as_float(ray.filter_key),
                        as_float(code)};
    static_assert(sizeof(RayRecord) == sizeof(float) * 16);
    store_columns<LaneTraits<F>::lanes>(rows, reinterpret_cast<char*>(record));
}
JUGGLER_FN void make_record(Vec3<float> o, Vec3<float> d, const RayRecord& world,
                            RayRecord& record) {
    const Vec3<float> r = slab_reciprocal(d);
    const Shear s = make_shear(d);
    const uint32_t octant = (r.x < 0 ? 1u : 0u) | (r.y < 0 ? 2u : 0u) | (r.z < 0 ? 4u : 0u);
    record = {{o.x, o.y, o.z},
              {r.x, r.y, r.z},
              {d.x, d.y, d.z},
              s.sx,
              s.sy,
              s.sz,
              world.t_max,
              world.time,
              world.filter_key,
              octant | (s.kx << 3) | (s.ky << 5) | (s.kz << 7)};
}
JUGGLER_FN Ray<float> ray_of(const RayRecord& r) {
    return {load3<float>(r.o), load3<float>(r.d), r.t_max, r.time, r.filter_key};
}

// log2 of the tree's width.
template <int W>
inline constexpr int wide_log2 = W == 16  ? 4
                                 : W == 8 ? 3
                                          : 2;

// What the walk of one ray remembers. `near` and `child` are stacks of stack_need entries.
struct WideSlot {
    const RayRecord* ray; // in the space of what is being walked
    const RayRecord* world;
    uint32_t index;    // of the ray in its list
    uint32_t word;     // what it waits for
    uint32_t size;     // of the stacks
    uint32_t instance; // entered, or `none`
    float near_instance;
    uint32_t visible;     // shadow rays: channels that still pass
    uint32_t near_row[3]; // an axis: 0 or W, where its planes met first start within the axis' rows
    uint32_t order_shift; // to the ray's octant in WideNode::order
    Hit<float> best;
    float* near;
    uint32_t* child;
    RayRecord object; // the ray inside an instance
};

// Follows `ray` from here on.
template <int W>
JUGGLER_FN void set_ray(WideSlot& slot, const RayRecord* ray) {
    slot.ray = ray;
    const uint32_t octant = ray->code & 7;
    for (uint32_t axis = 0; axis < 3; ++axis)
        slot.near_row[axis] = (octant >> axis & 1) * W;
    slot.order_shift = octant * wide_log2<W>;
}

// Results of a list of rays; entry i belongs to ray i of the list.
struct WideHits {
    float *t, *u, *v;
    uint32_t *instance, *primitive;
    uint32_t* visible; // shadow rays only
};

template <int W>
JUGGLER_FN PackFloat<W> load_row(const float* p) {
    PackFloat<W> x;
    load_words(x, p);
    return x;
}
template <int W>
JUGGLER_FN PackUint<W> load_row(const uint32_t* p) {
    PackUint<W> x;
    load_words(x, p);
    return x;
}
template <int W>
JUGGLER_FN void store_row(float* p, PackFloat<W> x) {
    store_words(p, x);
}
template <int W>
JUGGLER_FN void store_row(uint32_t* p, PackUint<W> x) {
    store_words(p, x);
}

// Lane j of the result is lane index[j] of x.
template <int W>
JUGGLER_FN PackFloat<W> permute_lanes(PackFloat<W> x, PackUint<W> index) {
#ifdef __AVX2__
    if constexpr (W == 8)
        return (typename VectorTypes<8>::Float)_mm256_permutevar8x32_ps((__m256)x.v,
                                                                        (__m256i)index.v);
#endif
#ifdef __AVX512F__
    if constexpr (W == 16)
        return (typename VectorTypes<16>::Float)_mm512_permutexvar_ps((__m512i)index.v,
                                                                      (__m512)x.v);
#endif
    PackFloat<W> r;
    for (int j = 0; j < W; ++j)
        r.v[j] = x.v[index.v[j] & (W - 1)];
    return r;
}
template <int W>
JUGGLER_FN PackUint<W> permute_lanes(PackUint<W> x, PackUint<W> index) {
    return as_uint(permute_lanes(as_float(x), index));
}
template <int W>
JUGGLER_FN PackMask<W> permute_lanes(PackMask<W> x, PackUint<W> index) {
    PackFloat<W> words;
    load_words(words, words_of(x));
    words = permute_lanes(words, index);
    load_words(x, words_of(words));
    return x;
}

// Least and greatest of the lanes.
template <int N>
JUGGLER_FN float least_lane(PackFloat<N> x) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        const auto v = (__m256)x.v;
        __m128 m = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
        m = _mm_min_ps(m, _mm_movehl_ps(m, m));
        return _mm_cvtss_f32(_mm_min_ss(m, _mm_shuffle_ps(m, m, 1)));
    }
#endif
#ifdef __AVX512F__
    if constexpr (N == 16) return _mm512_reduce_min_ps((__m512)x.v);
#endif
    float r = lane(x, 0);
    for (int i = 1; i < N; ++i)
        r = min(r, lane(x, i));
    return r;
}
template <int N>
JUGGLER_FN float greatest_lane(PackFloat<N> x) {
#ifdef __AVX2__
    if constexpr (N == 8) {
        const auto v = (__m256)x.v;
        __m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
        m = _mm_max_ps(m, _mm_movehl_ps(m, m));
        return _mm_cvtss_f32(_mm_max_ss(m, _mm_shuffle_ps(m, m, 1)));
    }
#endif
#ifdef __AVX512F__
    if constexpr (N == 16) return _mm512_reduce_max_ps((__m512)x.v);
#endif
    float r = lane(x, 0);
    for (int i = 1; i < N; ++i)
        r = max(r, lane(x, i));
    return r;
}

// Moves the lanes named by `bits` to the front, in order. What follows them means nothing.
#if defined(__AVX2__) || defined(__aarch64__)
struct CompressTable {
    uint64_t index[256]; // 8 bytes: the set bits of the entry's number, lowest first
};
constexpr CompressTable make_compress_table() {
    CompressTable table{};
    for (int bits = 0; bits < 256; ++bits) {
        int filled = 0;
        for (int lane_index = 0; lane_index < 8; ++lane_index)
            if (bits & (1 << lane_index))
                table.index[bits] |= uint64_t(lane_index) << (8 * filled++);
    }
    return table;
}
static constexpr CompressTable compress_table = make_compress_table();
#endif
template <int W>
struct Compressor {
#ifdef __AVX2__
    __m256i index8;
#endif
#ifdef __aarch64__
    PackUint<8> index8;
#endif
    uint32_t bits;
};
template <int W>
JUGGLER_FN Compressor<W> make_compressor(uint32_t bits) {
    Compressor<W> c;
    c.bits = bits;
#ifdef __AVX2__
    if constexpr (W == 8)
        c.index8 = _mm256_cvtepu8_epi32(
            _mm_cvtsi64_si128(static_cast<long long>(compress_table.index[bits])));
#endif
#ifdef __aarch64__
    if constexpr (W == 8) c.index8 = widen_bytes(compress_table.index[bits]);
#endif
    return c;
}
template <int W>
JUGGLER_FN PackFloat<W> compress(const Compressor<W>& c, PackFloat<W> x) {
#ifdef __AVX2__
    if constexpr (W == 8)
        return (typename VectorTypes<8>::Float)_mm256_permutevar8x32_ps((__m256)x.v, c.index8);
#endif
#ifdef __AVX512F__
    if constexpr (W == 16)
        return (typename VectorTypes<16>::Float)_mm512_maskz_compress_ps(
            static_cast<__mmask16>(c.bits), (__m512)x.v);
#endif
    PackFloat<W> r{};
    int filled = 0;
    for (uint32_t bits = c.bits; bits != 0; bits &= bits - 1)
        r.v[filled++] = x.v[__builtin_ctz(bits)];
    return r;
}
#ifdef __aarch64__
JUGGLER_FN PackFloat<8> compress(const Compressor<8>& c, PackFloat<8> x) {
    return permute_lanes(x, c.index8);
}
#endif
template <int W>
JUGGLER_FN PackUint<W> compress(const Compressor<W>& c, PackUint<W> x) {
    return as_uint(compress(c, as_float(x)));
}

template <class T>
JUGGLER_FN const T* wide_block(const WideView& tree, uint32_t word) {
    return reinterpret_cast<const T*>(static_cast<const char*>(tree.lines) +
                                      size_t(word & wide_value_mask) * 64);
}

// Without a branch, which nobody could foresee.
JUGGLER_FN uint32_t choose_word(bool first, uint32_t a, uint32_t b) {
    const uint32_t mask = 0u - static_cast<uint32_t>(first);
    return (a & mask) | (b & ~mask);
}

// An inner node: pushes the children the ray meets, farthest of its octant first. What is on top of
// the stack then goes to `word` too. The nearest child is looked up beside the push, because a word
// that was just stored among others is slow to come back.
template <int W, RayKind kind>
JUGGLER_FN void step_node(const WideView& tree, WideSlot& slot) {
    using F = PackFloat<W>;
    const WideNode<W>& node = *wide_block<WideNode<W>>(tree, slot.word);
    const RayRecord& ray = *slot.ray;
    const F ox(ray.o[0]), oy(ray.o[1]), oz(ray.o[2]);
    const F rx(ray.r[0]), ry(ray.r[1]), rz(ray.r[2]);
    // The planes of an axis that are met last lie in the row the near ones do not.
    const float* planes = node.bounds[0];
    const uint32_t nx = slot.near_row[0], ny = slot.near_row[1], nz = slot.near_row[2];
    const F x0 = (load_row<W>(planes + nx) - ox) * rx;
    const F x1 = (load_row<W>(planes + (nx ^ W)) - ox) * rx;
    const F y0 = (load_row<W>(planes + 2 * W + ny) - oy) * ry;
    const F y1 = (load_row<W>(planes + 2 * W + (ny ^ W)) - oy) * ry;
    const F z0 = (load_row<W>(planes + 4 * W + nz) - oz) * rz;
    const F z1 = (load_row<W>(planes + 4 * W + (nz ^ W)) - oz) * rz;
    const F near = max(max(x0, y0), max(z0, F(0)));
    const F far = min(min(x1, y1), z1) * F(slab_pad);
    const auto met = near <= min(far, F(slot.best.t));
    const PackUint<W> child = load_row<W>(node.child);
    const uint32_t size = slot.size;
    if (kind == ray_shadow) {
        const uint32_t bits = lane_bits(met);
        const auto count = static_cast<uint32_t>(__builtin_popcount(bits));
        store_row(slot.child + size, compress(make_compressor<W>(bits), child));
        slot.size = size + count;
        slot.word = slot.child[slot.size - static_cast<uint32_t>(slot.size != 0)];
        return;
    }
    const PackUint<W> order =
        (load_row<W>(node.order) >> static_cast<int>(slot.order_shift)) & PackUint<W>(W - 1);
    const uint32_t bits = lane_bits(permute_lanes(met, order));
    const auto count = static_cast<uint32_t>(__builtin_popcount(bits));
    const Compressor<W> c = make_compressor<W>(bits);
    // Ordered and compressed in one go.
    const PackUint<W> from = compress(c, order);
    store_row(slot.near + size, permute_lanes(near, from));
    store_row(slot.child + size, permute_lanes(child, from));
    slot.size = size + count;
    const uint32_t top = slot.child[size - static_cast<uint32_t>(size != 0)];
    const uint32_t last = node.order[31 - __builtin_clz(bits | 1)] >> slot.order_shift;
    slot.word = choose_word(bits == 0, top, node.child[last & (W - 1)]);
}

// After the limit of a walk shrank: forgets what lies beyond it.
template <int W>
JUGGLER_FN void compress_stack(WideSlot& slot) {
    const PackFloat<W> limit(slot.best.t);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < slot.size; i += W) {
        const PackFloat<W> near = load_row<W>(slot.near + i);
        const PackUint<W> child = load_row<W>(slot.child + i);
        uint32_t bits = lane_bits(near <= limit);
        if (slot.size - i < W) bits &= (1u << (slot.size - i)) - 1;
        const Compressor<W> c = make_compressor<W>(bits);
        store_row(slot.near + kept, compress(c, near));
        store_row(slot.child + kept, compress(c, child));
        kept += static_cast<uint32_t>(__builtin_popcount(bits));
    }
    slot.size = kept;
}

// Takes a candidate of a leaf, as `accept` of kernels/bvh2.h does.
template <RayKind kind>
JUGGLER_FN void accept_wide(const SceneView& scene, bool filtered, const Hit<float>& hit,
                            WideSlot& slot) {
    if (kind == ray_closest && !comes_first(hit.t, hit.instance, hit.primitive, slot.best)) return;
    if (kind == ray_shadow && !filtered) {
        slot.visible = 0;
        return;
    }
    if (filtered) {
        const FilterResult<float> f = filter_hit<float>(scene, kind, ray_of(*slot.world), hit);
        if (!f.there) return;
        if (kind == ray_shadow) {
            slot.visible &= f.transmitted;
            return;
        }
    }
    slot.best = hit;
}

template <int T, RayKind kind>
JUGGLER_FN void step_triangles(const SceneView& scene, const WideView& tree, bool filtered,
                               WideSlot& slot) {
    using F = PackFloat<T>;
    const WideTriangles<T>& leaf = *wide_block<WideTriangles<T>>(tree, slot.word);
    const RayRecord& ray = *slot.ray;
    const uint32_t kx = (ray.code >> 3) & 3, ky = (ray.code >> 5) & 3, kz = ray.code >> 7;
    const F ox(ray.o[kx]), oy(ray.o[ky]), oz(ray.o[kz]);
    Vec3<F> v[3];
    for (int k = 0; k < 3; ++k)
        v[k] = {load_row<T>(leaf.v[k][kx]) - ox, load_row<T>(leaf.v[k][ky]) - oy,
                load_row<T>(leaf.v[k][kz]) - oz};
    const TriangleHit<F> hit =
        intersect_triangle<F>(v[0], v[1], v[2], F(ray.sx), F(ray.sy), F(ray.sz));
    const F limit(slot.best.t);
    const auto candidate = hit.hit & (hit.t <= limit);
    if (!any(candidate)) return;
    const Box<F> box = triangle_box<F>(
        {load_row<T>(leaf.v[0][0]), load_row<T>(leaf.v[0][1]), load_row<T>(leaf.v[0][2])},
        {load_row<T>(leaf.v[1][0]), load_row<T>(leaf.v[1][1]), load_row<T>(leaf.v[1][2])},
        {load_row<T>(leaf.v[2][0]), load_row<T>(leaf.v[2][1]), load_row<T>(leaf.v[2][2])});
    const Interval<F> own =
        intersect_box<F>({F(ray.o[0]), F(ray.o[1]), F(ray.o[2])},
                         {F(ray.r[0]), F(ray.r[1]), F(ray.r[2])}, box.lo, box.hi);
    const F t = max(max(hit.t, own.near), F(slot.near_instance));
    const auto within = candidate & (own.near <= own.far) & (t <= limit);
    uint32_t bits = lane_bits(within);
    const uint32_t instance = slot.instance == none ? tree.world_triangles : slot.instance;
    if (kind == ray_shadow && !filtered) {
        if (bits != 0) slot.visible = 0;
        return;
    }
    const float before = slot.best.t;
    if (kind == ray_closest && !filtered) {
        // The nearest at once. Only ties, which are rare, are left to the rule that decides them.
        const F t_within = select(within, t, F(ray_infinity));
        const float least = least_lane(t_within);
        const uint32_t nearest = lane_bits(t_within == F(least));
        if (least < before && (nearest & (nearest - 1)) == 0) {
            const int i = __builtin_ctz(nearest);
            slot.best = {least, lane(hit.u, i), lane(hit.v, i), instance, leaf.primitive[i]};
            compress_stack<T>(slot);
            return;
        }
    }
    for (; bits != 0; bits &= bits - 1) {
        const int i = __builtin_ctz(bits);
        accept_wide<kind>(scene, filtered,
                          {lane(t, i), lane(hit.u, i), lane(hit.v, i), instance, leaf.primitive[i]},
                          slot);
    }
    if (kind == ray_closest && slot.best.t < before) compress_stack<T>(slot);
}

template <int T, RayKind kind>
JUGGLER_FN void step_spheres(const SceneView& scene, const WideView& tree, bool filtered,
                             WideSlot& slot) {
    using F = PackFloat<T>;
    const WideSpheres<T>& leaf = *wide_block<WideSpheres<T>>(tree, slot.word);
    const RayRecord& ray = *slot.ray;
    const Vec3<F> o = load3<F>(ray.o), d = load3<F>(ray.d), r = load3<F>(ray.r);
    const Vec3<F> center = {load_row<T>(leaf.center[0]), load_row<T>(leaf.center[1]),
                            load_row<T>(leaf.center[2])};
    const F radius = load_row<T>(leaf.radius);
    const F limit(slot.best.t);
    const Box<F> box = sphere_box(center, radius);
    const Interval<F> own = intersect_box(o, r, box.lo, box.hi);
    const auto near_enough = own.near <= min(own.far, limit);
    if (!any(near_enough)) return;
    const SphereHit<F> hit = intersect_sphere<F>(o, d, center, radius);
    const auto candidate = near_enough & hit.hit & (hit.far > F(0));
    const F floor_t = max(own.near, F(slot.near_instance));
    const uint32_t instance = slot.instance == none ? tree.world_spheres : slot.instance;
    const float before = slot.best.t;
    for (uint32_t bits = lane_bits(candidate); bits != 0; bits &= bits - 1) {
        const int i = __builtin_ctz(bits);
        const float crossing[2] = {lane(hit.near, i), lane(hit.far, i)};
        for (int k = 0; k < 2; ++k) {
            const float t = max(crossing[k], lane(floor_t, i));
            if (crossing[k] > 0 && t <= slot.best.t)
                accept_wide<kind>(scene, filtered,
                                  {t, static_cast<float>(k), 0, instance, leaf.primitive[i]}, slot);
        }
    }
    if (kind == ray_closest && slot.best.t < before) compress_stack<T>(slot);
}

// Primitives that move, one by one.
template <int W, RayKind kind>
JUGGLER_FN_LARGE void step_scalar(const SceneView& scene, const Bvh2View& bvh, const WideView& tree,
                                  WideSlot& slot) {
    const WideScalarLeaf& leaf = *wide_block<WideScalarLeaf>(tree, slot.word);
    const MeshView& mesh = scene.meshes[leaf.mesh];
    const Vec3<float> o = load3<float>(slot.ray->o), d = load3<float>(slot.ray->d);
    Walk walk{ray_of(*slot.world), slot.best, slot.visible};
    const MeshRay ray{o, d, load3<float>(slot.ray->r)};
    uint32_t instance = slot.instance;
    if (mesh.kind == mesh_triangles) {
        if (instance == none) instance = tree.world_triangles;
        visit_triangles<kind>(scene, bvh.leaf_triangles + mesh.leaf_data + leaf.first, leaf.count,
                              mesh, instance, slot.near_instance, ray, make_shear(d), walk);
    } else {
        if (instance == none) instance = tree.world_spheres;
        visit_spheres<kind>(scene, bvh.leaf_spheres + mesh.leaf_data + leaf.first, leaf.count, mesh,
                            instance, slot.near_instance, ray, walk);
    }
    const float before = slot.best.t;
    slot.best = walk.best;
    slot.visible = walk.visible;
    if (kind == ray_closest && slot.best.t < before) compress_stack<W>(slot);
}

// Enters an instance: its mesh's root goes on the stack over the way back.
template <int W>
JUGGLER_FN_LARGE void step_instance(const SceneView& scene, const WideView& tree, WideSlot& slot) {
    const uint32_t index = slot.word & wide_value_mask;
    const InstanceView& instance = scene.instances[index];
    const Vec3<float> o = load3<float>(slot.world->o), d = load3<float>(slot.world->d);
    const Interval<float> w =
        intersect_box(o, load3<float>(slot.world->r), load3<float>(instance.box_lo),
                      load3<float>(instance.box_hi));
    if (!(w.near <= min(w.far, slot.best.t))) return;
    slot.instance = index;
    slot.near_instance = w.near;
    if (!(instance.flags & instance_identity)) {
        const Transform<float> m = world_to_object<float>(scene, index, slot.world->time);
        make_record(transform_point(m, o), transform_vector(m, d), *slot.world, slot.object);
        set_ray<W>(slot, &slot.object);
    }
    slot.near[slot.size] = 0;
    slot.child[slot.size++] = wide_return << wide_value_bits;
    slot.near[slot.size] = w.near;
    slot.child[slot.size++] = tree.mesh_root[instance.mesh];
}

template <int W, RayKind kind>
JUGGLER_FN void step_leaf(const SceneView& scene, const Bvh2View& bvh, const WideView& tree,
                          WideSlot& slot) {
    const uint32_t what = slot.word >> wide_value_bits;
    if (what <= wide_triangles_filtered)
        step_triangles<W, kind>(scene, tree, what == wide_triangles_filtered, slot);
    else if (what <= wide_spheres_filtered)
        step_spheres<W, kind>(scene, tree, what == wide_spheres_filtered, slot);
    else if (what == wide_scalar)
        step_scalar<W, kind>(scene, bvh, tree, slot);
    else
        step_instance<W>(scene, tree, slot);
    if (kind == ray_shadow && slot.visible == 0) slot.size = 0;
}

inline constexpr uint32_t wide_slots_max = 64;

// Walks rays list[0 .. count) of `records`, `slots` at a time; results go to hits at the same
// numbers as the records. slots[i].near and .child must point to stacks of tree.stack_need.
template <int W, RayKind kind>
JUGGLER_FN_LARGE void walk_wide(const SceneView& scene, const Bvh2View& bvh, const WideView& tree,
                                const RayRecord* records, const uint32_t* list, uint32_t count,
                                WideSlot* slots, uint32_t slot_count, const WideHits& hits) {
    uint8_t at_node[wide_slots_max + 1], at_leaf[wide_slots_max + 1];
    uint32_t node_count = 0, leaf_count = 0, next_ray = 0;
    if (tree.root >> wide_value_bits == wide_return) {
        for (uint32_t i = 0; i < count; ++i) {
            hits.instance[list[i]] = none;
            if (kind == ray_shadow) hits.visible[list[i]] = 7;
        }
        return;
    }
    // Puts a slot on the list of what is on top of its stack, which is `word`; a walk that ends
    // takes the next ray. The size of the stack is known sooner than the word, so it is asked
    // first.
    const auto advance = [&](uint32_t index, uint32_t word) __attribute__((always_inline)) {
        WideSlot& slot = slots[index];
        for (;;) {
            if (slot.size == 0) {
                if (slot.world != nullptr) {
                    if (kind == ray_shadow) {
                        hits.visible[slot.index] = slot.visible;
                    } else {
                        hits.t[slot.index] = slot.best.t;
                        hits.u[slot.index] = slot.best.u;
                        hits.v[slot.index] = slot.best.v;
                        hits.instance[slot.index] = slot.best.instance;
                        hits.primitive[slot.index] = slot.best.primitive;
                    }
                }
                if (next_ray == count) return;
                slot.index = list[next_ray++];
                slot.world = records + slot.index;
                set_ray<W>(slot, slot.world);
                slot.instance = none;
                slot.near_instance = 0;
                slot.visible = 7;
                slot.best = {slot.world->t_max, 0, 0, none, none};
                slot.size = 1;
                word = tree.root;
            }
            --slot.size;
            if (word >> wide_value_bits != wide_return) break;
            slot.instance = none;
            slot.near_instance = 0;
            set_ray<W>(slot, slot.world);
            if (slot.size != 0) word = slot.child[slot.size - 1];
        }
        slot.word = word;
        const uint32_t what = word >> wide_value_bits;
        if (what != wide_instance) {
            const char* block =
                static_cast<const char*>(tree.lines) + size_t(word & wide_value_mask) * 64;
            constexpr int lines = static_cast<int>(sizeof(WideNode<W>) / 64);
            for (int line = 0; line < lines; ++line)
                __builtin_prefetch(block + 64 * line);
            // Blocks of triangles are longer; no branch, which nobody could foresee.
            if (W == 8) __builtin_prefetch(block + 256 * static_cast<int>(what == wide_triangles));
        }
        const uint32_t is_node = what == wide_node;
        at_node[node_count] = static_cast<uint8_t>(index);
        at_leaf[leaf_count] = static_cast<uint8_t>(index);
        node_count += is_node;
        leaf_count += 1 - is_node;
    };
    for (uint32_t i = 0; i < slot_count; ++i) {
        slots[i].size = 0;
        slots[i].world = nullptr;
        advance(i, 0);
    }
    while (node_count + leaf_count > 0) {
        const uint32_t waiting = node_count;
        uint8_t now[wide_slots_max];
        __builtin_memcpy(now, at_node, sizeof now);
        node_count = 0;
        for (uint32_t i = 0; i < waiting; ++i) {
            step_node<W, kind>(tree, slots[now[i]]);
            advance(now[i], slots[now[i]].word);
        }
        if (4 * leaf_count >= slot_count || node_count < slot_count / 4) {
            const uint32_t leaves = leaf_count;
            __builtin_memcpy(now, at_leaf, sizeof now);
            leaf_count = 0;
            for (uint32_t i = 0; i < leaves; ++i) {
                WideSlot& slot = slots[now[i]];
                step_leaf<W, kind>(scene, bvh, tree, slot);
                advance(now[i], slot.child[slot.size - static_cast<uint32_t>(slot.size != 0)]);
            }
        }
    }
}

} // namespace juggler::inline JUGGLER_ISA
