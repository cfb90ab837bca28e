// A page without a browser.
#pragma once

#include <string>
#include <string_view>

namespace juggler {

// What a page of page_html says, line by line, without its pictures and drawings.
std::string page_text(std::string_view html);

} // namespace juggler
