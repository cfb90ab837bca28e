// The JSON scene format, described in docs/scene-format.md.
#pragma once

#include "host/scene/description.h"
#include "host/scene/load.h"

#include <filesystem>
#include <string_view>

namespace juggler {

// Frame `options.frame` of a scene whose whole text is given; `file` names it in messages, and its
// folder is where the files it names are looked for. Throws InputError with every problem found.
SceneDescription load_json_scene(const std::filesystem::path& file, std::string_view text,
                                 const LoadOptions& options = {});

} // namespace juggler
