#include "host/output/tev.h"

#include "host/base/error.h"

#include <algorithm>
#include <asio.hpp>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
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

using Clock = std::chrono::steady_clock;

// A picture as it was when it was handed over.
struct State {
    std::string name;
    uint32_t width = 0, height = 0;
    std::vector<float> rgb;
};

// Pictures that wait to be sent, and names that the viewer is known to have: as many as there are
// frames in flight.
constexpr size_t waiting_limit = 3, known_limit = 64;
constexpr std::chrono::seconds patience(2), time_to_connect(5);

} // namespace

struct TevViewer::Connection {
    explicit Connection(const std::string& where) : address(where) {}

    std::string address;
    asio::io_context context; // of the sender, once there is one
    asio::ip::tcp::socket socket{context};

    std::mutex mutex; // of what follows
    std::condition_variable_any changed;
    std::deque<State> waiting;
    bool sending = false;
    Clock::time_point moved; // when bytes went out last
    std::string trouble;
    std::jthread sender; // last: it uses all of the above

    void connect();
    // False if it was told to stop.
    bool send(Packet& packet, const std::stop_token& stop);
    bool create(const State& state, const std::stop_token& stop);
    bool update(const State& state, const std::stop_token& stop);
    void send_all(const std::stop_token& stop);

    [[nodiscard]] bool idle() const { return (waiting.empty() && !sending) || !trouble.empty(); }
    void give_up(const std::string& why) {
        const std::lock_guard lock(mutex);
        trouble = "send the picture to tev at " + address + ": " + why;
        waiting.clear();
        changed.notify_all();
    }
};

void TevViewer::Connection::connect() {
    const size_t colon = address.rfind(':');
    asio::error_code error;
    asio::ip::tcp::resolver resolver(context);
    const auto places =
        resolver.resolve(address.substr(0, colon), address.substr(colon + 1), error);
    if (!error) {
        error = asio::error::timed_out;
        asio::async_connect(socket, places,
                            [&](const asio::error_code& e, const auto&) { error = e; });
        context.run_for(time_to_connect);
    }
    if (error)
        throw Error(Exit::output, "reach tev at " + address + ": " + error.message() +
                                      "; start it first, or leave out --tev");
}

bool TevViewer::Connection::send(Packet& packet, const std::stop_token& stop) {
    asio::error_code error;
    bool done = false;
    const auto on_progress = [this](const asio::error_code& e, size_t) -> size_t {
        const std::lock_guard lock(mutex);
        moved = Clock::now();
        return e ? 0 : size_t(1) << 16;
    };
    asio::async_write(socket, asio::buffer(packet.sealed()), on_progress,
                      [&](const asio::error_code& e, size_t) {
                          error = e;
                          done = true;
                      });
    context.restart();
    while (!done) {
        context.run_one_for(std::chrono::milliseconds(50));
        if (stop.stop_requested()) (void)socket.close(error);
    }
    if (stop.stop_requested()) return false;
    if (error) throw Error(Exit::output, error.message());
    return true;
}

// A black picture of that name, in front.
bool TevViewer::Connection::create(const State& state, const std::stop_token& stop) {
    Packet packet(create_image);
    packet.add(true).add_text(state.name).add(int32_t(state.width)).add(int32_t(state.height));
    packet.add(int32_t(channel_count)).add_channels();
    return send(packet, stop);
}

bool TevViewer::Connection::update(const State& state, const std::stop_token& stop) {
    const size_t row = size_t(state.width) * channel_count;
    const auto band = uint32_t(std::max<size_t>(1, band_bytes / (row * sizeof(float))));
    for (uint32_t y = 0; y < state.height; y += band) {
        const uint32_t rows = std::min(band, state.height - y);
        Packet packet(update_image_strided);
        packet.add(false).add_text(state.name).add(int32_t(channel_count)).add_channels();
        packet.add(int32_t(0)).add(int32_t(y)).add(int32_t(state.width)).add(int32_t(rows));
        for (uint32_t c = 0; c < channel_count; ++c)
            packet.add(int64_t(c)); // where the channel begins,
        for (uint32_t c = 0; c < channel_count; ++c)
            packet.add(int64_t(channel_count)); // and from pixel to pixel, in floats
        const auto values = std::span(state.rgb).subspan(row * y, row * rows);
        packet.add_raw(values.data(), values.size_bytes());
        if (!send(packet, stop)) return false;
    }
    return true;
}

void TevViewer::Connection::send_all(const std::stop_token& stop) {
    std::deque<std::string> known;
    const auto is_known = [&](const std::string& name) {
        return std::find(known.begin(), known.end(), name) != known.end();
    };
    for (;;) {
        State state;
        {
            std::unique_lock lock(mutex);
            sending = false;
            changed.notify_all();
            if (!changed.wait(lock, stop, [&] { return !waiting.empty(); })) return;
            state = std::move(waiting.front());
            waiting.pop_front();
            sending = true;
            moved = Clock::now();
        }
        if (!is_known(state.name)) {
            if (!create(state, stop)) return;
            known.push_back(state.name);
            if (known.size() > known_limit) known.pop_front();
        }
        if (!update(state, stop)) return;
    }
}

TevViewer::TevViewer(const std::string& address)
    : connection_(std::make_unique<Connection>(address)) {
    connection_->connect();
    connection_->sender = std::jthread([c = connection_.get()](const std::stop_token& stop) {
        try {
            c->send_all(stop);
        } catch (const std::exception& e) {
            c->give_up(e.what());
        }
    });
}

TevViewer::~TevViewer() = default;

void TevViewer::show(const std::string& name, uint32_t width, uint32_t height,
                     std::span<const float> rgb) {
    Connection& c = *connection_;
    const std::lock_guard lock(c.mutex);
    if (!c.trouble.empty()) return;
    if (c.idle()) c.moved = Clock::now(); // it has not begun to wait for the viewer
    auto place = std::find_if(c.waiting.begin(), c.waiting.end(),
                              [&](const State& state) { return state.name == name; });
    if (place == c.waiting.end()) {
        if (c.waiting.size() == waiting_limit) c.waiting.pop_front();
        place = c.waiting.emplace(c.waiting.end());
        place->name = name;
    }
    place->width = width;
    place->height = height;
    place->rgb.assign(rgb.begin(), rgb.end());
    c.changed.notify_all();
}

void TevViewer::finish() {
    Connection& c = *connection_;
    std::unique_lock lock(c.mutex);
    while (!c.changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return c.idle(); })) {
        if (Clock::now() - c.moved < patience) continue;
        lock.unlock();
        c.give_up("it does not read any more");
        return;
    }
}

std::optional<std::string> TevViewer::trouble() const {
    const std::lock_guard lock(connection_->mutex);
    return connection_->trouble.empty() ? std::nullopt : std::optional(connection_->trouble);
}

} // namespace juggler
