// A JSON document in memory in which every value and key knows where it stands in the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace juggler {

struct JsonValue;
struct JsonMember;

struct JsonArray {
    std::vector<JsonValue> items;
};

struct JsonObject {
    std::vector<JsonMember> members; // in the order of the text, keys unique
    std::vector<uint32_t> by_key;    // indices into members, sorted by key
};

// Where something stands: bytes from the start of the text. Values set from the command line stand
// nowhere.
struct JsonPlace {
    uint32_t begin = 0, length = 0;
    static constexpr uint32_t nowhere = 0xffffffffu;
};

// 24 bytes a value, so that a mesh written into a scene costs about what its text does.
struct JsonValue {
    std::variant<std::monostate, bool, double, std::unique_ptr<std::string>,
                 std::unique_ptr<JsonArray>, std::unique_ptr<JsonObject>>
        held;
    JsonPlace place; // containers: of the opening bracket

    [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&held); }
    [[nodiscard]] const double* number() const { return std::get_if<double>(&held); }
    [[nodiscard]] const std::string* string() const { return pointed<std::string>(); }
    [[nodiscard]] const JsonArray* array() const { return pointed<JsonArray>(); }
    [[nodiscard]] const JsonObject* object() const { return pointed<JsonObject>(); }
    [[nodiscard]] JsonArray* array() { return const_cast<JsonArray*>(pointed<JsonArray>()); }
    [[nodiscard]] JsonObject* object() { return const_cast<JsonObject*>(pointed<JsonObject>()); }

private:
    template <class T>
    [[nodiscard]] const T* pointed() const {
        const auto* owner = std::get_if<std::unique_ptr<T>>(&held);
        return owner ? owner->get() : nullptr;
    }
};

struct JsonMember {
    std::string key;
    JsonPlace key_place;
    JsonValue value;
};

// The member, or null.
const JsonMember* find_member(const JsonObject& object, std::string_view key);
JsonMember* find_member(JsonObject& object, std::string_view key);
// The key must be new.
JsonMember& add_member(JsonObject& object, std::string key, JsonPlace place);
// Brings `by_key` up to date after members were appended.
void sort_members(JsonObject& object);

// Containers and texts are copied whole; depth is that of the document, at most 128.
JsonValue copy(const JsonValue& value);

} // namespace juggler
