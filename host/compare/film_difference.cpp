#include "host/compare/film_difference.h"

#include <cstdio>

namespace juggler {

FilmDifference compare_films(const FilmView& reference, const FilmView& other,
                             uint32_t sample_count) {
    FilmDifference d;
    d.pixel_count = uint64_t(reference.width) * reference.height;
    const double scale = 0x1p-28 / sample_count;
    for (uint64_t i = 0; i < d.pixel_count; ++i) {
        const uint64_t* a = reference.pixels[i].rgb;
        const uint64_t* b = other.pixels[i].rgb;
        for (uint32_t c = 0; c < 3; ++c) {
            if (a[c] == b[c]) continue;
            if (d.differing++ == 0) {
                d.x = reference.x0 + uint32_t(i % reference.width);
                d.y = reference.y0 + uint32_t(i / reference.width);
                d.channel = c;
                d.reference = double(a[c]) * scale;
                d.other = double(b[c]) * scale;
            }
            break;
        }
    }
    return d;
}

std::string sentence(const FilmDifference& d) {
    const auto all = static_cast<unsigned long long>(d.pixel_count);
    const auto apart = static_cast<unsigned long long>(d.differing);
    char text[240];
    if (d.identical()) {
        std::snprintf(text, sizeof text, "identical: %llu of %llu pixels", all, all);
        return text;
    }
    static const char* const channels[] = {"red", "green", "blue"};
    std::snprintf(text, sizeof text,
                  "different: %llu of %llu pixels, the first at %u, %u in %s: %a and %a", apart,
                  all, d.x, d.y, channels[d.channel], d.reference, d.other);
    return text;
}

} // namespace juggler
