#include "host/image/read.h"

#include "host/base/error.h"
#include "host/base/files.h"
#include "host/image/encode.h"
#include "host/image/exr.h"
#include "host/image/pfm.h"
#include "host/image/radiance.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace juggler {
namespace {

// More than any picture within the limits needs.
constexpr uint64_t file_limit = picture_pixel_limit * 16;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw Error(Exit::input, "read " + file.string() + ": " + why);
}

bool starts_like_png(const std::filesystem::path& path) {
    const auto close = [](std::FILE* file) { (void)std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
    if (!file) refuse(path, std::strerror(errno));
    std::array<std::byte, 8> first{};
    return is_png({first.data(), std::fread(first.data(), 1, first.size(), file.get())});
}

} // namespace

AnyPicture read_picture(const std::filesystem::path& path, uint64_t max_bytes) {
    if (starts_like_png(path)) return read_png(path, max_bytes);
    const std::vector<std::byte> file = read_file(path, std::min(file_limit, max_bytes));
    try {
        if (is_exr(file)) return decode_exr(file);
        if (is_hdr(file)) return decode_hdr(file);
        if (is_pfm(file)) return decode_pfm(file);
    } catch (const Error& e) {
        refuse(path, e.what());
    }
    refuse(path, "not a PNG, EXR, HDR or PFM picture");
}

EncodedPicture displayed(AnyPicture&& picture) {
    if (auto* codes = std::get_if<EncodedPicture>(&picture)) return std::move(*codes);
    auto& light = std::get<Picture>(picture);
    const std::vector<uint8_t> codes = display_codes(std::move(light.rgb), {});
    return {light.width, light.height, 3, 255, {codes.begin(), codes.end()}};
}

} // namespace juggler
