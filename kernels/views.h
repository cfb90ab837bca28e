// What a kernel sees of a scene: trivial structs of pointers and numbers, without owners and
// without functions, the same for every backend and instruction set. Host code fills them;
// device code gets the same structs with device pointers.
//
// Units: metres, radians, seconds of shutter as a fraction of the frame [0, 1]; colours are
// linear RGB; matrices are row-major 3x4 (the last column is the translation).
#pragma once

#include <cstdint>

namespace juggler {

inline constexpr uint32_t none = 0xffffffffu; // an index that points nowhere

// ---- geometry ----------------------------------------------------------------------------

// One indexed run of triangles, or one run of spheres, of one material. Offsets count floats in
// SceneView::attributes and entries in SceneView::indices; `none` where the attribute is missing.
struct Geometry {
    uint32_t first_primitive; // primitive number, within the mesh, of this geometry's first
    uint32_t first_index;     // triangles: into indices, 3 a triangle, counted from first vertex
    uint32_t position;        // [vertex][3]; spheres: [sphere][4] = centre, radius
    uint32_t position_end;    // the same at shutter close, `none` where nothing moves
    uint32_t normal;          // [vertex][3] unit length
    uint32_t tangent;         // [vertex][4] unit length, w = handedness
    uint32_t texcoord[2];     // [vertex][2]
    uint32_t color;           // [vertex][4] linear RGBA
    uint32_t material;        // into SceneView::materials
    uint32_t emitter;         // rank of the first primitive among the mesh's emitters, or `none`
    uint32_t pad;
};

enum MeshKind : uint32_t { mesh_triangles = 0, mesh_spheres = 1 };

// Bits of MeshView::flags.
enum MeshFlags : uint32_t {
    mesh_has_filter = 1, // some material is cut out, blended or thin transmissive: hits are asked
    mesh_moves = 2,      // vertices move over the shutter
};

// What is intersected as one bottom-level tree. Offsets are into the SceneView arrays.
struct MeshView {
    uint32_t kind;
    uint32_t flags;
    uint32_t primitive_count;
    uint32_t first_geometry; // into SceneView::geometries
    uint32_t geometry_of;    // into SceneView::primitive_geometry, one entry a primitive; `none` if
                             // the mesh has one geometry
    uint32_t root;           // into Bvh2View::nodes, or the first leaf entry
    uint32_t root_count;     // 0 = the root is a node, else entries of the only leaf
    uint32_t nodes_end;      // moving: offset from a node to its boxes at shutter close
    uint32_t leaf_data;      // into Bvh2View::leaf_triangles or leaf_spheres; into leaf_order if
                             // the mesh rests and there is one
    uint32_t leaf_data_end;  // moving: offset from a leaf entry to the same at shutter close
};

// Bits of InstanceView::flags.
enum InstanceFlags : uint32_t {
    instance_identity = 1, // object space is world space: the transform is not applied at all
    instance_mirrored = 2, // the transform turns orientation around (negative determinant)
    instance_moves = 4,    // matrices are interpolated over the shutter
};

struct InstanceView {
    float box_lo[3]; // world box W: contains the instance at every time of the shutter
    float box_hi[3];
    uint32_t mesh;
    uint32_t flags;
    uint32_t transform;     // into SceneView::transforms: object-to-world, then world-to-object
    uint32_t key_count;     // moving: object-to-world matrices, evenly spaced over the shutter
    uint32_t first_emitter; // into SceneView::lights, `none` if not sampled
    uint32_t pad;
};

// Two children and their boxes; 64 bytes, one cache line.
struct Bvh2Node {
    float lo[2][3];
    float hi[2][3];
    uint32_t child[2]; // inner: a node; leaf: first entry, counted from MeshView::leaf_data (top
                       // level: in Bvh2View::leaf_instances)
    uint32_t count[2]; // 0 = inner node, else entries in the leaf
};

struct LeafTriangle {
    float v[3][3];
    uint32_t primitive;
};

struct LeafSphere {
    float center[3];
    float radius;
    uint32_t primitive;
};

// ---- surfaces ----------------------------------------------------------------------------

enum Wrap : uint32_t { wrap_repeat = 0, wrap_clamp = 1, wrap_mirror = 2 };
enum TextureFlags : uint32_t { texture_nearest = 1, texture_srgb = 2 };

struct TextureView {
    uint32_t texels; // into SceneView::texels, RGBA 8 bit, R in the low byte, row 0 = v 0
    uint32_t width, height;
    uint32_t wrap_s, wrap_t;
    uint32_t flags;
    uint32_t pad[2];
};

// Where a material reads a texture: which one, which coordinates, and their transform
// (u', v') = (m[0] u + m[1] v + m[2], m[3] u + m[4] v + m[5]).
struct TextureSlot {
    uint32_t texture; // `none` = constant 1
    uint32_t texcoord;
    float m[6];
};

enum MaterialFlags : uint32_t {
    material_mask = 1,          // alpha below the cut-off is not there
    material_blend = 2,         // alpha is coverage
    material_unlit = 4,         // shows base colour as radiance and ends the path
    material_thin = 8,          // transmission passes straight through, no inside
    material_transmissive = 16, // transmission > 0
    material_textured = 32      // some slot has a texture, or tangents are needed
};

// What some material of a scene has; kernels leave out what none has. Bits of SceneView::features.
enum SceneFeatures : uint32_t {
    feature_compensation = 1, // rough metal or rough glass: multiple scattering is put back
    feature_tint = 2,         // coloured dielectric reflection, or iridescence
    feature_anisotropy = 4,
    feature_sheen = 8,
    feature_coat = 16,
    feature_dispersion = 32,
    feature_textures = 64,               // some material reads a texture
    feature_lobes = 2 | 4 | 8 | 16 | 32, // those for which SceneView::lobes is there
    features_common = 1 | 64,            // what most scenes make do with
    features_all = 127
};

struct MaterialView {
    float base_color[4];
    float emission[3]; // radiance, strength included
    float metallic;
    float roughness; // perceptual; alpha = roughness^2
    float ior;
    float specular;        // scales the dielectric's Fresnel reflectance; 0 = plain Lambert
    float fresnel_average; // of the smooth dielectric from outside, over the cosine-weighted
                           // hemisphere; not scaled
    uint32_t flags;
    float transmission; // share of the dielectric base that is transmitted
    float alpha_cutoff;
    float normal_scale;
    float attenuation[3]; // absorption inside a solid, 1/m
    TextureSlot base_slot, metallic_roughness_slot, normal_slot, emission_slot, transmission_slot;
};

// What few materials have; one entry a material in scenes in which some has it.
struct MaterialLobes {
    float specular_color[3]; // tints the dielectric's reflectance at normal incidence
    float sheen_color[3];
    float sheen_roughness; // perceptual, as the next
    float coat, coat_roughness, coat_normal_scale;
    float anisotropy;                     // alpha along the tangent grows to 1
    float anisotropy_cos, anisotropy_sin; // of the turn from the tangent to the bitangent
    float iridescence, film_index;        // share of the surface under the film
    float film_least_nm, film_most_nm;    // thickness at texture values 0 and 1
    float dispersion;                     // of a solid: 20 over its Abbe number
    TextureSlot specular_slot, specular_color_slot, sheen_color_slot, sheen_roughness_slot;
    TextureSlot coat_slot, coat_roughness_slot, coat_normal_slot;
    TextureSlot anisotropy_slot, iridescence_slot, film_slot;
};

// ---- light -------------------------------------------------------------------------------

enum LightKind : uint32_t {
    light_triangle = 0,
    light_sphere = 1,
    light_sun = 2,
    light_point = 3,
    light_spot = 4,
    light_environment = 5
};

// One light that next-event estimation can pick. `pick` is its probability; the alias table
// (Walker 1977, Vose 1991) is spread over the entries.
struct LightView {
    uint32_t kind;
    uint32_t instance, primitive; // emissive geometry
    float pick;
    float alias_threshold; // keep this entry if the fractional draw is below, else take `alias`
    uint32_t alias;
    uint32_t material; // emissive geometry whose radiance is not `value` everywhere, else `none`
    uint32_t pad;
    float a[3];     // triangle: first vertex; sphere: centre; point, spot: position; sun: direction
                    // towards the sun
    float b[3];     // triangle: first edge; spot: direction it points to
    float c[3];     // triangle: second edge
    float value[3]; // point, spot: intensity W/sr; sun: radiance, or irradiance when its angle is
                    // 0; emissive geometry: radiance
    float radius;   // sphere: radius; sun: 1 - cos(angular radius), 0 = a delta direction
    float cos_inner, cos_outer; // spot cone
    float range;                // point, spot: no light beyond, 0 = unlimited
};

enum SkyKind : uint32_t { sky_none = 0, sky_constant = 1, sky_gradient = 2, sky_image = 3 };

// Radiance from directions that leave the scene. Gradient: horizon to top by y, to bottom by -y.
struct SkyView {
    uint32_t kind;
    float top[3], horizon[3], bottom[3];
};

inline constexpr uint32_t environment_units = 1u << 30; // of chance, in each distribution

// A picture of the light from all directions (sky_image), and a grid of cells, even over the
// picture, that light sampling picks from: a row, then a column in it. A distribution of n entries
// is n + 1 sums of chance in units, from 0 to environment_units.
struct EnvironmentView {
    const float* texels;         // [height][width][3] radiance; row 0 is up, the middle column -z
    const uint32_t* row_sums;    // [rows + 1]
    const uint32_t* column_sums; // [rows][columns + 1]
    const float* density;        // [rows][columns] of a direction in the cell, 1/sr
    const float* caps;           // [rows + 1] 1 - cos of the angle from the pole to a row's edge
    uint32_t width, height, columns, rows;
    uint32_t light;  // into SceneView::lights, `none` if it is black
    float to_map[9]; // rotation from the world to the picture's own directions, row-major
};

// ---- the whole ---------------------------------------------------------------------------

struct SceneView {
    const float* attributes;
    const uint32_t* indices;
    const Geometry* geometries;
    const uint32_t* primitive_geometry;
    const MeshView* meshes;
    const InstanceView* instances;
    const float* transforms; // [..][12]
    const uint32_t* texels;
    const TextureView* textures;
    const MaterialView* materials;
    const LightView* lights;
    const float* srgb_to_linear; // [256]
    const MaterialLobes* lobes;  // null without feature_lobes
    const float* albedo;         // kernels/albedo.h
    uint32_t features;           // SceneFeatures
    uint32_t instance_count;
    uint32_t light_count;
    uint32_t first_sun, sun_count; // suns are a run of `lights`: escaping rays look them up
    SkyView sky;
    EnvironmentView environment; // where sky.kind is sky_image
};

// Up to eight children in 96 bytes, three sectors of a GPU's memory. Planes are bytes, counted
// within the node's own box (kernels/compressed.h); child k is byte k % 4 of word k / 4. Children
// stand where rays of each octant meet them in the order of (slot ^ octant), as far as can be.
struct CompressedNode {
    float base[3];
    uint32_t exponents;       // a byte an axis, then one bit a slot that has a child
    uint32_t planes[2][3][2]; // low and high, an axis
    uint32_t child[8];        // how many leaf entries (4 bits), 0 = a node, over which (28 bits):
                              // counted as in Bvh2Node, nodes in CompressedView::nodes
};
inline constexpr uint32_t compressed_value_bits = 28;

// The compressed tree, made of the binary one over the same leaf entries.
struct CompressedView {
    const CompressedNode* nodes;
    const uint32_t* mesh_root; // child word a mesh
    uint32_t root; // child word of the top level; `none`: there is no such tree of this scene
};

// The binary tree: one array of nodes for the top level and all meshes.
struct Bvh2View {
    const Bvh2Node* nodes;
    const LeafTriangle* leaf_triangles;
    const LeafSphere* leaf_spheres;
    const uint32_t* leaf_instances; // instance numbers in top-level leaf order
    const uint32_t* leaf_order; // not null: instead of the leaf data of meshes that rest, which are
                                // then only primitive numbers, good for building other trees
    uint32_t root;              // of the top level: a node, or the first of leaf_instances
    uint32_t root_count; // 0 = a node, else instances of the only leaf; `none` if there is nothing
    CompressedView compressed;
};

// ---- the wide tree -----------------------------------------------------------------------

// One arena of 64-byte lines holds nodes and leaf blocks. A child word is a kind (3 bits) over a
// line number, an instance number or nothing (29 bits).
enum WideKind : uint32_t {
    wide_node = 0,
    wide_triangles = 1,          // block of triangles that rest
    wide_triangles_filtered = 2, // the same; hits are asked whether they count
    wide_spheres = 3,
    wide_spheres_filtered = 4,
    wide_scalar = 5,   // primitives that move: WideScalarLeaf
    wide_instance = 6, // value: instance number
    wide_return = 7    // on a walk's stack: back to world space
};
inline constexpr uint32_t wide_value_bits = 29;

// W children: boxes by rows, child words, and the order in which a ray of each octant should see
// them: entry j of octant q is (order[j] >> (q * log2 W)) & (W - 1), farthest first. Missing
// children have the box lo = 3e38, hi = -3e38.
template <int W>
struct WideNode {
    float bounds[6][W]; // lo x, hi x, lo y, hi y, lo z, hi z
    uint32_t child[W];
    uint32_t order[W];
};

// Missing triangles are points at the origin, missing spheres have radius 0: never hit.
template <int T>
struct WideTriangles {
    float v[3][3][T]; // [vertex][axis]
    uint32_t primitive[T];
};
template <int T>
struct WideSpheres {
    float center[3][T];
    float radius[T];
    uint32_t primitive[T];
};
struct WideScalarLeaf {
    uint32_t mesh, first, count; // entries from MeshView::leaf_data on
};

struct WideView {
    const void* lines;         // 64-byte aligned
    const uint32_t* mesh_root; // child word a mesh, for instances that are entered
    uint32_t root;             // child word of the top level; wide_return: nothing there
    uint32_t world_triangles;  // instances whose meshes hang in the top level itself, without
    uint32_t world_spheres;    // being entered: they are in world space and used once
    uint32_t stack_need;       // entries a walk's stack may hold, one full store included
    uint32_t plain;            // 1: no instance is entered and nothing moves
};

enum CameraKind : uint32_t { camera_perspective = 0, camera_orthographic = 1 };

// A ray through the point (x, y) of the picture plane, both in [-1, 1], y up, starts on the
// lens at `eye` and passes the plane of focus. `right` and `up` are half the plane's extents at
// distance 1 (perspective) or in metres (orthographic).
struct CameraView {
    uint32_t kind;
    float eye[3], right[3], up[3], forward[3];
    float lens_right[3], lens_up[3]; // unit length
    float lens_radius;               // metres, 0 = pinhole
    float focus;                     // metres along `forward`
    uint32_t blade_count;            // of the aperture, its corners on the circle; 0 = round
    float blade_turn;                // of its first corner from lens_right, in turns
};

enum FrameFlags : uint32_t {
    frame_no_light_sampling = 1, // for tests: BSDF sampling alone
    frame_camera_moves = 2
};

enum PixelFilter : uint32_t { filter_box = 0, filter_blackman_harris = 1 };
inline constexpr uint32_t filter_steps = 32;

struct FrameView {
    CameraView camera;
    // Where a moving camera is at time 1/2 and 1 of the motion; `camera` is where it is at 0.
    CameraView camera_middle, camera_close;
    uint32_t width, height; // of the whole picture
    uint32_t seed, frame;
    uint32_t max_depth;
    uint32_t flags;
    float shutter_open, shutter_close; // [0, 1] of the motion in the scene views
    uint32_t pixel_filter;
    // Filters other than the box: how far from the pixel's middle, in pixels, all but the share s^4
    // of a side lies, for s = 0, 1/filter_steps, ..., 1.
    float filter_reach[filter_steps + 1];
};

// Sums of one pixel, 28 fractional bits (kernels/film.h).
struct FilmPixel {
    uint64_t rgb[3];
};

// What camera rays meet first: sums of one pixel over those that hit something, with 28 fractional
// bits. Normals face the camera and are signed.
struct FeaturePixel {
    uint64_t albedo[3];
    uint64_t normal[3]; // two's complement
    uint64_t depth;     // metres along the ray
    uint32_t hits;
    uint32_t rays; // of all the paths, where these were followed to their ends
};

// Pixels of the crop window, row by row; x0, y0 is its corner in the whole picture.
struct FilmView {
    FilmPixel* pixels;
    uint32_t x0, y0, width, height;
};

// What one pass counted; plain sums, so passes and threads may be added in any order.
struct PassCounters {
    uint64_t camera_rays, scattered_rays, shadow_rays;
    uint64_t nan_samples, clamped_samples;
};

} // namespace juggler
