// The instruction sets this build has renderers for, and which of them this processor can run.
#pragma once

#include "cpu/wave.h"

#include <span>
#include <string_view>

namespace juggler {

struct InstructionSet {
    std::string_view name;
    std::string_view needs; // what the processor must have, for people
    bool (*supported)();
    WaveUnit (*unit)();
};

// From the plainest to the widest.
std::span<const InstructionSet> instruction_sets();

// The widest that runs here.
const InstructionSet& best_instruction_set();

} // namespace juggler
