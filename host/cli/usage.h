// What is wrong with a command line, and the numbers on it.
#pragma once

#include "host/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace juggler {

// The whole sentence is the message: main puts only the program's name before it.
class UsageError : public Error {
public:
    explicit UsageError(const std::string& message) : Error(Exit::usage, message) {}
};

// The whole text as a number, else nothing: no sign, no blanks, no exponent.
std::optional<uint64_t> parse_whole(std::string_view text);
// The whole text as a finite number, such as -1.5 or 2e3.
std::optional<double> parse_real(std::string_view text);

} // namespace juggler
