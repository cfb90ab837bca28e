// What another program prints.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

namespace juggler {

// Runs without a shell; its input is empty, its standard error is this program's. Killed if this is
// destroyed before it has ended.
class Capture {
public:
    // words: the program's path, then its arguments. Throws Error(Exit::failed) if it cannot start.
    explicit Capture(const std::vector<std::string>& words);
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    // Fills all of `bytes`; false if the program has printed less.
    bool read(std::span<std::byte> bytes);
    // Waits for its end. True if it says that all went well.
    bool finish();

private:
    pid_t pid_ = -1;
    int output_ = -1;
};

} // namespace juggler
