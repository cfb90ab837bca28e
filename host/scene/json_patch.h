// Values of a scene document replaced before it is read: by the command line, by its animation.
#pragma once

#include "host/scene/json_field.h"
#include "host/scene/json_value.h"

#include <cstdint>
#include <string_view>

namespace juggler {

// "/json/pointer=value". Parts of the pointer may be names of array entries (objects, cameras,
// lights, tracks). The value is read as JSON, or taken as a string if it is none. Missing members
// of objects are added: the reader knows whether they may be there. Throws Error(Exit::usage)
// for another form; a pointer that leads nowhere goes to `problems`.
void apply_setting(JsonValue& root, std::string_view setting, Problems& problems);

// Puts the values of all animation tracks at `frame` (1-based) where the tracks say.
void apply_animation(JsonValue& root, uint32_t frame, Problems& problems);

} // namespace juggler
