#include "host/scene/json_patch.h"

#include "host/scene/json_positions.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace juggler {
namespace {

// ---- where -----------------------------------------------------------------------------------

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

// ---- when ------------------------------------------------------------------------------------

struct Key {
    double time;
    const JsonValue* value;
};

enum class Curve { linear, step, cubic };

struct Track {
    std::string target;
    JsonPlace place; // of the target
    Curve curve = Curve::linear;
    bool loop = false;
    std::vector<Key> keys; // times ascending
};

// Numbers, or arrays of them of one shape.
bool same_shape(const JsonValue& a, const JsonValue& b) {
    if (a.number() && b.number()) return true;
    const JsonArray *left = a.array(), *right = b.array();
    if (!left || !right || left->items.size() != right->items.size()) return false;
    for (size_t i = 0; i < left->items.size(); ++i)
        if (!same_shape(left->items[i], right->items[i])) return false;
    return true;
}

// Four neighbouring keys and their weights; the sum of weighted values is the curve's value.
struct Blend {
    const JsonValue* values[4];
    double weights[4];
};

JsonValue blended(const Blend& blend, JsonPlace place) {
    JsonValue result;
    result.place = place;
    const JsonValue& first = *blend.values[0];
    if (first.number()) {
        double sum = 0;
        for (size_t i = 0; i < 4; ++i)
            sum += blend.weights[i] * *blend.values[i]->number();
        result.held = sum;
        return result;
    }
    auto array = std::make_unique<JsonArray>();
    for (size_t k = 0; k < first.array()->items.size(); ++k) {
        Blend inner = blend;
        for (const JsonValue*& value : inner.values)
            value = &value->array()->items[k];
        array->items.push_back(blended(inner, place));
    }
    result.held = std::move(array);
    return result;
}

// Cubic Hermite basis with tangents from the neighbours (Catmull and Rom 1974, for keys at any
// times): passes through the keys, follows a parabola sampled at even times exactly.
Blend cubic(const Track& track, size_t i, double time) {
    const std::vector<Key>& keys = track.keys;
    const size_t last = keys.size() - 1;
    const double period = keys[last].time - keys[0].time;
    Key before = keys[i > 0 ? i - 1 : 0], after = keys[i + 2 <= last ? i + 2 : last];
    // A loop goes on past its ends: the last key is the first one, a period later.
    if (track.loop && i == 0) before = {keys[last - 1].time - period, keys[last - 1].value};
    if (track.loop && i + 1 == last) after = {keys[1].time + period, keys[1].value};
    const double t1 = keys[i].time, t2 = keys[i + 1].time, step = t2 - t1;
    const double s = (time - t1) / step, s2 = s * s, s3 = s2 * s;
    const double h00 = 2 * s3 - 3 * s2 + 1, h10 = s3 - 2 * s2 + s, h01 = 3 * s2 - 2 * s3,
                 h11 = s3 - s2;
    const double from = h10 * step / (t2 - before.time), to = h11 * step / (after.time - t1);
    return {{before.value, keys[i].value, keys[i + 1].value, after.value},
            {0 - from, h00 - to, h01 + from, to}};
}

JsonValue value_at(const Track& track, double time) {
    const std::vector<Key>& keys = track.keys;
    const double period = keys.back().time - keys.front().time;
    if (track.loop && period > 0) {
        time -= keys.front().time;
        time = keys.front().time + (time - period * std::floor(time / period));
    }
    const auto next = std::upper_bound(keys.begin(), keys.end(), time,
                                       [](double t, const Key& key) { return t < key.time; });
    if (next == keys.begin()) return copy(*keys.front().value);
    const auto i = static_cast<size_t>(next - keys.begin()) - 1;
    if (next == keys.end() || track.curve == Curve::step || keys[i].time == time)
        return copy(*keys[i].value);
    if (track.curve == Curve::cubic) return blended(cubic(track, i, time), keys[i].value->place);
    const double s = (time - keys[i].time) / (keys[i + 1].time - keys[i].time);
    const JsonValue *a = keys[i].value, *b = keys[i + 1].value;
    return blended({{a, b, a, b}, {1 - s, s, 0, 0}}, a->place);
}

// ---- what the file says of it ------------------------------------------------------------------

void read_keys(const Field& field, Track& track) {
    if (!check_array(field, 1)) return;
    for (size_t i = 0; i < field.size() && !field.problems().full(); ++i) {
        const Field key = field.item(i);
        if (!check_array(key, 2, 2)) continue;
        const Field at = key.item(0), value = key.item(1);
        const auto time = as_number(at, any_range);
        if (!time) continue;
        if (!track.keys.empty() && !(*time > track.keys.back().time)) {
            at.fail_value("must be later than the key before it, " +
                          number_text(track.keys.back().time));
            continue;
        }
        const JsonValue& first = track.keys.empty() ? value.value() : *track.keys.front().value;
        if (track.curve != Curve::step && !same_shape(first, value.value())) {
            value.fail("must be a number, or numbers arranged as in the first key; other values "
                       "need \"curve\": \"step\"");
            continue;
        }
        track.keys.push_back({*time, &value.value()});
    }
}

std::optional<Track> read_track(const Field& field) {
    if (!check_object(field, scene_keys::track)) return std::nullopt;
    if (!require(field, {"target", "keys"})) return std::nullopt;
    Track track;
    const Field target = field.member("target");
    track.target = read_string(field, "target", "");
    track.place = target.value().place;
    if (track.target.empty() || track.target[0] != '/') {
        target.fail_value("must be a JSON pointer like \"/objects/ball/translate\"");
        return std::nullopt;
    }
    if (track.target == "/animation" || track.target.starts_with("/animation/")) {
        target.fail("must not be the animation itself");
        return std::nullopt;
    }
    constexpr std::string_view curves[]{"linear", "step", "cubic"};
    constexpr Curve values[]{Curve::linear, Curve::step, Curve::cubic};
    track.curve = values[read_word(field, "curve", curves, 0)];
    track.loop = read_bool(field, "loop", false);
    const Field keys = field.member("keys");
    read_keys(keys, track);
    if (track.keys.empty()) return std::nullopt;
    return track;
}

struct Change {
    std::string target;
    JsonPlace place;
    JsonValue value;
};

std::vector<Change> changes_at(const Field& root, uint32_t frame) {
    std::vector<Change> changes;
    const Field animation = root.member("animation");
    if (!animation || !animation.object()) return changes;
    const Field tracks = animation.member("tracks");
    if (!tracks || !check_array(tracks, 0)) return changes;
    const Field rate = animation.member("fps");
    const double* number = rate ? rate.value().number() : nullptr;
    const double fps = number && *number > 0 ? *number : 24;
    const double time = (static_cast<double>(frame) - 1) / fps;
    for (size_t i = 0; i < tracks.size() && !tracks.problems().full(); ++i) {
        const Field field = tracks.item(i);
        if (const auto track = read_track(field))
            changes.push_back({track->target, track->place, value_at(*track, time)});
    }
    return changes;
}

} // namespace

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
    JsonValue* target = resolve(root, pointer, nowhere, why);
    if (target)
        *target = std::move(*value);
    else
        problems.add(nowhere, std::string(pointer), "cannot be set: " + why);
}

void apply_animation(JsonValue& root, uint32_t frame, Problems& problems) {
    // The tracks' own values are read before anything changes: they live in the same document.
    std::vector<Change> changes = changes_at(Field(root, problems), frame);
    for (Change& change : changes) {
        std::string why;
        JsonValue* target = resolve(root, change.target, change.place, why);
        if (target)
            *target = std::move(change.value);
        else
            problems.add(change.place, change.target, "cannot be animated: " + why);
    }
}

} // namespace juggler
