// Contact sheets and animations in the terminal.
#pragma once

#include "host/cli/frames.h"
#include "host/image/preview.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace juggler {

// Known by its suffix.
bool is_clip_name(const std::filesystem::path& path);

// Pictures of a folder by name; those that fit "f_####.png" by number. Throw Error(Exit::input) if
// there are none.
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> pictures_like(const std::string& pattern);

// Small, several to a row, with their names.
void show_sheet(const std::vector<std::filesystem::path>& files, ShowHow how, TerminalSize fit);

// One over the other. A clip is unpacked by the ffmpeg program.
void play_pictures(const std::vector<std::filesystem::path>& files, double fps, ShowHow how,
                   TerminalSize fit);
void play_clip(const std::filesystem::path& file, std::optional<double> fps, ShowHow how,
               TerminalSize fit);

} // namespace juggler
