#include "host/gltf/picture.h"

#include "host/base/error.h"
#include "host/image/decode.h"

#include <span>

namespace juggler::gltf {
namespace {

constexpr uint64_t max_image_file_bytes = uint64_t(1) << 30;

// The encoded bytes, wherever they are: in a buffer, in the model, or in `file`.
std::span<const std::byte> encoded(const tinygltf::Model& model, const tinygltf::Image& image,
                                   const std::vector<std::byte>& file) {
    if (image.bufferView >= 0) {
        const auto& view = model.bufferViews[static_cast<size_t>(image.bufferView)];
        const auto& data = model.buffers[static_cast<size_t>(view.buffer)].data;
        return std::as_bytes(std::span(data).subspan(view.byteOffset, view.byteLength));
    }
    if (!image.image.empty()) return std::as_bytes(std::span(image.image));
    return file;
}

} // namespace

ImageDescription read_picture(const tinygltf::Model& model, int number, const Folder& folder,
                              MemoryBudget& budget) {
    const auto& image = model.images[static_cast<size_t>(number)];
    const std::string pointer = pointer_to("/images", number);
    std::vector<std::byte> file;
    std::string at = pointer;
    ImageDescription decoded;
    try {
        if (image.bufferView < 0 && image.image.empty()) {
            at = pointer + "/uri";
            file = folder.read(image.uri, max_image_file_bytes);
            at = pointer;
        }
        decoded = decode_image(encoded(model, image, file), budget.left());
    } catch (const Error& error) {
        refuse(at, error.what());
    }
    budget.take(decoded.texels.size(), sizeof(uint32_t), pointer);
    decoded.name = image.uri.empty() ? "#" + std::to_string(number) : image.uri;
    return decoded;
}

} // namespace juggler::gltf
