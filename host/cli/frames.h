// Frame numbers on the command line and in file names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

inline constexpr uint32_t frame_limit = 1000000;

// "1-48", "1-48:2", "3,7,10-20", "8..10" or "all"; numbers count from 1.
struct FrameList {
    struct Range {
        uint32_t first, last, step;
        bool operator==(const Range&) const = default;
    };
    bool all = false;
    std::vector<Range> ranges;
};

// Throws UsageError.
FrameList parse_frames(std::string_view text);

// In the order asked for, each once. `frame_count` is the animation's length; throws UsageError for
// a frame beyond it.
std::vector<uint32_t> frames_of(const FrameList& list, uint32_t frame_count);

// More than one frame, as far as the list alone tells.
bool several_frames(const FrameList& list);

// An output's name with room for the frame number.
struct NamePattern {
    std::filesystem::path folder;
    std::string before, after;
    unsigned digits = 0; // 0: no number

    [[nodiscard]] std::filesystem::path name(uint32_t frame) const;
};

// One run of # in the file name stands for the frame number, padded with zeros to the run's length;
// # in folders is plain. Throws UsageError for two runs, or one of more than 9.
NamePattern parse_pattern(const std::filesystem::path& output);

} // namespace juggler
