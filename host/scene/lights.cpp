#include "host/scene/lights.h"

#include "host/image/srgb.h"
#include "kernels/math.h"
#include "kernels/surface.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace juggler {
namespace {

constexpr uint64_t max_lights = uint64_t(1) << 22;
constexpr double pi_d = 3.14159265358979323846;

double luminance_of(const float c[3]) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; }

// Mean of the emission texture's luminance over a grid of texels: for picking chances only.
double mean_texel(const CompiledScene::Arrays& arrays, const TextureSlot& slot) {
    if (slot.texture == none) return 1;
    const TextureView& t = arrays.textures[slot.texture];
    const uint32_t step_x = std::max(1u, t.width / 64), step_y = std::max(1u, t.height / 64);
    double sum = 0;
    uint64_t count = 0;
    for (uint32_t y = 0; y < t.height; y += step_y) {
        for (uint32_t x = 0; x < t.width; x += step_x, ++count) {
            const uint32_t texel = arrays.texels[t.texels + size_t(y) * t.width + x];
            const float* table = srgb_to_linear_table();
            const float rgb[3] = {table[texel & 255], table[texel >> 8 & 255],
                                  table[texel >> 16 & 255]};
            sum += luminance_of(rgb);
        }
    }
    return sum / static_cast<double>(count);
}

struct Weighted {
    LightView light;
    double power; // watts, up to a factor common to all
};

LightView empty_light(LightKind kind) {
    LightView light{};
    light.kind = kind;
    light.instance = light.primitive = light.material = none;
    return light;
}

void copy3(float to[3], const std::array<float, 3>& from) {
    std::copy(from.begin(), from.end(), to);
}

Weighted describe(const LightDescription& d, double scene_radius) {
    using Kind = LightDescription::Kind;
    LightView light = empty_light(d.kind == Kind::sun     ? light_sun
                                  : d.kind == Kind::point ? light_point
                                                          : light_spot);
    copy3(light.value, d.intensity);
    light.range = d.range;
    const double lum = luminance_of(light.value);
    if (d.kind == Kind::sun) {
        for (int i = 0; i < 3; ++i)
            light.a[i] = -d.direction[i];
        // Angular radius; 1 - cos by the double angle, which keeps its digits.
        const float half = d.angle_deg * (pi / 360) * 0.5f;
        const float s = sin_cos(half).sin;
        light.radius = 2 * s * s;
        if (light.radius < 1e-20f) light.radius = 0; // its radiance would be beyond float
        // Irradiance counts on a plane that faces the sun: pi sin^2 times radiance.
        if (light.radius > 0)
            for (float& v : light.value)
                v = v / (pi * (light.radius * (2 - light.radius)));
        return {light, lum * pi_d * scene_radius * scene_radius};
    }
    copy3(light.a, d.position);
    copy3(light.b, d.direction);
    light.cos_inner = d.cos_inner;
    light.cos_outer = d.cos_outer;
    const double solid_angle =
        d.kind == Kind::point ? 4 * pi_d : 2 * pi_d * (1 - static_cast<double>(d.cos_outer));
    return {light, lum * solid_angle};
}

// World position of a vertex or centre of a static instance.
std::array<float, 3> place(const CompiledScene::Arrays& arrays, const InstanceView& instance,
                           const float* p) {
    if (instance.flags & instance_identity) return {p[0], p[1], p[2]};
    const auto m = gather_transform<float>(arrays.transforms.data(), instance.transform);
    const Vec3<float> q = transform_point(m, Vec3<float>{p[0], p[1], p[2]});
    return {q.x, q.y, q.z};
}

class Collector {
public:
    Collector(CompiledScene::Arrays& arrays, std::vector<Weighted>& lights)
        : arrays_(arrays), lights_(lights) {}

