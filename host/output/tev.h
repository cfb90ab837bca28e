// A picture that grows in tev, an image viewer that takes pictures over TCP
// (github.com/Tom94/tev, "Ipc").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace juggler {

class TevViewer {
public:
    // `address` is HOST:PORT. Throws Error(Exit::output) if nobody listens there.
    explicit TevViewer(const std::string& address);
    // Drops what has not been sent.
    ~TevViewer();
    TevViewer(const TevViewer&) = delete;
    TevViewer& operator=(const TevViewer&) = delete;

    // Keeps a copy, which a thread sends: never waits for the viewer. A newer state of a picture
    // takes the place of one that has not been sent, and of some pictures that wait the oldest
    // goes. rgb is [height][width][3], linear light.
    void show(const std::string& name, uint32_t width, uint32_t height, std::span<const float> rgb);
    // Waits until all is sent, or the viewer has not read any of it for two seconds.
    void finish();
    // Why nothing is sent any more: "send the picture to tev at ...: Broken pipe".
    [[nodiscard]] std::optional<std::string> trouble() const;

private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

} // namespace juggler
