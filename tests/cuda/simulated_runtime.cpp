#include "tests/cuda/simulated_runtime.h"

#include <chrono>
#include <cstring>
#include <vector>

namespace juggler::test {

using cuda::EventHandle;
using cuda::Status;
using cuda::StreamHandle;
using cuda::success;

namespace {
constexpr Status invalid_value = 1, invalid_handle = 400;
}

double SimulatedRuntime::now_ms() const {
    if (!options_.real_time) return clock_ms_;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

void SimulatedRuntime::complain(const std::string& what) {
    if (complaint_.empty()) complaint_ = what;
}

Status SimulatedRuntime::driver_version(int& version) {
    version = options_.driver;
    return success;
}
Status SimulatedRuntime::runtime_version(int& version) {
    version = 13000;
    return success;
}
Status SimulatedRuntime::device_count(int& count) {
    if (options_.driver < 13000) return cuda::insufficient_driver;
    if (options_.devices == 0) return cuda::no_device;
    count = options_.devices;
    return success;
}
Status SimulatedRuntime::device_facts(int device, cuda::DeviceFacts& facts) {
    if (device < 0 || device >= options_.devices) return cuda::invalid_device;
    facts = {"Simulated " + std::to_string(device), 9, 0, options_.memory_bytes, 4, false};
    return success;
}
Status SimulatedRuntime::select_device(int device) {
    return device >= 0 && device < options_.devices ? success : cuda::invalid_device;
}
Status SimulatedRuntime::memory_info(size_t& free, size_t& total) {
    total = free = options_.memory_bytes;
    for (const auto& [address, memory] : device_)
        free -= std::min(free, memory.size);
    return success;
}
Status SimulatedRuntime::function_facts(const void*, uint32_t, cuda::FunctionFacts& facts) {
    facts = {32, 0, 0, 1024, 4};
    return options_.no_code;
}

Status SimulatedRuntime::take(MemoryMap& map, size_t bytes, void*& memory) {
    ++allocations_;
    Memory taken{std::make_unique<std::byte[]>(bytes), bytes}; // NOLINT: raw memory
    std::memset(taken.bytes.get(), 0xcd, bytes);
    memory = taken.bytes.get();
    map.emplace(taken.bytes.get(), std::move(taken));
    return success;
}
// As the real ones, waits for all work first.
Status SimulatedRuntime::give(MemoryMap& map, void* memory) {
    drain();
    if (map.erase(static_cast<const std::byte*>(memory)) == 1) return success;
    complain("memory is given back that was not taken");
    return invalid_value;
}
Status SimulatedRuntime::allocate(size_t bytes, void*& memory) {
    size_t free = 0, total = 0;
    (void)memory_info(free, total);
    return bytes > free ? cuda::out_of_memory : take(device_, bytes, memory);
}
Status SimulatedRuntime::release(void* memory) { return give(device_, memory); }
Status SimulatedRuntime::allocate_pinned(size_t bytes, void*& memory) {
    return take(pinned_, bytes, memory);
}
Status SimulatedRuntime::release_pinned(void* memory) { return give(pinned_, memory); }

MemoryRange SimulatedRuntime::device_range(const void* p) const {
    auto after = device_.upper_bound(static_cast<const std::byte*>(p));
    if (after == device_.begin()) return {};
    --after;
    return {after->first, after->first + after->second.size};
}

bool SimulatedRuntime::holds(const MemoryMap& map, const void* begin, size_t bytes) {
    const auto* p = static_cast<const std::byte*>(begin);
    auto after = map.upper_bound(p);
    if (after == map.begin()) return false;
    const Memory& memory = (--after)->second;
    return size_t(p - after->first) + bytes <= memory.size;
}

Status SimulatedRuntime::create_stream(bool, StreamHandle& stream) {
    stream = reinterpret_cast<StreamHandle>(next_handle_++);
    streams_[stream];
    return success;
}
std::deque<SimulatedRuntime::Work>* SimulatedRuntime::queue(StreamHandle stream) {
    const auto found = streams_.find(stream);
    if (found != streams_.end()) return &found->second;
    complain("a stream is used that does not exist");
    return nullptr;
}
Status SimulatedRuntime::destroy_stream(StreamHandle stream) {
    const auto* work = queue(stream);
    if (work == nullptr) return invalid_handle;
    if (!work->empty()) complain("a stream is destroyed with work in it");
    streams_.erase(stream);
    return success;
}
Status SimulatedRuntime::synchronize(StreamHandle stream) {
    const auto* work = queue(stream);
    if (work == nullptr) return invalid_handle;
    while (!work->empty())
        if (!advance()) return cuda::launch_timeout;
    return success;
}

Status SimulatedRuntime::create_event(EventHandle& event) {
    event = reinterpret_cast<EventHandle>(next_handle_++);
    events_[event];
    return success;
}
Status SimulatedRuntime::destroy_event(EventHandle event) {
    if (events_.erase(event) == 1) return success;
    complain("an event is destroyed that does not exist");
    return invalid_handle;
}
Status SimulatedRuntime::record(EventHandle event, StreamHandle stream) {
    auto* work = queue(stream);
    if (work == nullptr || events_.count(event) == 0) return invalid_handle;
    const auto moment = std::make_shared<Moment>();
    events_[event] = moment;
    work->push_back({nullptr, [this, moment] { *moment = {true, now_ms()}; }});
    return success;
}
Status SimulatedRuntime::wait(StreamHandle stream, EventHandle event) {
    auto* work = queue(stream);
    if (work == nullptr || events_.count(event) == 0) return invalid_handle;
    if (events_[event]) work->push_back({events_[event], [] {}});
    return success;
}
Status SimulatedRuntime::query(EventHandle event) {
    const auto found = events_.find(event);
    if (found == events_.end()) return invalid_handle;
    if (!found->second || found->second->passed) return success;
    advance();
    return cuda::not_ready;
}
Status SimulatedRuntime::elapsed_ms(EventHandle begin, EventHandle end, float& ms) {
    const auto from = events_.find(begin), to = events_.find(end);
    if (from == events_.end() || to == events_.end() || !from->second || !to->second)
        return invalid_handle;
    if (!from->second->passed || !to->second->passed) return cuda::not_ready;
    ms = static_cast<float>(to->second->time_ms - from->second->time_ms);
    return success;
}

Status SimulatedRuntime::copy(void* to, const void* from, size_t bytes, StreamHandle stream) {
    auto* work = queue(stream);
    if (work == nullptr) return invalid_handle;
    work->push_back({nullptr, [=, this] {
                         const bool up = holds(pinned_, from, bytes) && holds(device_, to, bytes);
                         const bool down = holds(device_, from, bytes) && holds(pinned_, to, bytes);
                         copied_bytes_ += bytes;
                         if (up || down)
                             std::memcpy(to, from, bytes);
                         else
                             complain("a copy is not between device memory and pinned memory");
                     }});
    return success;
}
Status SimulatedRuntime::fill(void* memory, int byte, size_t bytes, StreamHandle stream) {
    auto* work = queue(stream);
    if (work == nullptr) return invalid_handle;
    work->push_back({nullptr, [=, this] {
                         if (holds(device_, memory, bytes))
                             std::memset(memory, byte, bytes);
                         else
                             complain("memory is filled that is not the device's");
                     }});
    return success;
}
Status SimulatedRuntime::launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                                void* argument, size_t argument_bytes, StreamHandle stream) {
    auto* work = queue(stream);
    if (work == nullptr) return invalid_handle;
    if (blocks.x == 0 || blocks.y == 0 || blocks.y > 65535 || block_threads == 0 ||
        block_threads > 1024)
        return 9; // cudaErrorInvalidConfiguration
    ++launches_;
    ++launches_of_[kernel];
    const auto* from = static_cast<const std::byte*>(argument);
    work->push_back(
        {nullptr, [=, this, task = std::vector<std::byte>(from, from + argument_bytes)] {
             executor_.launch(kernel, blocks, block_threads, task.data());
             const double slowness = kernel == options_.slow_kernel ? 1000 : 1;
             clock_ms_ += slowness * options_.ms_a_thread * blocks.x * blocks.y * block_threads;
         }});
    return success;
}

bool SimulatedRuntime::advance() {
    if (options_.hangs) return false;
    std::vector<std::deque<Work>*> ready;
    for (auto& [handle, work] : streams_)
        if (!work.empty() && (!work.front().after || work.front().after->passed))
            ready.push_back(&work);
    if (ready.empty()) return false;
    std::deque<Work>& work = *ready[random_.below(static_cast<uint32_t>(ready.size()))];
    const std::function<void()> act = std::move(work.front().act);
    work.pop_front();
    act();
    return true;
}
void SimulatedRuntime::drain() {
    while (advance()) {
    }
}

Status SimulatedRuntime::last_error() { return success; }
std::string SimulatedRuntime::describe(Status status) {
    return "simulated error " + std::to_string(status);
}

} // namespace juggler::test
