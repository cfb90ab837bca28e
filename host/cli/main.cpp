#include "host/cli/commands.h"

#include <charconv>
#include <cstdlib>
#include <malloc.h>
#include <string_view>

namespace {

// Some OpenMP libraries abort, now and then, over a value they do not understand. It is theirs to
// read, so one that is no number of threads is taken away before they look.
void mend_environment() {
    const char* text = std::getenv("OMP_NUM_THREADS");
    if (text == nullptr) return;
    const std::string_view value = text;
    unsigned threads = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threads);
    const bool whole = end == value.data() + value.size() || *end == ',';
    if (error != std::errc() || !whole || threads == 0) unsetenv("OMP_NUM_THREADS");
}

} // namespace

int main(int argc, char** argv) {
    mend_environment();
#ifdef M_MMAP_THRESHOLD
    // Scenes come and go in large blocks. Left to itself the allocator would keep the freed ones
    // for later, and the most memory a run needs would be counted twice.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
    return juggler::run_program(argc, argv);
}
