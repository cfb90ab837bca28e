// The tracks of a JSON scene's animation: values that change with time.
#pragma once

#include "host/scene/json_field.h"
#include "host/scene/json_value.h"

#include <string>
#include <vector>

namespace juggler {

enum class Curve { linear, step, cubic };

struct Track {
    struct Key {
        double time; // seconds
        const JsonValue* value;
    };
    std::string target; // JSON pointer
    JsonPlace place;    // of the target
    Curve curve = Curve::linear;
    bool loop = false;
    bool closed = false;   // ends as it begins, so that a loop has no jump
    bool rotation = false; // values are quaternions x, y, z, w
    std::vector<Key> keys; // times ascending, at least one
};

// All tracks of the scene `root`, which must outlive them; those with mistakes are left out.
std::vector<Track> read_tracks(const Field& root);

// The value at `time`, in seconds, while a shutter is open that opened at `open` <= `time`. A jump
// (of a step track, of a loop that does not close) waits until it is shut.
JsonValue value_at(const Track& track, double time, double open);

} // namespace juggler
