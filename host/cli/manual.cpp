// The manual page, made of the help texts, so that it never says anything else.
#include "host/cli/manual.h"

#include "host/cli/help.h"
#include "host/cli/options.h"

#include "version.h"

namespace juggler {
namespace {

// As groff's macros take it: no line begins with a control letter, hyphens can be copied.
std::string roff(const std::string& text) {
    std::string safe;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) safe += "\\&";
        line_begins = c == '\n';
        if (c == '\\')
            safe += "\\e";
        else if (c == '-')
            safe += "\\-";
        else
            safe += c;
    }
    return safe;
}

std::string literal(const std::string& text) { return ".nf\n" + roff(text) + ".fi\n"; }

// Exit codes stand once, at the end.
std::string without_exit_codes(const std::string& help) {
    return help.substr(0, help.find("\nExit codes\n"));
}

} // namespace

std::string manual_page() {
    std::string page = ".TH JUGGLER 1 \"\" \"juggler " JUGGLER_VERSION "\" \"User Commands\"\n"
                       ".SH NAME\njuggler \\- path tracer with several back ends that make the "
                       "same picture\n.SH SYNOPSIS\n.B juggler\n\\fIcommand\\fR [\\fIoptions\\fR]\n"
                       ".SH DESCRIPTION\n";
    const std::string all = help_text("");
    page += literal(without_exit_codes(all));
    for (const std::string& verb : verb_names()) {
        std::string title;
        for (const char c : verb)
            title += char(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        page += ".SH " + title + "\n" + literal(without_exit_codes(help_text(verb)));
    }
    const std::string codes = "Exit codes\n";
    return page + ".SH EXIT STATUS\n" + literal(all.substr(all.find(codes) + codes.size()));
}

} // namespace juggler
