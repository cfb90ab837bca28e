#include "host/pipeline/pipeline.h"

#include "host/pipeline/ranges.h"
#include "host/pipeline/run.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <thread>

namespace juggler {
namespace {

// CLOCK_PROCESS_CPUTIME_ID: of all threads of this process; CLOCK_THREAD_CPUTIME_ID: of this one.
double cpu_seconds(clockid_t clock = CLOCK_PROCESS_CPUTIME_ID) {
    timespec t{};
    clock_gettime(clock, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

void wait_until(PipelineClock::time_point time, const std::stop_token& stop) {
    if (time <= PipelineClock::now()) return;
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    (void)never.wait_until(lock, stop, time, [] { return false; });
}

} // namespace

unsigned PipelinePlan::slots() const {
    if (arrangement == Arrangement::sequential) return 1;
    const unsigned wanted = arrangement == Arrangement::parallel ? parallel_workers : in_flight;
    return std::max(1u, std::min(wanted, frame_count));
}

unsigned PipelinePlan::workers_of(Stage stage) const {
    if (stage == Stage::write) return 1;
    if (arrangement == Arrangement::parallel) return slots();
    return arrangement == Arrangement::both ? std::max(1u, workers[+stage]) : 1;
}

Run::Run(const PipelinePlan& the_plan, FrameWork& work, const std::stop_token& outside,
         PipelineClock::time_point start)
    : plan(the_plan), work_(work), start_(start), cpu_start_(cpu_seconds()),
      stop_token_(stop_source_.get_token()), outside_(outside),
      pass_on_(outside, [this] { stop_source_.request_stop(); }) {
    // All there can be: workers keep their spans where nothing may throw.
    outcome_.spans.reserve(size_t(plan.frame_count) * stage_count);
}

Ticket Run::ticket(Stage stage, Flight flight, unsigned worker) const {
    return {stage, flight.index, flight.slot, worker, stop_token_};
}

Span Run::open(const Ticket& ticket) const {
    const double now = seconds(PipelineClock::now());
    return {ticket.stage, ticket.worker, ticket.index, false, now, now, 0, 0};
}

Resume Run::call(const Ticket& ticket, Span& span) {
    const double begin = seconds(PipelineClock::now());
    const double cpu_begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    const ProfiledRange range(ticket.stage, ticket.index);
    const Resume resume = work_.run(ticket);
    span.end = seconds(PipelineClock::now());
    span.busy += span.end - begin;
    span.cpu += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu_begin;
    return resume;
}

bool Run::close(const Ticket& ticket, Span& span, SpanLog& log) {
    const bool written = ticket.stage == Stage::write;
    if (!written && stop_token_.stop_requested()) return false;
    note(span, log);
    if (written || (ticket.stage == Stage::prepare && ticket.index == 0)) {
        const std::lock_guard lock(mutex_);
        if (written)
            ++outcome_.delivered;
        else
            outcome_.cpu_first = cpu_seconds() - cpu_start_;
    }
    return !stop_token_.stop_requested();
}

bool Run::perform(const Ticket& ticket, SpanLog& log) {
    Span span = open(ticket);
    try {
        while (const Resume resume = call(ticket, span)) {
            wait_until(*resume, stop_token_);
            if (stop_token_.stop_requested()) return false;
        }
    } catch (...) {
        fail(ticket, span, log);
        return false;
    }
    return close(ticket, span, log);
}

void Run::fail(const Ticket& ticket) {
    {
        const std::lock_guard lock(mutex_);
        if (!outcome_.error && !outside_.stop_requested()) {
            outcome_.error = std::current_exception();
            outcome_.stage = ticket.stage;
            outcome_.index = ticket.index;
        }
    }
    stop_source_.request_stop();
}

void Run::fail(const Ticket& ticket, Span& span, SpanLog& log) {
    span.end = seconds(PipelineClock::now());
    fail(ticket);
    note(span, log);
}

void Run::note(const Span& span, SpanLog& log) {
    log.add(span);
    if (log.full()) keep(log); // seldom, so that nobody waits for the lock
}

void Run::keep(SpanLog& log) {
    const std::lock_guard lock(mutex_);
    outcome_.spans.insert(outcome_.spans.end(), log.begin(), log.end());
    log.clear();
}

RunOutcome Run::outcome() {
    const std::lock_guard lock(mutex_);
    outcome_.wall = seconds(PipelineClock::now());
    outcome_.cpu = cpu_seconds() - cpu_start_;
    outcome_.stopped = !outcome_.error && outcome_.delivered < plan.frame_count;
    std::sort(outcome_.spans.begin(), outcome_.spans.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    return std::move(outcome_);
}

namespace {

void run_sequential(Run& run) {
    SpanLog log;
    for (uint32_t index = 0; index < run.plan.frame_count; ++index)
        for (const Stage stage : all_stages)
            if (!run.perform(run.ticket(stage, {index, 0}, 0), log)) {
                run.keep(log);
                return;
            }
    run.keep(log);
}

// Whole frames, one stage after another; writes take turns, so that frames are delivered in order.
class WholeFrames {
public:
    explicit WholeFrames(Run& run) : run_(run) {}

    void work(unsigned worker) {
        SpanLog log;
        while (const auto index = take())
            if (!frame({*index, worker}, log)) break;
        run_.keep(log);
    }

private:
    std::optional<uint32_t> take() {
        const uint32_t index = next_.fetch_add(1);
        if (index >= run_.plan.frame_count || run_.stop().stop_requested()) return std::nullopt;
        return index;
    }

    bool frame(Flight flight, SpanLog& log) {
        for (const Stage stage : all_stages) {
            if (stage == Stage::write) return write(flight, log);
            if (!run_.perform(run_.ticket(stage, flight, flight.slot), log)) return false;
        }
        return true;
    }

    bool write(Flight flight, SpanLog& log) {
        std::unique_lock lock(mutex_);
        if (!turn_.wait(lock, run_.stop(), [&] { return written_ == flight.index; }) ||
            run_.stop().stop_requested())
            return false;
        lock.unlock();
        const bool done = run_.perform(run_.ticket(Stage::write, flight, flight.slot), log);
        lock.lock();
        ++written_;
        turn_.notify_all();
        return done;
    }

    Run& run_;
    std::atomic<uint32_t> next_{0};
    std::mutex mutex_;
    std::condition_variable_any turn_;
    uint32_t written_ = 0;
};

// A run whose threads cannot all be started has failed; those that were wait for the others.
template <class Start>
void start_or_fail(Run& run, Stage stage, unsigned worker, const Start& start) {
    try {
        start();
    } catch (...) {
        run.fail(run.ticket(stage, {0, 0}, worker));
    }
}

void run_parallel(Run& run) {
    WholeFrames frames(run);
    std::vector<std::jthread> threads;
    for (unsigned worker = 0; worker < run.plan.slots(); ++worker)
        start_or_fail(run, Stage::prepare, worker,
                      [&] { threads.emplace_back([&frames, worker] { frames.work(worker); }); });
}

// Every stage on threads of its own, with a queue before each but the first.
class StagedFrames {
public:
    explicit StagedFrames(Run& run) : run_(run), slots_(run.plan.frame_count, run.plan.slots()) {
        for (size_t i = 1; i < stage_count; ++i)
            queues_[i].emplace(run.plan.frame_count, run.plan.queue_capacity);
    }

    void work(Stage stage, unsigned worker) {
        SpanLog log;
        while (const auto flight = take(stage)) {
            if (!run_.perform(run_.ticket(stage, *flight, worker), log)) break;
            if (stage == Stage::write)
                slots_.release(flight->slot);
            else if (!queues_[+stage + 1]->push(*flight, run_.stop()))
                break;
        }
        run_.keep(log);
    }

private:
    std::optional<Flight> take(Stage stage) {
        return stage == Stage::prepare ? slots_.acquire(run_.stop())
                                       : queues_[+stage]->pop(run_.stop());
    }

    Run& run_;
    SlotPool slots_;
    std::array<std::optional<OrderedQueue>, stage_count> queues_; // before each stage
};

void run_staged(Run& run) {
    StagedFrames frames(run);
    std::vector<std::jthread> threads;
    for (const Stage stage : all_stages)
        for (unsigned worker = 0; worker < run.plan.workers_of(stage); ++worker)
            start_or_fail(run, stage, worker, [&] {
                threads.emplace_back([&frames, stage, worker] { frames.work(stage, worker); });
            });
}

} // namespace

RunOutcome run_pipeline(const PipelinePlan& plan, FrameWork& work, const std::stop_token& stop,
                        PipelineClock::time_point start) {
    Run run(plan, work, stop, start);
    switch (plan.arrangement) {
    case Arrangement::sequential:
        run_sequential(run);
        break;
    case Arrangement::concurrent:
        run_concurrent(run);
        break;
    case Arrangement::parallel:
        run_parallel(run);
        break;
    case Arrangement::both:
        run_staged(run);
        break;
    }
    return run.outcome();
}

} // namespace juggler
