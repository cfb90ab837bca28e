// Pictures for pages, no larger than a page can carry.
#pragma once

#include "host/image/png.h"

#include <string>
#include <vector>

namespace juggler {

struct PagePicture {
    std::string name;           // its caption
    std::vector<std::byte> png; // 8 bits
    uint32_t width = 0, height = 0;
    uint32_t whole_width = 0; // before it was shrunk, if it was
};

// Shrunk by averaging light until its file has at most `most_bytes`. Alpha is dropped.
PagePicture page_picture(std::string name, const EncodedPicture& picture, size_t most_bytes);

// [height][width][3] codes of 8 bits as a picture.
EncodedPicture as_picture(uint32_t width, uint32_t height, const std::vector<uint8_t>& rgb);

} // namespace juggler
