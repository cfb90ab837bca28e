#include "host/scene/json_tracks.h"

#include "host/scene/quaternion.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace juggler {
namespace {

using Key = Track::Key;

// Numbers, or arrays of them of one shape.
bool same_shape(const JsonValue& a, const JsonValue& b) {
    if (a.number() && b.number()) return true;
    const JsonArray *left = a.array(), *right = b.array();
    if (!left || !right || left->items.size() != right->items.size()) return false;
    for (size_t i = 0; i < left->items.size(); ++i)
        if (!same_shape(left->items[i], right->items[i])) return false;
    return true;
}

// Numbers, or arrays of them of one shape, alike to the last digit.
bool same_value(const JsonValue& a, const JsonValue& b) {
    if (a.number() && b.number()) return *a.number() == *b.number();
    const JsonArray *left = a.array(), *right = b.array();
    if (!left || !right || left->items.size() != right->items.size()) return false;
    for (size_t i = 0; i < left->items.size(); ++i)
        if (!same_value(left->items[i], right->items[i])) return false;
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

std::array<double, 4> quaternion(const JsonValue& value) {
    std::array<double, 4> q{};
    for (size_t i = 0; i < 4; ++i)
        q[i] = *value.array()->items[i].number();
    return q;
}

JsonValue as_value(const std::array<double, 4>& q, JsonPlace place) {
    auto array = std::make_unique<JsonArray>();
    for (const double x : q)
        array->items.push_back({x, place});
    JsonValue value;
    value.held = std::move(array);
    value.place = place;
    return value;
}

// The blend of quaternions, each taken with the sign that brings it nearest to the second one: q
// and -q are the same rotation. Not of unit length.
JsonValue blended_rotation(const Blend& blend, JsonPlace place) {
    const std::array<double, 4> middle = quaternion(*blend.values[1]);
    std::array<double, 4> sum{};
    for (size_t i = 0; i < 4; ++i) {
        const std::array<double, 4> q = quaternion(*blend.values[i]);
        const double along =
            q[0] * middle[0] + q[1] * middle[1] + q[2] * middle[2] + q[3] * middle[3];
        const double weight = along < 0 ? 0 - blend.weights[i] : blend.weights[i];
        for (size_t k = 0; k < 4; ++k)
            sum[k] += weight * q[k];
    }
    return as_value(sum, place);
}

// The time within the keys that a looping track shows. A shutter that stays open over the end of a
// loop with a jump sees its last value.
double looped(const Track& track, double time, double open) {
    const double first = track.keys.front().time, last = track.keys.back().time;
    const double period = last - first;
    if (!(period > 0)) return first;
    const double turn = std::floor(((track.closed ? time : open) - first) / period);
    return std::min(time - period * turn, last);
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

bool is_quaternion(const JsonValue& value) {
    const JsonArray* array = value.array();
    return array && array->items.size() == 4 &&
           std::all_of(array->items.begin(), array->items.end(),
                       [](const JsonValue& x) { return x.number() != nullptr; });
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
    for (const std::string_view section : {"objects", "materials", "meshes", "lights", "cameras"})
        if (track.target == "/" + std::string(section)) {
            target.fail("must lead to one of the " + std::string(section) + ", not to all of them");
            return std::nullopt;
        }
    constexpr std::string_view curves[]{"linear", "step", "cubic"};
    constexpr Curve values[]{Curve::linear, Curve::step, Curve::cubic};
    track.curve = values[read_word(field, "curve", curves, 0)];
    track.loop = read_bool(field, "loop", false);
    const Field keys = field.member("keys");
    read_keys(keys, track);
    if (track.keys.empty()) return std::nullopt;
    const JsonValue &first = *track.keys.front().value, &last = *track.keys.back().value;
    track.closed = same_value(first, last);
    track.rotation =
        track.curve != Curve::step && track.target.ends_with("/rotate") && is_quaternion(first);
    return track;
}

} // namespace

std::vector<Track> read_tracks(const Field& root) {
    std::vector<Track> tracks;
    const Field animation = root.member("animation");
    if (!animation || !animation.object()) return tracks;
    const Field list = animation.member("tracks");
    if (!list || !check_array(list, 0)) return tracks;
    for (size_t i = 0; i < list.size() && !list.problems().full(); ++i)
        if (auto track = read_track(list.item(i))) tracks.push_back(std::move(*track));
    return tracks;
}

JsonValue value_at(const Track& track, double time, double open) {
    const std::vector<Key>& keys = track.keys;
    if (track.curve == Curve::step) time = open;
    if (track.loop) time = looped(track, time, open);
    const auto next = std::upper_bound(keys.begin(), keys.end(), time,
                                       [](double t, const Key& key) { return t < key.time; });
    if (next == keys.begin()) return copy(*keys.front().value);
    const auto i = static_cast<size_t>(next - keys.begin()) - 1;
    if (next == keys.end() || track.curve == Curve::step || keys[i].time == time)
        return copy(*keys[i].value);
    const JsonPlace place = keys[i].value->place;
    if (track.curve == Curve::cubic) {
        const Blend blend = cubic(track, i, time);
        return track.rotation ? blended_rotation(blend, place) : blended(blend, place);
    }
    const double s = (time - keys[i].time) / (keys[i + 1].time - keys[i].time);
    const JsonValue *a = keys[i].value, *b = keys[i + 1].value;
    if (track.rotation) return as_value(slerp(quaternion(*a), quaternion(*b), s), place);
    return blended({{a, b, a, b}, {1 - s, s, 0, 0}}, place);
}

} // namespace juggler
