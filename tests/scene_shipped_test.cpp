// The scenes that come with the program, and their schema.
#include "host/scene/json_keys.h"
#include "host/scene/json_positions.h"
#include "host/scene/load.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace juggler {
namespace {

const std::filesystem::path scenes = JUGGLER_SOURCE_DIR "/scenes";

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

size_t sphere_count(const SceneDescription& scene) {
    size_t count = 0;
    for (const MeshDescription& mesh : scene.meshes)
        for (const SpherePart& part : mesh.spheres)
            count += part.spheres.size();
    return count;
}

TEST(ShippedScenes, AllLoadWithoutANote) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(scenes)) {
        const auto file = entry.path();
        if (file.extension() != ".json" || file.filename() == "scene.schema.json") continue;
        const SceneDescription scene = load_scene(file);
        EXPECT_TRUE(scene.notes.empty()) << file << ": " << scene.notes.front();
        EXPECT_EQ(scene.cameras.size(), 1u) << file;
        EXPECT_TRUE(scene.image.width && scene.image.spp) << file;
        ++count;
    }
    EXPECT_GE(count, 3u);
}

TEST(ShippedScenes, TheJugglersLastFrameLeadsToTheFirst) {
    LoadOptions first, again, middle;
    again.frame = 49;
    middle.frame = 20;
    const auto file = scenes / "juggler.json";
    const SceneDescription a = load_scene(file, first), b = load_scene(file, again),
                           c = load_scene(file, middle);
    EXPECT_EQ(a.animation.frames, 48u);
    ASSERT_EQ(a.meshes.size(), b.meshes.size());
    bool moved = false;
    for (size_t i = 0; i < a.meshes.size(); ++i)
        for (size_t k = 0; k < a.meshes[i]->spheres.size(); ++k) {
            EXPECT_EQ(a.meshes[i]->spheres[k].spheres, b.meshes[i]->spheres[k].spheres);
            moved = moved || a.meshes[i]->spheres[k].spheres != c.meshes[i]->spheres[k].spheres;
        }
    EXPECT_TRUE(moved);
}

TEST(ShippedScenes, TheCornellBoxHasItsMeasuredExtents) {
    const SceneDescription scene = load_scene(scenes / "cornell.json");
    float hi[3]{};
    size_t triangle_count = 0;
    for (const TrianglePart& part : scene.meshes.at(0)->triangles) {
        triangle_count += part.indices.size() / 3;
        for (const auto& p : part.positions)
            for (size_t k = 0; k < 3; ++k) {
                EXPECT_GE(p[k], 0.0f);
                hi[k] = std::max(hi[k], p[k]);
            }
    }
    EXPECT_EQ(triangle_count, 38u) << "four walls, light, a ceiling in four, two blocks of five";
    EXPECT_EQ(hi[0], 0.556f);
    EXPECT_EQ(hi[1], 0.5488f);
    EXPECT_EQ(hi[2], 0.5592f);
}

TEST(ShippedScenes, OneWeekendHasItsField) {
    const SceneDescription scene = load_scene(scenes / "weekend.json");
    EXPECT_GT(sphere_count(scene), 470u);
    EXPECT_LT(sphere_count(scene), 489u);
    EXPECT_EQ(scene.image.max_depth, 50u);
    ASSERT_EQ(scene.meshes.size(), 1u) << "one tree";
}

// ---- the schema
// ------------------------------------------------------------------------------------

const JsonValue* at(const JsonValue& value, std::string_view key) {
    const JsonObject* object = value.object();
    const JsonMember* member = object ? find_member(*object, key) : nullptr;
    return member ? &member->value : nullptr;
}

std::set<std::string> keys_of(const JsonValue& definition) {
    std::set<std::string> keys;
    const JsonValue* properties = at(definition, "properties");
    // A sky is a word or an object.
    if (const JsonValue* choices = at(definition, "oneOf");
        choices && choices->array() && !properties)
        for (const JsonValue& choice : choices->array()->items)
            if (const JsonValue* found = at(choice, "properties")) properties = found;
    if (properties)
        for (const JsonMember& member : properties->object()->members)
            keys.insert(member.key);
    return keys;
}

TEST(Schema, KnowsTheKeysThatTheLoaderKnowsAndNoOthers) {
    const std::string text = text_of(scenes / "scene.schema.json");
    std::vector<Diagnostic> problems;
    const auto schema = parse_json("scene.schema.json", text, problems);
    ASSERT_TRUE(schema && problems.empty());
    const JsonValue* definitions = at(*schema, "$defs");
    ASSERT_TRUE(definitions);
    std::set<std::string> tables;
    for (const KeyTable* table : all_key_tables()) {
        const std::string name(table->name);
        tables.insert(name);
        const JsonValue* definition = name == "scene" ? &*schema : at(*definitions, name);
        ASSERT_TRUE(definition) << name;
        const std::set<std::string> known(table->keys.begin(), table->keys.end());
        EXPECT_EQ(keys_of(*definition), known) << name;
    }
    for (const JsonMember& member : definitions->object()->members)
        EXPECT_TRUE(keys_of(member.value).empty() || tables.count(member.key)) << member.key;
}

} // namespace
} // namespace juggler
