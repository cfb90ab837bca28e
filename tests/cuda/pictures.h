// Scenes for the tests of the CUDA backend, and how pictures are compared.
#pragma once

#include "cpu/passes.h"
#include "host/cuda/slot.h"
#include "host/render/frame.h"
#include "host/scene/compile.h"
#include "tests/support/golden_scenes.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace juggler::test {

struct Subject {
    CompiledScene scene;
    FrameView frame;
};

inline Subject make_subject(SceneDescription&& description, uint32_t width, uint32_t height) {
    Subject s{};
    s.frame.width = width;
    s.frame.height = height;
    set_camera(s.frame, description.cameras.at(0));
    s.frame.seed = 7;
    s.frame.frame = 1;
    s.frame.max_depth = 7;
    s.frame.shutter_close = 1;
    TreeLayouts layouts;
    layouts.compressed = true;
    s.scene = compile_scene(std::move(description), layouts);
    return s;
}

inline Subject golden_subject(const std::string& name, uint32_t width, uint32_t height) {
    for (const GoldenScene& golden : golden_scenes())
        if (golden.name == name) return make_subject(golden.make(), width, height);
    throw std::runtime_error("there is no golden scene " + name);
}

struct Samples {
    uint32_t first, count;
};

// What `sequential` makes.
inline Film reference_film(const Subject& s, Samples samples, PassCounters& counters) {
    Film film({0, 0, s.frame.width, s.frame.height});
    const PassView pass{0, 0, s.frame.width, s.frame.height, samples.first, samples.count};
    render_sequential(s.scene.view(), s.scene.bvh2(), s.frame, film.view(), pass, nullptr, nullptr,
                      counters);
    return film;
}

// Compares a window with the same pixels of the whole; "" if they are equal.
inline std::string first_difference(const Film& part, const Film& whole) {
    Film a = part, b = whole;
    const FilmView va = a.view(), vb = b.view();
    for (uint32_t y = 0; y < va.height; ++y)
        for (uint32_t x = 0; x < va.width; ++x) {
            const FilmPixel& p = va.pixels[size_t(y) * va.width + x];
            const FilmPixel& q = vb.pixels[size_t(va.y0 + y) * vb.width + va.x0 + x];
            if (std::memcmp(&p, &q, sizeof p) != 0)
                return "pixel " + std::to_string(va.x0 + x) + ", " + std::to_string(va.y0 + y);
        }
    return "";
}

// A grid that waves, drops that move, and a floor that rests; flattened or, placed twice, not.
inline SceneDescription waving_scene(uint32_t frame, bool instanced) {
    constexpr int side = 24;
    SceneDescription d;
    d.materials.emplace_back();
    MeshDescription sheet, drops, floor;
    TrianglePart part;
    for (int z = 0; z < side; ++z)
        for (int x = 0; x < side; ++x) {
            const auto turn = static_cast<float>((x * 5 + z * 3 + int(frame) * 7) % 16);
            part.positions.push_back(
                {0.2f * static_cast<float>(x), 0.1f * (turn - 8), 0.2f * static_cast<float>(z)});
        }
    for (uint32_t z = 0; z + 1 < side; ++z)
        for (uint32_t x = 0; x + 1 < side; ++x) {
            const uint32_t i = z * side + x, below = i + side;
            part.indices.insert(part.indices.end(), {i, below, i + 1, i + 1, below, below + 1});
        }
    floor.triangles.push_back(part);
    for (auto& p : floor.triangles[0].positions)
        p[1] = -2;
    sheet.triangles.push_back(std::move(part));
    SpherePart balls;
    for (int i = 0; i < 40; ++i)
        balls.spheres.push_back({0.1f * static_cast<float>(i),
                                 1 + 0.01f * static_cast<float>(int(frame) * i % 11),
                                 0.05f * static_cast<float>(i * i % 23), 0.04f});
    drops.spheres.push_back(std::move(balls));
    sheet.changes = drops.changes = true;
    for (MeshDescription* mesh : {&floor, &sheet, &drops})
        d.meshes.emplace_back(std::move(*mesh));
    for (int mesh = 0; mesh < 3; ++mesh) {
        InstanceDescription instance;
        instance.mesh = mesh;
        d.instances.push_back(instance);
        if (!instanced) continue;
        instance.transform = translation(5, 0, 0);
        d.instances.push_back(instance);
    }
    d.cameras.emplace_back();
    return d;
}

// Returns when the device has the scene: all of it, or what differs from the one before.
inline void put_on_device(cuda::Machine& machine, cuda::SceneMemory& memory,
                          const CompiledScene& scene, const CompiledScene* before) {
    if (before != nullptr)
        memory.update(scene, *before);
    else
        memory.upload(scene);
    const cuda::Event done(machine.runtime());
    machine.compute().wait(memory.uploaded());
    machine.compute().record(done);
    machine.await(done);
}

// What the device has of a scene.
inline std::vector<std::byte> on_device(const cuda::SceneMemory& memory, size_t bytes) {
    const auto* begin = reinterpret_cast<const std::byte*>(memory.views().scene.attributes);
    return {begin, begin + bytes};
}
inline std::vector<std::byte> on_host(const CompiledScene& scene) {
    const cuda::SceneLayout layout(scene);
    std::vector<std::byte> bytes(layout.bytes());
    layout.read(0, bytes.size(), bytes.data());
    return bytes;
}

} // namespace juggler::test
