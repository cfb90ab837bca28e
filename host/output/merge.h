// Parts of pictures, put together.
#pragma once

#include "host/output/film_file.h"

#include <filesystem>
#include <vector>

namespace juggler {

// The parts of one frame.
struct FrameParts {
    FilmHeader header; // of the first; settings and sizes are the same in all
    std::vector<std::filesystem::path> files;
};

// Reads the headers, and sorts the files by frame. Every pixel and sample of a frame must be there
// once: throws Error(Exit::differ) naming a part that is missing, there twice, or of another
// picture, and what about it differs. Error(Exit::input) for a file that is no film.
std::vector<FrameParts> gather_parts(const std::vector<std::filesystem::path>& files);

// The sums of all of them; what a single run would have had.
Film merge_films(const FrameParts& parts);

} // namespace juggler
