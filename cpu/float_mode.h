// The processor's floating-point mode, which libraries may have changed behind our back.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace juggler {

// While it lives, the calling thread rounds to nearest and keeps denormals.
class ExactFloatMode {
public:
#if defined(__x86_64__)
    ExactFloatMode() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ & ~(flush | rounding)); }
    ~ExactFloatMode() { _mm_setcsr(saved_); }

private:
    static constexpr unsigned flush = 0x8040;    // FTZ and DAZ
    static constexpr unsigned rounding = 0x6000; // not to nearest
    unsigned saved_;
#endif
public:
    ExactFloatMode(const ExactFloatMode&) = delete;
    ExactFloatMode& operator=(const ExactFloatMode&) = delete;
};

} // namespace juggler
