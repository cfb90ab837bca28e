// What a frame's film is made from, in full: the same settings, the same sums, bit for bit. Files
// hold their hash, so that a finished frame is known to be the one that is wanted, and the parts of
// a picture are known to belong together.
#pragma once

#include "host/image/encode.h"
#include "host/image/picture.h"
#include "host/render/frame.h"

#include <cstdint>
#include <string>

namespace juggler {

struct FilmSettings {
    std::string version;                // of this program
    uint64_t scene = 0;                 // hash of all files of the scene
    std::string changes;                // what the command line changes of it
    std::string view;                   // and of its camera
    uint32_t frame = 1;                 // of the animation
    uint32_t width = 640, height = 360; // of the whole picture
    Window window{0, 0, 640, 360};      // what is rendered of it, by all parts together
    uint32_t spp = 64, max_depth = 8, seed = 1;

    // Key and value of each, in this order; texts as hashes.
    [[nodiscard]] FileNotes notes() const;
    // 16 digits.
    [[nodiscard]] std::string hash() const;
};

// FilmSettings::hash(), of their notes.
std::string settings_hash(const FileNotes& notes);

// Of a picture file: those of its film, and what else reaches its pixels.
std::string picture_hash(const std::string& film_hash, const EncodeSettings& how);

} // namespace juggler
