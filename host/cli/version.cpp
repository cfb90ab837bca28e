#include "host/cli/help.h"
#include "host/cuda/runtime.h"
#include "host/image/preview.h"
#include "host/render/backend.h"

#include "version.h"

namespace juggler {

std::string version_text() {
    std::string text = "juggler " JUGGLER_VERSION;
    if (const std::string commit = JUGGLER_GIT; !commit.empty()) text += " (" + commit + ")";
    text += "\ncompiler   " JUGGLER_COMPILER ", " JUGGLER_BUILD_TYPE "\nback ends  ";
    bool first = true;
    for (const Backend& backend : backends()) {
        if (backend.name == "cuda" && cuda::built_in() == nullptr) continue;
        if (!first) text += ", ";
        text += backend.name;
        first = false;
    }
    text += "\nterminal   half blocks";
    if (has_chafa()) text += ", kitty, sixel";
    return text + "\n";
}

} // namespace juggler
