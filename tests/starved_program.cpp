// The whole program, of which one allocation fails: that of number JUGGLER_FAIL_ALLOCATION, from 0.
// JUGGLER_COUNT_ALLOCATIONS tells how many there were.
#include "host/cli/commands.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::atomic<unsigned long> allocation_count{0};
unsigned long failing = ~0ul;

void* take(size_t bytes, size_t alignment) {
    if (allocation_count.fetch_add(1, std::memory_order_relaxed) == failing) throw std::bad_alloc();
    const size_t whole = (bytes + alignment - 1) / alignment * alignment;
    void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(bytes == 0 ? 1 : bytes)
                                                          : std::aligned_alloc(alignment, whole);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(size_t bytes) { return take(bytes, 1); }
void* operator new(size_t bytes, std::align_val_t alignment) {
    return take(bytes, static_cast<size_t>(alignment));
}
// Where nothing may be thrown, as in the sorts of the standard library.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
    try {
        return take(bytes, 1);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

int main(int argc, char** argv) {
    if (const char* text = std::getenv("JUGGLER_FAIL_ALLOCATION"))
        failing = std::strtoul(text, nullptr, 10) + allocation_count;
    const unsigned long before = allocation_count;
    const int exit = juggler::run_program(argc, argv);
    if (std::getenv("JUGGLER_COUNT_ALLOCATIONS") != nullptr)
        std::fprintf(stderr, "allocations: %lu\n", allocation_count - before);
    return exit;
}
