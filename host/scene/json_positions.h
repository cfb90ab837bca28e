// JSON text to values, with the place of everything: lines and columns for messages.
#pragma once

#include "host/scene/diagnostics.h"
#include "host/scene/json_value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

inline constexpr uint32_t max_json_depth = 128;
inline constexpr uint64_t max_json_bytes = uint64_t(256) << 20;
inline constexpr uint64_t max_json_string_bytes = uint64_t(1) << 20;

struct Position {
    uint64_t line = 1, column = 1; // 1-based, the column in bytes
    uint64_t offset = 0;           // bytes from the start of the text
    uint64_t length = 1;           // bytes; of containers the opening bracket alone
};

Position position_at(std::string_view text, uint64_t offset, uint64_t length = 1);
// The line around `offset`, without its end.
std::string_view line_at(std::string_view text, uint64_t offset);
// A diagnostic of the place, with line, column and source line filled in.
Diagnostic diagnostic_at(std::string file, std::string_view text, uint64_t offset, uint64_t length,
                         std::string pointer, std::string message);

// "a/b" -> "a~1b": one part of a JSON pointer (RFC 6901), and back.
std::string pointer_part(std::string_view key);
std::vector<std::string> split_pointer(std::string_view pointer);

// Where the value at `pointer` stands, or, if it is not there, the nearest value around it.
// nullopt if the text is not JSON up to there. Reads the text anew at each call, without keeping
// any of it: for messages about large files.
std::optional<Position> find_position(std::string_view text, std::string_view pointer);

struct JsonLimits {
    uint64_t max_memory_bytes = uint64_t(8) << 30;
    bool places = true; // false: values stand nowhere, for text that is not of the file
};

// Parses one JSON text; // and /* */ comments are allowed. What is wrong goes to `problems`; the
// value is then as much as could be read, good for finding further problems, or null where even
// that is not so. Duplicate keys, numbers beyond float, too deep nesting, too long strings and
// broken UTF-8 are errors. `text` must stay shorter than max_json_bytes.
std::optional<JsonValue> parse_json(const std::string& file, std::string_view text,
                                    std::vector<Diagnostic>& problems,
                                    const JsonLimits& limits = {});

} // namespace juggler
