// From light to the bytes of a file.
#pragma once

#include "host/image/format.h"
#include "host/image/picture.h"
#include "host/image/png.h"
#include "host/image/tone.h"

#include <cstddef>
#include <cstdint>
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

// What encoding takes, kept from picture to picture so that it is not allocated again.
struct EncodeMemory {
    std::vector<std::byte> file; // of the last picture
    std::vector<uint8_t> codes8;
    std::vector<uint16_t> codes16;
    PngMemory png;
};

// The whole file, into memory.file. `settings`, 16 digits, is kept in it where the format can
// (host/image/whole.h). `shown`, if asked for, gets the codes to draw in a terminal.
void encode_picture(EncodeMemory& memory, Picture&& light, const Placement& place,
                    const EncodeSettings& how, const std::string& settings,
                    EncodedPicture* shown = nullptr, const PictureLayers& layers = {});
// Of a single picture.
std::vector<std::byte> encode_picture(Picture&& light, const Placement& place,
                                      const EncodeSettings& how, const std::string& settings,
                                      EncodedPicture* shown = nullptr,
                                      const PictureLayers& layers = {});

// Codes of 8 bits as a terminal or a video shows them, [height][width][3].
std::vector<uint8_t> display_codes(std::vector<float>&& light, const ToneSettings& tone);

} // namespace juggler
