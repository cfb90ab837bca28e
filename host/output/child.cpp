#include "host/output/child.h"

#include "host/base/error.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace juggler {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kept_lines = 20;
constexpr size_t kept_bytes = 16384;
constexpr size_t room = 2 * kept_bytes; // at least kept_bytes and what one read brings

void pause(int milliseconds) { (void)poll(nullptr, 0, milliseconds); }

struct SpawnActions {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};

    SpawnActions() {
        posix_spawn_file_actions_init(&files);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnActions() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    void connect(int input, int errors) {
        posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    }
    // Signals as a shell would leave them, whatever this process does with them.
    void reset() {
        sigset_t usual, none;
        sigemptyset(&usual);
        for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM})
            sigaddset(&usual, signal);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes, &usual);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETPGROUP);
    }
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> list;
    for (const std::string& word : words)
        list.push_back(const_cast<char*>(word.c_str())); // posix_spawn does not write to them
    list.push_back(nullptr);
    return list;
}

void close_both(const std::array<int, 2>& pipe) {
    for (const int end : pipe)
        if (end >= 0) close(end);
}

} // namespace

std::optional<std::filesystem::path> find_program(const std::string& name) {
    const char* variable = std::getenv("PATH");
    std::string_view rest = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest = rest.substr(std::min(folder.size() + 1, rest.size()));
        if (folder.empty()) continue; // the current folder, whatever it is just now
        const std::filesystem::path program = std::filesystem::path(folder) / name;
        struct stat status {};
        if (stat(program.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            access(program.c_str(), X_OK) == 0)
            return program;
    }
    return std::nullopt;
}

Child::Child(const std::vector<std::string>& words)
    : name_(std::filesystem::path(words.front()).filename().string()) {
    said_.reserve(room);
    const auto refuse = [&](int error) {
        throw Error(Exit::output, "start " + words.front() + ": " + std::strerror(error));
    };
    std::array<int, 2> input{-1, -1}, errors{-1, -1};
    if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(errors.data(), O_CLOEXEC) != 0) {
        const int error = errno;
        close_both(input);
        refuse(error);
    }
    SpawnActions actions;
    actions.connect(input[0], errors[1]);
    actions.reset();
    const std::vector<char*> arguments = pointers(words);
    const int error = posix_spawn(&pid_, words.front().c_str(), &actions.files, &actions.attributes,
                                  arguments.data(), environ);
    close(input[0]);
    close(errors[1]);
    input_ = input[1];
    errors_ = errors[0];
    if (error != 0) {
        close(input_);
        close(errors_);
        refuse(error);
    }
    (void)fcntl(input_, F_SETFL, O_NONBLOCK);
    (void)fcntl(errors_, F_SETFL, O_NONBLOCK);
    watcher_ = std::thread([this] { watch(); });
}

Child::~Child() {
    leave_ = true;
    watcher_.join();
    if (!ended_) {
        (void)kill(-pid_, SIGKILL); // and whatever it has started itself
        while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
    }
    close_input();
    close(errors_);
}

void Child::close_input() {
    if (input_ >= 0) close(std::exchange(input_, -1));
}

// Within the room made at the start: the watching thread has nowhere to throw to.
void Child::keep(std::string_view words) {
    const std::lock_guard lock(mutex_);
    if (said_.size() + words.size() > room) said_.erase(0, said_.size() - kept_bytes);
    said_.append(words);
}

// Collects its words and its end. Its end does not close the pipe if children of its own live on,
// so both are looked after.
void Child::watch() {
    bool open = true;
    while (!leave_) {
        std::array<char, 4096> buffer{};
        pollfd waiting{open ? errors_ : -1, POLLIN, 0};
        (void)poll(&waiting, 1, 50);
        ssize_t got = 0;
        while (open && (got = read(errors_, buffer.data(), buffer.size())) > 0)
            keep({buffer.data(), size_t(got)});
        if (got == 0) open = false;
        const bool was_silent = !open || got < 0;
        int status = 0;
        if (was_silent && waitpid(pid_, &status, WNOHANG) == pid_) {
            // What it said last may have come after the last look.
            while (open && (got = read(errors_, buffer.data(), buffer.size())) > 0)
                keep({buffer.data(), size_t(got)});
            status_ = status;
            ended_ = true;
            return;
        }
    }
}

bool Child::wait_until_ended(double seconds) const {
    const Clock::time_point start = Clock::now();
    while (!ended_ && std::chrono::duration<double>(Clock::now() - start).count() < seconds)
        pause(5);
    return ended_;
}

Child::Fed Child::write(std::span<const std::byte> bytes, const StopAsked& stop) {
    while (!bytes.empty()) {
        if (ended_) return Fed::ended;
        if (stop && stop()) return Fed::stopped;
        const ssize_t written = ::write(input_, bytes.data(), bytes.size());
        if (written > 0) {
            bytes = bytes.subspan(size_t(written));
        } else if (errno == EAGAIN) {
            pollfd waiting{input_, POLLOUT, 0};
            (void)poll(&waiting, 1, 50);
        } else if (errno != EINTR) { // it reads no more: it is about to end, and then says why
            (void)wait_until_ended(2);
            return Fed::ended;
        }
    }
    return Fed::all;
}

bool Child::finish(const StopAsked& stop) {
    close_input();
    while (!ended_) {
        if (stop && stop()) return false;
        pause(5);
    }
    return true;
}

std::string Child::failure() const {
    if (!ended_) return "does not read any more";
    if (WIFSIGNALED(status_))
        return "was ended by signal " + std::to_string(WTERMSIG(status_)) + " (" +
               strsignal(WTERMSIG(status_)) + ")";
    const int status = WEXITSTATUS(status_);
    return status == 0 ? "" : "ended with status " + std::to_string(status);
}

std::string Child::last_lines() const {
    const std::lock_guard lock(mutex_);
    std::string text = said_;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    size_t begin = text.size();
    for (size_t lines = 0; begin > 0 && lines < kept_lines; ++lines) {
        const size_t end = text.rfind('\n', begin - 1);
        begin = end == std::string::npos ? 0 : end;
    }
    text.erase(0, begin);
    if (text.starts_with('\n')) text.erase(0, 1);
    // A program's words must not drive the terminal.
    for (char& c : text)
        if ((c >= 0 && c < ' ' && c != '\n') || c == 0x7f) c = '?';
    return text;
}

} // namespace juggler
