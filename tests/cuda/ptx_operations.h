// What the arithmetic of PTX does to registers. A register is a 64-bit word, of which an
// instruction reads as much as its type says.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

namespace juggler::test::ptx {

using Word = uint64_t;

struct Operands {
    uint32_t d, a, b, c, e; // registers; immediates are registers, too
};
using Operation = void (*)(Word* r, const Operands& o);

template <class T>
T get(Word word) {
    if constexpr (std::is_same_v<T, float>)
        return std::bit_cast<float>(static_cast<uint32_t>(word));
    else if constexpr (std::is_same_v<T, double>)
        return std::bit_cast<double>(word);
    else
        return static_cast<T>(word);
}
template <class T>
Word put(T value) {
    if constexpr (std::is_same_v<T, float>)
        return std::bit_cast<uint32_t>(value);
    else if constexpr (std::is_same_v<T, double>)
        return std::bit_cast<uint64_t>(value);
    else if constexpr (std::is_signed_v<T>)
        return static_cast<Word>(static_cast<int64_t>(value));
    else
        return value;
}

// The operation of an opcode, "add.rn.f32" say; null if it is none of ours.
Operation find_operation(std::string_view opcode);

// Parts of an opcode between its dots.
std::vector<std::string_view> parts_of(std::string_view opcode);

} // namespace juggler::test::ptx
