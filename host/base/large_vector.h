// Vectors for what rays read at random: asked to be backed by huge pages, so that a walk does not
// spend its time looking up addresses.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace juggler {

template <class T>
struct LargeAllocator {
    using value_type = T;
    static constexpr size_t huge_page = size_t(2) << 20;

    LargeAllocator() = default;
    template <class U>
    LargeAllocator(const LargeAllocator<U>&) noexcept {}

    static constexpr std::align_val_t alignment(size_t bytes) {
        return std::align_val_t(bytes >= 2 * huge_page ? huge_page : 64);
    }
    T* allocate(size_t count) {
        const size_t bytes = count * sizeof(T);
        void* p = ::operator new(bytes, alignment(bytes));
#ifdef __linux__
        // Advice; where it is refused the pages are small.
        if (bytes >= 2 * huge_page) (void)madvise(p, bytes, MADV_HUGEPAGE);
#endif
        return static_cast<T*>(p);
    }
    void deallocate(T* p, size_t count) noexcept {
        ::operator delete(p, alignment(count * sizeof(T)));
    }
    friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

} // namespace juggler
