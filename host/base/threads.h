// How many threads this process may use, and work shared among some of them.
#pragma once

#include <functional>

namespace juggler {

// At least 1: the smaller of the CPU affinity mask and the cgroup's CPU quota, rounded up.
unsigned usable_threads();

// Calls work() on `threads` threads, of which the caller is one, and returns when all have
// returned; on fewer if no more can be started, so work() takes what is left to do until nothing
// is. What one throws is thrown here, the first of several.
void on_threads(unsigned threads, const std::function<void()>& work);

} // namespace juggler
