#include "host/scene/json_timeline.h"

#include "host/scene/json_patch.h"
#include "host/scene/json_positions.h"
#include "host/scene/load_json.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace juggler {
namespace {

// Calls read(member) for each member of the object `key`, if it is there.
template <class Read>
void for_each_member(const Field& root, std::string_view key, const Read& read) {
    const Field section = root.member(key);
    if (!section) return;
    if (!section.object()) {
        section.fail_value("must be an object of names");
        return;
    }
    for (const JsonMember& member : section.object()->members)
        if (!root.problems().full()) read(member.key, section.member(member));
}

template <class Read>
void for_each_item(const Field& root, std::string_view key, const Read& read) {
    const Field list = root.member(key);
    if (!list || !check_array(list, 0)) return;
    for (size_t i = 0; i < list.size() && !root.problems().full(); ++i)
        read(list.item(i));
}

void check_version(const Field& root) {
    if (!require(root, {"juggler"})) return;
    const Field version = root.member("juggler");
    const double* number = version.value().number();
    if (!number || *number != 1) version.fail_value("must be 1, the version of the format");
}

void read_cameras(const Field& root, std::vector<CameraDescription>& cameras) {
    const Field camera = root.member("camera");
    if (camera && root.has("cameras")) root.fail("has both \"camera\" and \"cameras\"");
    if (camera) cameras.push_back(read_camera(camera));
    for_each_item(root, "cameras",
                  [&](const Field& item) { cameras.push_back(read_camera(item)); });
}

void read_animation(const Field& root, const LoadOptions& options, AnimationDescription& to) {
    if (const Field animation = root.member("animation");
        animation && check_object(animation, scene_keys::animation)) {
        to.fps = read_number(animation, "fps", {0, 1000, true, false}, 24);
        to.frames = read_count(animation, "frames", 1, max_frames).value_or(1);
        to.shutter = read_number(animation, "shutter", unit_range, 0);
    }
    if (options.shutter) to.shutter = *options.shutter;
}

void check_name(const Field& object, std::set<std::string_view>& names) {
    const Field name = object.member("name");
    if (!name || !name.string()) return;
    if (!names.insert(*name.string()).second)
        name.fail("is used twice: " + in_quotes(*name.string()) + " already names another object");
}

// Whether `pointer` is `to`, or leads to something in it.
bool leads_into(std::string_view pointer, std::string_view to) {
    return pointer.starts_with(to) && (pointer.size() == to.size() || pointer[to.size()] == '/');
}

// Puts the cameras of the middle and the end of a shutter into those of its beginning.
void set_motion(std::vector<CameraDescription>& cameras,
                const std::vector<CameraDescription>& middle,
                const std::vector<CameraDescription>& close) {
    if (middle.size() != cameras.size() || close.size() != cameras.size()) return;
    for (size_t i = 0; i < cameras.size(); ++i) {
        const bool turns = cameras[i].orthographic != middle[i].orthographic ||
                           cameras[i].orthographic != close[i].orthographic;
        if (!turns && !(same_view(cameras[i], middle[i]) && same_view(cameras[i], close[i])))
            cameras[i].motion = {middle[i], close[i]};
    }
}

} // namespace

JsonTimeline::JsonTimeline(const std::filesystem::path& file, std::string text,
                           const LoadOptions& options)
    : file_(file), folder_path_(file.parent_path()), text_(std::move(text)), options_(options),
      folder_(folder_path_) {
    Problems problems(file_.string(), text_);
    auto root = parse_json(file_.string(), text_, problems.list(),
                           {.max_memory_bytes = options.max_memory_bytes});
    if (!root) problems.throw_if_any();
    if (!root->object()) {
        problems.add(root->place, "", "a scene must be an object: { \"juggler\": 1, ... }");
        problems.throw_if_any();
    }
    if (find_member(*root->object(), "asset") && !find_member(*root->object(), "juggler")) {
        problems.add(root->place, "", "is a glTF file; name it .gltf");
        problems.throw_if_any();
    }
    root_ = std::move(*root);
    base_.name = file_.filename().string();
    prepare(root_, problems);
    read_base(Field(root_, problems));
    SceneDescription first = base_;
    if (!problems.full()) read_frame(first, options_.frame, problems);
    problems.throw_if_any();
    if (first.instances.empty()) base_.notes.push_back("no objects, only the sky can be seen");
    first.notes = base_.notes;
    ready_ = std::move(first);
    if (!still()) return;
    // Nothing is read from the file any more.
    root_ = {};
    text_ = {};
}

