#include "host/scene/json_moving.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

void set_end(TrianglePart& part, TrianglePart&& end) {
    if (part.indices == end.indices && part.positions.size() == end.positions.size() &&
        part.positions != end.positions)
        part.positions_end = std::move(end.positions);
}

void set_end(SpherePart& part, SpherePart&& end) {
    if (part.spheres.size() == end.spheres.size() && part.spheres != end.spheres)
        part.spheres_end = std::move(end.spheres);
}

template <class Part>
void set_ends(std::vector<Part>& parts, std::vector<Part>& ends) {
    if (parts.size() != ends.size()) return;
    for (size_t i = 0; i < parts.size(); ++i)
        if (parts[i].material == ends[i].material) set_end(parts[i], std::move(ends[i]));
}

template <class Part>
void move_parts(std::vector<Part>& to, std::vector<Part>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

} // namespace

InstanceDescription moving_instance(int mesh, const std::vector<Affine>& keys, bool changes) {
    InstanceDescription instance{mesh, keys[0], {}, changes};
    if (std::any_of(keys.begin(), keys.end(), [&](const Affine& key) { return key != keys[0]; }))
        instance.motion = keys;
    return instance;
}

void set_close(MeshDescription& open, MeshDescription& close) {
    set_ends(open.triangles, close.triangles);
    set_ends(open.spheres, close.spheres);
}

void MovingObject::read(SceneReading& reading, const Field& object, size_t moment,
                        size_t moment_count) {
    const bool first = moment == 0, last = moment + 1 == moment_count;
    if (shape_of(object, false) != shape_) {
        object.fail("must keep its shape, " + std::string(shape_) + ", in all frames");
        return;
    }
    const Placement placement = read_placement(object);
    if (shape_ == "instance") {
        instances_.push_back(read_instances(reading, object, placement));
    } else if (shape_ == "gltf") {
        if (first) model_ = read_model(reading, object);
        placements_.push_back(placement.transform);
        double time = reading.time;
        const double length = model_.used && model_.view.clip != no_clip
                                  ? model_.used->model->clips()[size_t(model_.view.clip)].seconds
                                  : 0;
        if (model_.loop && length > 0) {
            if (first) clip_turns_ = std::floor(time / length);
            time -= length * clip_turns_;
        }
        if (first) model_.view.times.clear();
        model_.view.times.push_back(time);
    } else if (!meshes_.empty()) {
        if (placement.uniform_scale == 0 && (shape_ == "sphere" || shape_ == "spheres"))
            object.member("scale").fail("must be the same along all axes: a sphere stays a sphere");
        for (const int mesh : meshes_)
            if (!within_reach(placement.transform, reading.bounds(mesh)))
                object.fail(std::string("reaches ") + too_far);
        placements_.push_back(placement.transform);
    } else if (first || last) {
        read_shape(reading, first ? open_ : close_, object, shape_, placement);
    }
}

void MovingObject::add_to(SceneReading& reading, const Field& object, Collection& shapes) {
    SceneDescription& scene = reading.scene;
    if (shape_ == "instance") {
        const auto same_count = [&](const auto& list) {
            return list.size() == instances_[0].size();
        };
        const bool keyed = std::all_of(instances_.begin(), instances_.end(), same_count);
        for (size_t i = 0; i < instances_[0].size(); ++i) {
            std::vector<Affine> keys;
            for (size_t k = 0; k < (keyed ? instances_.size() : 1); ++k)
                keys.push_back(instances_[k][i].transform);
            scene.instances.push_back(moving_instance(instances_[0][i].mesh, keys, targeted_));
        }
    } else if (shape_ == "gltf") {
        model_.view.placements = placements_;
        model_.view.placement_changes = targeted_;
        show_model(reading, object, model_);
    } else if (!meshes_.empty()) {
        for (const int mesh : meshes_)
            scene.instances.push_back(moving_instance(mesh, placements_, true));
    } else {
        set_close(open_.triangles, close_.triangles);
        set_close(open_.spheres, close_.spheres);
        move_parts(shapes.triangles.triangles, open_.triangles.triangles);
        move_parts(shapes.spheres.spheres, open_.spheres.spheres);
    }
}

} // namespace juggler
