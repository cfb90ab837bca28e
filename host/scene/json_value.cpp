#include "host/scene/json_value.h"

#include <algorithm>

namespace juggler {
namespace {

size_t member_index(const JsonObject& object, std::string_view key) {
    const auto at = std::lower_bound(
        object.by_key.begin(), object.by_key.end(), key,
        [&](uint32_t index, std::string_view k) { return object.members[index].key < k; });
    if (at == object.by_key.end() || object.members[*at].key != key) return object.members.size();
    return *at;
}

} // namespace

const JsonMember* find_member(const JsonObject& object, std::string_view key) {
    const size_t index = member_index(object, key);
    return index < object.members.size() ? &object.members[index] : nullptr;
}

JsonMember* find_member(JsonObject& object, std::string_view key) {
    const size_t index = member_index(object, key);
    return index < object.members.size() ? &object.members[index] : nullptr;
}

JsonMember& add_member(JsonObject& object, std::string key, JsonPlace place) {
    object.members.push_back({std::move(key), place, {{}, place}});
    sort_members(object);
    return object.members.back();
}

void sort_members(JsonObject& object) {
    object.by_key.resize(object.members.size());
    for (uint32_t i = 0; i < object.by_key.size(); ++i)
        object.by_key[i] = i;
    // Equal keys stay in the order of the text, so that the first of them is the one found.
    std::stable_sort(object.by_key.begin(), object.by_key.end(), [&](uint32_t a, uint32_t b) {
        return object.members[a].key < object.members[b].key;
    });
}

JsonValue copy(const JsonValue& value) {
    JsonValue result;
    result.place = value.place;
    if (const auto* array = value.array()) {
        auto items = std::make_unique<JsonArray>();
        items->items.reserve(array->items.size());
        for (const JsonValue& item : array->items)
            items->items.push_back(copy(item));
        result.held = std::move(items);
    } else if (const auto* object = value.object()) {
        auto members = std::make_unique<JsonObject>();
        for (const JsonMember& member : object->members)
            members->members.push_back({member.key, member.key_place, copy(member.value)});
        members->by_key = object->by_key;
        result.held = std::move(members);
    } else if (const auto* text = value.string()) {
        result.held = std::make_unique<std::string>(*text);
    } else if (const auto* number = value.number()) {
        result.held = *number;
    } else if (const auto* boolean = value.boolean()) {
        result.held = *boolean;
    }
    return result;
}

} // namespace juggler
