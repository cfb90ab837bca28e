// What gather_record gives for several lanes: a scene's structs (kernels/views.h) with a row of
// lanes for each field. Fields are in the order of the views; those at the end that few ask for are
// left out, and read by JUGGLER_FIELD.
#pragma once

#include "kernels/vec3.h"
#include "kernels/views.h"

namespace juggler::inline JUGGLER_ISA {

template <int N>
struct PackFloat; // kernels/pack.h

template <class F>
struct GeometryRows {
    Uint<F> first_primitive, first_index, position, position_end, normal, tangent, texcoord[2],
        color, material, emitter, pad;
};
template <int N>
struct RowsOf<Geometry, PackFloat<N>> {
    using type = GeometryRows<PackFloat<N>>;
};

template <class F>
struct MeshRows {
    Uint<F> kind, flags, primitive_count, first_geometry, geometry_of, root, root_count, nodes_end;
};
template <int N>
struct RowsOf<MeshView, PackFloat<N>> {
    using type = MeshRows<PackFloat<N>>;
};

template <class F>
struct InstanceRows {
    F box_lo[3], box_hi[3];
    Uint<F> mesh, flags, transform, key_count, first_emitter, pad;
};
template <int N>
struct RowsOf<InstanceView, PackFloat<N>> {
    using type = InstanceRows<PackFloat<N>>;
};

template <class F>
struct TextureRows {
    Uint<F> texels, width, height, wrap_s, wrap_t, flags, pad[2];
};
template <int N>
struct RowsOf<TextureView, PackFloat<N>> {
    using type = TextureRows<PackFloat<N>>;
};

template <class F>
struct MaterialRows {
    F base_color[4], emission[3], metallic, roughness, ior, specular, fresnel_average;
    Uint<F> flags;
    F transmission, alpha_cutoff, normal_scale;
};
template <int N>
struct RowsOf<MaterialView, PackFloat<N>> {
    using type = MaterialRows<PackFloat<N>>;
};

template <class F>
struct SlotRows {
    Uint<F> texture, texcoord;
    F m[6];
};
template <int N>
struct RowsOf<TextureSlot, PackFloat<N>> {
    using type = SlotRows<PackFloat<N>>;
};

template <class F>
struct LightRows {
    Uint<F> kind, instance, primitive;
    F pick, alias_threshold;
    Uint<F> alias, material, pad;
    F a[3], b[3], c[3], value[3], radius, cos_inner, cos_outer, range;
};
template <int N>
struct RowsOf<LightView, PackFloat<N>> {
    using type = LightRows<PackFloat<N>>;
};

// A vector of three fields.
template <class F>
JUGGLER_FN Vec3<F> vector_of(const F (&field)[3]) {
    return {field[0], field[1], field[2]};
}

} // namespace juggler::inline JUGGLER_ISA
