// From a hit to what is there: point, normals, texture coordinates, material values.
#pragma once

#include "kernels/albedo.h"
#include "kernels/fresnel.h"
#include "kernels/intersect.h"
#include "kernels/math.h"
#include "kernels/texture.h"

namespace juggler::inline JUGGLER_ISA {

JUGGLER_FN uint32_t features_of(const SceneView& scene) {
    return scene.features & JUGGLER_FEATURES;
}

// An affine transform a lane: rows of a 3x4 matrix.
template <class F>
struct Transform {
    Vec3<F> row[3];
    Vec3<F> translation;
};
template <class F>
JUGGLER_FN Vec3<F> transform_vector(const Transform<F>& m, Vec3<F> v) {
    return {dot(m.row[0], v), dot(m.row[1], v), dot(m.row[2], v)};
}
template <class F>
JUGGLER_FN Vec3<F> transform_point(const Transform<F>& m, Vec3<F> p) {
    return transform_vector(m, p) + m.translation;
}
// The matrix of cofactors: takes normals of the object to (unnormalised) normals of the world, and
// turns them around if the transform mirrors.
template <class F>
JUGGLER_FN Vec3<F> transform_normal(const Transform<F>& m, Vec3<F> n) {
    const Vec3<F> c0 = cross(m.row[1], m.row[2]);
    const Vec3<F> c1 = cross(m.row[2], m.row[0]);
    const Vec3<F> c2 = cross(m.row[0], m.row[1]);
    return {dot(c0, n), dot(c1, n), dot(c2, n)};
}
template <class F>
JUGGLER_FN Transform<F> gather_transform(const float* p, Uint<F> index) {
    Quad<F> row[3];
    for (int i = 0; i < 3; ++i)
        row[i] = gather_quad(p + 4 * i, index);
    Transform<F> m;
    for (int i = 0; i < 3; ++i)
        m.row[i] = {row[i].x, row[i].y, row[i].z};
    m.translation = {row[0].w, row[1].w, row[2].w};
    return m;
}
template <class F>
JUGGLER_FN Transform<F> lerp(const Transform<F>& a, const Transform<F>& b, F q, F s) {
    return {{lerp(a.row[0], b.row[0], q, s), lerp(a.row[1], b.row[1], q, s),
             lerp(a.row[2], b.row[2], q, s)},
            lerp(a.translation, b.translation, q, s)};
}
// Inverse by cofactors; the determinant must not be 0.
template <class F>
JUGGLER_FN Transform<F> inverse(const Transform<F>& m) {
    const Vec3<F> c0 = cross(m.row[1], m.row[2]);
    const Vec3<F> c1 = cross(m.row[2], m.row[0]);
    const Vec3<F> c2 = cross(m.row[0], m.row[1]);
    const F inv = F(1) / dot(m.row[0], c0);
    Transform<F> r;
    r.row[0] = inv * Vec3<F>{c0.x, c1.x, c2.x};
    r.row[1] = inv * Vec3<F>{c0.y, c1.y, c2.y};
    r.row[2] = inv * Vec3<F>{c0.z, c1.z, c2.z};
    r.translation = negate(transform_vector(r, m.translation));
    return r;
}

// Object-to-world of an instance at `time`, between its two nearest key matrices if it moves.
template <class F>
JUGGLER_FN Transform<F> object_to_world(const SceneView& scene, Uint<F> instance, F time) {
    using U = Uint<F>;
    const auto& at = gather_record(scene.instances, instance);
    const U first = at.transform;
    const auto moves = (at.flags & U(instance_moves)) != U(0);
    if (!any(moves)) return gather_transform<F>(scene.transforms, first);
    const U spans = select(moves, at.key_count - U(1), U(1));
    const F x = time * int_to_float(spans);
    const U key = select(moves, truncate_to_int(min(x, int_to_float(spans - U(1)))), U(0));
    const F s = x - int_to_float(key);
    const U index = first + key * U(12);
    const Transform<F> a = gather_transform<F>(scene.transforms, index);
    const Transform<F> b =
        gather_transform<F>(scene.transforms, select(moves, index + U(12), index));
    const F weight = select(moves, s, F(0));
    return lerp(a, b, F(1) - weight, weight);
}
template <class F>
JUGGLER_FN Transform<F> world_to_object(const SceneView& scene, Uint<F> instance, F time) {
    using U = Uint<F>;
    const auto& at = gather_record(scene.instances, instance);
    const auto moves = (at.flags & U(instance_moves)) != U(0);
    Transform<F> m = gather_transform<F>(scene.transforms, at.transform + U(12));
    if (!any(moves)) return m;
    // Beside lanes that move, those at rest keep their stored inverse.
    const Transform<F> moving = inverse(object_to_world<F>(scene, instance, time));
    for (int i = 0; i < 3; ++i)
        m.row[i] = select(moves, moving.row[i], m.row[i]);
    m.translation = select(moves, moving.translation, m.translation);
    return m;
}

// Which primitive of which geometry.
template <class F>
struct PrimitiveRef {
    Rows<Geometry, F> geometry;
    Uint<F> local; // within the geometry
    Mask<F> sphere;
};
template <class F>
JUGGLER_FN PrimitiveRef<F> find_primitive(const SceneView& scene, Uint<F> instance,
                                          Uint<F> primitive) {
    using U = Uint<F>;
    const U number = JUGGLER_FIELD(scene.instances, instance, mesh);
    const auto& mesh = gather_record(scene.meshes, number);
    const auto several = mesh.geometry_of != U(none);
    U geometry = mesh.first_geometry;
    if (any(several))
        geometry = select(
            several,
            gather(scene.primitive_geometry, select(several, mesh.geometry_of + primitive, U(0))),
            geometry);
    const auto& of = gather_record(scene.geometries, geometry);
    return {of, primitive - of.first_primitive, mesh.kind == U(mesh_spheres)};
}

// The three vertex numbers of a triangle; spheres get those of vertex 0.
template <class F>
struct VertexIndices {
    Uint<F> i[3];
};
template <class F>
JUGGLER_FN VertexIndices<F> vertex_indices(const SceneView& scene, const PrimitiveRef<F>& ref) {
    using U = Uint<F>;
    VertexIndices<F> v;
    if (all(ref.sphere)) {
        v.i[0] = v.i[1] = v.i[2] = U(0);
        return v;
    }
    const U at = select(ref.sphere, U(0), ref.geometry.first_index + U(3) * ref.local);
    const auto t = gather_triple(scene.indices, at);
    v.i[0] = select(ref.sphere, U(0), t.x);
    v.i[1] = select(ref.sphere, U(0), t.y);
    v.i[2] = select(ref.sphere, U(0), t.z);
    return v;
}

template <class F>
struct TexCoords {
    F u[2], v[2]; // sets 0 and 1
};
template <class F>
JUGGLER_FN TexCoords<F> triangle_texcoords(const SceneView& scene,
                                           const Rows<Geometry, F>& geometry,
                                           const VertexIndices<F>& v, F bu, F bv) {
    using U = Uint<F>;
    TexCoords<F> tc;
    const F bw = (F(1) - bu) - bv;
    for (int set = 0; set < 2; ++set) {
        const U offset = geometry.texcoord[set];
        const auto has = offset != U(none);
        tc.u[set] = tc.v[set] = F(0);
        if (!any(has)) continue;
        Pair<F> c[3];
        for (int k = 0; k < 3; ++k)
            c[k] = gather_pair(scene.attributes, select(has, offset + U(2) * v.i[k], U(0)));
        tc.u[set] = select(has, (bw * c[0].x + bu * c[1].x) + bv * c[2].x, F(0));
        tc.v[set] = select(has, (bw * c[0].y + bu * c[1].y) + bv * c[2].y, F(0));
    }
    return tc;
}
// Longitude and latitude of a unit normal: u once around from -z, v = 0 at +y.
template <class F>
JUGGLER_FN TexCoords<F> sphere_texcoords(Vec3<F> n) {
    TexCoords<F> tc;
    tc.u[0] = tc.u[1] = F(0.5f) + atan2(n.x, n.z) * F(0.5f * inv_pi);
    tc.v[0] = tc.v[1] = acos(n.y) * F(inv_pi);
    return tc;
}

// Vertex colour, 1 where there is none.
template <class F>
JUGGLER_FN Rgba<F> vertex_color(const SceneView& scene, const Rows<Geometry, F>& geometry,
                                const VertexIndices<F>& v, F bu, F bv) {
    using U = Uint<F>;
    Rgba<F> color{splat3(F(1)), F(1)};
    const U offset = geometry.color;
    const auto has = offset != U(none);
    if (!any(has)) return color;
    Rgba<F> c[3];
    for (int k = 0; k < 3; ++k) {
        const auto four = gather_quad(scene.attributes, select(has, offset + U(4) * v.i[k], U(0)));
        c[k] = {{four.x, four.y, four.z}, four.w};
    }
    const F bw = (F(1) - bu) - bv;
    color.rgb = select(has, (bw * c[0].rgb + bu * c[1].rgb) + bv * c[2].rgb, color.rgb);
    color.a = select(has, (bw * c[0].a + bu * c[1].a) + bv * c[2].a, color.a);
    return color;
}

// Texture slot `slot` (&scene.materials->..._slot, or with MaterialLobes &scene.lobes->..._slot) of
// each lane's material; 1 where it has none.
template <class F, class Fields = MaterialView>
JUGGLER_FN Rgba<F> sample_slot(const SceneView& scene, const TextureSlot* slot, Uint<F> material,
                               const TexCoords<F>& tc) {
    using U = Uint<F>;
    constexpr uint32_t stride = sizeof(Fields) / 4;
    Rgba<F> result{splat3(F(1)), F(1)};
    if (!(features_of(scene) & feature_textures)) return result;
    const auto has = gather_field(&slot->texture, material, stride) != U(none);
    if (!any(has)) return result;
    const auto& read = gather_record(slot, material, stride);
    const auto second = read.texcoord != U(0);
    const F u = select(second, tc.u[1], tc.u[0]);
    const F v = select(second, tc.v[1], tc.v[0]);
    const F tu = (read.m[0] * u + read.m[1] * v) + read.m[2];
    const F tv = (read.m[3] * u + read.m[4] * v) + read.m[5];
    const Rgba<F> c = sample_texture<F>(scene, select(has, read.texture, U(0)), tu, tv);
    return {select(has, c.rgb, result.rgb), select(has, c.a, result.a)};
}

template <class F, class Fields = MaterialView>
JUGGLER_FN Vec3<F> material_color(const float* field, Uint<F> material) {
    constexpr uint32_t stride = sizeof(Fields) / 4;
    return {gather_field(field, material, stride), gather_field(field + 1, material, stride),
            gather_field(field + 2, material, stride)};
}

// Base colour and coverage.
template <class F>
JUGGLER_FN Rgba<F> base_color(const SceneView& scene, Uint<F> material,
                              const Rows<MaterialView, F>& values, const TexCoords<F>& tc,
                              const Rgba<F>& vertex) {
    const Rgba<F> texel = sample_slot<F>(scene, &scene.materials->base_slot, material, tc);
    const Vec3<F> factor = {values.base_color[0], values.base_color[1], values.base_color[2]};
    return {factor * texel.rgb * vertex.rgb, values.base_color[3] * texel.a * vertex.a};
}

// Share of a surface that is there, for materials that are cut out or blended.
template <class F>
JUGGLER_FN F coverage(const SceneView& scene, Uint<F> material, const Rows<MaterialView, F>& values,
                      const TexCoords<F>& tc, const Rgba<F>& vertex) {
    using U = Uint<F>;
    const F a = base_color<F>(scene, material, values, tc, vertex).a;
    const auto cut_out = (values.flags & U(material_mask)) != U(0);
    return select(cut_out, select(a < values.alpha_cutoff, F(0), F(1)), min(a, F(1)));
}

// Radiance a surface emits, to both sides.
template <class F>
JUGGLER_FN Vec3<F> emitted(const SceneView& scene, Uint<F> material,
                           const Rows<MaterialView, F>& values, const TexCoords<F>& tc) {
    const Vec3<F> Le = vector_of(values.emission);
    const auto emits = max_component(Le) > F(0);
    if (!any(emits)) return Le;
    return Le * sample_slot<F>(scene, &scene.materials->emission_slot, material, tc).rgb;
}

inline constexpr float delta_alpha = 0x1p-10f; // GGX alpha below: a perfect mirror

// What few materials have, at one point; each valid where MaterialPoint::features has it.
template <class F>
struct LobesPoint {
    Vec3<F> specular_color;
    F iridescence;
    ThinFilm<F> film;
    F anisotropy, anisotropy_cos, anisotropy_sin;
    Vec3<F> sheen;
    F sheen_roughness;
    F coat, coat_alpha;
};

// The values of a material at one point.
template <class F>
struct MaterialPoint {
    Vec3<F> base;
    F metallic, alpha; // GGX alpha = roughness^2
    F ior, specular, transmission;
    F fresnel_average;
    Uint<F> flags;
    uint32_t features;   // of the scene
    const float* albedo; // of the scene
    LobesPoint<F> lobes;
};

template <class F>
JUGGLER_FN_LARGE LobesPoint<F> lobes_at(const SceneView& scene, Uint<F> material,
                                        const TexCoords<F>& tc, F& specular) {
    using Fields = MaterialLobes;
    const MaterialLobes* all = scene.lobes;
    LobesPoint<F> l{};
    if (features_of(scene) & feature_tint) {
        l.specular_color =
            material_color<F, Fields>(all->specular_color, material) *
            sample_slot<F, Fields>(scene, &all->specular_color_slot, material, tc).rgb;
        specular = specular * sample_slot<F, Fields>(scene, &all->specular_slot, material, tc).a;
        l.iridescence = JUGGLER_FIELD(all, material, iridescence) *
                        sample_slot<F, Fields>(scene, &all->iridescence_slot, material, tc).rgb.x;
        l.film.index = JUGGLER_FIELD(all, material, film_index);
        const F least = JUGGLER_FIELD(all, material, film_least_nm);
        const F most = JUGGLER_FIELD(all, material, film_most_nm);
        const F thickness = sample_slot<F, Fields>(scene, &all->film_slot, material, tc).rgb.y;
        l.film.nm = least + thickness * (most - least);
    }
    if (features_of(scene) & feature_anisotropy) {
        // Red and green are a direction, blue the strength.
        const auto textured =
            JUGGLER_FIELD(all, material, anisotropy_slot.texture) != Uint<F>(none);
        const Vec3<F> t = sample_slot<F, Fields>(scene, &all->anisotropy_slot, material, tc).rgb;
        const F x = select(textured, F(2) * t.x - F(1), F(1));
        const F y = select(textured, F(2) * t.y - F(1), F(0));
        const F c = JUGGLER_FIELD(all, material, anisotropy_cos);
        const F s = JUGGLER_FIELD(all, material, anisotropy_sin);
        l.anisotropy = JUGGLER_FIELD(all, material, anisotropy) * t.z;
        l.anisotropy_cos = c * x - s * y;
        l.anisotropy_sin = s * x + c * y;
    }
    if (features_of(scene) & feature_sheen) {
        l.sheen = material_color<F, Fields>(all->sheen_color, material) *
                  sample_slot<F, Fields>(scene, &all->sheen_color_slot, material, tc).rgb;
        l.sheen_roughness =
            JUGGLER_FIELD(all, material, sheen_roughness) *
            sample_slot<F, Fields>(scene, &all->sheen_roughness_slot, material, tc).a;
    }
    if (features_of(scene) & feature_coat) {
        l.coat = JUGGLER_FIELD(all, material, coat) *
                 sample_slot<F, Fields>(scene, &all->coat_slot, material, tc).rgb.x;
        const F roughness =
            JUGGLER_FIELD(all, material, coat_roughness) *
            sample_slot<F, Fields>(scene, &all->coat_roughness_slot, material, tc).rgb.y;
        l.coat_alpha = roughness * roughness;
    }
    return l;
}

template <class F>
JUGGLER_FN MaterialPoint<F> material_at(const SceneView& scene, Uint<F> material,
                                        const Rows<MaterialView, F>& values, const TexCoords<F>& tc,
                                        const Rgba<F>& vertex) {
    using U = Uint<F>;
    MaterialPoint<F> m;
    m.base = base_color<F>(scene, material, values, tc, vertex).rgb;
    const Rgba<F> orm =
        sample_slot<F>(scene, &scene.materials->metallic_roughness_slot, material, tc);
    m.metallic = values.metallic * orm.rgb.z;
    const F roughness = values.roughness * orm.rgb.y;
    m.alpha = roughness * roughness;
    m.ior = values.ior;
    m.specular = values.specular;
    m.fresnel_average = values.fresnel_average;
    m.flags = values.flags;
    m.features = features_of(scene);
    m.albedo = scene.albedo;
    m.transmission = F(0);
    const auto transmissive = (m.flags & U(material_transmissive)) != U(0);
    if (any(transmissive)) {
        const Rgba<F> t = sample_slot<F>(scene, &scene.materials->transmission_slot, material, tc);
        m.transmission = values.transmission * t.rgb.x;
    }
    if (features_of(scene) & feature_lobes) m.lobes = lobes_at<F>(scene, material, tc, m.specular);
    return m;
}

// `inside`: met from within a solid. In place: what a scene has no use for is not copied.
template <class F>
JUGGLER_FN void set_boundary(const MaterialPoint<F>& m, Mask<F> inside, Boundary<F>& b) {
    b.base = m.base;
    b.eta = select(inside, F(1) / m.ior, m.ior);
    b.specular = m.specular;
    b.features = m.features;
    if (m.features & feature_tint) {
        b.f0 = index_to_f0(m.ior, F(1));
        const Vec3<F> tinted = b.f0 * m.lobes.specular_color;
        b.f0_tinted = {min(tinted.x, F(1)), min(tinted.y, F(1)), min(tinted.z, F(1))};
        b.iridescence = m.lobes.iridescence;
        b.film = m.lobes.film;
    }
}

inline constexpr float coat_ior = 1.5f;

// Share of light that one crossing of sheen and coat leaves, their normal being the surface's.
template <class F>
JUGGLER_FN F layers_transmittance(const MaterialPoint<F>& m, F cos_theta) {
    F share(1);
    if (m.features & feature_sheen)
        share = F(1) - max_component(m.lobes.sheen) *
                           sheen_share(m.albedo, m.lobes.sheen_roughness, cos_theta).albedo;
    if (m.features & feature_coat) {
        const F crossed = F(1) - m.lobes.coat * fresnel_dielectric(cos_theta, F(coat_ior));
        share = share * (crossed * crossed); // in and out again
    }
    return share;
}

// Share of light, a channel, that passes straight through a thin smooth surface met at `cos_i`
// (geometric normal); 0 for all others.
template <class F>
JUGGLER_FN Vec3<F> thin_transmittance(const MaterialPoint<F>& m, F cos_i) {
    using U = Uint<F>;
    const U want(material_thin | material_transmissive);
    const auto passes = ((m.flags & want) == want) & (m.alpha < F(delta_alpha));
    Boundary<F> boundary;
    set_boundary(m, Mask<F>(false), boundary);
    F share = ((F(1) - m.metallic) * m.transmission) * (F(1) - blocked(boundary, cos_i));
    if (m.features & (feature_sheen | feature_coat)) share = share * layers_transmittance(m, cos_i);
    return select(passes, share * m.base, splat3(F(0)));
}

// Everything shading needs to know about a hit.
template <class F>
struct Surface {
    Vec3<F> p;
    Vec3<F> ng; // geometric normal, unit length, towards the side the winding calls outside
    Vec3<F> ns; // shading normal with its normal map, on the side of ng
    Vec3<F> nc; // feature_coat: the same of the coat
    Vec3<F> tangent, bitangent; // feature_anisotropy: across ns, 0 where there are none
    F error;                    // bound of the rounding error of p, metres
    TexCoords<F> tc;
    Rgba<F> vertex_rgba;
    Uint<F> material;
    Uint<F> emitter, local; // Geometry::emitter, and which primitive of the geometry
    Mask<F> sphere;
};

// Perturbs ns by the normal map in `slot`, where there is one; `scales` is the field of its
// strength.
template <class F, class Fields = MaterialView>
JUGGLER_FN Vec3<F> apply_normal_map(const SceneView& scene, const TextureSlot* slot,
                                    const float* scales, Uint<F> material, const TexCoords<F>& tc,
                                    Vec3<F> ns, Vec3<F> tangent, F handedness) {
    using U = Uint<F>;
    constexpr uint32_t stride = sizeof(Fields) / 4;
    if (!(features_of(scene) & feature_textures)) return ns;
    const auto mapped = gather_field(&slot->texture, material, stride) != U(none);
    const F tangent2 = dot(tangent, tangent);
    const auto usable = mapped & (tangent2 > F(0));
    if (!any(usable)) return ns;
    const Rgba<F> texel = sample_slot<F, Fields>(scene, slot, material, tc);
    const F scale = gather_field(scales, material, stride);
    const F x = (F(2) * texel.rgb.x - F(1)) * scale;
    const F y = (F(2) * texel.rgb.y - F(1)) * scale;
    const F z = F(2) * texel.rgb.z - F(1);
    const Vec3<F> t = normalize(tangent - dot(tangent, ns) * ns);
    const Vec3<F> b = handedness * cross(ns, t);
    return select(usable, normalize(x * t + y * b + z * ns), ns);
}

// The surface at a hit that is not a miss (lanes that missed must point at a valid primitive).
template <class F>
JUGGLER_FN_LARGE Surface<F> make_surface(const SceneView& scene, const Ray<F>& ray,
                                         const Hit<F>& hit) {
    using U = Uint<F>;
    Surface<F> s;
    const PrimitiveRef<F> ref = find_primitive<F>(scene, hit.instance, hit.primitive);
    const U flags = JUGGLER_FIELD(scene.instances, hit.instance, flags);
    const auto placed = (flags & U(instance_identity)) == U(0);
    s.material = ref.geometry.material;
    s.emitter = ref.geometry.emitter;
    s.local = ref.local;
    s.sphere = ref.sphere;
    const U position = ref.geometry.position, position_end = ref.geometry.position_end;
    const auto moves = position_end != U(none);
    const F time = ray.time, rest = F(1) - ray.time;
    const auto is_triangle = !ref.sphere;

    Vec3<F> p = splat3(F(0)), ng = splat3(F(0)), ns, tangent = splat3(F(0));
    F handedness(1), scale(0);
    s.vertex_rgba = {splat3(F(1)), F(1)};
    s.tc.u[0] = s.tc.u[1] = s.tc.v[0] = s.tc.v[1] = F(0);
    ns = ng;
    if (any(is_triangle)) {
        const VertexIndices<F> vi = vertex_indices<F>(scene, ref);
        Vec3<F> v[3];
        for (int k = 0; k < 3; ++k) {
            const U at = select(is_triangle, position + U(3) * vi.i[k], U(0));
            v[k] = gather3<F>(scene.attributes, at);
            if (any(moves & is_triangle)) {
                const auto m = moves & is_triangle;
                const Vec3<F> end =
                    gather3<F>(scene.attributes, select(m, position_end + U(3) * vi.i[k], U(0)));
                v[k] = select(m, lerp(v[k], end, rest, time), v[k]);
            }
        }
        const F bw = (F(1) - hit.u) - hit.v;
        p = (bw * v[0] + hit.u * v[1]) + hit.v * v[2];
        ng = cross(v[1] - v[0], v[2] - v[0]);
        for (int k = 0; k < 3; ++k)
            scale = max(scale, max(max(absolute(v[k].x), absolute(v[k].y)), absolute(v[k].z)));

        const U normal = ref.geometry.normal;
        const auto smooth = (normal != U(none)) & is_triangle;
        ns = ng;
        if (any(smooth)) {
            Vec3<F> n[3];
            for (int k = 0; k < 3; ++k)
                n[k] = gather3<F>(scene.attributes, select(smooth, normal + U(3) * vi.i[k], U(0)));
            const Vec3<F> sum = (bw * n[0] + hit.u * n[1]) + hit.v * n[2];
            ns = select(smooth & (dot(sum, sum) > F(0)), sum, ns);
        }
        s.tc = triangle_texcoords<F>(scene, ref.geometry, vi, hit.u, hit.v);
        s.vertex_rgba = vertex_color<F>(scene, ref.geometry, vi, hit.u, hit.v);
        const U tangents = ref.geometry.tangent;
        const auto has_tangent = (tangents != U(none)) & is_triangle;
        if (any(has_tangent)) {
            Vec3<F> t[3];
            for (int k = 0; k < 3; ++k) {
                const auto four = gather_quad(scene.attributes,
                                              select(has_tangent, tangents + U(4) * vi.i[k], U(0)));
                t[k] = {four.x, four.y, four.z};
                if (k == 0) handedness = select(has_tangent, with_sign(F(1), four.w), F(1));
            }
            tangent = select(has_tangent, (bw * t[0] + hit.u * t[1]) + hit.v * t[2], tangent);
        }
    }
    Transform<F> m;
    if (any(placed)) m = object_to_world<F>(scene, hit.instance, time);
    if (any(ref.sphere)) {
        const U at = select(ref.sphere, position + U(4) * ref.local, U(0));
        const auto four = gather_quad(scene.attributes, at);
        Vec3<F> center = {four.x, four.y, four.z};
        F radius = four.w;
        const auto sphere_moves = moves & ref.sphere;
        if (any(sphere_moves)) {
            const U end = select(sphere_moves, position_end + U(4) * ref.local, U(0));
            const auto after = gather_quad(scene.attributes, end);
            center = select(sphere_moves,
                            lerp(center, Vec3<F>{after.x, after.y, after.z}, rest, time), center);
            radius = select(sphere_moves, lerp(radius, after.w, rest, time), radius);
        }
        Vec3<F> o = ray.o, d = ray.d;
        if (any(placed)) {
            const Transform<F> w = world_to_object<F>(scene, hit.instance, time);
            o = select(placed, transform_point(w, o), o);
            d = select(placed, transform_vector(w, d), d);
        }
        const Vec3<F> n = normalize((o + hit.t * d) - center);
        p = select(ref.sphere, center + radius * n, p);
        ng = select(ref.sphere, n, ng);
        ns = select(ref.sphere, n, ns);
        const F extent = max(max(absolute(center.x), absolute(center.y)), absolute(center.z));
        scale = select(ref.sphere, F(2) * (extent + radius), scale);
        const auto textured =
            ref.sphere &
            ((JUGGLER_FIELD(scene.materials, s.material, flags) & U(material_textured)) != U(0));
        if (any(textured)) {
            const TexCoords<F> tc = sphere_texcoords(n);
            for (int set = 0; set < 2; ++set) {
                s.tc.u[set] = select(ref.sphere, tc.u[set], s.tc.u[set]);
                s.tc.v[set] = select(ref.sphere, tc.v[set], s.tc.v[set]);
            }
            tangent = select(ref.sphere, Vec3<F>{n.z, F(0), F(0) - n.x}, tangent);
            handedness = select(ref.sphere, F(-1), handedness);
        }
    }
    if (any(placed)) {
        const F sign = select((flags & U(instance_mirrored)) != U(0), F(-1), F(1));
        const Vec3<F> world = transform_point(m, p);
        // Rounding of the transform: the sizes of the products, not of their sum.
        F world_scale(0);
        const F t[3] = {m.translation.x, m.translation.y, m.translation.z};
        for (int i = 0; i < 3; ++i) {
            const F sum =
                ((absolute(m.row[i].x) + absolute(m.row[i].y)) + absolute(m.row[i].z)) * scale +
                absolute(t[i]);
            world_scale = max(world_scale, sum);
        }
        p = select(placed, world, p);
        ng = select(placed, sign * transform_normal(m, ng), ng);
        ns = select(placed, sign * transform_normal(m, ns), ns);
        tangent = select(placed, transform_vector(m, tangent), tangent);
        handedness = select(placed, sign * handedness, handedness);
        scale = select(placed, F(2) * world_scale, scale);
    }
    s.p = p;
    s.error = scale * F(0x1p-22f);
    s.ng = normalize(ng);
    ns = normalize(ns);
    ns = select(dot(ns, s.ng) < F(0), negate(ns), ns);
    s.ns = apply_normal_map<F>(scene, &scene.materials->normal_slot, &scene.materials->normal_scale,
                               s.material, s.tc, ns, tangent, handedness);
    if (features_of(scene) & feature_coat)
        s.nc = apply_normal_map<F, MaterialLobes>(scene, &scene.lobes->coat_normal_slot,
                                                  &scene.lobes->coat_normal_scale, s.material, s.tc,
                                                  ns, tangent, handedness);
    if (features_of(scene) & feature_anisotropy) {
        s.tangent = normalize(tangent - dot(tangent, s.ns) * s.ns);
        s.bitangent = handedness * cross(s.ns, s.tangent);
    }
    return s;
}

// A ray origin off the surface, on the side of `direction`: the error bound of p, then integer
// steps of the float (Waechter and Binder 2019, "A Fast and Robust Method for Avoiding
// Self-Intersection", Ray Tracing Gems, ch. 6).
template <class F>
JUGGLER_FN F offset_component(F p, F n) {
    const F steps = n * F(256);
    const auto small = absolute(p) < F(1.0f / 32.0f);
    const Uint<F> whole = truncate_to_int(steps);
    const Uint<F> moved = as_uint(p) + select(p < F(0), Uint<F>(0) - whole, whole);
    return select(small, p + n * F(1.0f / 65536.0f), as_float(moved));
}
template <class F>
JUGGLER_FN Vec3<F> offset_origin(const Surface<F>& s, Vec3<F> direction) {
    const Vec3<F> n = select(dot(direction, s.ng) < F(0), negate(s.ng), s.ng);
    const Vec3<F> p = s.p + s.error * n;
    return {offset_component(p.x, n.x), offset_component(p.y, n.y), offset_component(p.z, n.z)};
}

} // namespace juggler::inline JUGGLER_ISA
