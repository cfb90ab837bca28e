#include "tests/cuda/ptx_check.h"

#include "tests/cuda/ptx_operations.h"

#include <algorithm>

namespace juggler::test {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_inexact(std::string_view opcode, bool doubles_allowed) {
    const auto parts = ptx::parts_of(opcode);
    const std::string_view name = parts[0];
    bool is_float = false, says_rounding = false;
    for (const std::string_view part : parts) {
        if (is_one_of(part, {"approx", "full", "ftz", "sat", "rz", "rm", "rp"})) return true;
        if (part == "f64" && !doubles_allowed) return true;
        is_float |= is_one_of(part, {"f32", "f64", "f16", "f16x2", "bf16", "bf16x2"});
        says_rounding |= part == "rn";
    }
    if (is_one_of(name, {"sin", "cos", "ex2", "lg2", "tanh", "rsqrt", "fma", "call"})) return true;
    if (is_float && is_one_of(name, {"atom", "red", "mad"})) return true;
    return is_float && !says_rounding &&
           is_one_of(name, {"add", "sub", "mul", "div", "rcp", "sqrt"});
}

std::string_view without_spaces(std::string_view line) {
    const size_t first = line.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

} // namespace

std::vector<std::string> inexact_lines(std::string_view ptx, std::string_view doubles_in) {
    std::vector<std::string> bad;
    bool doubles_allowed = false;
    while (!ptx.empty()) {
        const size_t end = std::min(ptx.find('\n'), ptx.size());
        std::string_view line = without_spaces(ptx.substr(0, end));
        ptx.remove_prefix(std::min(end + 1, ptx.size()));
        if (line.find(".entry") != std::string_view::npos)
            doubles_allowed = line.find(doubles_in) != std::string_view::npos;
        if (line.starts_with(".func") || line.find(" .func") != std::string_view::npos)
            bad.emplace_back(line);
        if (line.starts_with('@'))
            line = without_spaces(line.substr(std::min(line.find(' '), line.size())));
        if (line.empty() || line[0] < 'a' || line[0] > 'z') continue;
        const std::string_view opcode = line.substr(0, line.find_first_of(" \t;"));
        if (is_inexact(opcode, doubles_allowed)) bad.emplace_back(line);
    }
    return bad;
}

} // namespace juggler::test
