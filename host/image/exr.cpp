#include "host/image/exr.h"

#include "host/base/error.h"
#include "host/image/limits.h"

#include <Iex.h>
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfIO.h>
#include <ImfInputFile.h>
#include <ImfOutputFile.h>
#include <ImfStringAttribute.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace juggler {
namespace {

using Imath::Box2i;
using Imath::V2i;

constexpr const char* rgb_names[3] = {"R", "G", "B"};

class ToMemory : public Imf::OStream {
public:
    explicit ToMemory(std::vector<std::byte>&& reuse)
        : Imf::OStream("a picture in memory"), bytes_(std::move(reuse)) {
        bytes_.clear();
    }
    void write(const char* bytes, int count) override {
        const size_t end = at_ + size_t(count);
        if (end > bytes_.size()) bytes_.resize(end);
        std::memcpy(bytes_.data() + at_, bytes, size_t(count));
        at_ = end;
    }
    uint64_t tellp() override { return at_; }
    void seekp(uint64_t position) override { at_ = size_t(position); }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
    size_t at_ = 0;
};

class FromMemory : public Imf::IStream {
public:
    explicit FromMemory(std::span<const std::byte> bytes)
        : Imf::IStream("the EXR"), bytes_(bytes) {}
    bool read(char* into, int count) override {
        if (at_ > bytes_.size() || size_t(count) > bytes_.size() - at_)
            throw Iex::InputExc("it ends too early");
        std::memcpy(into, bytes_.data() + at_, size_t(count));
        at_ += size_t(count);
        return at_ < bytes_.size();
    }
    uint64_t tellg() override { return at_; }
    void seekg(uint64_t position) override { at_ = size_t(position); }

private:
    std::span<const std::byte> bytes_;
    size_t at_ = 0;
};

Box2i window(uint32_t x, uint32_t y, uint32_t width, uint32_t height) {
    return {V2i(int(x), int(y)), V2i(int(x + width) - 1, int(y + height) - 1)};
}

// Every `step`th float from `values` on; the first is the data window's corner.
Imf::Slice slice(const float* values, size_t step, const Box2i& data, uint32_t width) {
    const auto stride = ptrdiff_t(sizeof(float) * step);
    const ptrdiff_t corner = (ptrdiff_t(data.min.y) * width + data.min.x) * stride;
    // The library adds the corner's coordinates again.
    char* origin = reinterpret_cast<char*>(const_cast<float*>(values)) - corner;
    return {Imf::FLOAT, origin, size_t(stride), size_t(stride) * width};
}

[[noreturn]] void refuse(const std::string& why) { throw Error(Exit::input, "the EXR " + why); }

Picture read_pixels(Imf::InputFile& file, uint64_t max_bytes) {
    const Box2i data = file.header().dataWindow();
    const int64_t width = int64_t(data.max.x) - data.min.x + 1;
    const int64_t height = int64_t(data.max.y) - data.min.y + 1;
    if (width < 1 || height < 1 || width > picture_side_limit || height > picture_side_limit ||
        uint64_t(width * height) > picture_pixel_limit)
        refuse("has " + std::to_string(width) + " x " + std::to_string(height) +
               " pixels; the limits are 65536 a side and 2^28 in all");
    check_picture_bytes("EXR", uint64_t(width), uint64_t(height), max_bytes);
    const Imf::ChannelList& channels = file.header().channels();
    const bool grey = !channels.findChannel("R") && channels.findChannel("Y");
    for (size_t c = 0; c < (grey ? 1 : 3); ++c) {
        const char* name = grey ? "Y" : rgb_names[c];
        const Imf::Channel* channel = channels.findChannel(name);
        if (!channel) refuse(std::string("has no channel ") + name);
        if (channel->xSampling != 1 || channel->ySampling != 1)
            refuse(std::string("has only some pixels of its channel ") + name);
    }
    // Room is made some rows at a time: a short file may claim any size. No compression joins more
    // than 256 rows.
    Picture picture{uint32_t(width), uint32_t(height), {}};
    for (int64_t first = data.min.y; first <= data.max.y; first += 256) {
        const int64_t last = std::min<int64_t>(first + 255, data.max.y);
        const size_t before = picture.rgb.size();
        picture.rgb.resize(before + size_t(last - first + 1) * size_t(width) * 3);
        const Box2i rows(V2i(data.min.x, int(first)), V2i(data.max.x, int(last)));
        Imf::FrameBuffer buffer;
        for (size_t c = 0; c < (grey ? 1 : 3); ++c)
            buffer.insert(grey ? "Y" : rgb_names[c],
                          slice(picture.rgb.data() + before + c, 3, rows, picture.width));
        file.setFrameBuffer(buffer);
        file.readPixels(int(first), int(last));
    }
    if (grey)
        for (size_t i = 0; i < picture.rgb.size(); i += 3)
            picture.rgb[i + 1] = picture.rgb[i + 2] = picture.rgb[i];
    return picture;
}

} // namespace

std::vector<std::byte> encode_exr(uint32_t width, uint32_t height, const Placement& place,
                                  std::span<const float> rgb, const FileNotes& notes,
                                  std::span<const PictureChannel> more,
                                  std::vector<std::byte> reuse) {
    const Box2i data = window(place.x, place.y, width, height);
    Imf::Header header(window(0, 0, place.whole_width, place.whole_height), data);
    header.compression() = Imf::ZIP_COMPRESSION;
    Imf::FrameBuffer buffer;
    for (size_t c = 0; c < 3; ++c) {
        header.channels().insert(rgb_names[c], Imf::Channel(Imf::FLOAT));
        buffer.insert(rgb_names[c], slice(rgb.data() + c, 3, data, width));
    }
    for (const PictureChannel& channel : more) {
        header.channels().insert(channel.name, Imf::Channel(Imf::FLOAT));
        buffer.insert(channel.name, slice(channel.values, 1, data, width));
    }
    for (const FileNote& note : notes)
        header.insert(note.key, Imf::StringAttribute(note.value));
    ToMemory memory(std::move(reuse));
    try {
        Imf::OutputFile file(memory, header, 0);
        file.setFrameBuffer(buffer);
        file.writePixels(int(height));
    } catch (const std::exception& e) {
        throw Error(Exit::failed, std::string("encode an EXR: ") + e.what());
    }
    return memory.take();
}

bool is_exr(std::span<const std::byte> file) {
    static constexpr std::byte magic[4] = {std::byte{0x76}, std::byte{0x2f}, std::byte{0x31},
                                           std::byte{0x01}};
    return file.size() >= 4 && std::equal(magic, magic + 4, file.begin());
}

Picture decode_exr(std::span<const std::byte> bytes, FileNotes* notes, uint64_t max_bytes) {
    if (!is_exr(bytes)) refuse("is none");
    try {
        // Limits of the library itself, checked before it takes memory for a header's word.
        Imf::Header::setMaxImageSize(picture_side_limit, picture_side_limit);
        Imf::Header::setMaxTileSize(picture_side_limit, picture_side_limit);
        FromMemory memory(bytes);
        Imf::InputFile file(memory, 0);
        Picture picture = read_pixels(file, max_bytes);
        const Imf::Header& header = file.header();
        for (auto at = header.begin(); notes && at != header.end(); ++at)
            if (const auto* text = dynamic_cast<const Imf::StringAttribute*>(&at.attribute()))
                notes->push_back({at.name(), text->value()});
        return picture;
    } catch (const Error& e) {
        if (std::strncmp(e.what(), "the EXR ", 8) == 0) throw;
        refuse(e.what());
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& e) {
        refuse(std::string("is broken: ") + e.what());
    }
}

} // namespace juggler
