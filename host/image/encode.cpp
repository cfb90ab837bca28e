#include "host/image/encode.h"

#include "host/image/exr.h"
#include "host/image/pfm.h"
#include "host/image/radiance.h"
#include "host/image/srgb.h"
#include "host/image/whole.h"

#include <span>
#include <string>
#include <utility>

namespace juggler {
namespace {

std::vector<std::byte> encode_codes16(Picture&& light, const EncodeSettings& how,
                                      const FileNotes& notes, EncodedPicture* shown) {
    apply_tone(light.rgb, how.tone);
    const std::vector<uint16_t> codes = encode_srgb16(light.rgb);
    if (shown) *shown = {light.width, light.height, 3, 65535, codes};
    return encode_png16(light.width, light.height, codes, how.png_effort, notes);
}

std::vector<std::byte> encode_codes8(Picture&& light, const EncodeSettings& how,
                                     const FileNotes& notes, EncodedPicture* shown) {
    const std::vector<uint8_t> codes = display_codes(std::move(light.rgb), how.tone);
    if (shown) *shown = {light.width, light.height, 3, 255, {codes.begin(), codes.end()}};
    if (how.format == PictureFormat::png)
        return encode_png8(light.width, light.height, codes, how.png_effort, notes);
    const auto bytes = std::as_bytes(std::span(codes));
    return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> encode_light(const Picture& light, const Placement& place,
                                    PictureFormat format, FileNotes notes,
                                    const PictureLayers& layers) {
    if (format == PictureFormat::pfm) return encode_pfm(light.width, light.height, light.rgb);
    if (!notes.empty()) notes.push_back({seal_note, open_seal()});
    if (format == PictureFormat::exr)
        notes.insert(notes.end(), layers.notes.begin(), layers.notes.end());
    std::vector<std::byte> file =
        format == PictureFormat::exr
            ? encode_exr(light.width, light.height, place, light.rgb, notes, layers.channels)
            : encode_hdr(light.width, light.height, light.rgb, notes);
    if (!note_of(notes, seal_note).empty()) seal(file);
    return file;
}

} // namespace

std::vector<uint8_t> display_codes(std::vector<float>&& light, const ToneSettings& tone) {
    apply_tone(light, tone);
    return encode_srgb8(light);
}

std::vector<std::byte> encode_picture(Picture&& light, const Placement& place,
                                      const EncodeSettings& how, const std::string& settings,
                                      EncodedPicture* shown, const PictureLayers& layers) {
    FileNotes notes;
    if (!settings.empty()) notes.push_back({settings_note, settings});
    if (how.format == PictureFormat::png16)
        return encode_codes16(std::move(light), how, notes, shown);
    if (!facts_of(how.format).light) return encode_codes8(std::move(light), how, notes, shown);
    std::vector<std::byte> file = encode_light(light, place, how.format, notes, layers);
    if (shown) {
        const std::vector<uint8_t> codes = display_codes(std::move(light.rgb), how.tone);
        *shown = {light.width, light.height, 3, 255, {codes.begin(), codes.end()}};
    }
    return file;
}

} // namespace juggler
