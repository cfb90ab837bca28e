#include "host/scene/json_field.h"

#include "host/image/srgb.h"
#include "host/scene/json_positions.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace juggler {
namespace {

constexpr size_t enough_problems = 50; // each costs a count of lines

std::string kind_of(const JsonValue& value) {
    if (value.array()) return "an array";
    if (value.object()) return "an object";
    if (value.boolean()) return *value.boolean() ? "true" : "false";
    return "null";
}

std::string shown(const JsonValue& value) {
    if (value.number()) return number_text(*value.number());
    if (value.string()) return in_quotes(*value.string());
    return kind_of(value);
}

std::string range_text(Range range) {
    const bool low = range.low > any_range.low, high = range.high < any_range.high;
    const std::string from = number_text(range.low), to = number_text(range.high);
    if (low && high && !range.low_open && !range.high_open) return "from " + from + " to " + to;
    std::string text;
    if (low) text = (range.low_open ? "more than " : "at least ") + from;
    if (high)
        text +=
            (low ? " and " : "") + std::string(range.high_open ? "less than " : "at most ") + to;
    return text;
}

bool in_range(double x, Range range) {
    if (range.low_open ? x <= range.low : x < range.low) return false;
    return range.high_open ? x < range.high : x <= range.high;
}

std::string must_be(const std::string& kind, Range range) {
    const std::string limits = range_text(range);
    return "must be " + (limits.empty() ? kind : limits);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<Triple> hex_color(std::string_view text) {
    if (text.size() != 7 || text[0] != '#') return std::nullopt;
    Triple color{};
    for (size_t i = 0; i < 3; ++i) {
        const int high = hex_digit(text[1 + 2 * i]), low = hex_digit(text[2 + 2 * i]);
        if (high < 0 || low < 0) return std::nullopt;
        color[i] = static_cast<double>(srgb_to_linear_table()[16 * high + low]);
    }
    return color;
}

} // namespace

void Problems::add(JsonPlace place, std::string pointer, std::string message) {
    if (full()) return;
    if (place.begin != JsonPlace::nowhere) {
        Diagnostic d = diagnostic_at(file_, text_, place.begin, place.length, std::move(pointer),
                                     std::move(message));
        // The parser read a number that float cannot hold as 0: one complaint about it is enough.
        // What changes with time is read more than once.
        const auto known = [&](const Diagnostic& other) {
            return other.line == d.line && other.column == d.column &&
                   (other.message.ends_with("out of range of float") ||
                    (other.message == d.message && other.pointer == d.pointer));
        };
        if (std::none_of(list_.begin(), list_.end(), known)) list_.push_back(std::move(d));
        return;
    }
    Diagnostic d;
    d.file = file_;
    d.pointer = std::move(pointer);
    d.message = std::move(message);
    list_.push_back(std::move(d));
}

bool Problems::full() const { return list_.size() >= enough_problems; }

void Problems::throw_if_any() {
    if (list_.empty()) return;
    std::stable_sort(list_.begin(), list_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return a.line != b.line ? a.line < b.line : a.column < b.column;
    });
    throw InputError(std::move(list_));
}

size_t Field::size() const { return value_->array() ? value_->array()->items.size() : 0; }

Field Field::member(std::string_view key) const {
    Field field;
    const JsonObject* object = value_->object();
    const JsonMember* found = object ? find_member(*object, key) : nullptr;
    return found ? member(*found) : field;
}

Field Field::member(const JsonMember& member) const {
    Field field;
    field.value_ = &member.value;
    field.parent_ = this;
    field.key_ = member.key;
    field.problems_ = problems_;
    return field;
}

Field Field::item(size_t index) const {
    Field field;
    field.value_ = &value_->array()->items[index];
    field.parent_ = this;
    field.index_ = index;
    field.problems_ = problems_;
    return field;
}

std::string Field::pointer() const {
    std::vector<const Field*> path;
    for (const Field* field = this; field->parent_; field = field->parent_)
        path.push_back(field);
    std::string text;
    for (size_t i = path.size(); i-- > 0;) {
        const bool in_array = path[i]->parent_->value_->array() != nullptr;
        text += "/" + (in_array ? std::to_string(path[i]->index_) : pointer_part(path[i]->key_));
    }
    return text;
}

void Field::fail(std::string message) const {
    if (problems_->full()) return;
    if (value_->place.begin == JsonPlace::nowhere) message += " (set on the command line)";
    problems_->add(value_->place, pointer(), std::move(message));
}

void Field::fail_value(const std::string& must) const { fail(must + ", not " + shown(*value_)); }

bool check_object(const Field& field, const KeyTable& table) {
    const JsonObject* object = field.object();
    if (!object) {
        field.fail_value("must be an object");
        return false;
    }
    for (const JsonMember& member : object->members) {
        if (std::find(table.keys.begin(), table.keys.end(), member.key) != table.keys.end())
            continue;
        field.problems().add(member.key_place, field.pointer(),
                             "has no key " + in_quotes(member.key) +
                                 suggestion(member.key, table.keys));
    }
    return true;
}

