#include "host/cli/commands.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"

#include <unistd.h>

namespace juggler {

Exit show(const ShowOptions& options) {
    print(terminal_picture(read_png(options.file), options.how, terminal_size(STDOUT_FILENO)));
    return Exit::done;
}

} // namespace juggler
