#include "tests/cuda/fibers.h"

#include "tests/support/random.h"

#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <ucontext.h>

namespace juggler::test::fibers {

Place here;

namespace {

constexpr size_t stack_bytes = size_t(512) << 10;

enum class State { runs, waits_for_block, waits_for_lanes, ended };

struct Fiber {
    ucontext_t context{};
    std::unique_ptr<char[]> stack; // NOLINT: raw memory
    State state = State::ended;
    uint32_t mask = 0, word = 0;
    std::array<uint32_t, 32> words{};
};

std::vector<Fiber> threads; // of the block that runs
uint32_t current;           // index into them
ucontext_t scheduler;
const std::function<void()>* body;

Index unfold(uint32_t i, Shape shape) {
    return {i % shape.x, i / shape.x % shape.y, i / shape.x / shape.y};
}

void enter() {
    (*body)();
    threads[current].state = State::ended;
    swapcontext(&threads[current].context, &scheduler);
}

void pause(State state) {
    Fiber& self = threads[current];
    self.state = state;
    swapcontext(&self.context, &scheduler);
}

void start(Fiber& fiber) {
    if (!fiber.stack) fiber.stack.reset(new char[stack_bytes]);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_bytes;
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, enter, 0);
    fiber.state = State::runs;
}

void shuffle(std::vector<uint32_t>& order, Random& random) {
    for (size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
}

// Lets the lanes of `mask` in the warp that starts at `first` go on if all of them wait for each
// other.
bool release_lanes(uint32_t first, uint32_t mask) {
    std::array<uint32_t, 32> words{};
    for (uint32_t lane = 0; lane < 32; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        if (first + lane >= threads.size() || threads[first + lane].state == State::ended)
            throw std::runtime_error("a thread waits for lane " + std::to_string(lane) +
                                     ", which has ended");
        const Fiber& fiber = threads[first + lane];
        if (fiber.state != State::waits_for_lanes || fiber.mask != mask) return false;
        words[lane] = fiber.word;
    }
    for (uint32_t lane = 0; lane < 32; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        threads[first + lane].state = State::runs;
        threads[first + lane].words = words;
    }
    return true;
}

bool release_some() {
    bool released = false, all_wait = true, alive = false;
    for (uint32_t i = 0; i < threads.size(); ++i) {
        const Fiber& fiber = threads[i];
        if (fiber.state == State::waits_for_lanes && release_lanes(i / 32 * 32, fiber.mask))
            released = true;
        alive |= fiber.state != State::ended;
        all_wait &= fiber.state == State::ended || fiber.state == State::waits_for_block;
    }
    if (released || !alive || !all_wait) return released;
    for (Fiber& fiber : threads)
        if (fiber.state == State::waits_for_block) fiber.state = State::runs;
    return true;
}

bool block_is_over() {
    for (const Fiber& fiber : threads)
        if (fiber.state != State::ended) return false;
    return true;
}

void run_block(std::vector<uint32_t>& order, Random* random) {
    for (Fiber& fiber : threads)
        start(fiber);
    while (!block_is_over()) {
        if (random != nullptr) shuffle(order, *random);
        bool ran = false;
        for (uint32_t i : order) {
            if (threads[i].state != State::runs) continue;
            ran = true;
            current = i;
            here.thread = unfold(i, here.block_size);
            swapcontext(&scheduler, &threads[i].context);
        }
        if (!ran && !release_some())
            throw std::runtime_error("threads of a block wait for each other at different places");
    }
}

std::vector<uint32_t> up_to(uint32_t count) {
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    return order;
}

} // namespace

void run(Shape grid, Shape block, const std::function<void()>& thread, uint64_t seed) {
    Random random(seed);
    std::vector<uint32_t> blocks = up_to(grid.x * grid.y * grid.z);
    std::vector<uint32_t> order = up_to(block.x * block.y * block.z);
    if (seed != 0) shuffle(blocks, random);
    body = &thread;
    threads.resize(order.size());
    here.grid_size = grid;
    here.block_size = block;
    for (uint32_t index : blocks) {
        here.block = unfold(index, grid);
        run_block(order, seed != 0 ? &random : nullptr);
    }
}

void wait_for_block() { pause(State::waits_for_block); }

std::array<uint32_t, 32> exchange(uint32_t mask, uint32_t word) {
    Fiber& self = threads[current];
    self.mask = mask;
    self.word = word;
    pause(State::waits_for_lanes);
    return threads[current].words;
}

uint32_t lane() { return current % 32; }

} // namespace juggler::test::fibers
