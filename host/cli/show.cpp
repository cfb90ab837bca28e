#include "host/cli/commands.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/image/read.h"

#include <unistd.h>

namespace juggler {

Exit show(const ShowOptions& options) {
    print(terminal_picture(displayed(read_picture(options.file)), options.how,
                           terminal_size(STDOUT_FILENO)));
    return Exit::done;
}

} // namespace juggler
