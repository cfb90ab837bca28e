#include "host/base/files.h"
#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/show_many.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/image/read.h"
#include "host/output/capture.h"
#include "host/output/child.h"
#include "host/pipeline/timeline.h"
#include "host/report/page_text.h"

#include <cstdlib>
#include <fstream>
#include <vector>

#include <unistd.h>

namespace juggler {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t trace_limit = uint64_t(1) << 28, page_limit = uint64_t(1) << 26; // bytes

// No picture that is read here begins like a trace, or like a page.
char first_letter(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return char(file.get());
}

std::string text_of(const std::string& file, uint64_t limit) {
    const std::vector<std::byte> bytes = read_file(file, limit);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Timeline timeline_of(const std::string& file) {
    return read_trace(text_of(file, trace_limit), file);
}

void show_traces(const ShowOptions& options) {
    std::vector<Timeline> timelines{timeline_of(options.file)};
    for (const std::string& file : options.more)
        timelines.push_back(timeline_of(file));
    if (!options.timeline.empty()) {
        OutputFile file(options.timeline);
        file.write(timeline_svg(timelines));
        file.commit();
        return;
    }
    const bool colours = options.how == ShowHow::blocks || isatty(STDOUT_FILENO);
    print(timeline_text(timelines, terminal_size(STDOUT_FILENO).columns, colours));
}

void show_page(const std::string& file) {
    const std::string text = page_text(text_of(file, page_limit));
    if (text.empty())
        throw Error(Exit::input, "show " + file +
                                     ": it is no report of this program; --browser "
                                     "opens any page");
    print(text + "\nwith its pictures: juggler show --browser " + file + "\n");
}

// RFC 8089, with everything escaped that RFC 3986 does not leave as it is.
std::string file_address(const fs::path& file) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string address = "file://";
    for (const char c : fs::absolute(file).lexically_normal().string()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '.' || c == '_' ||
                           c == '~';
        if (plain)
            address += c;
        else
            address += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return address;
}

// Opens it where there is a desktop to do so; the address is printed in any case.
void open_in_browser(const std::string& file) {
    if (!fs::exists(file)) throw Error(Exit::input, "open " + file + ": no such file");
    const std::string address = file_address(file);
    print(address + "\n");
    const bool desktop = std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY");
    const auto opener = desktop ? find_program("xdg-open") : std::nullopt;
    if (opener && !Capture({opener->string(), address}).finish())
        say("note: xdg-open could not open it\n");
}

void play(const ShowOptions& options, TerminalSize fit) {
    constexpr double default_fps = 24;
    end_on_signals();
    if (!options.more.empty()) throw UsageError("--play takes one folder, clip or f_####.png");
    if (is_clip_name(options.file))
        play_clip(options.file, options.fps, options.how, fit);
    else
        play_pictures(fs::is_directory(options.file) ? pictures_in(options.file)
                                                     : pictures_like(options.file),
                      options.fps.value_or(default_fps), options.how, fit);
}

std::vector<fs::path> all_files(const ShowOptions& options) {
    std::vector<fs::path> files{options.file};
    files.insert(files.end(), options.more.begin(), options.more.end());
    return files;
}

} // namespace

Exit show(const ShowOptions& options) {
    const TerminalSize fit = terminal_size(STDOUT_FILENO);
    const bool folder = fs::is_directory(options.file);
    const bool pattern =
        !folder && !fs::exists(options.file) && parse_pattern(options.file).digits > 0;
    if (options.browser)
        open_in_browser(options.file);
    else if (options.play || is_clip_name(options.file))
        play(options, fit);
    else if (folder)
        show_sheet(pictures_in(options.file), options.how, fit);
    else if (pattern)
        show_sheet(pictures_like(options.file), options.how, fit);
    else if (first_letter(options.file) == '{')
        show_traces(options);
    else if (!options.timeline.empty())
        throw UsageError("--timeline draws traces, which 'render --trace' writes");
    else if (first_letter(options.file) == '<')
        show_page(options.file);
    else if (!options.more.empty())
        show_sheet(all_files(options), options.how, fit);
    else
        print(terminal_picture(displayed(read_picture(options.file, available_memory() / 4 * 3)),
                               options.how, fit));
    return Exit::done;
}

} // namespace juggler
