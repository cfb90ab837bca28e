// Does the JSON of a glTF file have the form that the specification gives it? Types, ranges,
// required members, indices into lists that are there, byte ranges of buffer views. Everything
// behind this check may rely on it, the parser of the model above all.
#pragma once

#include "host/gltf/container.h"

#include <cstdint>
#include <string>
#include <vector>

namespace juggler::gltf {

// A buffer whose bytes are in a file of their own.
struct ExternalBuffer {
    size_t index;
    std::string uri;
    uint64_t byte_length;
};

struct Structure {
    std::vector<ExternalBuffer> external; // in the file's order
    std::string smooth_json;              // to be parsed in place of the file's, if not empty
};

// Throws Refusal with every problem found, and for extensions that are required and not supported.
Structure check_structure(const Container& container);

} // namespace juggler::gltf
