#include "host/gltf/model.h"

#include "host/base/error.h"
#include "host/gltf/problem.h"

#include <cstring>
#include <exception>

namespace juggler::gltf {
namespace {

// The parser asks for files by paths it has put together from the URIs. It asks for the external
// buffers in the file's order and then for pictures, so counting tells which is meant, and the URI
// itself is opened, inside the folder.
struct Files {
    const std::vector<ExternalBuffer>& external;
    const Folder& folder;
    uint64_t max_bytes;
    size_t served = 0;
    std::exception_ptr failure = nullptr;
};

std::vector<std::byte> read_buffer(Files& files, const ExternalBuffer& buffer) {
    const std::string pointer = pointer_to("/buffers", buffer.index);
    std::vector<std::byte> bytes;
    try {
        bytes = files.folder.read(buffer.uri, files.max_bytes);
    } catch (const Error& error) {
        refuse(pointer + "/uri", error.what());
    }
    if (bytes.size() < buffer.byte_length)
        refuse(pointer + "/byteLength", "is " + std::to_string(buffer.byte_length) + ", but \"" +
                                            buffer.uri + "\" has " + std::to_string(bytes.size()) +
                                            " bytes");
    return bytes;
}

bool read_whole_file(std::vector<unsigned char>* out, std::string*, const std::string&,
                     void* user) {
    auto& files = *static_cast<Files*>(user);
    if (files.served == files.external.size()) return false; // a picture: read when it is used
    const ExternalBuffer& buffer = files.external[files.served++];
    // No exception may cross the library.
    try {
        const std::vector<std::byte> bytes = read_buffer(files, buffer);
        out->resize(buffer.byte_length);
        std::memcpy(out->data(), bytes.data(), out->size());
        return true;
    } catch (...) {
        files.failure = std::current_exception();
        return false;
    }
}

bool keep_encoded(tinygltf::Image* image, int, std::string*, std::string*, int, int,
                  const unsigned char* bytes, int size, void*) {
    if (image->bufferView < 0) image->image.assign(bytes, bytes + size);
    return true;
}

void append_word(std::string& to, size_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        to += static_cast<char>(value >> shift & 255);
}

void append_chunk(std::string& to, std::string_view type, std::string_view data, char padding) {
    const size_t padded = (data.size() + 3) / 4 * 4;
    append_word(to, padded);
    to += type;
    to += data;
    to.append(padded - data.size(), padding);
}

// A binary container of its own (glTF 2.0 specification, section 4).
std::string pack(std::string_view json, std::span<const std::byte> binary) {
    const std::string_view data(reinterpret_cast<const char*>(binary.data()), binary.size());
    const size_t bytes =
        20 + (json.size() + 3) / 4 * 4 + (data.empty() ? 0 : 8 + (data.size() + 3) / 4 * 4);
    if (bytes > max_file_bytes) refuse("", "is too large once its buffers are all named");
    std::string file = "glTF";
    file.reserve(bytes);
    append_word(file, 2);
    append_word(file, bytes);
    append_chunk(file, "JSON", json, ' ');
    if (!data.empty()) append_chunk(file, std::string_view("BIN\0", 4), data, '\0');
    return file;
}

} // namespace

tinygltf::Model parse_model(const Container& container, const Structure& structure,
                            const Folder& folder, uint64_t max_bytes) {
    Files files{structure.external, folder, max_bytes};
    tinygltf::TinyGLTF parser;
    parser.SetImageLoader(keep_encoded, nullptr);
    tinygltf::FsCallbacks callbacks{}; // by name: newer versions have more of them
    callbacks.FileExists = [](const std::string&, void*) { return true; };
    callbacks.ExpandFilePath = [](const std::string& path, void*) { return path; };
    callbacks.ReadWholeFile = read_whole_file;
    callbacks.user_data = &files;
    parser.SetFsCallbacks(callbacks);

    tinygltf::Model model;
    std::string error, warning;
    std::string_view json = container.json, whole;
    std::string packed;
    if (container.is_binary)
        whole = {json.data() - container.json_offset, static_cast<size_t>(container.file_bytes)};
    if (!structure.smooth_json.empty()) {
        json = structure.smooth_json;
        if (container.is_binary) whole = packed = pack(json, container.binary);
    }
    const bool done =
        container.is_binary
            ? parser.LoadBinaryFromMemory(&model, &error, &warning,
                                          reinterpret_cast<const unsigned char*>(whole.data()),
                                          static_cast<unsigned>(whole.size()), "")
            : parser.LoadASCIIFromString(&model, &error, &warning, json.data(),
                                         static_cast<unsigned>(json.size()), "");
    if (files.failure) std::rethrow_exception(files.failure);
    if (!done) {
        while (!error.empty() && (error.back() == '\n' || error.back() == '.'))
            error.pop_back();
        refuse("", error.empty() ? "is not a glTF file that can be read" : error);
    }
    return model;
}

const tinygltf::Value* extension(const tinygltf::ExtensionMap& extensions,
                                 const std::string& name) {
    const auto found = extensions.find(name);
    return found != extensions.end() ? &found->second : nullptr;
}

double number(const tinygltf::Value& object, const std::string& member, double otherwise) {
    const tinygltf::Value& value = object.Get(member);
    return value.IsNumber() ? value.GetNumberAsDouble() : otherwise;
}

} // namespace juggler::gltf