bool check_array(const Field& field, size_t least, size_t most) {
    if (field.value().array() && field.size() >= least && field.size() <= most) return true;
    std::string must = "must be an array";
    if (least == most)
        must += " of " + std::to_string(least) + " values";
    else if (least > 0)
        must += " of at least " + std::to_string(least);
    if (!field.value().array())
        field.fail_value(must);
    else
        field.fail(must + ", not of " + std::to_string(field.size()));
    return false;
}

bool require(const Field& object, std::initializer_list<std::string_view> keys) {
    bool complete = object.object() != nullptr;
    for (std::string_view key : keys) {
        if (!complete || object.has(key)) continue;
        object.fail("needs the key " + in_quotes(key));
    }
    for (std::string_view key : keys)
        complete = complete && object.has(key);
    return complete;
}

std::optional<double> as_number(const Field& field, Range range) {
    const double* number = field.value().number();
    if (number && in_range(*number, range)) return *number;
    field.fail_value(must_be("a number", number ? range : any_range));
    return std::nullopt;
}

std::optional<Triple> as_triple(const Field& field, Range range) {
    if (!check_array(field, 3, 3)) return std::nullopt;
    Triple v{};
    for (size_t i = 0; i < 3; ++i) {
        const auto number = as_number(field.item(i), range);
        if (!number) return std::nullopt;
        v[i] = *number;
    }
    return v;
}

std::optional<Triple> as_color(const Field& field, Range range, bool grey) {
    if (const std::string* text = field.string()) {
        const auto color = hex_color(*text);
        if (!color) field.fail_value("must be a colour like \"#ff8800\" or [1, 0.25, 0]");
        return color;
    }
    if (grey && field.value().number()) {
        const auto number = as_number(field, range);
        if (!number) return std::nullopt;
        return Triple{*number, *number, *number};
    }
    if (field.value().array()) return as_triple(field, range);
    field.fail_value("must be a colour like \"#ff8800\" or [1, 0.25, 0]");
    return std::nullopt;
}

double read_number(const Field& object, std::string_view key, Range range, double fallback) {
    const Field field = object.member(key);
    return field ? as_number(field, range).value_or(fallback) : fallback;
}

std::optional<uint32_t> read_count(const Field& object, std::string_view key, uint32_t low,
                                   uint32_t high) {
    const Field field = object.member(key);
    if (!field) return std::nullopt;
    const double* number = field.value().number();
    if (number && *number >= low && *number <= high && *number == std::floor(*number))
        return static_cast<uint32_t>(*number);
    field.fail_value("must be a whole number from " + std::to_string(low) + " to " +
                     std::to_string(high));
    return std::nullopt;
}

bool read_bool(const Field& object, std::string_view key, bool fallback) {
    const Field field = object.member(key);
    if (!field) return fallback;
    if (field.value().boolean()) return *field.value().boolean();
    field.fail_value("must be true or false");
    return fallback;
}

std::string read_string(const Field& object, std::string_view key, std::string fallback) {
    const Field field = object.member(key);
    if (!field) return fallback;
    if (field.string()) return *field.string();
    field.fail_value("must be a string");
    return fallback;
}

size_t read_word(const Field& object, std::string_view key, std::span<const std::string_view> words,
                 size_t fallback) {
    const Field field = object.member(key);
    if (!field) return fallback;
    if (const std::string* text = field.string()) {
        const auto at = std::find(words.begin(), words.end(), *text);
        if (at != words.end()) return static_cast<size_t>(at - words.begin());
    }
    std::string list;
    for (size_t i = 0; i < words.size(); ++i)
        list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + in_quotes(words[i]);
    field.fail_value("must be " + list);
    return fallback;
}

Triple read_triple(const Field& object, std::string_view key, Range range, Triple fallback) {
    const Field field = object.member(key);
    return field ? as_triple(field, range).value_or(fallback) : fallback;
}

Triple read_color(const Field& object, std::string_view key, Range range, Triple fallback,
                  bool grey) {
    const Field field = object.member(key);
    return field ? as_color(field, range, grey).value_or(fallback) : fallback;
}

std::array<float, 3> to_float(const Triple& v) {
    return {static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2])};
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
    if (known.empty()) return "; there are none";
    const std::string_view nearest = nearest_word(word, known);
    if (!nearest.empty()) return "; did you mean " + in_quotes(nearest) + "?";
    std::string list = "; known:";
    for (size_t i = 0; i < std::min<size_t>(known.size(), 20); ++i)
        list += (i == 0 ? " " : ", ") + escaped(known[i], 60);
    return known.size() > 20 ? list + ", ..." : list;
}

std::string number_text(double value) {
    char text[40];
    const bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
    const auto end = whole
                         ? std::to_chars(text, text + sizeof text, static_cast<int64_t>(value)).ptr
                         : std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

} // namespace juggler
