// Standard output and standard error, which may be pipes that nobody reads any more.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace juggler {

// Opens /dev/null on those of the descriptors 0 to 2 that are closed, so that no output file gets
// their number; ignores the signals of closed pipes and of files beyond the size limit.
void settle_streams();

enum class ColorHow { automatic, always, never };

// Whether `say` colours what it says. Automatic: where stderr is a terminal that knows colours,
// unless NO_COLOR is set (no-color.org).
void settle_color(ColorHow how);
// `text` as `say` colours it: the words that begin errors, warnings and notes. JSON, and text with
// control sequences of its own, stays as it is.
std::string colored(std::string_view text);

// From now on `say` writes to the end of this file as well, but for bars and pictures. Throws
// Error(Exit::output).
void open_log(const std::filesystem::path& file);

// Text for people to stderr, and results to stdout. A reader that has gone is no error.
void say(std::string_view text);
void print(std::string_view text);

// A picture to stdout. Throws Error(Exit::output) if it cannot be written whole.
void send(std::span<const std::byte> bytes);

} // namespace juggler
