// The stages every frame goes through, and the record of when it did.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace juggler {

enum class Stage : uint8_t { prepare, upload, render, download, encode, write };
inline constexpr size_t stage_count = 6;
inline constexpr Stage all_stages[stage_count] = {Stage::prepare,  Stage::upload, Stage::render,
                                                  Stage::download, Stage::encode, Stage::write};

constexpr std::string_view stage_name(Stage stage) {
    constexpr std::string_view names[stage_count] = {"prepare",  "upload", "render",
                                                     "download", "encode", "write"};
    return names[size_t(stage)];
}

constexpr size_t operator+(Stage stage) { return size_t(stage); }

// One clock for everything that is measured of a run.
using PipelineClock = std::chrono::steady_clock;

// One stage of one frame. Seconds from the start of the run.
struct Span {
    Stage stage;
    unsigned worker; // of the stage, from 0
    uint32_t index;  // of the frame in the run, from 0
    bool on_device;  // of an engine of a device, beside the worker's that waited for it
    double begin, end;
    double busy; // of these seconds, spent in the stage's work; the rest it waited by request
    double cpu;  // of the busy ones, this thread ran; the rest it waited for others or a disk

    [[nodiscard]] double seconds() const { return end - begin; }
};

} // namespace juggler