    void add_instance(uint32_t index) {
        InstanceView& instance = arrays_.instances[index];
        instance.first_emitter = none;
        const MeshView& mesh = arrays_.meshes[instance.mesh];
        const auto begin = arrays_.geometries.begin() + mesh.first_geometry;
        const uint32_t geometry_count = geometry_count_of(mesh);
        const bool emits = std::any_of(begin, begin + geometry_count,
                                       [](const Geometry& g) { return g.emitter != none; });
        if (!emits || (instance.flags & instance_moves) || (mesh.flags & mesh_moves)) return;
        double scale = 1;
        if (mesh.kind == mesh_spheres && !(instance.flags & instance_identity)) {
            scale = uniform_scale(instance);
            if (scale <= 0) return; // an ellipsoid: left to the paths
        }
        uint64_t emitters = 0;
        for (uint32_t g = 0; g < geometry_count; ++g)
            if (begin[g].emitter != none) emitters += primitives_of(mesh, g, geometry_count);
        if (lights_.size() + emitters > max_lights) return;
        instance.first_emitter = static_cast<uint32_t>(lights_.size());
        for (uint32_t g = 0; g < geometry_count; ++g)
            if (begin[g].emitter != none)
                add_geometry(index, mesh, begin[g], primitives_of(mesh, g, geometry_count), scale);
        if (std::all_of(lights_.begin() + instance.first_emitter, lights_.end(), measurable))
            return;
        lights_.resize(instance.first_emitter);
        instance.first_emitter = none;
    }

private:
    // Squares of squares of lengths stay within float. Larger lights are left to the paths.
    static bool measurable(const Weighted& w) {
        float largest = w.light.radius;
        for (const float* v : {w.light.a, w.light.b, w.light.c})
            for (int i = 0; i < 3; ++i)
                largest = max(largest, absolute(v[i]));
        return largest < 1e9f;
    }
    uint32_t geometry_count_of(const MeshView& mesh) const {
        const auto next = static_cast<size_t>(&mesh - arrays_.meshes.data()) + 1;
        const size_t end = next < arrays_.meshes.size() ? arrays_.meshes[next].first_geometry
                                                        : arrays_.geometries.size();
        return static_cast<uint32_t>(end) - mesh.first_geometry;
    }
    uint32_t primitives_of(const MeshView& mesh, uint32_t g, uint32_t count) const {
        const Geometry* first = arrays_.geometries.data() + mesh.first_geometry;
        const uint32_t end = g + 1 < count ? first[g + 1].first_primitive : mesh.primitive_count;
        return end - first[g].first_primitive;
    }
    // 0 if the transform is not a uniform scale and a rotation.
    double uniform_scale(const InstanceView& instance) const {
        const auto m = gather_transform<float>(arrays_.transforms.data(), instance.transform);
        const float xx = dot(m.row[0], m.row[0]), yy = dot(m.row[1], m.row[1]),
                    zz = dot(m.row[2], m.row[2]);
        const float cross_terms =
            std::max({absolute(dot(m.row[0], m.row[1])), absolute(dot(m.row[1], m.row[2])),
                      absolute(dot(m.row[2], m.row[0]))});
        const float largest = std::max({xx, yy, zz}), smallest = std::min({xx, yy, zz});
        if (cross_terms > 1e-5f * largest || largest - smallest > 1e-5f * largest) return 0;
        return square_root(xx);
    }
    void add_geometry(uint32_t index, const MeshView& mesh, const Geometry& geometry,
                      uint32_t count, double scale) {
        const InstanceView& instance = arrays_.instances[index];
        const MaterialView& material = arrays_.materials[geometry.material];
        const double lum =
            luminance_of(material.emission) * mean_texel(arrays_, material.emission_slot);
        const bool uneven = material.emission_slot.texture != none ||
                            (material.flags & (material_mask | material_blend)) != 0;
        const float* attributes = arrays_.attributes.data();
        for (uint32_t k = 0; k < count; ++k) {
            LightView light =
                empty_light(mesh.kind == mesh_spheres ? light_sphere : light_triangle);
            light.instance = index;
            light.primitive = geometry.first_primitive + k;
            std::copy(material.emission, material.emission + 3, light.value);
            if (uneven) light.material = geometry.material;
            double area;
            if (mesh.kind == mesh_spheres) {
                const float* sphere = attributes + geometry.position + size_t(4) * k;
                copy3(light.a, place(arrays_, instance, sphere));
                light.radius = sphere[3] * static_cast<float>(scale);
                area = 4 * pi_d * light.radius * light.radius;
            } else {
                std::array<float, 3> v[3];
                const uint32_t* triangle =
                    arrays_.indices.data() + geometry.first_index + size_t(3) * k;
                for (int i = 0; i < 3; ++i)
                    v[i] = place(arrays_, instance,
                                 attributes + geometry.position + size_t(3) * triangle[i]);
                for (int i = 0; i < 3; ++i) {
                    light.a[i] = v[0][i];
                    light.b[i] = v[1][i] - v[0][i];
                    light.c[i] = v[2][i] - v[0][i];
                }
                area = length(cross(load3<float>(light.b), load3<float>(light.c)));
            }
            lights_.push_back({light, pi_d * area * lum});
        }
    }