// Applies the settings and collects the tracks, of which settings may overrule some.
void JsonTimeline::prepare(JsonValue& root, Problems& problems) {
    const Field field(root, problems);
    std::vector<std::string> set;
    for (const std::string& setting : options_.set) {
        apply_setting(root, setting, problems);
        const auto plain =
            plain_pointer(root, std::string_view(setting).substr(0, setting.find('=')));
        set.push_back(plain && !leads_into(*plain, "/animation") ? *plain : "");
    }
    read_animation(field, options_, base_.animation);
    std::vector<bool> again(set.size(), false);
    for (Track& track : read_tracks(field)) {
        const std::string target = plain_pointer(root, track.target).value_or(track.target);
        bool overruled = false;
        for (size_t i = 0; i < set.size(); ++i) {
            if (set[i].empty()) continue;
            overruled = overruled || leads_into(target, set[i]);
            again[i] = again[i] || leads_into(set[i], target);
        }
        if (overruled) continue;
        tracks_.push_back(std::move(track));
        targets_.push_back(target);
    }
    for (size_t i = 0; i < set.size(); ++i)
        if (again[i]) settings_.push_back(options_.set[i]);
    const double open = (options_.frame - 1.0) / base_.animation.fps;
    patch(open, open, problems);
    sort_targets();
}

void JsonTimeline::sort_targets() {
    for (const std::string& target : targets_) {
        changing_.image |= leads_into(target, "/image");
        changing_.cameras |= leads_into(target, "/camera") || leads_into(target, "/cameras");
        changing_.lights |= leads_into(target, "/lights");
        changing_.sky |= leads_into(target, "/sky");
    }
    const auto members = [&](std::string_view section, std::vector<std::string>& names) {
        const JsonMember* found = find_member(*root_.object(), section);
        if (!found || !found->value.object()) return;
        for (const JsonMember& member : found->value.object()->members) {
            const std::string pointer = "/" + std::string(section) + "/" + pointer_part(member.key);
            for (const std::string& target : targets_)
                if (leads_into(target, pointer) || leads_into(pointer, target)) {
                    names.push_back(member.key);
                    break;
                }
        }
    };
    members("materials", changing_.materials);
    members("meshes", changing_.meshes);
}

// Puts the tracks' values at `time` into the document, for a shutter that opened at `open`.
void JsonTimeline::patch(double time, double open, Problems& problems) const {
    for (const Track& track : tracks_) {
        std::string why;
        if (!put(root_, track.target, value_at(track, time, open), why))
            problems.add(track.place, track.target, "cannot be animated: " + why);
    }
    for (const std::string& setting : settings_)
        apply_setting(root_, setting, problems);
}

SceneReading JsonTimeline::reading(SceneDescription& scene, SceneNames& names, double time) const {
    return {scene, names, options_, folder_path_, folder_, time};
}

