#include "host/gltf/container.h"

#include "host/gltf/problem.h"
#include "host/scene/json_positions.h"

#include <cstring>

namespace juggler::gltf {
namespace {

constexpr uint32_t json_chunk = 0x4e4f534a;   // "JSON"
constexpr uint32_t binary_chunk = 0x004e4942; // "BIN\0"
constexpr uint64_t header_bytes = 12, chunk_header_bytes = 8;

// Bytes a parsed JSON value costs, the small ones next to the large ones.
constexpr uint64_t bytes_per_value = 64;

uint32_t little_endian(std::span<const std::byte> file, uint64_t offset) {
    uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
        value = value << 8 | std::to_integer<uint32_t>(file[offset + static_cast<uint64_t>(i)]);
    return value;
}

std::string bytes_text(uint64_t count) { return std::to_string(count) + " bytes"; }

struct Chunk {
    uint32_t type;
    std::span<const std::byte> data;
    uint64_t end;
};

Chunk read_chunk(std::span<const std::byte> file, uint64_t offset, const char* name) {
    if (file.size() - offset < chunk_header_bytes)
        refuse_byte(offset,
                    std::string("the file ends inside the header of the ") + name + " chunk");
    const uint64_t length = little_endian(file, offset);
    const uint64_t begin = offset + chunk_header_bytes;
    if (length > file.size() - begin)
        refuse_byte(offset, std::string("the ") + name + " chunk says it has " +
                                bytes_text(length) + ", but only " +
                                bytes_text(file.size() - begin) + " follow");
    return {little_endian(file, offset + 4), file.subspan(begin, length), begin + length};
}

Container open_binary(std::span<const std::byte> file) {
    if (file.size() < header_bytes) refuse_byte(file.size(), "the file ends inside the GLB header");
    const uint32_t version = little_endian(file, 4);
    if (version != 2)
        refuse_byte(4, "the GLB has version " + std::to_string(version) +
                           ", only version 2 is supported");
    const uint32_t length = little_endian(file, 8);
    if (length != file.size())
        refuse_byte(8, "the GLB says it has " + bytes_text(length) + ", but the file has " +
                           bytes_text(file.size()));

    const Chunk json = read_chunk(file, header_bytes, "JSON");
    if (json.type != json_chunk) refuse_byte(header_bytes + 4, "the first chunk is not JSON");
    if (json.data.empty()) refuse_byte(header_bytes, "the JSON chunk is empty");
    Container container{true, {}, header_bytes + chunk_header_bytes, file.size(), {}};
    container.json = {reinterpret_cast<const char*>(json.data.data()), json.data.size()};

    // Chunks begin at multiples of four; some writers count the padding, some do not.
    const uint64_t next = (json.end + 3) / 4 * 4;
    if (next >= file.size()) return container;
    if (json.end % 4 != 0)
        refuse_byte(header_bytes, "the length of the JSON chunk is no multiple of 4");
    const Chunk binary = read_chunk(file, next, "BIN");
    if (binary.type == binary_chunk) container.binary = binary.data;
    return container;
}

} // namespace

Container open_container(std::span<const std::byte> file) {
    if (file.empty()) refuse_byte(0, "unexpected end of file: it is empty");
    const auto starts_with = [&](std::string_view magic) {
        return file.size() >= magic.size() &&
               std::memcmp(file.data(), magic.data(), magic.size()) == 0;
    };
    if (starts_with("glTF")) return open_binary(file);
    if (starts_with("\xef\xbb\xbf"))
        refuse_byte(0, "the text begins with a byte order mark, which JSON does not allow");
    Container container;
    container.file_bytes = file.size();
    container.json = {reinterpret_cast<const char*>(file.data()), file.size()};
    const size_t first = container.json.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || container.json[first] != '{')
        refuse_byte(first == std::string_view::npos ? 0 : first,
                    "this is no glTF file: neither the letters glTF nor a JSON object");
    return container;
}

void check_extent(const Container& container, uint64_t max_bytes) {
    uint64_t depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < container.json.size(); ++i) {
        const char c = container.json[i];
        if (in_string) {
            if (c == '\\') ++i;
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') depth -= depth > 0 ? 1 : 0;
        if (c == ',' || c == '[' || c == '{') ++values;
        if (depth > max_json_depth)
            refuse_byte(container.json_offset + i,
                        "nesting deeper than " + std::to_string(max_json_depth));
    }
    if (values > max_bytes / bytes_per_value)
        refuse_byte(container.json_offset, "the JSON text has about " + std::to_string(values) +
                                               " values, more than fit the memory budget of " +
                                               bytes_text(max_bytes));
}

} // namespace juggler::gltf
