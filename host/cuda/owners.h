// Owners of what the CUDA runtime hands out. An owner that exists is valid; destructors tell no one
// of failure, since there is no one to tell. Nothing here uses the default stream.
#pragma once

#include "host/base/error.h"
#include "host/cuda/runtime.h"

#include <cstddef>
#include <memory>
#include <type_traits>

namespace juggler::cuda {

class CudaError : public Error {
public:
    CudaError(Exit exit, Status status, const std::string& message)
        : Error(exit, message), status_(status) {}
    [[nodiscard]] Status status() const noexcept { return status_; }

private:
    Status status_;
};

// Throws CudaError for anything but success; `doing` finishes "cannot ...".
void check(Runtime& runtime, Status status, const std::string& doing);

inline std::string megabytes(uint64_t bytes) {
    return std::to_string((bytes + 999999) / 1000000) + " MB";
}

// A moment in a stream.
class Event {
public:
    explicit Event(Runtime& runtime) : runtime_(&runtime) {
        EventHandle raw{};
        check(runtime, runtime.create_event(raw), "create an event on the GPU");
        handle_ = Handle(raw, Destroy{&runtime});
    }
    [[nodiscard]] EventHandle get() const noexcept { return handle_.get(); }
    // Whether what was recorded last is over.
    [[nodiscard]] bool reached() const {
        const Status status = runtime_->query(get());
        if (status == not_ready) return false;
        check(*runtime_, status, "finish work on the GPU");
        return true;
    }

private:
    struct Destroy {
        Runtime* runtime;
        void operator()(EventHandle handle) const noexcept {
            if (!runtime->lost) (void)runtime->destroy_event(handle);
        }
    };
    using Handle = std::unique_ptr<CUevent_st, Destroy>;
    Runtime* runtime_;
    Handle handle_{nullptr, Destroy{nullptr}};
};

enum class Urgency { normal, urgent };

// Work in order. A stream drains before it dies, so whatever was declared before it may go next.
class Stream {
public:
    explicit Stream(Runtime& runtime, Urgency urgency = Urgency::normal) : runtime_(&runtime) {
        StreamHandle raw{};
        check(runtime, runtime.create_stream(urgency == Urgency::urgent, raw),
              "create a stream on the GPU");
        handle_ = Handle(raw, DrainAndDestroy{&runtime});
    }
    [[nodiscard]] StreamHandle get() const noexcept { return handle_.get(); }
    void record(const Event& event) const {
        check(*runtime_, runtime_->record(event.get(), get()), "record an event on the GPU");
    }
    // What is queued from now on comes after what `event` recorded last.
    void wait(const Event& event) const {
        check(*runtime_, runtime_->wait(get(), event.get()), "order streams on the GPU");
    }

private:
    struct DrainAndDestroy {
        Runtime* runtime;
        void operator()(StreamHandle handle) const noexcept {
            if (runtime->lost) return;
            (void)runtime->synchronize(handle);
            (void)runtime->destroy_stream(handle);
        }
    };
    using Handle = std::unique_ptr<CUstream_st, DrainAndDestroy>;
    Runtime* runtime_;
    Handle handle_{nullptr, DrainAndDestroy{nullptr}};
};

// `count` values of T, uninitialised: on the device, or in host memory that copies can go from and
// to while the host does something else.
enum class Place { device, pinned };

template <class T, Place place>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() = default;
    Buffer(Runtime& runtime, size_t count) : count_(count) {
        if (count == 0) return;
        void* raw = nullptr;
        if constexpr (place == Place::device)
            check(runtime, runtime.allocate(count * sizeof(T), raw),
                  "take " + megabytes(count * sizeof(T)) + " of GPU memory");
        else
            check(runtime, runtime.allocate_pinned(count * sizeof(T), raw),
                  "pin " + megabytes(count * sizeof(T)) + " of memory for the GPU");
        memory_ = Memory(static_cast<T*>(raw), Release{&runtime});
    }
    [[nodiscard]] T* data() const noexcept { return memory_.get(); }
    [[nodiscard]] size_t size() const noexcept { return count_; }
    [[nodiscard]] size_t bytes() const noexcept { return count_ * sizeof(T); }

private:
    struct Release {
        Runtime* runtime;
        void operator()(T* p) const noexcept {
            if (runtime->lost) return;
            if constexpr (place == Place::device)
                (void)runtime->release(p);
            else
                (void)runtime->release_pinned(p);
        }
    };
    using Memory = std::unique_ptr<T, Release>;
    Memory memory_{nullptr, Release{nullptr}};
    size_t count_ = 0;
};

template <class T>
using DeviceBuffer = Buffer<T, Place::device>;
template <class T>
using PinnedBuffer = Buffer<T, Place::pinned>;

} // namespace juggler::cuda
