// How pages look and what they do when clicked.
#pragma once

namespace juggler {

extern const char* const page_style;
extern const char* const page_script;

} // namespace juggler
