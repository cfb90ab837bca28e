#include "host/scene/diagnostics.h"

#include <algorithm>
#include <cstdio>

namespace juggler {
namespace {

constexpr size_t shown_diagnostics = 20;
constexpr size_t message_limit = 4000; // a whole message stays below 8 KiB
constexpr size_t line_limit = 200;     // bytes of a source line that are shown

// Bytes of the well-formed, printable character at the start of `text`, or 0.
size_t printable_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    uint32_t code = first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3fu);
    }
    const bool overlong = code < (length == 4 ? 0x10000u : length == 3 ? 0x800u : 0x80u);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool control = code < 0xa0;
    // Marks that reorder the text around them could make a message read otherwise than it is.
    const bool reorders = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return overlong || surrogate || control || reorders || code > 0x10ffff ? 0 : length;
}

std::string escaped_byte(char c) {
    char text[8];
    std::snprintf(text, sizeof text, "\\x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    return text;
}

std::string with_escapes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const size_t length = printable_length(text);
        if (length == 0) {
            out += escaped_byte(text.front());
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<size_t>(length, 1));
    }
    return out;
}

size_t character_count(std::string_view utf8) {
    return static_cast<size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string shown_line(std::string_view line) {
    std::string text(line);
    std::replace(text.begin(), text.end(), '\t', ' ');
    return with_escapes(text);
}

// The source line and the marker under it. Of a long line, the part around the column.
std::string excerpt(const Diagnostic& d) {
    std::string_view line = d.source_line;
    size_t column = std::min<size_t>(d.column > 0 ? d.column - 1 : 0, line.size());
    if (line.size() > line_limit) {
        const size_t start = column > line_limit / 2 ? column - line_limit / 2 : 0;
        line = line.substr(start, line_limit);
        column -= start;
    }
    const std::string before = shown_line(line.substr(0, column));
    const std::string marked = shown_line(line.substr(column, d.length));
    const std::string after = shown_line(line.substr(std::min(line.size(), column + d.length)));
    const size_t width = std::max<size_t>(character_count(marked), 1);

    const std::string number = std::to_string(d.line);
    const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
    return "\n" + margin + number + " | " + before + marked + after + "\n" +
           std::string(margin.size() + number.size(), ' ') + " | " +
           std::string(character_count(before), ' ') + std::string(width, '^');
}

std::string summary(const std::vector<Diagnostic>& diagnostics) {
    const auto errors = std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
        return d.severity == Diagnostic::Severity::error;
    });
    const std::string file = diagnostics.empty() ? "" : escaped(diagnostics.front().file) + ": ";
    std::string text = file + std::to_string(errors) + (errors == 1 ? " error" : " errors");
    if (diagnostics.size() > shown_diagnostics)
        text += " (the first " + std::to_string(shown_diagnostics) + " are shown)";
    return text + ", nothing rendered";
}

std::string report(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (size_t i = 0; i < std::min(diagnostics.size(), shown_diagnostics); ++i)
        text += format(diagnostics[i]) + "\n";
    return text + summary(diagnostics);
}

} // namespace

std::string escaped(std::string_view text, size_t limit) {
    if (text.size() <= limit) return with_escapes(text);
    // The cut falls between two characters.
    size_t end = limit;
    while (end > 0 && (text[end] & 0xc0) == 0x80 && limit - end < 4)
        --end;
    return with_escapes(text.substr(0, end)) + "...";
}

std::string in_quotes(std::string_view text) { return '"' + escaped(text) + '"'; }

std::string format(const Diagnostic& d) {
    std::string text = escaped(d.file, 1000);
    if (d.line > 0) text += ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
    if (d.line == 0 && d.offset >= 0) text += ": byte " + std::to_string(d.offset);
    text += d.severity == Diagnostic::Severity::error ? ": error: " : ": warning: ";
    if (!d.pointer.empty()) text += escaped(d.pointer) + " ";
    text += escaped(d.message, message_limit);
    if (d.line > 0 && !d.source_line.empty()) text += excerpt(d);
    return text;
}

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : Error(Exit::input, report(diagnostics)), diagnostics_(std::move(diagnostics)) {}

} // namespace juggler
