#include "bench/embree_scene.h"

#include "bench/embree_timing.h"
#include "host/base/error.h"
#include "kernels/vec3.h"

#include <cstring>

#include <xmmintrin.h>

namespace juggler {
namespace {

// Embree's manual asks for denormals to be flushed.
class FlushDenormals {
public:
    FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040); }
    ~FlushDenormals() { _mm_setcsr(saved_); }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

private:
    unsigned saved_;
};

struct Placement {
    const float* m; // row-major 3x4, null = identity
    void place(const float p[3], float out[3]) const {
        for (int i = 0; i < 3; ++i)
            out[i] = m == nullptr ? p[i]
                                  : m[4 * i] * p[0] + m[4 * i + 1] * p[1] + m[4 * i + 2] * p[2] +
                                        m[4 * i + 3];
    }
};

void fill_triangles(RTCGeometry geometry, const MeshView& mesh, const LeafTriangle* leaf,
                    const Placement& placement) {
    const size_t count = mesh.primitive_count;
    auto* positions = static_cast<float*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 3 * sizeof(float), 3 * count));
    auto* indices = static_cast<uint32_t*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(uint32_t), count));
    if (positions == nullptr || indices == nullptr)
        throw Error(Exit::failed, "fill Embree's buffers: out of memory");
    for (size_t i = 0; i < count; ++i) {
        const size_t first = 3 * size_t(leaf[i].primitive);
        for (size_t k = 0; k < 3; ++k) {
            placement.place(leaf[i].v[k], positions + 3 * (first + k));
            indices[first + k] = static_cast<uint32_t>(first + k);
        }
    }
}

void fill_spheres(RTCGeometry geometry, const MeshView& mesh, const LeafSphere* leaf,
                  const Placement& placement) {
    const size_t count = mesh.primitive_count;
    auto* spheres = static_cast<float*>(rtcSetNewGeometryBuffer(
        geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT4, 4 * sizeof(float), count));
    if (spheres == nullptr) throw Error(Exit::failed, "fill Embree's buffers: out of memory");
    const float* m = placement.m;
    const float scale =
        m == nullptr ? 1 : square_root(m[0] * m[0] + m[4] * m[4] + m[8] * m[8]); // if uniform
    for (size_t i = 0; i < count; ++i) {
        float* sphere = spheres + 4 * size_t(leaf[i].primitive);
        placement.place(leaf[i].center, sphere);
        sphere[3] = leaf[i].radius * scale;
    }
}

template <class Packet>
void set_lane(Packet& packet, size_t i, const RTCRay& ray) {
    packet.org_x[i] = ray.org_x;
    packet.org_y[i] = ray.org_y;
    packet.org_z[i] = ray.org_z;
    packet.tnear[i] = ray.tnear;
    packet.dir_x[i] = ray.dir_x;
    packet.dir_y[i] = ray.dir_y;
    packet.dir_z[i] = ray.dir_z;
    packet.time[i] = ray.time;
    packet.tfar[i] = ray.tfar;
    packet.mask[i] = ray.mask;
    packet.id[i] = ray.id;
    packet.flags[i] = ray.flags;
}

} // namespace

EmbreeDevice open_embree() {
    EmbreeDevice device(rtcNewDevice(nullptr));
    if (!device) throw Error(Exit::failed, "open Embree");
    return device;
}

std::string embree_facts(RTCDevice device) {
    const auto has = [&](RTCDeviceProperty property) {
        return rtcGetDeviceProperty(device, property) != 0;
    };
    const auto version = rtcGetDeviceProperty(device, RTC_DEVICE_PROPERTY_VERSION);
    std::string facts = std::to_string(version / 10000) + "." +
                        std::to_string(version / 100 % 100) + "." + std::to_string(version % 100) +
                        ", native packets of";
    if (has(RTC_DEVICE_PROPERTY_NATIVE_RAY4_SUPPORTED)) facts += " 4";
    if (has(RTC_DEVICE_PROPERTY_NATIVE_RAY8_SUPPORTED)) facts += " 8";
    if (has(RTC_DEVICE_PROPERTY_NATIVE_RAY16_SUPPORTED)) facts += " 16";
    return facts;
}

