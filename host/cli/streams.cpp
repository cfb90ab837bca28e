#include "host/cli/streams.h"

#include "host/base/error.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace juggler {
namespace {

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

} // namespace

void settle_streams() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", O_RDWR); // takes the lowest free number, which is this one
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void say(std::string_view text) { (void)write_all(STDERR_FILENO, std::as_bytes(std::span(text))); }

void print(std::string_view text) {
    (void)write_all(STDOUT_FILENO, std::as_bytes(std::span(text)));
}

void send(std::span<const std::byte> bytes) {
    if (const int error = write_all(STDOUT_FILENO, bytes); error != 0)
        throw Error(Exit::output, std::string("write to stdout: ") + std::strerror(error));
}

} // namespace juggler
