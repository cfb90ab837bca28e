// Concurrency without parallelism: every stage is a coroutine, and one thread runs whichever has
// something to do. A stage that waits for a time holds up nobody.
#include "host/pipeline/run.h"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <new>
#include <utility>

namespace juggler {
namespace {

// Waking up whoever waits for something to change.
class Signal {
public:
    explicit Signal(asio::io_context& context)
        : timer_(context, asio::steady_timer::time_point::max()) {}

    asio::awaitable<void> changed() {
        asio::error_code cancelled;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    void notify() { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

class Loop {
public:
    explicit Loop(Run& run) : run_(run), changed_(context_) {
        for (unsigned slot = run.plan.slots(); slot > 0; --slot)
            free_slots_.push_back(slot - 1);
        for (size_t i = 0; i < stage_count; ++i)
            pauses_.emplace_back(context_);
    }

    void work() {
        const std::stop_callback wake(run_.stop(), [this] { ask_to_stop(); });
        for (const Stage stage : all_stages)
            asio::co_spawn(context_, stage_loop(stage), asio::detached);
        context_.run();
        run_.keep(log_);
    }

private:
    [[nodiscard]] bool stopped() const { return run_.stop().stop_requested(); }

    // May come from another thread: it only leaves a message, or, where there is no memory for
    // one, ends the loop under whoever waits in it.
    void ask_to_stop() {
        try {
            asio::post(context_, [this] { stop(); });
        } catch (const std::bad_alloc&) {
            context_.stop();
        }
    }

    void stop() {
        changed_.notify();
        for (asio::steady_timer& pause : pauses_)
            pause.cancel();
    }

    // There is room in front of every stage: the slots bound what is on the way.
    asio::awaitable<void> stage_loop(Stage stage) {
        for (uint32_t index = 0; index < run_.plan.frame_count; ++index) {
            while (!can_take(stage) && !stopped())
                co_await changed_.changed();
            if (stopped()) break;
            const Flight flight = take(stage, index);
            const Ticket ticket = run_.ticket(stage, flight, 0);
            if (!co_await perform(ticket)) break;
            if (stage == Stage::write)
                free_slots_.push_back(flight.slot);
            else
                waiting_[+stage + 1].push_back(flight);
            changed_.notify();
        }
    }

    [[nodiscard]] bool can_take(Stage stage) const {
        return stage == Stage::prepare ? !free_slots_.empty() : !waiting_[+stage].empty();
    }

    Flight take(Stage stage, uint32_t index) {
        if (stage == Stage::prepare) {
            const unsigned slot = free_slots_.back();
            free_slots_.pop_back();
            return {index, slot};
        }
        const Flight flight = waiting_[+stage].front();
        waiting_[+stage].pop_front();
        return flight;
    }

    asio::awaitable<bool> perform(const Ticket& ticket) {
        Span span = run_.open(ticket);
        for (;;) {
            Resume resume;
            try {
                resume = run_.call(ticket, span);
            } catch (...) {
                run_.fail(ticket, span, log_);
                co_return false;
            }
            if (!resume) break;
            co_await pause(ticket.stage, *resume);
            if (stopped()) co_return false;
        }
        co_return run_.close(ticket, span, log_);
    }

    asio::awaitable<void> pause(Stage stage, PipelineClock::time_point until) {
        if (until <= PipelineClock::now()) {
            co_await asio::post(context_, asio::use_awaitable);
            co_return;
        }
        if (stopped()) co_return;
        asio::steady_timer& timer = pauses_[+stage];
        asio::error_code cancelled;
        timer.expires_at(until);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }

    Run& run_;
    asio::io_context context_{1};
    Signal changed_;
    std::vector<unsigned> free_slots_;
    std::array<std::deque<Flight>, stage_count> waiting_; // before each stage, in order
    std::deque<asio::steady_timer> pauses_;               // of each stage
    SpanLog log_;
};

} // namespace

void run_concurrent(Run& run) { Loop(run).work(); }

} // namespace juggler
