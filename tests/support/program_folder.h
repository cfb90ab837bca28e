// Tests that run the program in a folder of their own. Whoever includes this defines
// JUGGLER_PROGRAM.
#pragma once

#include "tests/cli_process.h"
#include "tests/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace juggler::test {

class ProgramFolder : public testing::Test {
protected:
    TempFolder work;
    std::filesystem::path folder = work.path();

    // The program with these words, which blanks divide.
    [[nodiscard]] Spawn command(const std::string& text) const {
        Spawn run;
        run.folder = folder;
        run.words.emplace_back(JUGGLER_PROGRAM);
        std::istringstream in(text);
        for (std::string word; in >> word;)
            run.words.push_back(word);
        return run;
    }
    [[nodiscard]] Outcome juggler(const std::string& text) const { return run(command(text)); }
    // Of a file in the folder.
    [[nodiscard]] std::string bytes(const std::string& name) const {
        std::ifstream in(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

} // namespace juggler::test
