// Values of a scene document replaced before it is read: by the command line, by its animation.
#pragma once

#include "host/scene/json_field.h"
#include "host/scene/json_value.h"

#include <optional>
#include <string>
#include <string_view>

namespace juggler {

// "/json/pointer=value". Parts of the pointer may be names of array entries (objects, cameras,
// lights, tracks). The value is read as JSON, or taken as a string if it is none. Missing members
// of objects are added: the reader knows whether they may be there. Throws Error(Exit::usage)
// for another form; a pointer that leads nowhere goes to `problems`.
void apply_setting(JsonValue& root, std::string_view setting, Problems& problems);

// Puts `value` where such a pointer leads; false and the reason if that is nowhere.
bool put(JsonValue& root, std::string_view pointer, JsonValue&& value, std::string& why);

// The pointer with indices in place of names; members of objects need not be there. nullopt if it
// leads nowhere.
std::optional<std::string> plain_pointer(const JsonValue& root, std::string_view pointer);

} // namespace juggler
