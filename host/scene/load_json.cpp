#include "host/scene/load_json.h"

#include "host/scene/json_patch.h"
#include "host/scene/json_positions.h"
#include "host/scene/json_scene.h"

namespace juggler {
namespace {

// Calls read(name, field) for each member of the object `key`, if it is there.
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

void read_cameras(const Field& root, SceneDescription& scene) {
    const Field camera = root.member("camera");
    if (camera && root.has("cameras")) root.fail("has both \"camera\" and \"cameras\"");
    if (camera) scene.cameras.push_back(read_camera(camera));
    for_each_item(root, "cameras",
                  [&](const Field& item) { scene.cameras.push_back(read_camera(item)); });
}

void read_animation(const Field& root, SceneDescription& scene) {
    const Field animation = root.member("animation");
    if (!animation || !check_object(animation, scene_keys::animation)) return;
    scene.animation.fps = read_number(animation, "fps", {0, 1000, true, false}, 24);
    scene.animation.frames = read_count(animation, "frames", 1, 1000000).value_or(1);
    if (read_number(animation, "shutter", unit_range, 0) > 0)
        scene.notes.push_back("motion blur is not supported yet, the shutter is taken as 0");
}

void read_scene(SceneReading& reading, const Field& root) {
    SceneDescription& scene = reading.scene;
    if (!check_object(root, scene_keys::scene)) return;
    check_version(root);
    scene.name = read_string(root, "name", scene.name);
    if (const Field image = root.member("image")) read_image_settings(image, scene.image);
    read_animation(root, scene);
    read_cameras(root, scene);
    if (const Field sky = root.member("sky")) scene.sky = read_sky(sky);
    for_each_item(root, "lights", [&](const Field& light) { read_light(reading, light); });
    for_each_member(root, "materials", [&](const std::string& name, const Field& field) {
        read_material(reading, name, field);
        reading.material_names.push_back(name);
    });
    for_each_member(root, "meshes", [&](const std::string& name, const Field& field) {
        read_mesh(reading, name, field);
        reading.mesh_names.push_back(name);
    });
    if (const Field objects = root.member("objects")) read_objects(reading, objects);
    if (scene.instances.empty()) scene.notes.push_back("no objects, only the sky can be seen");
}

// Settings come first, so that they may change the animation, and win over what it sets.
void patch(JsonValue& root, const LoadOptions& options, Problems& problems) {
    const size_t problem_count = problems.list().size();
    for (const std::string& setting : options.set)
        apply_setting(root, setting, problems);
    const bool all_set = problems.list().size() == problem_count;
    apply_animation(root, options.frame, problems);
    if (!all_set) return;
    for (const std::string& setting : options.set)
        if (!setting.starts_with("/animation")) apply_setting(root, setting, problems);
}

} // namespace

SceneDescription load_json_scene(const std::filesystem::path& file, std::string_view text,
                                 const LoadOptions& options) {
    Problems problems(file.string(), text);
    auto root = parse_json(file.string(), text, problems.list(),
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
    patch(*root, options, problems);

    SceneDescription scene;
    scene.name = file.filename().string();
    const std::filesystem::path folder_path = file.parent_path();
    const Folder folder(folder_path);
    SceneReading reading{scene, options, folder_path, folder, {}, {}, {}, {}, {}, {}, -1, 0, {}};
    read_scene(reading, Field(*root, problems));
    problems.throw_if_any();
    return scene;
}

} // namespace juggler
