#include "host/output/tev.h"

#include "host/base/error.h"

#include <algorithm>
#include <asio.hpp>
#include <bit>
#include <cstring>
#include <vector>

namespace juggler {
namespace {

// The kinds of packets that are sent: CreateImage, and UpdateImage with offsets and strides.
constexpr char create_image = 4, update_image_strided = 6;
constexpr uint32_t channel_count = 3;
constexpr const char* channel_names[channel_count] = {"R", "G", "B"};
// Rows are sent in bands of about this size, so that no packet needs much memory there.
constexpr size_t band_bytes = size_t(4) << 20;

static_assert(std::endian::native == std::endian::little, "packets are little-endian");

// Its length in bytes, the length's own four included; its kind; its fields one after another.
class Packet {
public:
    explicit Packet(char kind) : bytes_(4) { bytes_.push_back(kind); }

    template <class T>
    Packet& add(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return add_raw(&value, sizeof value);
    }
    Packet& add_text(const std::string& text) { return add_raw(text.c_str(), text.size() + 1); }
    Packet& add_channels() {
        for (const char* name : channel_names)
            add_text(name);
        return *this;
    }
    Packet& add_raw(const void* data, size_t size) {
        const auto* bytes = static_cast<const char*>(data);
        bytes_.insert(bytes_.end(), bytes, bytes + size);
        return *this;
    }
    const std::vector<char>& sealed() {
        const auto length = uint32_t(bytes_.size());
        std::memcpy(bytes_.data(), &length, sizeof length);
        return bytes_;
    }

private:
    std::vector<char> bytes_;
};

} // namespace

struct TevViewer::Connection {
    std::string address;
    asio::io_context context;
    asio::ip::tcp::socket socket{context};

    void send(Packet& packet) {
        asio::error_code error;
        asio::write(socket, asio::buffer(packet.sealed()), error);
        if (error)
            throw Error(Exit::output,
                        "send the picture to tev at " + address + ": " + error.message());
    }
};

TevViewer::TevViewer(const std::string& address) : connection_(std::make_unique<Connection>()) {
    connection_->address = address;
    const size_t colon = address.rfind(':');
    asio::error_code error;
    asio::ip::tcp::resolver resolver(connection_->context);
    const auto places =
        resolver.resolve(address.substr(0, colon), address.substr(colon + 1), error);
    if (!error) asio::connect(connection_->socket, places, error);
    if (error)
        throw Error(Exit::output, "reach tev at " + address + ": " + error.message() +
                                      "; start it first, or leave out --tev");
}

TevViewer::~TevViewer() = default;

void TevViewer::create(const std::string& name, uint32_t width, uint32_t height) {
    Packet packet(create_image);
    packet.add(true).add_text(name).add(int32_t(width)).add(int32_t(height));
    packet.add(int32_t(channel_count)).add_channels();
    connection_->send(packet);
}

void TevViewer::update(const std::string& name, uint32_t width, uint32_t height,
                       std::span<const float> rgb) {
    const size_t row = size_t(width) * channel_count;
    const auto band = uint32_t(std::max<size_t>(1, band_bytes / (row * sizeof(float))));
    for (uint32_t y = 0; y < height; y += band) {
        const uint32_t rows = std::min(band, height - y);
        Packet packet(update_image_strided);
        packet.add(false).add_text(name).add(int32_t(channel_count)).add_channels();
        packet.add(int32_t(0)).add(int32_t(y)).add(int32_t(width)).add(int32_t(rows));
        for (uint32_t c = 0; c < channel_count; ++c)
            packet.add(int64_t(c)); // where the channel begins,
        for (uint32_t c = 0; c < channel_count; ++c)
            packet.add(int64_t(channel_count)); // and from pixel to pixel, in floats
        const std::span<const float> values = rgb.subspan(row * y, row * rows);
        packet.add_raw(values.data(), values.size_bytes());
        connection_->send(packet);
    }
}

} // namespace juggler
