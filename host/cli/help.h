// What --help and --version print.
#pragma once

#include <string>

namespace juggler {

// For all commands ("") or one of them.
std::string help_text(const std::string& topic);
// What the help says of a verb, or of an option of a verb, for completions. "" = nothing.
std::string verb_meaning(const std::string& verb);
std::string option_meaning(const std::string& verb, const std::string& option);
// The line that follows a usage error.
std::string usage_line(const std::string& topic);
std::string version_text();

} // namespace juggler
