// A CUDA runtime without a GPU. Device memory is host memory that is watched; work of streams waits
// in queues and is done late and in any order that streams and events allow, so that a missing wait
// shows; kernels run on an Executor.
#pragma once

#include "host/cuda/runtime.h"
#include "tests/cuda/executor.h"
#include "tests/support/random.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace juggler::test {

class SimulatedRuntime : public cuda::Runtime {
public:
    struct Options {
        uint64_t seed = 1; // of the order of work
        size_t memory_bytes = size_t(1) << 30;
        double ms_a_thread = 1e-4;         // how long a launch takes, on a clock of its own
        const void* slow_kernel = nullptr; // takes a thousand times as long
        int devices = 1;
        int driver = 13000;
        cuda::Status no_code = cuda::success; // what asking for a kernel gives
        bool hangs = false;                   // work is never done
        bool real_time = false;               // events have the time of the host's clock
    };
    SimulatedRuntime(Executor& executor, const Options& options)
        : executor_(executor), options_(options), random_(options.seed) {
        executor_.watch([this](const void* p) { return device_range(p); });
    }

    // What has not been given back yet.
    [[nodiscard]] size_t alive() const {
        return device_.size() + pinned_.size() + streams_.size() + events_.size();
    }
    // Misuse that a real device would let pass or punish much later; empty if there was none.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    [[nodiscard]] size_t allocations() const { return allocations_; }
    [[nodiscard]] size_t launches() const { return launches_; }
    [[nodiscard]] size_t launches(const void* kernel) const {
        const auto found = launches_of_.find(kernel);
        return found == launches_of_.end() ? 0 : found->second;
    }
    [[nodiscard]] uint64_t copied_bytes() const { return copied_bytes_; }

    cuda::Status driver_version(int& version) override;
    cuda::Status runtime_version(int& version) override;
    cuda::Status device_count(int& count) override;
    cuda::Status device_facts(int device, cuda::DeviceFacts& facts) override;
    cuda::Status select_device(int device) override;
    cuda::Status memory_info(size_t& free, size_t& total) override;
    cuda::Status function_facts(const void* kernel, uint32_t block_threads,
                                cuda::FunctionFacts& facts) override;
    cuda::Status allocate(size_t bytes, void*& memory) override;
    cuda::Status release(void* memory) override;
    cuda::Status allocate_pinned(size_t bytes, void*& memory) override;
    cuda::Status release_pinned(void* memory) override;
    cuda::Status create_stream(bool urgent, cuda::StreamHandle& stream) override;
    cuda::Status destroy_stream(cuda::StreamHandle stream) override;
    cuda::Status synchronize(cuda::StreamHandle stream) override;
    cuda::Status create_event(cuda::EventHandle& event) override;
    cuda::Status destroy_event(cuda::EventHandle event) override;
    cuda::Status record(cuda::EventHandle event, cuda::StreamHandle stream) override;
    cuda::Status wait(cuda::StreamHandle stream, cuda::EventHandle event) override;
    cuda::Status query(cuda::EventHandle event) override;
    cuda::Status elapsed_ms(cuda::EventHandle begin, cuda::EventHandle end, float& ms) override;
    cuda::Status copy(void* to, const void* from, size_t bytes, cuda::StreamHandle stream) override;
    cuda::Status fill(void* memory, int byte, size_t bytes, cuda::StreamHandle stream) override;
    cuda::Status launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                        void* argument, size_t argument_bytes, cuda::StreamHandle stream) override;
    cuda::Status last_error() override;
    std::string describe(cuda::Status status) override;

private:
    struct Moment { // one recording of an event
        bool passed = false;
        double time_ms = 0;
    };
    struct Work {
        std::shared_ptr<Moment> after; // may be null
        std::function<void()> act;
    };
    struct Memory {
        std::unique_ptr<std::byte[]> bytes; // NOLINT: raw memory
        size_t size;
    };
    using MemoryMap = std::map<const std::byte*, Memory>;

    [[nodiscard]] double now_ms() const;
    void complain(const std::string& what);
    [[nodiscard]] MemoryRange device_range(const void* p) const;
    static bool holds(const MemoryMap& map, const void* begin, size_t bytes);
    cuda::Status take(MemoryMap& map, size_t bytes, void*& memory);
    cuda::Status give(MemoryMap& map, void* memory);
    std::deque<Work>* queue(cuda::StreamHandle stream);
    bool advance(); // does the first work of some stream that may go on; false if none may
    void drain();

    Executor& executor_;
    Options options_;
    Random random_;
    MemoryMap device_, pinned_;
    std::map<cuda::StreamHandle, std::deque<Work>> streams_;
    std::map<cuda::EventHandle, std::shared_ptr<Moment>> events_; // null: never recorded
    uintptr_t next_handle_ = 1;
    size_t allocations_ = 0, launches_ = 0;
    std::map<const void*, size_t> launches_of_;
    uint64_t copied_bytes_ = 0;
    double clock_ms_ = 0;
    std::string complaint_;
};

} // namespace juggler::test
