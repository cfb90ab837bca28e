// A picture that grows in tev, an image viewer that takes pictures over TCP
// (github.com/Tom94/tev, "Ipc").
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace juggler {

class TevViewer {
public:
    // `address` is HOST:PORT. Throws Error(Exit::output) if nobody listens there.
    explicit TevViewer(const std::string& address);
    ~TevViewer();
    TevViewer(const TevViewer&) = delete;
    TevViewer& operator=(const TevViewer&) = delete;

    // A black picture of that name, in front.
    void create(const std::string& name, uint32_t width, uint32_t height);
    // All of it; rgb is [height][width][3], linear light. Both throw Error(Exit::output) if the
    // viewer has gone.
    void update(const std::string& name, uint32_t width, uint32_t height,
                std::span<const float> rgb);

private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

} // namespace juggler
