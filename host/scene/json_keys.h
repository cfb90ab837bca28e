// Every key a scene file may use, by the kind of object it stands in. The loader refuses all
// others, and a test holds these tables against scenes/scene.schema.json.
#pragma once

#include <span>
#include <string_view>

namespace juggler {

struct KeyTable {
    std::string_view name; // of the definition in the schema
    std::span<const std::string_view> keys;
};

namespace scene_keys {
extern const KeyTable scene, image, camera, sky, gradient, material, texture, checker, attenuation,
    object, plane, sphere, quad, box, disk, knot, triangles, ocean, wave, gltf, instance, transform,
    light, point, spot, sun, animation, track;
}

std::span<const KeyTable* const> all_key_tables();

// The known word nearest to `word` by edit distance, empty if none is near enough to be meant.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

} // namespace juggler