EmbreeScene::EmbreeScene(RTCDevice device, const SceneView& scene, const Bvh2View& bvh, bool robust)
    : scene_(rtcNewScene(device)) {
    rtcSetSceneFlags(get(), robust ? RTC_SCENE_FLAG_ROBUST : RTC_SCENE_FLAG_NONE);
    rtcSetSceneBuildQuality(get(), RTC_BUILD_QUALITY_HIGH);
    for (uint32_t i = 0; i < scene.instance_count; ++i) {
        const InstanceView& instance = scene.instances[i];
        const MeshView& mesh = scene.meshes[instance.mesh];
        if ((mesh.flags & (mesh_has_filter | mesh_moves)) || (instance.flags & instance_moves))
            throw Error(Exit::input, "compare with Embree: the scene moves or filters hits");
        const Placement placement{instance.flags & instance_identity
                                      ? nullptr
                                      : scene.transforms + 12 * size_t(instance.transform)};
        const bool spheres = mesh.kind == mesh_spheres;
        const RTCGeometry geometry = rtcNewGeometry(device, spheres ? RTC_GEOMETRY_TYPE_SPHERE_POINT
                                                                    : RTC_GEOMETRY_TYPE_TRIANGLE);
        if (spheres)
            fill_spheres(geometry, mesh, bvh.leaf_spheres + mesh.leaf_data, placement);
        else
            fill_triangles(geometry, mesh, bvh.leaf_triangles + mesh.leaf_data, placement);
        rtcCommitGeometry(geometry);
        rtcAttachGeometryByID(get(), geometry, i);
        rtcReleaseGeometry(geometry);
    }
    const double start = wall_seconds();
    rtcCommitScene(get());
    build_seconds_ = wall_seconds() - start;
    if (rtcGetDeviceError(device) != RTC_ERROR_NONE)
        throw Error(Exit::failed, "build Embree's scene");
}

EmbreeRays make_embree_rays(const RayList& rays) {
    EmbreeRays made;
    made.single.reserve(rays.count);
    for (uint32_t i = 0; i < rays.count; ++i)
        made.single.push_back({rays.o[0][i], rays.o[1][i], rays.o[2][i], 0, rays.d[0][i],
                               rays.d[1][i], rays.d[2][i], 0, rays.t_max[i], ~0u, 0, 0});
    made.packets.resize(rays.count / 16);
    for (uint32_t i = 0; i < rays.count; ++i)
        set_lane(made.packets[i / 16], i % 16, made.single[i]);
    return made;
}

void walk_embree(RTCScene scene, const EmbreeRays& rays, bool shadow, const HitList& hits) {
    const FlushDenormals flush;
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    const size_t count = rays.single.size();
    if (shadow) {
        for (size_t i = 0; i < count; ++i) {
            RTCRay ray = rays.single[i];
            rtcOccluded1(scene, &context, &ray);
            hits.visible[i] = ray.tfar < 0 ? 0 : 7;
        }
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        RTCRayHit hit;
        hit.ray = rays.single[i];
        hit.hit.geomID = RTC_INVALID_GEOMETRY_ID;
        rtcIntersect1(scene, &context, &hit);
        hits.t[i] = hit.ray.tfar;
        hits.u[i] = hit.hit.u;
        hits.v[i] = hit.hit.v;
        hits.instance[i] = hit.hit.geomID;
        hits.primitive[i] = hit.hit.primID;
    }
}

void walk_embree_16(RTCScene scene, const EmbreeRays& rays, bool shadow, bool coherent,
                    const HitList& hits) {
    const FlushDenormals flush;
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    if (coherent) context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    alignas(64) int valid[16];
    std::memset(valid, -1, sizeof valid);
    const size_t count = rays.packets.size();
    if (shadow) {
        for (size_t i = 0; i < count; ++i) {
            RTCRay16 packet = rays.packets[i];
            rtcOccluded16(valid, scene, &context, &packet);
            for (size_t k = 0; k < 16; ++k)
                hits.visible[16 * i + k] = packet.tfar[k] < 0 ? 0 : 7;
        }
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        RTCRayHit16 hit;
        hit.ray = rays.packets[i];
        std::memset(hit.hit.geomID, -1, sizeof hit.hit.geomID);
        rtcIntersect16(valid, scene, &context, &hit);
        std::memcpy(hits.t + 16 * i, hit.ray.tfar, sizeof hit.ray.tfar);
        std::memcpy(hits.u + 16 * i, hit.hit.u, sizeof hit.hit.u);
        std::memcpy(hits.v + 16 * i, hit.hit.v, sizeof hit.hit.v);
        std::memcpy(hits.instance + 16 * i, hit.hit.geomID, sizeof hit.hit.geomID);
        std::memcpy(hits.primitive + 16 * i, hit.hit.primID, sizeof hit.hit.primID);
    }
}

} // namespace juggler
