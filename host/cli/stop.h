// SIGINT and SIGTERM: the first asks the run to stop, the second ends it at once.
#pragma once

#include <atomic>

namespace juggler {

// Installs the handlers. Call once, before threads are made.
void watch_signals();

// Instead: the first ends the program at once. For commands that leave nothing behind.
void end_on_signals();

// True once a signal has come; what passes of a render look at.
const std::atomic<bool>& stop_asked();

// The signal that came first, 0 if none.
int stop_signal();

} // namespace juggler
