// The outside of a glTF file: JSON text alone (.gltf), or a binary container (.glb) of a JSON chunk
// and at most one chunk of data (glTF 2.0 specification, section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace juggler::gltf {

inline constexpr uint64_t max_file_bytes = uint64_t(1) << 31;

struct Container {
    bool is_binary = false;
    std::string_view json;
    uint64_t json_offset = 0; // of the text in the file
    uint64_t file_bytes = 0;
    std::span<const std::byte> binary; // the data chunk, empty if there is none
};

// Points into `file`. Lengths that disagree are refused by their byte offset.
Container open_container(std::span<const std::byte> file);

// Counts brackets and values without building anything: refuses text nested deeper than 128 levels,
// or with more values than `max_bytes` of memory hold.
void check_extent(const Container& container, uint64_t max_bytes);

} // namespace juggler::gltf
