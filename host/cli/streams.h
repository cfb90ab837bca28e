// Standard output and standard error, which may be pipes that nobody reads any more.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace juggler {

// Opens /dev/null on those of the descriptors 0 to 2 that are closed, so that no output file gets
// their number; ignores the signals of closed pipes and of files beyond the size limit.
void settle_streams();

// Text for people to stderr, and results to stdout. A reader that has gone is no error.
void say(std::string_view text);
void print(std::string_view text);

// A picture to stdout. Throws Error(Exit::output) if it cannot be written whole.
void send(std::span<const std::byte> bytes);

} // namespace juggler
