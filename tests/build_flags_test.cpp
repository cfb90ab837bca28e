// What the compiler was told, and what it made of it: no fused multiply-add, no fast-math, no
// function of libm whose rounding is nobody's promise, in anything that reaches a picture.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cfloat>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {
namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> list;
    for (std::string word; in >> word;)
        list.push_back(word);
    return list;
}

std::vector<std::string> exact_libraries() {
    std::istringstream in(JUGGLER_EXACT_LIBRARIES);
    std::vector<std::string> list;
    for (std::string file; std::getline(in, file, ':');)
        list.push_back(file);
    return list;
}

// Calls `line` with each line a command prints.
void for_each_line(const std::string& command, const std::function<void(std::string_view)>& line) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    ASSERT_TRUE(pipe) << command;
    std::array<char, 4096> text;
    size_t count = 0;
    while (std::fgets(text.data(), static_cast<int>(text.size()), pipe.get()) != nullptr) {
        std::string_view view(text.data());
        if (view.ends_with('\n')) view.remove_suffix(1);
        line(view);
        ++count;
    }
    EXPECT_GT(count, 0u) << command << " printed nothing";
}

struct Command {
    std::string file;
    std::vector<std::string> arguments;
};

std::vector<Command> compile_commands() {
    std::vector<Command> commands;
    std::ifstream in(JUGGLER_BINARY_DIR "/compile_commands.json");
    for (const nlohmann::json& entry : nlohmann::json::parse(in)) {
        const std::string file = entry.at("file");
        if (file.starts_with(JUGGLER_SOURCE_DIR "/"))
            commands.push_back({file, words(entry.at("command"))});
    }
    return commands;
}

TEST(BuildFlags, EverySourceForbidsContraction) {
    const std::vector<Command> commands = compile_commands();
    EXPECT_GT(commands.size(), 40u);
    for (const Command& command : commands) {
        const bool device = command.file.ends_with(".cu");
        const std::string wanted = device ? "--fmad=false" : "-ffp-contract=off";
        std::string last;
        for (const std::string& argument : command.arguments)
            if (argument.starts_with(device ? "--fmad=" : "-ffp-contract=")) last = argument;
        EXPECT_EQ(last, wanted) << command.file;
    }
}

TEST(BuildFlags, NoSourceAllowsInexactShortCuts) {
    const std::vector<std::string_view> forbidden = {
        "-ffast-math",         "-Ofast",
        "-fassociative-math",  "-funsafe-math-optimizations",
        "-freciprocal-math",   "-ffinite-math-only",
        "-fno-signed-zeros",   "-fcx-limited-range",
        "-mdaz-ftz",           "-mrecip",
        "-mfpmath=387",        "-fsingle-precision-constant",
        "-fdenormal-fp-math=", "-ffp-model=fast",
        "--use_fast_math",     "-use_fast_math",
        "--ftz=true",          "--prec-div=false",
        "--prec-sqrt=false",   "-fapprox-func",
    };
    for (const Command& command : compile_commands())
        for (const std::string& argument : command.arguments)
            for (const std::string_view flag : forbidden)
                EXPECT_FALSE(argument.starts_with(flag)) << command.file << " has " << argument;
}

TEST(BuildFlags, FloatsAreComputedAsFloats) { EXPECT_EQ(FLT_EVAL_METHOD, 0); }

// Mnemonic of a line of objdump: "  1f:\tvfmadd213ss %xmm0,...", "  20:\tfmla\tv0.4s, ..."; empty
// for others.
std::string_view mnemonic(std::string_view line) {
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos || line.find(':') > tab) return {};
    const std::string_view text = line.substr(tab + 1);
    return text.substr(0, text.find_first_of(" \t"));
}

bool is_fused(std::string_view name) {
    for (const std::string_view start : {"vfmadd", "vfmsub", "vfnmadd", "vfnmsub", // x86
                                         "fmadd", "fmsub", "fnmadd", "fnmsub", "fmla", "fmls"})
        if (name.starts_with(start)) return true;
    return false;
}

TEST(BuildFlags, NoFusedInstructionWasMade) {
    if (std::string_view(JUGGLER_OBJDUMP).empty()) GTEST_SKIP() << "there is no objdump";
    for (const std::string& library : exact_libraries()) {
        size_t instructions = 0, fused = 0;
        std::string first;
        for_each_line(JUGGLER_OBJDUMP " -d --no-show-raw-insn '" + library + "'",
                      [&](std::string_view line) {
                          const std::string_view name = mnemonic(line);
                          instructions += !name.empty();
                          if (!is_fused(name)) return;
                          if (fused++ == 0) first = line;
                      });
        EXPECT_GT(instructions, 100u) << library;
        EXPECT_EQ(fused, 0u) << library << ", the first: " << first;
    }
}

// Functions of libm that need not be correctly rounded; the exact ones (sqrt, floor, fabs) may be
// called.
bool is_inexact(std::string_view name) {
    if (!name.empty() && (name.back() == 'f' || name.back() == 'l') && name != "erf")
        name.remove_suffix(1);
    for (const std::string_view known :
         {"sin",    "cos",  "tan",   "asin",      "acos",  "atan",      "atan2",
          "sincos", "sinh", "cosh",  "tanh",      "asinh", "acosh",     "atanh",
          "exp",    "exp2", "exp10", "expm1",     "log",   "log2",      "log10",
          "log1p",  "pow",  "cbrt",  "hypot",     "fma",   "tgamma",    "lgamma",
          "erf",    "erfc", "fmod",  "remainder", "powi",  "__powidf2", "__powisf2"})
        if (name == known) return true;
    return false;
}

TEST(BuildFlags, NothingThatReachesAPictureCallsLibm) {
    if (std::string_view(JUGGLER_NM).empty()) GTEST_SKIP() << "there is no nm";
    for (const std::string& library : exact_libraries()) {
        for_each_line(JUGGLER_NM " -A -u '" + library + "'", [&](std::string_view line) {
            const std::string_view name = line.substr(line.rfind(' ') + 1);
            if (!is_inexact(name.substr(0, name.find('@')))) return;
            // The figures of `juggler diff` are for reading: decibels, and FLIP.
            if (line.find(":diff.cpp.o:") != std::string_view::npos && name == "log10") return;
            if (line.find(":flip.cpp.o:") != std::string_view::npos) return;
            ADD_FAILURE() << line;
        });
    }
}

// Linking with -ffast-math adds a start-up routine that turns denormals off for the whole process.
TEST(BuildFlags, TheProgramKeepsDenormals) {
    if (std::string_view(JUGGLER_NM).empty()) GTEST_SKIP() << "there is no nm";
    for_each_line(JUGGLER_NM " '" JUGGLER_PROGRAM "'", [](std::string_view line) {
        EXPECT_EQ(line.find("set_fast_math"), std::string_view::npos) << line;
    });
}

} // namespace
} // namespace juggler
