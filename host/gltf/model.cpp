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

} // namespace

tinygltf::Model parse_model(const Container& container, const std::vector<ExternalBuffer>& external,
                            const Folder& folder, uint64_t max_bytes) {
    Files files{external, folder, max_bytes};
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
    const auto* begin = container.json.data();
    const bool done =
        container.is_binary
            ? parser.LoadBinaryFromMemory(&model, &error, &warning,
                                          reinterpret_cast<const unsigned char*>(begin) -
                                              container.json_offset,
                                          static_cast<unsigned>(container.file_bytes), "")
            : parser.LoadASCIIFromString(&model, &error, &warning, begin,
                                         static_cast<unsigned>(container.json.size()), "");
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