void JsonTimeline::read_base(const Field& root) {
    SceneReading base = reading(base_, names_, 0);
    if (!check_object(root, scene_keys::scene)) return;
    check_version(root);
    base_.name = read_string(root, "name", base_.name);
    if (const Field image = root.member("image")) read_image_settings(image, base_.image);
    read_cameras(root, base_.cameras);
    if (const Field sky = root.member("sky")) base_.sky = read_sky(base, sky);
    for_each_item(root, "lights", [&](const Field& light) { read_light(base, light); });
    for_each_member(root, "materials", [&](const std::string& name, const Field& field) {
        names_.materials.emplace(name, static_cast<int>(base_.materials.size()));
        base_.materials.push_back(read_material(base, name, field));
        names_.material_names.push_back(name);
    });
    for_each_member(root, "meshes", [&](const std::string& name, const Field& field) {
        const auto& changing = changing_.meshes;
        names_.mesh_names.push_back(name);
        if (std::find(changing.begin(), changing.end(), name) != changing.end()) return;
        Collection shapes;
        read_mesh_shapes(base, shapes, field);
        names_.meshes.emplace(name, add_meshes(base_, std::move(shapes), name));
    });
    if (const Field objects = root.member("objects")) read_base_objects(base, objects);
}

// Reads the objects that rest and lists the others. All triangles that rest become one mesh, all
// spheres another, so that each kind has one tree; named meshes are placed by instances.
void JsonTimeline::read_base_objects(SceneReading& base, const Field& objects) {
    if (!check_array(objects, 0)) return;
    Collection shapes;
    std::set<std::string_view> names;
    for (size_t i = 0; i < objects.size() && !objects.problems().full(); ++i) {
        const Field object = objects.item(i);
        const std::string_view shape = shape_of(object, false);
        check_name(object, names);
        if (shape.empty()) continue;
        const std::string pointer = "/objects/" + std::to_string(i);
        bool targeted = false, placed_only = true;
        for (const std::string& target : targets_) {
            if (!leads_into(target, pointer) && !leads_into(pointer, target)) continue;
            targeted = true;
            const std::vector<std::string> parts = split_pointer(target);
            placed_only = placed_only && parts.size() > 2 && is_placement_key(parts[2]);
        }
        if (shape == "instance") {
            const Field mesh = object.member(shape).member("mesh");
            const auto& changing = changing_.meshes;
            const bool other_mesh =
                mesh && mesh.string() &&
                std::find(changing.begin(), changing.end(), *mesh.string()) != changing.end();
            if (targeted || other_mesh) {
                moving_.emplace_back(i, shape, std::vector<int>{}, targeted);
                continue;
            }
            for (InstanceDescription& one : read_instances(base, object, read_placement(object)))
                base_.instances.push_back(std::move(one));
        } else if (shape == "gltf") {
            ModelUse use = read_model(base, object);
            if (targeted || use.view.clip != no_clip) {
                moving_.emplace_back(i, shape, std::vector<int>{}, targeted);
                continue;
            }
            use.view.placements = {read_placement(object).transform};
            show_model(base, object, use);
        } else if (shape == "ocean" || (targeted && !placed_only)) {
            moving_.emplace_back(i, shape, std::vector<int>{}, targeted);
        } else if (targeted) {
            Collection own;
            read_shape(base, own, object, shape, {});
            moving_.emplace_back(i, shape, add_meshes(base_, std::move(own), "object"), true);
        } else {
            read_shape(base, shapes, object, shape, read_placement(object));
        }
    }
    for (const int mesh : add_meshes(base_, std::move(shapes), "objects"))
        base_.instances.push_back({mesh, {}, {}});
}

// What the base description has of another moment, and is not an object.
void JsonTimeline::read_sections(SceneReading& now, const Field& root) const {
    SceneDescription& scene = now.scene;
    if (changing_.image) {
        scene.image = {};
        if (const Field image = root.member("image")) read_image_settings(image, scene.image);
    }
    if (changing_.sky)
        if (const Field sky = root.member("sky")) scene.sky = read_sky(now, sky);
    if (changing_.lights) { // those of models come after the file's own
        SceneDescription lit;
        SceneReading reader = reading(lit, now.names, now.time);
        for_each_item(root, "lights", [&](const Field& light) { read_light(reader, light); });
        std::copy_n(lit.lights.begin(), std::min(lit.lights.size(), scene.lights.size()),
                    scene.lights.begin());
    }
    const Field materials = root.member("materials");
    for (const std::string& name : changing_.materials)
        scene.materials[static_cast<size_t>(now.names.materials.at(name))] =
            read_material(now, name, materials.member(name));
}

