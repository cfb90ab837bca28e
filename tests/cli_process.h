// Runs a program for tests: no shell, output collected, signals and time limits.
#pragma once

#include <string>
#include <vector>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace juggler::test {

struct Spawn {
    std::vector<std::string> words; // the program first
    std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
    std::string folder;              // to run in
    std::string input = "/dev/null"; // file that stdin reads
    int signal = 0; // sent once stderr holds `signal_after`, then `signal_delay_ms`
    std::string signal_after;
    int signal_delay_ms = 0;
    int second_signal = 0; // sent at once after the first
    // Called once, when stderr holds the text.
    struct {
        std::string text;
        std::function<void()> call;
    } on_stderr;
    bool close_stdout = false; // no descriptor 1 at all
    bool closed_pipe = false;  // stdout is a pipe that nobody reads
    int limit_ms = 60000;
};

struct Outcome {
    int exit = -1; // -1: ended by `signal`
    int signal = 0;
    std::string out, err;
    double seconds = 0;         // whole run
    double seconds_to_stop = 0; // from the signal to the end
    long peak_kib = 0;
    long page_faults = 0; // pages of memory it was given
};

// Reads what is there; false at the end of the stream.
inline bool drain(int descriptor, std::string& into) {
    char buffer[4096];
    const ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got > 0) into.append(buffer, size_t(got));
    return got > 0;
}

inline Outcome run(const Spawn& what) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point t) {
        return std::chrono::duration<double>(Clock::now() - t).count();
    };
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) return {};
    if (what.closed_pipe) close(out[0]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, what.input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    if (what.close_stdout) posix_spawn_file_actions_addclose(&actions, 1);
    if (!what.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, what.folder.c_str());
    std::vector<char*> words, environment;
    for (const std::string& word : what.words)
        words.push_back(const_cast<char*>(word.c_str()));
    for (const std::string& e : what.environment)
        environment.push_back(const_cast<char*>(e.c_str()));
    // Sanitized programs are told about libraries' leaks as the tests are.
    std::string leaks = "LSAN_OPTIONS=";
    if (const char* options = std::getenv("LSAN_OPTIONS")) {
        leaks += options;
        environment.push_back(leaks.data());
    }
    words.push_back(nullptr);
    environment.push_back(nullptr);

    Outcome outcome;
    pid_t child = 0;
    const auto start = Clock::now();
    const int spawned =
        posix_spawn(&child, words[0], &actions, nullptr, words.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    if (spawned != 0) return outcome;

    bool out_open = !what.closed_pipe, err_open = true, signalled = what.signal == 0;
    Clock::time_point signalled_at = start, seen_at = start;
    bool seen = false, called = false;
    while (out_open || err_open) {
        pollfd fds[2] = {{out_open ? out[0] : -1, POLLIN, 0}, {err_open ? err[0] : -1, POLLIN, 0}};
        poll(fds, 2, 5);
        if (fds[0].revents != 0) out_open = drain(out[0], outcome.out);
        if (fds[1].revents != 0) err_open = drain(err[0], outcome.err);
        if (what.on_stderr.call && !called &&
            outcome.err.find(what.on_stderr.text) != std::string::npos) {
            called = true;
            what.on_stderr.call();
        }
        if (!seen && outcome.err.find(what.signal_after) != std::string::npos) {
            seen = true;
            seen_at = Clock::now();
        }
        if (!signalled && seen && since(seen_at) * 1000 >= what.signal_delay_ms) {
            kill(child, what.signal);
            if (what.second_signal != 0) kill(child, what.second_signal);
            signalled_at = Clock::now();
            signalled = true;
        }
        if (since(start) * 1000 > what.limit_ms) kill(child, SIGKILL);
    }
    int status = 0;
    rusage used{};
    wait4(child, &status, 0, &used);
    outcome.peak_kib = used.ru_maxrss;
    outcome.page_faults = used.ru_minflt;
    outcome.seconds = since(start);
    outcome.seconds_to_stop = since(signalled_at);
    if (!what.closed_pipe) close(out[0]);
    close(err[0]);
    if (WIFEXITED(status)) outcome.exit = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    return outcome;
}

} // namespace juggler::test
