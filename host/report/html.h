// HTML that cannot be broken by what is put into it: text and values of attributes are escaped.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juggler {

// For text and for values in double quotes. Control characters other than line ends are left out.
std::string escaped_html(std::string_view text);

// "data:image/png;base64,...": a file within the page.
std::string data_uri(std::string_view type, std::span<const std::byte> bytes);

// Tags and names of attributes are the program's own words; everything else is escaped.
class Html {
public:
    using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    Html& open(std::string_view tag, Attributes attributes = {});
    Html& close(); // the innermost open one
    Html& text(std::string_view text);
    Html& leaf(std::string_view tag, std::string_view text, Attributes attributes = {});
    Html& lone(std::string_view tag, Attributes attributes = {}); // has no end: img, meta, input
    Html& markup(std::string_view html);                          // as it is: ours, escaped already

    [[nodiscard]] const std::string& str() const { return html_; }

private:
    void begin(std::string_view tag, Attributes attributes);

    std::string html_;
    std::vector<std::string> open_;
};

} // namespace juggler
