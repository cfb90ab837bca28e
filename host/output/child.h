// Another program that is fed bytes and watched.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace juggler {

// Asked often by what waits; true: give up soon.
using StopAsked = std::function<bool()>;

// Where the environment's PATH has a program, or nothing.
std::optional<std::filesystem::path> find_program(const std::string& name);

// Runs without a shell, in a process group of its own (Ctrl-C in a terminal does not reach it),
// reads what write() gives it from its standard input, and has nowhere to print to; of what it says
// on standard error the last lines are kept. Killed if this is destroyed before it has ended.
class Child {
public:
    // words: the program's path, then its arguments. Throws Error(Exit::output) if it cannot start.
    explicit Child(const std::vector<std::string>& words);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    enum class Fed { all, stopped, ended };
    // Waits while the program does not read. `ended`: it takes no more.
    Fed write(std::span<const std::byte> bytes, const StopAsked& stop);
    // Ends its input and waits for its end. False if stopped before.
    bool finish(const StopAsked& stop);

    [[nodiscard]] bool has_ended() const { return ended_; }
    // Once it has ended: "" if it did so well, else "ended with status 3" or the like.
    [[nodiscard]] std::string failure() const;
    // At most 20 lines.
    [[nodiscard]] std::string last_lines() const;

private:
    void watch();
    void keep(std::string_view words);
    void close_input();
    bool wait_until_ended(double seconds) const;

    std::string name_;
    pid_t pid_ = -1;
    int input_ = -1, errors_ = -1;
    std::atomic<bool> ended_{false}, leave_{false};
    int status_ = 0; // before ended_
    mutable std::mutex mutex_;
    std::string said_;
    std::thread watcher_; // last: it uses all of the above
};

} // namespace juggler
