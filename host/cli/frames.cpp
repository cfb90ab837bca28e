#include "host/cli/frames.h"

#include "host/cli/usage.h"
#include "host/scene/diagnostics.h"

#include <algorithm>

namespace juggler {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

uint32_t frame_number(std::string_view text, std::string_view whole) {
    const auto n = parse_whole(text);
    if (!n || *n < 1 || *n > frame_limit)
        throw UsageError("--frames takes a list such as 1-48, 1-48:2, 3,7,10-20, 8..10 or all, "
                         "numbers from 1 to 1000000, not " +
                         in_quotes(whole));
    return uint32_t(*n);
}

FrameList::Range parse_range(std::string_view part, std::string_view whole) {
    FrameList::Range range{1, 1, 1};
    if (const size_t colon = part.find(':'); colon != std::string_view::npos) {
        range.step = frame_number(part.substr(colon + 1), whole);
        part = part.substr(0, colon);
    }
    size_t dash = part.find('-'), length = 1;
    if (dash == std::string_view::npos) {
        dash = part.find("..");
        length = 2;
    }
    range.first = frame_number(part.substr(0, dash), whole);
    range.last = dash == std::string_view::npos ? range.first
                                                : frame_number(part.substr(dash + length), whole);
    if (range.last < range.first)
        throw UsageError("--frames " + in_quotes(whole) +
                         " counts down: " + std::to_string(range.last) + " comes before " +
                         std::to_string(range.first));
    return range;
}

} // namespace

FrameList parse_frames(std::string_view text) {
    FrameList list;
    if (text == "all") {
        list.all = true;
        return list;
    }
    std::string_view rest = text;
    for (;;) {
        const size_t comma = rest.find(',');
        list.ranges.push_back(parse_range(trimmed(rest.substr(0, comma)), text));
        if (comma == std::string_view::npos) return list;
        rest = rest.substr(comma + 1);
    }
}

std::vector<uint32_t> frames_of(const FrameList& list, uint32_t frame_count) {
    std::vector<uint32_t> frames;
    std::vector<bool> taken(size_t(frame_count) + 1, false);
    const std::vector<FrameList::Range> whole{{1, frame_count, 1}};
    for (const FrameList::Range& range : list.all ? whole : list.ranges)
        for (uint64_t frame = range.first; frame <= range.last; frame += range.step) {
            if (frame > frame_count)
                throw UsageError(
                    "frame " + std::to_string(frame) + " is beyond the animation, which has " +
                    (frame_count == 1 ? "1 frame" : std::to_string(frame_count) + " frames"));
            if (taken[frame]) continue;
            taken[frame] = true;
            frames.push_back(uint32_t(frame));
        }
    return frames;
}

bool several_frames(const FrameList& list) {
    if (list.ranges.empty()) return false;
    const uint32_t only = list.ranges.front().first;
    return std::any_of(list.ranges.begin(), list.ranges.end(), [&](const FrameList::Range& r) {
        return r.first != only || r.last - r.first >= r.step;
    });
}

std::filesystem::path NamePattern::name(uint32_t frame) const {
    if (digits == 0) return folder / (before + after);
    std::string number = std::to_string(frame);
    if (number.size() < digits) number.insert(0, digits - number.size(), '0');
    return folder / (before + number + after);
}

NamePattern parse_pattern(const std::filesystem::path& output) {
    NamePattern pattern;
    pattern.folder = output.parent_path();
    const std::string name = output.filename().string();
    const size_t first = name.find('#');
    if (first == std::string::npos) {
        pattern.before = name;
        return pattern;
    }
    const size_t end = std::min(name.find_first_not_of('#', first), name.size());
    if (name.find('#', end) != std::string::npos)
        throw UsageError("--output " + in_quotes(output.string()) +
                         " has two runs of #; one stands for the frame number");
    if (end - first > 9)
        throw UsageError("--output " + in_quotes(output.string()) +
                         " has more than 9 # for the frame number");
    pattern.before = name.substr(0, first);
    pattern.after = name.substr(end);
    pattern.digits = unsigned(end - first);
    return pattern;
}

} // namespace juggler
