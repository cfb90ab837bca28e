// From light to the bytes of a file.
#pragma once

#include "host/image/format.h"
#include "host/image/picture.h"
#include "host/image/png.h"
#include "host/image/tone.h"

#include <cstddef>
#include <string>
#include <vector>

namespace juggler {

struct EncodeSettings {
    PictureFormat format = PictureFormat::png;
    ToneSettings tone;  // of formats that hold codes; light is written as it is
    int png_effort = 1; // 0 stores, 1 is fast, 9 is smallest
};

// What an OpenEXR file holds beside the light.
struct PictureLayers {
    std::vector<PictureChannel> channels;
    FileNotes notes;
};

// The whole file. `settings`, 16 digits, is kept in it where the format can (host/image/whole.h).
// `shown`, if asked for, gets the codes to draw in a terminal.
std::vector<std::byte> encode_picture(Picture&& light, const Placement& place,
                                      const EncodeSettings& how, const std::string& settings,
                                      EncodedPicture* shown = nullptr,
                                      const PictureLayers& layers = {});

// Codes of 8 bits as a terminal or a video shows them, [height][width][3].
std::vector<uint8_t> display_codes(std::vector<float>&& light, const ToneSettings& tone);

} // namespace juggler
