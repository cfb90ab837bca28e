// The processor's floating-point mode, which libraries may have changed behind our back.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace juggler {

// While it lives, the calling thread rounds to nearest and keeps denormals.
class ExactFloatMode {
public:
    ExactFloatMode() : saved_(read()) { write(saved_ & ~inexact); }
    ~ExactFloatMode() { write(saved_); }
    ExactFloatMode(const ExactFloatMode&) = delete;
    ExactFloatMode& operator=(const ExactFloatMode&) = delete;

private:
#if defined(__x86_64__)
    using Word = unsigned;
    static constexpr Word inexact = 0x8040 | 0x6000; // FTZ and DAZ; rounding not to nearest
    static Word read() { return _mm_getcsr(); }
    static void write(Word mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
    using Word = uint64_t;
    // Of FPCR: FZ; RMode, not to nearest; AH and FIZ, the other ways to flush.
    static constexpr Word inexact = 0x1000000 | 0xc00000 | 3;
    static Word read() {
        Word mode;
        __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
        return mode;
    }
    static void write(Word mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
    using Word = unsigned; // nothing is known of other processors, and nothing is done
    static constexpr Word inexact = 0;
    static Word read() { return 0; }
    static void write(Word) {}
#endif
    Word saved_;
};

} // namespace juggler