    CompiledScene::Arrays& arrays_;
    std::vector<Weighted>& lights_;
};

// Vose's alias method over picking chances: mostly by power, in part evenly, so that no light is
// starved by one much stronger elsewhere.
void set_picks(std::vector<Weighted>& lights) {
    const size_t count = lights.size();
    double total = 0;
    for (const Weighted& w : lights)
        total += w.power;
    std::vector<double> scaled(count);
    std::vector<uint32_t> small, large;
    for (size_t i = 0; i < count; ++i) {
        const double even = 1.0 / static_cast<double>(count);
        const double pick = total > 0 ? 0.75 * lights[i].power / total + 0.25 * even : even;
        lights[i].light.pick = static_cast<float>(pick);
        scaled[i] = pick * static_cast<double>(count);
        (scaled[i] < 1 ? small : large).push_back(static_cast<uint32_t>(i));
    }
    while (!small.empty() && !large.empty()) {
        const uint32_t s = small.back(), l = large.back();
        small.pop_back();
        lights[s].light.alias_threshold = static_cast<float>(scaled[s]);
        lights[s].light.alias = l;
        scaled[l] -= 1 - scaled[s];
        if (scaled[l] < 1) {
            large.pop_back();
            small.push_back(l);
        }
    }
    for (const auto& rest : {small, large}) {
        for (uint32_t i : rest) {
            lights[i].light.alias_threshold = 1;
            lights[i].light.alias = i;
        }
    }
}

} // namespace

void collect_lights(CompiledScene::Arrays& arrays, const std::vector<LightDescription>& lights,
                    double environment) {
    double diagonal2 = 0;
    for (int axis = 0; axis < 3; ++axis) {
        double lo = 3e38, hi = -3e38;
        for (const InstanceView& i : arrays.instances) {
            lo = std::min<double>(lo, i.box_lo[axis]);
            hi = std::max<double>(hi, i.box_hi[axis]);
        }
        if (lo < hi) diagonal2 += (hi - lo) * (hi - lo);
    }
    const double radius = 0.5 * square_root(static_cast<float>(std::min(diagonal2, 1e30)));

    std::vector<Weighted> all;
    // Suns first: escaping rays look them up as one run.
    for (const LightDescription& d : lights)
        if (d.kind == LightDescription::Kind::sun) all.push_back(describe(d, radius));
    arrays.scene.first_sun = 0;
    arrays.scene.sun_count = static_cast<uint32_t>(all.size());
    arrays.scene.environment.light = none;
    if (environment > 0) {
        arrays.scene.environment.light = static_cast<uint32_t>(all.size());
        all.push_back({empty_light(light_environment), environment * pi_d * radius * radius});
    }
    for (const LightDescription& d : lights)
        if (d.kind != LightDescription::Kind::sun) all.push_back(describe(d, radius));
    Collector collector(arrays, all);
    for (uint32_t i = 0; i < arrays.instances.size(); ++i)
        collector.add_instance(i);
    set_picks(all);
    arrays.lights.reserve(all.size());
    for (const Weighted& w : all)
        arrays.lights.push_back(w.light);
}

} // namespace juggler
