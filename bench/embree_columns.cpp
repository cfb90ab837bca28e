#include "bench/embree_columns.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace juggler {

void print(std::string& text, const char* format, ...) {
    char line[512];
    va_list values;
    va_start(values, format);
    const int length = std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    text.append(line, size_t(std::clamp(length, 0, int(sizeof line) - 1)));
}

std::string sizes_text(WaveSizes sizes) {
    return std::to_string(sizes.paths) + "/" + std::to_string(sizes.slots);
}

void print_sizes(std::string& text, const RunOptions& options, int width) {
    for (const WaveSizes sizes : options.sizes)
        print(text, " %*s", width, sizes_text(sizes).c_str());
    if (options.other == nullptr) return;
    for (const WaveSizes sizes : options.sizes)
        print(text, " %*s", width, ("o" + sizes_text(sizes)).c_str());
}

nlohmann::ordered_json json_of(const Variant& v, double work, const char* unit, double ratio) {
    return {{unit, work / median(v.seconds) * 1e-6},
            {"ratio_to_embree_single_fast", ratio},
            {"spread", spread(v.seconds)}};
}

Workspace make_workspace(const WaveUnit& unit, WaveSizes sizes, uint32_t stack_need) {
    return Workspace(::operator new(unit.workspace_bytes(sizes, stack_need), std::align_val_t(64)));
}

} // namespace juggler
