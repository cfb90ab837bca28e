#include "host/cli/commands.h"

#include <malloc.h>

int main(int argc, char** argv) {
#ifdef M_MMAP_THRESHOLD
    // Scenes come and go in large blocks. Left to itself the allocator would keep the freed ones
    // for later, and the most memory a run needs would be counted twice.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
    return juggler::run_program(argc, argv);
}
