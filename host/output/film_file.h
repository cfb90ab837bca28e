// Film files: the exact sums of a picture, or of some of its rows or samples. Being integers, the
// sums of all parts add up to those of a single run, bit for bit, whatever made each of them.
//
// A film file is a text header, one "key=value" a line, and the sums: 3 little-endian 64-bit
// integers a pixel, with 28 fractional bits (docs/film-files.md).
#pragma once

#include "host/image/tone.h"
#include "host/output/part.h"
#include "host/output/settings.h"
#include "host/render/backend.h"
#include "host/render/frame.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace juggler {

struct FilmHeader {
    FileNotes settings; // FilmSettings::notes()
    uint32_t frame = 1;
    uint32_t width = 0, height = 0; // of the whole picture
    Window crop{};                  // what all parts together hold of it
    uint32_t spp = 0;
    // What this one holds.
    Window window{};
    SampleRange samples{0, 0};
    Part part;
    ToneSettings tone; // what the run would have made its picture with
    uint64_t nan_samples = 0, clamped_samples = 0;

    [[nodiscard]] uint64_t pixel_count() const {
        return uint64_t(window.x1 - window.x0) * (window.y1 - window.y0);
    }
};

// The whole file. `settings` are FilmSettings::notes(). Of the header, only what this one holds
// counts.
std::vector<std::byte> encode_film(const FileNotes& settings, const FilmHeader& header,
                                   std::span<const FilmPixel> sums);

// The header alone; the file's length has been checked against it. Throws Error(Exit::input)
// naming the file for one that is missing, no film, of another version, or cut.
FilmHeader read_film_header(const std::filesystem::path& file);

// Adds the sums to a film that holds its window. Throws Error(Exit::input) if a byte of the file is
// not as it was written.
void add_film(const std::filesystem::path& file, Film& film);

// Is there a film of these settings, of this part, and is it whole?
bool is_whole_film(const std::filesystem::path& file, const FilmSettings& of,
                   const FilmHeader& header);

} // namespace juggler
