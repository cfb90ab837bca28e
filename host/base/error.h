// Errors at the edge of the program: each knows the exit status it ends the run with.
#pragma once

#include <stdexcept>
#include <string>

namespace juggler {

// The exit statuses of the command line, documented in docs/exit-codes.md.
enum class Exit {
    done = 0,
    failed = 1,
    usage = 2,
    input = 3,
    output = 4,
    backend = 5,
    differ = 6,
    interrupted = 130,
    terminated = 143,
};

// `what()` finishes the sentence "juggler: cannot ..." unless it starts with a file name and
// place ("scene.json:3:7: error: ..."), as messages about inputs do.
class Error : public std::runtime_error {
public:
    Error(Exit exit, const std::string& message) : std::runtime_error(message), exit_(exit) {}
    [[nodiscard]] Exit exit() const noexcept { return exit_; }

private:
    Exit exit_;
};

} // namespace juggler
