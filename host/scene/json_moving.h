// Objects that are not the same in all frames: read at several moments while a shutter is open.
#pragma once

#include "host/scene/json_objects.h"

#include <string_view>
#include <vector>

namespace juggler {

// Moments at which an open shutter is looked at: matrices are keyed at all of them, vertices at the
// first and the last, cameras at the first, the middle and the last.
inline constexpr size_t shutter_moments = 9;

class MovingObject {
public:
    // Only the placement of the shape in these meshes of the scene moves; without any, the whole
    // shape may. `targeted`: a track leads into the object.
    MovingObject(size_t index, std::string_view shape, std::vector<int> meshes, bool targeted)
        : index_(index), shape_(shape), meshes_(std::move(meshes)), targeted_(targeted) {}

    // Of the scene's objects.
    [[nodiscard]] size_t index() const noexcept { return index_; }

    // To be called for each moment in turn; `moment` counts from 0.
    void read(SceneReading& reading, const Field& object, size_t moment, size_t moment_count);
    // After the last moment: what moves goes to `shapes`, what is only placed to the description.
    void add_to(SceneReading& reading, const Field& object, Collection& shapes);

private:
    size_t index_;
    std::string_view shape_;
    std::vector<int> meshes_;
    bool targeted_;
    std::vector<Affine> placements_;                          // by moment
    std::vector<std::vector<InstanceDescription>> instances_; // by moment
    ModelUse model_;
    double clip_turns_ = 0; // whole repetitions of the clip before the shutter opened
    Collection open_, close_;
};

// `keys` as a transform, with motion if they differ.
InstanceDescription moving_instance(int mesh, const std::vector<Affine>& keys, bool changes);

// Takes the vertices of `close` as those at shutter close, in the parts that move.
void set_close(MeshDescription& open, MeshDescription& close);

} // namespace juggler
