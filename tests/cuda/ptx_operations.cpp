#include "tests/cuda/ptx_operations.h"

#include <algorithm>
#include <functional>

namespace juggler::test::ptx {
namespace {

template <class T>
struct Add {
    static void run(Word* r, const Operands& o) {
        if constexpr (std::is_integral_v<T>)
            r[o.d] = put(static_cast<T>(r[o.a] + r[o.b]));
        else
            r[o.d] = put(get<T>(r[o.a]) + get<T>(r[o.b]));
    }
};
template <class T>
struct Subtract {
    static void run(Word* r, const Operands& o) {
        if constexpr (std::is_integral_v<T>)
            r[o.d] = put(static_cast<T>(r[o.a] - r[o.b]));
        else
            r[o.d] = put(get<T>(r[o.a]) - get<T>(r[o.b]));
    }
};
// The low half of a product does not depend on signs.
template <class T>
struct Multiply {
    static void run(Word* r, const Operands& o) {
        if constexpr (std::is_integral_v<T>)
            r[o.d] = put(static_cast<T>(r[o.a] * r[o.b]));
        else
            r[o.d] = put(get<T>(r[o.a]) * get<T>(r[o.b]));
    }
};
template <class T>
struct MultiplyAdd {
    static void run(Word* r, const Operands& o) {
        r[o.d] = put(static_cast<T>(r[o.a] * r[o.b] + r[o.c]));
    }
};
template <class T>
using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
template <class T>
struct MultiplyWide {
    static void run(Word* r, const Operands& o) {
        static_assert(sizeof(T) <= 4);
        r[o.d] = put(static_cast<Wide<T>>(get<T>(r[o.a])) * static_cast<Wide<T>>(get<T>(r[o.b])));
    }
};
template <class T>
struct MultiplyAddWide {
    static void run(Word* r, const Operands& o) {
        const Word product =
            put(static_cast<Wide<T>>(get<T>(r[o.a])) * static_cast<Wide<T>>(get<T>(r[o.b])));
        r[o.d] = product + r[o.c];
    }
};
template <class T>
struct MultiplyHigh {
    static void run(Word* r, const Operands& o) {
        const auto product =
            static_cast<Wide<T>>(get<T>(r[o.a])) * static_cast<Wide<T>>(get<T>(r[o.b]));
        r[o.d] = put(static_cast<T>(product >> 32));
    }
};
template <class T>
struct Divide {
    static void run(Word* r, const Operands& o) {
        if constexpr (std::is_integral_v<T>) {
            const T b = get<T>(r[o.b]); // by zero: unspecified, all ones on devices
            r[o.d] = put(b == 0 ? static_cast<T>(~T(0)) : static_cast<T>(get<T>(r[o.a]) / b));
        } else {
            r[o.d] = put(get<T>(r[o.a]) / get<T>(r[o.b]));
        }
    }
};
template <class T>
struct Remainder {
    static void run(Word* r, const Operands& o) {
        const T b = get<T>(r[o.b]);
        r[o.d] = put(b == 0 ? get<T>(r[o.a]) : static_cast<T>(get<T>(r[o.a]) % b));
    }
};
// Of two numbers one of which is NaN, the other; -0 lies below +0.
template <class T>
struct Minimum {
    static void run(Word* r, const Operands& o) {
        const T a = get<T>(r[o.a]), b = get<T>(r[o.b]);
        if constexpr (std::is_floating_point_v<T>) {
            if (a != a || b != b)
                r[o.d] = put(a != a ? b : a);
            else
                r[o.d] = put(a == b ? (std::signbit(a) ? a : b) : (a < b ? a : b));
        } else {
            r[o.d] = put(std::min(a, b));
        }
    }
};
template <class T>
struct Maximum {
    static void run(Word* r, const Operands& o) {
        const T a = get<T>(r[o.a]), b = get<T>(r[o.b]);
        if constexpr (std::is_floating_point_v<T>) {
            if (a != a || b != b)
                r[o.d] = put(a != a ? b : a);
            else
                r[o.d] = put(a == b ? (std::signbit(a) ? b : a) : (a > b ? a : b));
        } else {
            r[o.d] = put(std::max(a, b));
        }
    }
};
template <class T>
struct Negate {
    static void run(Word* r, const Operands& o) {
        if constexpr (std::is_integral_v<T>)
            r[o.d] = put(static_cast<T>(0 - r[o.a]));
        else
            r[o.d] = put(-get<T>(r[o.a]));
    }
};
template <class T>
struct Absolute {
    static void run(Word* r, const Operands& o) { r[o.d] = put(std::fabs(get<T>(r[o.a]))); }
};
template <class T>
struct SquareRoot {
    static void run(Word* r, const Operands& o) { r[o.d] = put(std::sqrt(get<T>(r[o.a]))); }
};
template <class T>
struct Reciprocal {
    static void run(Word* r, const Operands& o) { r[o.d] = put(T(1) / get<T>(r[o.a])); }
};
template <class T>
struct Select {
    static void run(Word* r, const Operands& o) {
        r[o.d] = put(get<T>(r[o.c] != 0 ? r[o.a] : r[o.b]));
    }
};
template <class T>
struct Move {
    static void run(Word* r, const Operands& o) { r[o.d] = put(get<T>(r[o.a])); }
};
// Predicates are 0 or 1 in registers; the immediate -1 is true, too.
void move_predicate(Word* r, const Operands& o) { r[o.d] = r[o.a] != 0 ? 1 : 0; }
template <class How>
void predicates(Word* r, const Operands& o) {
    r[o.d] = How{}(r[o.a] != 0, r[o.b] != 0) ? 1 : 0;
}
template <class T>
struct And {
    static void run(Word* r, const Operands& o) { r[o.d] = put(static_cast<T>(r[o.a] & r[o.b])); }
};
template <class T>
struct Or {
    static void run(Word* r, const Operands& o) { r[o.d] = put(static_cast<T>(r[o.a] | r[o.b])); }
};
template <class T>
struct Xor {
    static void run(Word* r, const Operands& o) { r[o.d] = put(static_cast<T>(r[o.a] ^ r[o.b])); }
};
template <class T>
struct Not {
    static void run(Word* r, const Operands& o) { r[o.d] = put(static_cast<T>(~r[o.a])); }
};
template <class T>
struct ShiftLeft {
    static void run(Word* r, const Operands& o) {
        const auto by = get<uint32_t>(r[o.b]);
        r[o.d] = by >= 8 * sizeof(T) ? 0 : put(static_cast<T>(r[o.a] << by));
    }
};
template <class T>
struct ShiftRight {
    static void run(Word* r, const Operands& o) {
        const T a = get<T>(r[o.a]);
        const auto by = std::min<uint32_t>(get<uint32_t>(r[o.b]), 8 * sizeof(T));
        if (by == 8 * sizeof(T))
            r[o.d] = put(static_cast<T>(a < T(0) ? -1 : 0));
        else
            r[o.d] = put(static_cast<T>(a >> by));
    }
};

enum class Compare { eq, ne, lt, le, gt, ge, equ, neu, ltu, leu, gtu, geu, num, nan };

// Ordered comparisons are false where a NaN is, unordered ones (..u) true.
template <class T, Compare how>
bool compare(T a, T b) {
    bool unordered = false;
    if constexpr (std::is_floating_point_v<T>) unordered = a != a || b != b;
    switch (how) {
    case Compare::eq:
        return a == b;
    case Compare::ne:
        return !unordered && a != b;
    case Compare::lt:
        return a < b;
    case Compare::le:
        return a <= b;
    case Compare::gt:
        return a > b;
    case Compare::ge:
        return a >= b;
    case Compare::equ:
        return unordered || a == b;
    case Compare::neu:
        return unordered || a != b;
    case Compare::ltu:
        return unordered || a < b;
    case Compare::leu:
        return unordered || a <= b;
    case Compare::gtu:
        return unordered || a > b;
    case Compare::geu:
        return unordered || a >= b;
    case Compare::num:
        return !unordered;
    case Compare::nan:
        return unordered;
    }
    return false;
}
template <class T, Compare how>
void set_predicate(Word* r, const Operands& o) {
    r[o.d] = compare<T, how>(get<T>(r[o.a]), get<T>(r[o.b])) ? 1 : 0;
}
template <Compare how>
struct Setp {
    template <class T>
    struct Of {
        static void run(Word* r, const Operands& o) { set_predicate<T, how>(r, o); }
    };
};

// Floats out of range become the nearest integer there is, NaN becomes 0.
template <class To, class From>
void convert(Word* r, const Operands& o) {
    const From from = get<From>(r[o.a]);
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        using Limits = std::numeric_limits<To>;
        To to = 0;
        if (from != from)
            to = 0;
        else if (from <= static_cast<From>(Limits::min()))
            to = Limits::min();
        else if (from >= static_cast<From>(Limits::max()))
            to = Limits::max();
        else
            to = static_cast<To>(from);
        r[o.d] = put(to);
    } else {
        r[o.d] = put(static_cast<To>(from));
    }
}

template <template <class> class Of>
Operation for_integers(std::string_view type) {
    if (type == "u16" || type == "b16") return &Of<uint16_t>::run;
    if (type == "s16") return &Of<int16_t>::run;
    if (type == "u32" || type == "b32") return &Of<uint32_t>::run;
    if (type == "s32") return &Of<int32_t>::run;
    if (type == "u64" || type == "b64") return &Of<uint64_t>::run;
    if (type == "s64") return &Of<int64_t>::run;
    return nullptr;
}
template <template <class> class Of>
Operation for_narrow_integers(std::string_view type) {
    if (type == "u16") return &Of<uint16_t>::run;
    if (type == "s16") return &Of<int16_t>::run;
    if (type == "u32") return &Of<uint32_t>::run;
    if (type == "s32") return &Of<int32_t>::run;
    return nullptr;
}
template <template <class> class Of>
Operation for_floats(std::string_view type) {
    if (type == "f32") return &Of<float>::run;
    if (type == "f64") return &Of<double>::run;
    return nullptr;
}
template <template <class> class Of>
Operation for_all(std::string_view type) {
    const Operation integer = for_integers<Of>(type);
    return integer != nullptr ? integer : for_floats<Of>(type);
}
bool is_float(std::string_view type) { return type == "f32" || type == "f64"; }

template <class To>
Operation convert_from(std::string_view from) {
    if (from == "u8") return &convert<To, uint8_t>;
    if (from == "s8") return &convert<To, int8_t>;
    if (from == "u16") return &convert<To, uint16_t>;
    if (from == "s16") return &convert<To, int16_t>;
    if (from == "u32") return &convert<To, uint32_t>;
    if (from == "s32") return &convert<To, int32_t>;
    if (from == "u64") return &convert<To, uint64_t>;
    if (from == "s64") return &convert<To, int64_t>;
    if (from == "f32") return &convert<To, float>;
    if (from == "f64") return &convert<To, double>;
    return nullptr;
}
Operation find_conversion(const std::vector<std::string_view>& parts) {
    const std::string_view from = parts.back(), to = parts[parts.size() - 2];
    const std::string_view rounding = parts.size() == 4 ? parts[1] : "";
    if (parts.size() > 4) return nullptr;
    // Only roundings that C++ has too: to nearest for floats, towards zero for integers.
    const bool narrows = is_float(to) && (!is_float(from) || (to == "f32" && from == "f64"));
    const std::string_view wanted = narrows ? "rn" : is_float(from) && !is_float(to) ? "rzi" : "";
    if (rounding != wanted) return nullptr;
    if (to == "u8") return convert_from<uint8_t>(from);
    if (to == "s8") return convert_from<int8_t>(from);
    if (to == "u16") return convert_from<uint16_t>(from);
    if (to == "s16") return convert_from<int16_t>(from);
    if (to == "u32") return convert_from<uint32_t>(from);
    if (to == "s32") return convert_from<int32_t>(from);
    if (to == "u64") return convert_from<uint64_t>(from);
    if (to == "s64") return convert_from<int64_t>(from);
    if (to == "f32") return convert_from<float>(from);
    if (to == "f64") return convert_from<double>(from);
    return nullptr;
}

Operation find_comparison(const std::vector<std::string_view>& parts) {
    if (parts.size() != 3) return nullptr;
    const std::string_view how = parts[1], type = parts[2];
    if (how == "eq") return for_all<Setp<Compare::eq>::Of>(type);
    if (how == "ne") return for_all<Setp<Compare::ne>::Of>(type);
    if (how == "lt" || how == "lo") return for_all<Setp<Compare::lt>::Of>(type);
    if (how == "le" || how == "ls") return for_all<Setp<Compare::le>::Of>(type);
    if (how == "gt" || how == "hi") return for_all<Setp<Compare::gt>::Of>(type);
    if (how == "ge" || how == "hs") return for_all<Setp<Compare::ge>::Of>(type);
    if (how == "equ") return for_floats<Setp<Compare::equ>::Of>(type);
    if (how == "neu") return for_floats<Setp<Compare::neu>::Of>(type);
    if (how == "ltu") return for_floats<Setp<Compare::ltu>::Of>(type);
    if (how == "leu") return for_floats<Setp<Compare::leu>::Of>(type);
    if (how == "gtu") return for_floats<Setp<Compare::gtu>::Of>(type);
    if (how == "geu") return for_floats<Setp<Compare::geu>::Of>(type);
    if (how == "num") return for_floats<Setp<Compare::num>::Of>(type);
    if (how == "nan") return for_floats<Setp<Compare::nan>::Of>(type);
    return nullptr;
}

uint32_t reversed(uint32_t x) {
    uint32_t y = 0;
    for (int i = 0; i < 32; ++i)
        y |= (x >> i & 1) << (31 - i);
    return y;
}
// Bits [at, at + count) of b become the lowest of a.
uint32_t inserted(uint32_t a, uint32_t b, uint32_t at, uint32_t count) {
    at &= 255;
    count &= 255;
    if (at > 31 || count == 0) return b;
    const uint32_t ones = count > 31 ? 0xffffffffu : (1u << count) - 1;
    const uint32_t mask = ones << at;
    return (b & ~mask) | (a << at & mask);
}
uint32_t extracted(uint32_t a, uint32_t at, uint32_t count) {
    at &= 255;
    count &= 255;
    if (at > 31) return 0;
    return a >> at & (count > 31 ? 0xffffffffu : (1u << count) - 1);
}
uint32_t looked_up(uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
    uint32_t result = 0;
    for (uint32_t i = 0; i < 8; ++i)
        if ((table >> i & 1) != 0) result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    return result;
}
uint32_t permuted(uint32_t a, uint32_t b, uint32_t selector) {
    const uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t result = 0;
    for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t which = selector >> (4 * i) & 15;
        uint32_t byte = static_cast<uint32_t>(bytes >> (8 * (which & 7))) & 255;
        if ((which & 8) != 0) byte = (byte & 128) != 0 ? 255 : 0;
        result |= byte << (8 * i);
    }
    return result;
}
template <bool left, bool wraps>
void funnel_shift(Word* r, const Operands& o) {
    const uint64_t both = uint64_t(get<uint32_t>(r[o.b])) << 32 | get<uint32_t>(r[o.a]);
    const auto asked = get<uint32_t>(r[o.c]);
    const uint32_t by = wraps ? asked & 31 : std::min(asked, 32u);
    r[o.d] = put(static_cast<uint32_t>(left ? (both << by) >> 32 : both >> by));
}

