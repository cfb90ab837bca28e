#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/image/read.h"

#include <unistd.h>

namespace juggler {

Exit show(const ShowOptions& options) {
    AnyPicture picture = read_picture(options.file, available_memory() / 4 * 3);
    print(
        terminal_picture(displayed(std::move(picture)), options.how, terminal_size(STDOUT_FILENO)));
    return Exit::done;
}

} // namespace juggler
