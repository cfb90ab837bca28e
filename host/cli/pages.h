// What was run, as a page (host/report).
#pragma once

#include "host/cli/contest_setup.h"
#include "host/cli/report.h"
#include "host/image/diff.h"
#include "host/image/flip.h"
#include "host/learn/lesson.h"
#include "host/report/page.h"

#include <span>
#include <string>
#include <vector>

namespace juggler {

// The command line as a shell takes it.
std::string command_text(std::span<const std::string> words);

// `shown` are the frames to look at, by index in `frames`.
struct ShownFrame {
    size_t index = 0;
    EncodedPicture picture;
};
Page render_page(const RunStats& stats, const Timeline& timeline,
                 const std::vector<ShownFrame>& shown, const std::string& command,
                 const RunFailure* failure = nullptr);
Page contest_page(const ContestRecord& record, const std::vector<Timeline>& arrangements,
                  const std::string& command);
Page difference_page(const AnyPicture& a, const AnyPicture& b, const Difference& difference,
                     const FlipMap& map, bool within, const DiffOptions& options,
                     const std::string& command);
Page lesson_page(const Lesson& lesson, const LessonResult& result, const std::string& command);

// Under its own name once it is whole.
void write_page(const Page& page, const std::string& file);

} // namespace juggler
