// What --help and --version print.
#pragma once

#include <string>

namespace juggler {

// For all commands ("") or one of them.
std::string help_text(const std::string& topic);
// The line that follows a usage error.
std::string usage_line(const std::string& topic);
std::string version_text();

} // namespace juggler
