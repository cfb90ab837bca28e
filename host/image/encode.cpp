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

void show_codes(EncodedPicture* shown, const Picture& light, uint32_t largest, const auto& codes) {
    if (shown == nullptr) return;
    shown->width = light.width;
    shown->height = light.height;
    shown->channels = 3;
    shown->largest = largest;
    shown->values.assign(codes.begin(), codes.end());
}

void encode_codes16(EncodeMemory& memory, Picture&& light, const EncodeSettings& how,
                    const FileNotes& notes, EncodedPicture* shown) {
    apply_tone(light.rgb, how.tone);
    encode_srgb16(light.rgb, memory.codes16);
    show_codes(shown, light, 65535, memory.codes16);
    write_png(memory.file, light.width, light.height, std::span<const uint16_t>(memory.codes16),
              how.png_effort, notes, memory.png);
}

void find_codes8(EncodeMemory& memory, Picture&& light, const ToneSettings& tone,
                 EncodedPicture* shown) {
    apply_tone(light.rgb, tone);
    encode_srgb8(light.rgb, memory.codes8);
    show_codes(shown, light, 255, memory.codes8);
}

void encode_codes8(EncodeMemory& memory, Picture&& light, const EncodeSettings& how,
                   const FileNotes& notes, EncodedPicture* shown) {
    find_codes8(memory, std::move(light), how.tone, shown);
    if (how.format == PictureFormat::png)
        return write_png(memory.file, light.width, light.height,
                         std::span<const uint8_t>(memory.codes8), how.png_effort, notes,
                         memory.png);
    const auto bytes = std::as_bytes(std::span(memory.codes8));
    memory.file.assign(bytes.begin(), bytes.end());
}

void encode_light(EncodeMemory& memory, const Picture& light, const Placement& place,
                  PictureFormat format, FileNotes notes, const PictureLayers& layers) {
    std::vector<std::byte>& file = memory.file;
    if (format == PictureFormat::pfm) {
        file = encode_pfm(light.width, light.height, light.rgb, std::move(file));
        return;
    }
    if (!notes.empty()) notes.push_back({seal_note, open_seal()});
    if (format == PictureFormat::exr)
        notes.insert(notes.end(), layers.notes.begin(), layers.notes.end());
    file = format == PictureFormat::exr
               ? encode_exr(light.width, light.height, place, light.rgb, notes, layers.channels,
                            std::move(file))
               : encode_hdr(light.width, light.height, light.rgb, notes, std::move(file));
    if (!note_of(notes, seal_note).empty()) seal(file);
}

} // namespace

std::vector<uint8_t> display_codes(std::vector<float>&& light, const ToneSettings& tone) {
    apply_tone(light, tone);
    std::vector<uint8_t> codes;
    encode_srgb8(light, codes);
    return codes;
}

void encode_picture(EncodeMemory& memory, Picture&& light, const Placement& place,
                    const EncodeSettings& how, const std::string& settings, EncodedPicture* shown,
                    const PictureLayers& layers) {
    FileNotes notes;
    if (!settings.empty()) notes.push_back({settings_note, settings});
    if (how.format == PictureFormat::png16)
        return encode_codes16(memory, std::move(light), how, notes, shown);
    if (!facts_of(how.format).light)
        return encode_codes8(memory, std::move(light), how, notes, shown);
    encode_light(memory, light, place, how.format, notes, layers);
    if (shown) find_codes8(memory, std::move(light), how.tone, shown);
}

std::vector<std::byte> encode_picture(Picture&& light, const Placement& place,
                                      const EncodeSettings& how, const std::string& settings,
                                      EncodedPicture* shown, const PictureLayers& layers) {
    EncodeMemory memory;
    encode_picture(memory, std::move(light), place, how, settings, shown, layers);
    return std::move(memory.file);
}

} // namespace juggler
