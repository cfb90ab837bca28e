#include "host/image/diff.h"

#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"

#include <cstdio>

namespace juggler {
namespace {

bool within(const Difference& d, const DiffOptions& options) {
    if (!options.max && !options.rmse) return d.identical();
    return (!options.max || d.max <= *options.max) && (!options.rmse || d.rmse <= *options.rmse);
}

std::string summary(const Difference& d) {
    char text[400];
    const auto equal = static_cast<unsigned long long>(d.pixel_count - d.differing);
    const auto all = static_cast<unsigned long long>(d.pixel_count);
    int at = std::snprintf(text, sizeof text, "identical: %llu of %llu pixels\n", equal, all);
    if (!d.identical())
        at += std::snprintf(text + at, sizeof text - size_t(at),
                            "differing: %llu pixels (%.3g %%)\n"
                            "max:       %.9g at %u, %u in %s\n"
                            "mean:      %.9g\n"
                            "rmse:      %.9g\n"
                            "psnr:      %.6g dB\n",
                            all - equal, 100 * double(d.differing) / double(d.pixel_count), d.max,
                            d.max_x, d.max_y,
                            d.max_channel == 0   ? "red"
                            : d.max_channel == 1 ? "green"
                            : d.max_channel == 2 ? "blue"
                                                 : "alpha",
                            d.mean, d.rmse, d.psnr);
    return {text, size_t(at)};
}

} // namespace

Exit diff(const DiffOptions& options) {
    const uint64_t max_bytes = available_memory() / 4 * 3;
    const AnyPicture a = read_picture(options.a, max_bytes);
    const AnyPicture b = read_picture(options.b, max_bytes);
    const Difference d = compare(a, b);
    const bool good = within(d, options);
    print(options.json ? difference_json(d, good) : summary(d));
    return good ? Exit::done : Exit::differ;
}

} // namespace juggler
