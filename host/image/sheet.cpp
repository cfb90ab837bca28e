#include "host/image/sheet.h"

#include "host/image/shrink.h"

#include <algorithm>

namespace juggler {

EncodedPicture contact_sheet(std::span<const EncodedPicture> pictures, uint32_t columns,
                             uint32_t cell_width, uint32_t cell_height) {
    constexpr uint32_t gap = 2;
    constexpr uint16_t grey = 40;
    columns = std::clamp<uint32_t>(columns, 1, std::max<uint32_t>(1, uint32_t(pictures.size())));
    const uint32_t rows = (uint32_t(pictures.size()) + columns - 1) / columns;
    EncodedPicture sheet{
        columns * (cell_width + gap) + gap, rows * (cell_height + gap) + gap, 3, 255, {}};
    sheet.values.assign(size_t(sheet.width) * sheet.height * 3, grey);
    for (uint32_t i = 0; i < pictures.size(); ++i) {
        const Shrunk small = shrink(pictures[i], cell_width, cell_height);
        const uint32_t x0 = gap + i % columns * (cell_width + gap) + (cell_width - small.width) / 2;
        const uint32_t y0 =
            gap + i / columns * (cell_height + gap) + (cell_height - small.height) / 2;
        const size_t row = size_t(small.width) * 3;
        for (uint32_t y = 0; y < small.height; ++y)
            std::copy_n(small.rgb.begin() + std::ptrdiff_t(y * row), row,
                        sheet.values.begin() +
                            std::ptrdiff_t((size_t(y0 + y) * sheet.width + x0) * 3));
    }
    return sheet;
}

} // namespace juggler
