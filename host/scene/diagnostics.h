// Problems of an input file, each with its place, printed the way compilers print theirs.
#pragma once

#include "host/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

struct Diagnostic {
    enum class Severity { error, warning } severity = Severity::error;
    std::string file;        // as the user named it
    uint64_t line = 0;       // 1-based; 0 = the format has no lines
    uint64_t column = 0;     // 1-based, in bytes
    int64_t offset = -1;     // byte offset in a binary file, -1 = not known
    std::string pointer;     // JSON pointer of the value, may be empty
    std::string message;     // "must be more than 0, not -3"
    std::string source_line; // the text of the line, may be empty
    uint64_t length = 1;     // characters to underline
};

// "FILE:LINE:COL: error: /pointer message", then the source line and a marker under it.
// Control bytes and invalid UTF-8 of the file are escaped, quoted pieces are cut at 200 characters.
std::string format(const Diagnostic& d);

// Text of a file made safe to print: control bytes and invalid UTF-8 become \x1b, anything beyond
// `limit` bytes becomes "...".
std::string escaped(std::string_view text, size_t limit = 200);
// The same between double quotes.
std::string in_quotes(std::string_view text);

// Ends the run with Exit::input. what() is every diagnostic formatted, up to 20, then a line
// "FILE: 2 errors, nothing rendered".
class InputError : public Error {
public:
    explicit InputError(std::vector<Diagnostic> diagnostics);
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const noexcept {
        return diagnostics_;
    }

private:
    std::vector<Diagnostic> diagnostics_;
};

} // namespace juggler
