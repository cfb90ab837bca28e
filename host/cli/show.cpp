#include "host/base/files.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/image/read.h"
#include "host/pipeline/timeline.h"

#include <fstream>

#include <unistd.h>

namespace juggler {
namespace {

constexpr uint64_t trace_limit = uint64_t(1) << 28; // bytes

// No picture that is read here begins like this.
bool is_json(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return file.get() == '{';
}

std::string drawn_trace(const ShowOptions& options) {
    const std::vector<std::byte> bytes = read_file(options.file, trace_limit);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const bool colours = options.how == ShowHow::blocks || isatty(STDOUT_FILENO);
    const unsigned columns = terminal_size(STDOUT_FILENO).columns;
    return timeline_text(read_trace(text, options.file), columns, colours);
}

} // namespace

Exit show(const ShowOptions& options) {
    if (is_json(options.file)) {
        print(drawn_trace(options));
        return Exit::done;
    }
    AnyPicture picture = read_picture(options.file, available_memory() / 4 * 3);
    print(
        terminal_picture(displayed(std::move(picture)), options.how, terminal_size(STDOUT_FILENO)));
    return Exit::done;
}

} // namespace juggler
