// How many threads this process may use.
#pragma once

namespace juggler {

// At least 1: the smaller of the CPU affinity mask and the cgroup's CPU quota, rounded up.
unsigned usable_threads();

} // namespace juggler