Operation find_bit_operation(std::string_view opcode) {
    if (opcode == "brev.b32")
        return [](Word* r, const Operands& o) { r[o.d] = reversed(get<uint32_t>(r[o.a])); };
    if (opcode == "popc.b32")
        return [](Word* r, const Operands& o) {
            r[o.d] = put(static_cast<uint32_t>(std::popcount(get<uint32_t>(r[o.a]))));
        };
    if (opcode == "clz.b32")
        return [](Word* r, const Operands& o) {
            r[o.d] = put(static_cast<uint32_t>(std::countl_zero(get<uint32_t>(r[o.a]))));
        };
    if (opcode == "bfind.u32")
        return [](Word* r, const Operands& o) {
            r[o.d] = put(static_cast<uint32_t>(31 - std::countl_zero(get<uint32_t>(r[o.a]))));
        };
    if (opcode == "bfind.shiftamt.u32")
        return [](Word* r, const Operands& o) {
            const auto a = get<uint32_t>(r[o.a]);
            r[o.d] = a == 0 ? 0xffffffffu : static_cast<uint32_t>(std::countl_zero(a));
        };
    if (opcode == "bfi.b32")
        return [](Word* r, const Operands& o) {
            r[o.d] = inserted(get<uint32_t>(r[o.a]), get<uint32_t>(r[o.b]), get<uint32_t>(r[o.c]),
                              get<uint32_t>(r[o.e]));
        };
    if (opcode == "bfe.u32")
        return [](Word* r, const Operands& o) {
            r[o.d] = extracted(get<uint32_t>(r[o.a]), get<uint32_t>(r[o.b]), get<uint32_t>(r[o.c]));
        };
    if (opcode == "lop3.b32")
        return [](Word* r, const Operands& o) {
            r[o.d] = looked_up(get<uint32_t>(r[o.a]), get<uint32_t>(r[o.b]), get<uint32_t>(r[o.c]),
                               get<uint32_t>(r[o.e]));
        };
    if (opcode == "prmt.b32")
        return [](Word* r, const Operands& o) {
            r[o.d] = permuted(get<uint32_t>(r[o.a]), get<uint32_t>(r[o.b]), get<uint32_t>(r[o.c]));
        };
    if (opcode == "shf.l.wrap.b32") return &funnel_shift<true, true>;
    if (opcode == "shf.l.clamp.b32") return &funnel_shift<true, false>;
    if (opcode == "shf.r.wrap.b32") return &funnel_shift<false, true>;
    if (opcode == "shf.r.clamp.b32") return &funnel_shift<false, false>;
    return nullptr;
}

