// What the runs of the bench share: columns of tables, entries of results, memory of a worker.
#pragma once

#include "bench/embree_runs.h"
#include "bench/embree_timing.h"

#include <memory>
#include <new>

namespace juggler {

// Appends as printf prints.
[[gnu::format(printf, 2, 3)]] void print(std::string& text, const char* format, ...);

std::string sizes_text(WaveSizes sizes);

// Headings of the columns of our walks, and of the other version's.
void print_sizes(std::string& text, const RunOptions& options, int width);

// `work` a second in millions, named `unit`, and the ratio to Embree's single fast calls.
nlohmann::ordered_json json_of(const Variant& v, double work, const char* unit, double ratio);

struct FreeAligned {
    void operator()(void* p) const noexcept { ::operator delete(p, std::align_val_t(64)); }
};
using Workspace = std::unique_ptr<void, FreeAligned>;
Workspace make_workspace(const WaveUnit& unit, WaveSizes sizes, uint32_t stack_need);

} // namespace juggler
