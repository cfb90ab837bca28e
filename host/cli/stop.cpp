#include "host/cli/stop.h"

#include <csignal>
#include <cstring>

#include <unistd.h>

namespace juggler {
namespace {

std::atomic<bool> stop{false};
std::atomic<int> first_signal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may touch nothing else");

void on_signal(int signal) {
    int none_yet = 0;
    if (!first_signal.compare_exchange_strong(none_yet, signal)) _exit(128 + signal);
    stop.store(true);
}

void end_at_once(int signal) {
    const char* text =
        signal == SIGTERM ? "juggler: stopped by SIGTERM\n" : "juggler: stopped by SIGINT\n";
    (void)!write(STDERR_FILENO, text, std::strlen(text));
    _exit(128 + signal);
}

void install(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

} // namespace

void watch_signals() { install(on_signal); }
void end_on_signals() { install(end_at_once); }

const std::atomic<bool>& stop_asked() { return stop; }
int stop_signal() { return first_signal.load(); }

} // namespace juggler
