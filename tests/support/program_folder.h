// Tests that run the program in a folder of their own. Whoever includes this defines
// JUGGLER_PROGRAM.
#pragma once

#include "tests/cli_process.h"
#include "tests/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace juggler::test {

// A red ball on a red floor under a grey-blue sky; `animation` is what stands in its braces.
inline std::string ball_scene(const std::string& animation) {
    return R"({ "juggler": 1,
  "camera": { "eye": [0, 1, 4], "look_at": [0, 0.5, 0], "fov_y_deg": 40 },
  "sky": { "constant": [0.7, 0.8, 1] },
  "materials": { "red": { "base_color": [0.8, 0.3, 0.2], "roughness": 0.5 } },
  "objects": [ { "plane": { "y": 0 }, "material": "red" },
               { "name": "ball", "sphere": { "center": [0, 0.5, 0], "radius": 0.5 },
                 "material": "red" } ],
  "animation": { )" +
           animation + " } }\n";
}

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
    // `environment`: "NAME=VALUE", beside those a test has anyway.
    [[nodiscard]] Outcome juggler(const std::string& text,
                                  const std::vector<std::string>& environment = {}) const {
        Spawn with = command(text);
        with.environment.insert(with.environment.end(), environment.begin(), environment.end());
        return run(with);
    }
    // Of a file in the folder.
    [[nodiscard]] std::string bytes(const std::string& name) const {
        std::ifstream in(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // Contents by name of the files in a folder there, or in any other by its whole path.
    [[nodiscard]] std::map<std::string, std::string>
    files_in(const std::filesystem::path& in) const {
        std::map<std::string, std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder / in))
            if (!entry.is_directory()) all[entry.path().filename()] = bytes(entry.path());
        return all;
    }
    // A folder in the folder, empty.
    void make_empty(const std::string& name) const {
        std::filesystem::remove_all(folder / name);
        std::filesystem::create_directory(folder / name);
    }
};

} // namespace juggler::test