// Named meshes that tracks lead into, as they are when the shutter opens or, `at_close`, closes.
void JsonTimeline::read_changing_meshes(SceneReading& now, const Field& root, bool at_close) const {
    const Field meshes = root.member("meshes");
    for (const std::string& name : changing_.meshes) {
        Collection shapes;
        read_mesh_shapes(now, shapes, meshes.member(name));
        if (!at_close) {
            shapes.triangles.changes = shapes.spheres.changes = true;
            now.names.meshes[name] = add_meshes(now.scene, std::move(shapes), name);
            continue;
        }
        for (const int number : now.names.meshes.at(name)) {
            MeshDescription& mesh = now.scene.meshes[static_cast<size_t>(number)].change();
            set_close(mesh, mesh.spheres.empty() ? shapes.triangles : shapes.spheres);
        }
    }
}

void JsonTimeline::read_frame(SceneDescription& scene, uint32_t frame, Problems& problems) const {
    const double fps = base_.animation.fps, open = (frame - 1.0) / fps;
    const double length = base_.animation.shutter / fps;
    const size_t moment_count = length > 0 ? shutter_moments : 1;
    SceneNames names = names_;
    std::vector<MovingObject> moving = moving_;
    std::vector<CameraDescription> cameras[3]; // at open, in the middle, at close
    const Field root(root_, problems);
    const size_t last = moment_count - 1;
    for (size_t moment = 0; moment < moment_count; ++moment) {
        const double share = last > 0 ? static_cast<double>(moment) / static_cast<double>(last) : 0;
        SceneReading now = reading(scene, names, open + share * length);
        patch(now.time, open, problems);
        if (moment == 0) read_sections(now, root);
        if (changing_.cameras && (moment == 0 || 2 * moment == last || moment == last))
            read_cameras(root, cameras[moment == 0 ? 0 : moment == last ? 2 : 1]);
        if (moment == 0 || moment == last) read_changing_meshes(now, root, moment != 0);
        const Field objects = root.member("objects");
        for (MovingObject& object : moving)
            object.read(now, objects.item(object.index()), moment, moment_count);
        if (!problems.list().empty()) return;
    }

    SceneReading now = reading(scene, names, open);
    if (changing_.cameras) {
        if (last > 0) set_motion(cameras[0], cameras[1], cameras[2]);
        // Those of models come after the file's own.
        std::copy_n(cameras[0].begin(), std::min(cameras[0].size(), scene.cameras.size()),
                    scene.cameras.begin());
    }
    Collection shapes;
    const Field objects = root.member("objects");
    for (MovingObject& object : moving)
        object.add_to(now, objects.item(object.index()), shapes);
    shapes.triangles.changes = shapes.spheres.changes = true;
    for (const int mesh : add_meshes(scene, std::move(shapes), "moving objects"))
        scene.instances.push_back({mesh, {}, {}});
}

SceneDescription JsonTimeline::at(uint32_t frame) const {
    if (still()) return base_;
    const std::lock_guard lock(mutex_);
    if (ready_ && frame == options_.frame) {
        SceneDescription scene = std::move(*ready_);
        ready_.reset();
        return scene;
    }
    SceneDescription scene = base_;
    Problems problems(file_.string(), text_);
    read_frame(scene, frame, problems);
    problems.throw_if_any();
    return scene;
}

SceneDescription JsonTimeline::take(uint32_t frame) && {
    SceneDescription scene = at(frame);
    base_ = {};
    names_ = {};
    ready_.reset();
    return scene;
}

SceneDescription load_json_scene(const std::filesystem::path& file, std::string_view text,
                                 const LoadOptions& options) {
    return JsonTimeline(file, std::string(text), options).take(options.frame);
}

} // namespace juggler
