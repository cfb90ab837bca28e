// Small scenes that between them use everything a path can meet, for tests that compare pictures.
#pragma once

#include "host/scene/description.h"

#include <span>
#include <string_view>

namespace juggler::test {

struct GoldenScene {
    std::string_view name;
    SceneDescription (*make)();
};

// Every number in them comes from + - * / and sqrt, so they are the same on every machine. Each
// has one camera.
std::span<const GoldenScene> golden_scenes();

} // namespace juggler::test
