#include "host/report/page_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace juggler {
namespace {

constexpr std::pair<std::string_view, char> entities[] = {
    {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&amp;", '&'}};

char next_letter(std::string_view html, size_t& at) {
    for (const auto& [entity, letter] : entities)
        if (html.substr(at, entity.size()) == entity) {
            at += entity.size();
            return letter;
        }
    return html[at++];
}

// What comes between the words before a tag and those after it.
std::string_view gap_of(std::string_view tag) {
    static constexpr std::string_view lines[] = {
        "h1", "h2",      "h3",  "p",   "/pre",  "/p",      "/h1", "/h2",
        "dt", "caption", "/tr", "pre", "table", "section", "/dl", "figcaption"};
    static constexpr std::string_view cells[] = {"/td", "/th", "/dt"};
    if (std::find(std::begin(lines), std::end(lines), tag) != std::end(lines)) return "\n";
    if (std::find(std::begin(cells), std::end(cells), tag) != std::end(cells)) return "  ";
    return "";
}

// Beyond the end of what is not text, or of the tag alone.
size_t end_of(std::string_view html, size_t at, std::string_view tag) {
    static constexpr std::array<std::string_view, 4> silent = {"svg", "script", "style", "button"};
    const size_t end = std::min(html.find('>', at), html.size() - 1) + 1;
    if (std::find(silent.begin(), silent.end(), tag) == silent.end()) return end;
    const size_t close = html.find("</" + std::string(tag) + ">", end);
    return close == std::string_view::npos ? html.size() : close + tag.size() + 3;
}

void end_line(std::string& text) {
    while (text.ends_with(' '))
        text.pop_back();
    if (!text.empty() && !text.ends_with("\n\n")) text += '\n';
}

} // namespace

std::string page_text(std::string_view html) {
    const size_t begin = html.find("<main>"), stop = html.find("</main>");
    if (begin == std::string_view::npos || stop == std::string_view::npos) return "";
    html = html.substr(0, stop);
    std::string text;
    for (size_t at = begin; at < html.size();) {
        if (html[at] != '<') {
            const char letter = next_letter(html, at);
            if (static_cast<unsigned char>(letter) >= 32 ||
                (letter == '\n' && !text.ends_with('\n')))
                text += letter;
            continue;
        }
        const std::string_view tag = html.substr(at + 1, html.find_first_of(" >", at) - at - 1);
        const std::string_view gap = gap_of(tag);
        if (gap == "\n")
            end_line(text);
        else
            text += gap;
        at = end_of(html, at, tag);
    }
    end_line(text);
    return text;
}

} // namespace juggler
