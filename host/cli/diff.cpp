#include "host/image/diff.h"

#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/pages.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"

#include <cstdio>

namespace juggler {
namespace {

bool within(const Difference& d, const FlipMap& map, const DiffOptions& options) {
    if (!options.max && !options.rmse && !options.flip) return d.identical();
    return (!options.max || d.max <= *options.max) && (!options.rmse || d.rmse <= *options.rmse) &&
           (!options.flip || map.mean <= *options.flip);
}

std::string summary(const Difference& d, const FlipMap& map) {
    char text[500];
    const auto equal = static_cast<unsigned long long>(d.pixel_count - d.differing);
    const auto all = static_cast<unsigned long long>(d.pixel_count);
    int at = std::snprintf(text, sizeof text, "identical: %llu of %llu pixels\n", equal, all);
    if (!d.identical())
        at += std::snprintf(
            text + at, sizeof text - size_t(at),
            "differing: %llu pixels (%.3g %%)\n"
            "max:       %.9g at %u, %u in %s\n"
            "mean:      %.9g\n"
            "rmse:      %.9g\n"
            "psnr:      %.6g dB\n"
            "flip:      %.6g, at most %.4g at %u, %u\n",
            all - equal, 100 * double(d.differing) / double(d.pixel_count), d.max, d.max_x, d.max_y,
            d.max_channel == 0   ? "red"
            : d.max_channel == 1 ? "green"
            : d.max_channel == 2 ? "blue"
                                 : "alpha",
            d.mean, d.rmse, d.psnr, map.mean, double(map.max), map.max_x, map.max_y);
    return {text, size_t(at)};
}

// Equal pictures need no looking at.
FlipMap flip_of(const AnyPicture& a, const AnyPicture& b, bool identical) {
    if (!identical) return flip(a, b);
    FlipMap map;
    std::visit(
        [&map](const auto& picture) {
            map.width = picture.width;
            map.height = picture.height;
        },
        a);
    map.error.resize(size_t(map.width) * map.height);
    return map;
}

void write_map(const FlipMap& map, const std::string& name) {
    OutputFile file(name);
    file.write(encode_png8(map.width, map.height, heat_map(map), 1));
    file.commit();
}

} // namespace

Exit diff(const DiffOptions& options, const Context& context) {
    for (const std::string& file : {options.map, options.report})
        if (!file.empty()) check_output_place(file);
    const uint64_t max_bytes = available_memory() / 4 * 3;
    const AnyPicture a = read_picture(options.a, max_bytes);
    const AnyPicture b = read_picture(options.b, max_bytes);
    const Difference d = compare(a, b);
    const FlipMap map = flip_of(a, b, d.identical());
    if (!options.map.empty()) write_map(map, options.map);
    const bool good = within(d, map, options);
    if (!options.report.empty())
        write_page(difference_page(a, b, d, map, good, options, context.command), options.report);
    print(options.json ? difference_json(d, good, &map) : summary(d, map));
    return good ? Exit::done : Exit::differ;
}

} // namespace juggler
