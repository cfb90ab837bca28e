// To be loaded before a program (LD_PRELOAD): calls of the system that fail now and then. Which
// ones follows from JUGGLER_FAULT_SEED, the kind of call and how many of that kind there were, so a
// run on one thread fails the same way each time. Nothing fails before a file whose name ends in
// ".json" is opened: what comes earlier is the system's own start.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

extern "C" void* __libc_malloc(size_t bytes);

namespace {

enum Kind : uint32_t { opens, reads, writes, syncs, renames, allocations, kind_count };
// How often each fails, out of 2^32; allocations are many.
constexpr uint32_t odds[kind_count] = {1u << 27, 1u << 27, 1u << 28, 1u << 28, 1u << 28, 1u << 22};

std::atomic<bool> armed{false};
std::atomic<uint32_t> counts[kind_count];

uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

// A number that is 0 where the call must not fail.
uint32_t fault(Kind kind) {
    if (!armed.load(std::memory_order_relaxed)) return 0;
    static const uint32_t seed = [] {
        const char* text = std::getenv("JUGGLER_FAULT_SEED");
        return text == nullptr ? 0u : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
    }();
    // Each run tries some kinds only: where all fail, few get far.
    if (seed == 0 || (mix(seed) >> kind & 1) == 0) return 0;
    const uint32_t drawn = mix(mix(seed * kind_count + kind) + counts[kind]++);
    return drawn < odds[kind] ? mix(drawn) | 1u : 0;
}

template <class Function>
Function next(Function, const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// -1 with one of the errors that the manual page of the call names.
template <size_t n>
int failed(uint32_t drawn, const int (&errors)[n]) {
    errno = errors[(drawn >> 8) % n];
    return -1;
}

int opened(int folder, const char* path, int flags, mode_t mode) {
    static const auto real = next(openat, "openat");
    const size_t length = std::strlen(path);
    if (length > 5 && std::strcmp(path + length - 5, ".json") == 0) armed = true;
    if (const uint32_t drawn = fault(opens)) return failed(drawn, {EMFILE, ENOMEM, EIO, EACCES});
    return real(folder, path, flags, mode);
}

} // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t(0);
    va_end(rest);
    return opened(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t(0);
    va_end(rest);
    return opened(folder, path, flags, mode);
}
ssize_t read(int file, void* bytes, size_t count) {
    static const auto real = next(read, "read");
    if (const uint32_t drawn = fault(reads)) return failed(drawn, {EIO, EINTR});
    return real(file, bytes, count);
}
ssize_t write(int file, const void* bytes, size_t count) {
    static const auto real = next(write, "write");
    if (const uint32_t drawn = fault(writes)) {
        if (drawn >> 31 != 0 && count > 1) return real(file, bytes, count / 2); // a part of it
        return failed(drawn, {ENOSPC, EIO, EINTR, EDQUOT});
    }
    return real(file, bytes, count);
}
int fsync(int file) {
    static const auto real = next(fsync, "fsync");
    if (const uint32_t drawn = fault(syncs)) return failed(drawn, {EIO, ENOSPC, EINTR});
    return real(file);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    static const auto real = next(renameat, "renameat");
    if (const uint32_t drawn = fault(renames)) return failed(drawn, {EIO, ENOSPC, EACCES});
    return real(from_folder, from, to_folder, to);
}
void* malloc(size_t bytes) noexcept {
    if (fault(allocations) != 0) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_malloc(bytes);
}

} // extern "C"
