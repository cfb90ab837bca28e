#include "host/scene/json_patch.h"

#include "host/scene/json_positions.h"

#include <charconv>

namespace juggler {
namespace {

std::optional<size_t> whole_number(std::string_view text) {
    size_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

const std::string* name_of(const JsonValue& value) {
    const JsonObject* object = value.object();
    const JsonMember* name = object ? find_member(*object, "name") : nullptr;
    return name ? name->value.string() : nullptr;
}

JsonValue* entry(JsonArray& array, std::string_view part, std::string& why) {
    const auto index = whole_number(part);
    if (index && *index < array.items.size()) return &array.items[*index];
    if (index) {
        why = "there is no entry " + std::string(part) + ", only " +
              std::to_string(array.items.size());
        return nullptr;
    }
    std::vector<std::string_view> names;
    for (JsonValue& item : array.items) {
        const std::string* name = name_of(item);
        if (name && *name == part) return &item;
        if (name) names.push_back(*name);
    }
    why = "nothing here is named " + in_quotes(part) + suggestion(part, names);
    return nullptr;
}

// The value at the pointer, or null and the reason. Missing members of objects are made.
JsonValue* resolve(JsonValue& root, std::string_view pointer, JsonPlace place, std::string& why) {
    JsonValue* at = &root;
    std::string walked;
    for (const std::string& part : split_pointer(pointer)) {
        if (std::holds_alternative<std::monostate>(at->held))
            at->held = std::make_unique<JsonObject>();
        if (JsonObject* object = at->object()) {
            JsonMember* member = find_member(*object, part);
            at = member ? &member->value : &add_member(*object, part, place).value;
        } else if (JsonArray* array = at->array()) {
            at = entry(*array, part, why);
            if (!at) why = (walked.empty() ? "" : walked + ": ") + why;
        } else {
            why = walked + " has nothing inside";
            at = nullptr;
        }
        if (!at) return nullptr;
        walked += "/" + pointer_part(part);
    }
    return at;
}

} // namespace

bool put(JsonValue& root, std::string_view pointer, JsonValue&& value, std::string& why) {
    JsonValue* target = resolve(root, pointer, value.place, why);
    if (target) *target = std::move(value);
    return target != nullptr;
}

std::optional<std::string> plain_pointer(const JsonValue& root, std::string_view pointer) {
    const JsonValue* at = &root;
    std::string plain, why;
    for (const std::string& part : split_pointer(pointer)) {
        std::string step = part;
        if (const JsonObject* object = at ? at->object() : nullptr) {
            const JsonMember* member = find_member(*object, part);
            at = member ? &member->value : nullptr;
        } else if (const JsonArray* array = at ? at->array() : nullptr) {
            at = entry(const_cast<JsonArray&>(*array), part, why);
            if (!at) return std::nullopt;
            step = std::to_string(at - array->items.data());
        }
        plain += "/" + pointer_part(step);
    }
    return plain;
}

void apply_setting(JsonValue& root, std::string_view setting, Problems& problems) {
    const size_t equals = setting.find('=');
    if (equals == setting.npos || setting[0] != '/')
        throw Error(Exit::usage, "set " + in_quotes(setting) + ": write /json/pointer=value");
    const std::string_view pointer = setting.substr(0, equals), text = setting.substr(equals + 1);
    std::vector<Diagnostic> not_json;
    auto value = parse_json("", text, not_json, {.places = false});
    if (!value || !not_json.empty()) {
        value.emplace();
        value->held = std::make_unique<std::string>(text);
    }
    const JsonPlace nowhere{JsonPlace::nowhere, 0};
    value->place = nowhere;
    std::string why;
    if (!put(root, pointer, std::move(*value), why))
        problems.add(nowhere, std::string(pointer), "cannot be set: " + why);
}

} // namespace juggler
