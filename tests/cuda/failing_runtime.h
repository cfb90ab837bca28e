// A CUDA runtime that fails at a call of one's choice. After an error that lasts, every later call
// fails alike, as on a device. Several threads may call it; the one behind it sees one at a time.
#pragma once

#include "host/cuda/runtime.h"

#include <mutex>
#include <string>
#include <vector>

namespace juggler::test {

class FailingRuntime : public cuda::Runtime {
    using Status = cuda::Status;

public:
    // Calls are counted from 0; `fail_at` beyond the last call: none fails.
    FailingRuntime(cuda::Runtime& inner, size_t fail_at, Status with)
        : inner_(inner), fail_at_(fail_at), with_(with) {}

    // Names of the calls so far.
    [[nodiscard]] const std::vector<std::string>& calls() const { return calls_; }
    [[nodiscard]] bool failed() const { return failed_; }

    Status driver_version(int& version) override {
        return pass("driver_version", [&] { return inner_.driver_version(version); });
    }
    Status runtime_version(int& version) override {
        return pass("runtime_version", [&] { return inner_.runtime_version(version); });
    }
    Status device_count(int& count) override {
        return pass("device_count", [&] { return inner_.device_count(count); });
    }
    Status device_facts(int device, cuda::DeviceFacts& facts) override {
        return pass("device_facts", [&] { return inner_.device_facts(device, facts); });
    }
    Status select_device(int device) override {
        return pass("select_device", [&] { return inner_.select_device(device); });
    }
    Status memory_info(size_t& free, size_t& total) override {
        return pass("memory_info", [&] { return inner_.memory_info(free, total); });
    }
    Status function_facts(const void* kernel, uint32_t block_threads,
                          cuda::FunctionFacts& facts) override {
        return pass("function_facts",
                    [&] { return inner_.function_facts(kernel, block_threads, facts); });
    }
    Status allocate(size_t bytes, void*& memory) override {
        return pass("allocate", [&] { return inner_.allocate(bytes, memory); });
    }
    Status release(void* memory) override {
        return give("release", [&] { return inner_.release(memory); });
    }
    Status allocate_pinned(size_t bytes, void*& memory) override {
        return pass("allocate_pinned", [&] { return inner_.allocate_pinned(bytes, memory); });
    }
    Status release_pinned(void* memory) override {
        return give("release_pinned", [&] { return inner_.release_pinned(memory); });
    }
    Status create_stream(bool urgent, cuda::StreamHandle& stream) override {
        return pass("create_stream", [&] { return inner_.create_stream(urgent, stream); });
    }
    Status destroy_stream(cuda::StreamHandle stream) override {
        return give("destroy_stream", [&] { return inner_.destroy_stream(stream); });
    }
    Status synchronize(cuda::StreamHandle stream) override {
        return give("synchronize", [&] { return inner_.synchronize(stream); });
    }
    Status create_event(cuda::EventHandle& event) override {
        return pass("create_event", [&] { return inner_.create_event(event); });
    }
    Status destroy_event(cuda::EventHandle event) override {
        return give("destroy_event", [&] { return inner_.destroy_event(event); });
    }
    Status record(cuda::EventHandle event, cuda::StreamHandle stream) override {
        return pass("record", [&] { return inner_.record(event, stream); });
    }
    Status wait(cuda::StreamHandle stream, cuda::EventHandle event) override {
        return pass("wait", [&] { return inner_.wait(stream, event); });
    }
    Status query(cuda::EventHandle event) override {
        return pass("query", [&] { return inner_.query(event); });
    }
    Status elapsed_ms(cuda::EventHandle begin, cuda::EventHandle end, float& ms) override {
        return pass("elapsed_ms", [&] { return inner_.elapsed_ms(begin, end, ms); });
    }
    Status copy(void* to, const void* from, size_t bytes, cuda::StreamHandle stream) override {
        return pass("copy", [&] { return inner_.copy(to, from, bytes, stream); });
    }
    Status fill(void* memory, int byte, size_t bytes, cuda::StreamHandle stream) override {
        return pass("fill", [&] { return inner_.fill(memory, byte, bytes, stream); });
    }
    Status launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads, void* argument,
                  size_t argument_bytes, cuda::StreamHandle stream) override {
        return pass("launch", [&] {
            return inner_.launch(kernel, blocks, block_threads, argument, argument_bytes, stream);
        });
    }
    Status last_error() override {
        return pass("last_error", [&] { return inner_.last_error(); });
    }
    std::string describe(Status status) override { return inner_.describe(status); }

private:
    template <class Call>
    Status pass(const char* name, const Call& call) {
        const std::lock_guard lock(mutex_);
        return pass_locked(name, call);
    }
    template <class Call>
    Status pass_locked(const char* name, const Call& call) {
        calls_.emplace_back(name);
        if (failed_ && cuda::is_lasting(with_)) return with_;
        if (calls_.size() - 1 != fail_at_) return call();
        failed_ = true;
        return with_;
    }
    // What gives back is done even where it reports a failure, as the real ones may.
    template <class Call>
    Status give(const char* name, const Call& call) {
        const std::lock_guard lock(mutex_);
        const Status given = call();
        return pass_locked(name, [given] { return given; });
    }

    cuda::Runtime& inner_;
    std::mutex mutex_;
    size_t fail_at_;
    Status with_;
    bool failed_ = false;
    std::vector<std::string> calls_;
};

} // namespace juggler::test