// Floats only with the one rounding that we allow.
bool rounds_to_nearest(const std::vector<std::string_view>& parts) {
    return parts.size() == 3 && parts[1] == "rn";
}

Operation find_product(const std::vector<std::string_view>& parts, std::string_view type) {
    const bool adds = parts[0] == "mad";
    if (parts.size() != 3) return nullptr;
    if (parts[1] == "lo")
        return adds ? for_integers<MultiplyAdd>(type) : for_integers<Multiply>(type);
    if (parts[1] == "wide")
        return adds ? for_narrow_integers<MultiplyAddWide>(type)
                    : for_narrow_integers<MultiplyWide>(type);
    if (parts[1] == "hi" && !adds && type == "u32") return &MultiplyHigh<uint32_t>::run;
    if (parts[1] == "hi" && !adds && type == "s32") return &MultiplyHigh<int32_t>::run;
    return nullptr;
}

Operation find_logic(std::string_view name, std::string_view type) {
    if (type == "pred") {
        if (name == "and") return predicates<std::bit_and<>>;
        if (name == "or") return predicates<std::bit_or<>>;
        if (name == "xor") return predicates<std::bit_xor<>>;
        return [](Word* r, const Operands& o) { r[o.d] = r[o.a] != 0 ? 0 : 1; }; // not
    }
    if (name == "and") return for_integers<And>(type);
    if (name == "or") return for_integers<Or>(type);
    if (name == "xor") return for_integers<Xor>(type);
    return for_integers<Not>(type);
}

} // namespace

