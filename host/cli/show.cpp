#include "host/base/files.h"
#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/image/read.h"
#include "host/pipeline/timeline.h"

#include <fstream>
#include <vector>

#include <unistd.h>

namespace juggler {
namespace {

constexpr uint64_t trace_limit = uint64_t(1) << 28; // bytes

// No picture that is read here begins like this.
bool is_json(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return file.get() == '{';
}

Timeline timeline_of(const std::string& file) {
    const std::vector<std::byte> bytes = read_file(file, trace_limit);
    return read_trace({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
}

void show_traces(const ShowOptions& options) {
    std::vector<Timeline> timelines{timeline_of(options.file)};
    for (const std::string& file : options.more)
        timelines.push_back(timeline_of(file));
    if (!options.timeline.empty()) {
        OutputFile file(options.timeline);
        file.write(timeline_svg(timelines));
        file.commit();
        return;
    }
    const bool colours = options.how == ShowHow::blocks || isatty(STDOUT_FILENO);
    print(timeline_text(timelines, terminal_size(STDOUT_FILENO).columns, colours));
}

} // namespace

Exit show(const ShowOptions& options) {
    if (is_json(options.file)) {
        show_traces(options);
        return Exit::done;
    }
    if (!options.more.empty() || !options.timeline.empty())
        throw UsageError("show takes one picture, or traces");
    AnyPicture picture = read_picture(options.file, available_memory() / 4 * 3);
    print(
        terminal_picture(displayed(std::move(picture)), options.how, terminal_size(STDOUT_FILENO)));
    return Exit::done;
}

} // namespace juggler
