// What `juggler completion` prints: for shells, and for man.
#pragma once

#include <string>

namespace juggler {

// A page for man(1), in roff.
std::string manual_page();

// What tells bash, zsh or fish how commands and options are called.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

} // namespace juggler