std::vector<std::string_view> parts_of(std::string_view opcode) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t dot = opcode.find('.');
        parts.push_back(opcode.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        opcode.remove_prefix(dot + 1);
    }
}

Operation find_operation(std::string_view opcode) {
    const std::vector<std::string_view> parts = parts_of(opcode);
    const std::string_view name = parts[0], type = parts.back();
    if (const Operation bits = find_bit_operation(opcode)) return bits;
    if (name == "cvt") return find_conversion(parts);
    if (name == "setp") return find_comparison(parts);
    if (name == "and" || name == "or" || name == "xor" || name == "not")
        return parts.size() == 2 ? find_logic(name, type) : nullptr;
    if (is_float(type) && rounds_to_nearest(parts)) {
        if (name == "add") return for_floats<Add>(type);
        if (name == "sub") return for_floats<Subtract>(type);
        if (name == "mul") return for_floats<Multiply>(type);
        if (name == "div") return for_floats<Divide>(type);
        if (name == "rcp") return for_floats<Reciprocal>(type);
        if (name == "sqrt") return for_floats<SquareRoot>(type);
        return nullptr;
    }
    if (name == "mul" || name == "mad") return find_product(parts, type);
    if (parts.size() != 2) return nullptr;
    if (name == "min") return for_all<Minimum>(type);
    if (name == "max") return for_all<Maximum>(type);
    if (name == "neg") return for_all<Negate>(type);
    if (name == "abs") return for_floats<Absolute>(type);
    if (name == "selp") return for_all<Select>(type);
    if (name == "mov") return type == "pred" ? move_predicate : for_all<Move>(type);
    if (is_float(type)) return nullptr;
    if (name == "add") return for_integers<Add>(type);
    if (name == "sub") return for_integers<Subtract>(type);
    if (name == "div") return for_integers<Divide>(type);
    if (name == "rem") return for_integers<Remainder>(type);
    if (name == "shl") return for_integers<ShiftLeft>(type);
    if (name == "shr") return for_integers<ShiftRight>(type);
    return nullptr;
}

} // namespace juggler::test::ptx
