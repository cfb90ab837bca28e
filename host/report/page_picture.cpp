#include "host/report/page_picture.h"

#include "host/image/shrink.h"

#include <algorithm>

namespace juggler {

PagePicture page_picture(std::string name, const EncodedPicture& picture, size_t most_bytes) {
    PagePicture page{std::move(name), {}, picture.width, picture.height, picture.width};
    for (uint32_t part = 1;; part *= 2) {
        const Shrunk small = shrink(picture, std::max(1u, picture.width / part),
                                    std::max(1u, picture.height / part));
        page.width = small.width;
        page.height = small.height;
        page.png = encode_png8(small.width, small.height, small.rgb, 6);
        if (page.png.size() <= most_bytes || (small.width == 1 && small.height == 1)) return page;
    }
}

EncodedPicture as_picture(uint32_t width, uint32_t height, const std::vector<uint8_t>& rgb) {
    return {width, height, 3, 255, {rgb.begin(), rgb.end()}};
}

} // namespace juggler
