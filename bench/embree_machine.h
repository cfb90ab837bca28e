// What a result must say of where it was measured.
#pragma once

#include <nlohmann/json.hpp>

namespace juggler {

nlohmann::ordered_json machine_facts();

// Clock rate of this core just now, in GHz, by a chain of dependent additions.
double measure_ghz();

} // namespace juggler
