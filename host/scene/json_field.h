// Reading values out of a parsed scene: each value knows its JSON pointer, every complaint ends in
// one list, and reading goes on with a harmless value so that all mistakes show in one run.
#pragma once

#include "host/scene/diagnostics.h"
#include "host/scene/json_keys.h"
#include "host/scene/json_value.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

// The complaints about one file.
class Problems {
public:
    // `text` must outlive this.
    Problems(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}
    void add(JsonPlace place, std::string pointer, std::string message);
    [[nodiscard]] std::vector<Diagnostic>& list() { return list_; }
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] bool full() const; // nothing further will be shown
    // Throws InputError with all of them, in the order of the text, if there are any.
    void throw_if_any();

private:
    std::string file_;
    std::string_view text_;
    std::vector<Diagnostic> list_;
};

// A value at its place in the document. Lives on the stack while its parent does.
class Field {
public:
    Field(const JsonValue& root, Problems& problems) : value_(&root), problems_(&problems) {}

    [[nodiscard]] explicit operator bool() const { return value_ != nullptr; }
    [[nodiscard]] const JsonValue& value() const { return *value_; }
    [[nodiscard]] const std::string* string() const { return value_->string(); }
    [[nodiscard]] const JsonObject* object() const { return value_->object(); }
    [[nodiscard]] size_t size() const; // of an array, else 0

    [[nodiscard]] Field member(std::string_view key) const; // false if it is not there
    [[nodiscard]] Field member(const JsonMember& member) const;
    [[nodiscard]] Field item(size_t index) const;
    [[nodiscard]] bool has(std::string_view key) const { return static_cast<bool>(member(key)); }

    [[nodiscard]] std::string pointer() const;
    // "/camera/fov_y_deg must be ..."
    void fail(std::string message) const;
    // The same with ", not <the value>" at the end.
    void fail_value(const std::string& must) const;
    [[nodiscard]] Problems& problems() const { return *problems_; }

private:
    Field() = default;
    const JsonValue* value_ = nullptr;
    const Field* parent_ = nullptr;
    std::string_view key_;
    size_t index_ = 0;
    Problems* problems_ = nullptr;
};

struct Range {
    double low = -std::numeric_limits<float>::max(), high = std::numeric_limits<float>::max();
    bool low_open = false, high_open = false; // the end itself is not allowed
};
inline constexpr Range any_range{};
inline constexpr Range positive{0, std::numeric_limits<float>::max(), true, false};
inline constexpr Range not_negative{0, std::numeric_limits<float>::max(), false, false};
inline constexpr Range unit_range{0, 1, false, false};

using Triple = std::array<double, 3>;

// Complains of other kinds of value, and of keys that are not in the table.
bool check_object(const Field& field, const KeyTable& table);
bool check_array(const Field& field, size_t least, size_t most = SIZE_MAX);
// False and complaints if the object lacks any of the keys.
bool require(const Field& object, std::initializer_list<std::string_view> keys);

std::optional<double> as_number(const Field& field, Range range);
std::optional<Triple> as_triple(const Field& field, Range range);
// [r, g, b] in linear light, or "#rrggbb" in sRGB; a single number is grey where `grey` allows it.
std::optional<Triple> as_color(const Field& field, Range range, bool grey = false);

double read_number(const Field& object, std::string_view key, Range range, double fallback);
std::optional<uint32_t> read_count(const Field& object, std::string_view key, uint32_t low,
                                   uint32_t high);
bool read_bool(const Field& object, std::string_view key, bool fallback);
std::string read_string(const Field& object, std::string_view key, std::string fallback);
// Index of the string in `words`.
size_t read_word(const Field& object, std::string_view key, std::span<const std::string_view> words,
                 size_t fallback);
Triple read_triple(const Field& object, std::string_view key, Range range, Triple fallback);
Triple read_color(const Field& object, std::string_view key, Range range, Triple fallback,
                  bool grey = false);

std::array<float, 3> to_float(const Triple& v);

// "did you mean ..." or the list of what is known.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);
std::string number_text(double value);

} // namespace juggler
