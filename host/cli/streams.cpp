#include "host/cli/streams.h"

#include "host/base/error.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace juggler {
namespace {

// Set before threads are made.
bool coloring = false;
int log_file = -1;

// 0 or the error.
int write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written > 0)
            bytes = bytes.subspan(size_t(written));
        else if (written == 0 || errno != EINTR)
            return written == 0 ? EIO : errno;
    }
    return 0;
}

constexpr char red[] = "\x1b[1;31m", yellow[] = "\x1b[33m", cyan[] = "\x1b[36m",
               plain[] = "\x1b[0m";

// Whether it moves the cursor, or has colours of its own.
bool draws(std::string_view text) { return text.find_first_of("\x1b\r") != text.npos; }

// Its word in colour: the first one that says of what kind the line is.
std::string colored_line(std::string_view line) {
    struct Word {
        std::string_view before, word;
        const char* color;
    };
    static constexpr Word words[] = {{": ", "error:", red},
                                     {": ", "warning:", yellow},
                                     {"", "note:", cyan},
                                     {"", "juggler:", red}};
    if (line.starts_with('{')) return std::string(line);
    for (const Word& w : words) {
        const std::string text = std::string(w.before) + std::string(w.word) + " ";
        const size_t at = w.before.empty() && !line.starts_with(text) ? line.npos : line.find(text);
        if (at == line.npos) continue;
        const size_t begin = at + w.before.size(), end = begin + w.word.size();
        return std::string(line.substr(0, begin)) + w.color + std::string(w.word) + plain +
               std::string(line.substr(end));
    }
    return std::string(line);
}

} // namespace

void settle_color(ColorHow how) {
    const char* term = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    const bool wanted = no_color == nullptr || *no_color == 0;
    const bool able = isatty(STDERR_FILENO) && term != nullptr && std::string_view(term) != "dumb";
    coloring = how == ColorHow::always || (how == ColorHow::automatic && wanted && able);
}

std::string colored(std::string_view text) {
    if (draws(text)) return std::string(text);
    std::string result;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        result += colored_line(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

void open_log(const std::filesystem::path& file) {
    log_file = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0666);
    if (log_file < 0)
        throw Error(Exit::output, "write the log " + file.string() + ": " + std::strerror(errno));
}

void settle_streams() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", O_RDWR); // takes the lowest free number, which is this one
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void say(std::string_view text) {
    const std::string shown = coloring ? colored(text) : std::string(text);
    (void)write_all(STDERR_FILENO, std::as_bytes(std::span(shown)));
    if (log_file >= 0 && !draws(text)) (void)write_all(log_file, std::as_bytes(std::span(text)));
}

void print(std::string_view text) {
    (void)write_all(STDOUT_FILENO, std::as_bytes(std::span(text)));
}

void send(std::span<const std::byte> bytes) {
    if (const int error = write_all(STDOUT_FILENO, bytes); error != 0)
        throw Error(Exit::output, std::string("write to stdout: ") + std::strerror(error));
}

} // namespace juggler
