// What the arrangements share: calling the work, keeping spans, and the first error.
#pragma once

#include "host/pipeline/pipeline.h"
#include "host/pipeline/queue.h"

#include <array>
#include <functional>
#include <mutex>

namespace juggler {

// Spans of one worker, which alone adds to them: of a fixed size, so that noting one cannot fail.
class SpanLog {
public:
    [[nodiscard]] bool full() const { return count_ == spans_.size(); }
    // Not when it is full.
    void add(const Span& span) { spans_[count_++] = span; }
    void clear() { count_ = 0; }
    [[nodiscard]] auto begin() const { return spans_.begin(); }
    [[nodiscard]] auto end() const { return spans_.begin() + std::ptrdiff_t(count_); }

private:
    std::array<Span, 64> spans_;
    size_t count_ = 0;
};

class Run {
public:
    Run(const PipelinePlan& plan, FrameWork& work, const std::stop_token& outside,
        PipelineClock::time_point start);

    const PipelinePlan& plan;

    [[nodiscard]] const std::stop_token& stop() const { return stop_token_; }
    [[nodiscard]] double seconds(PipelineClock::time_point t) const {
        return std::chrono::duration<double>(t - start_).count();
    }

    [[nodiscard]] Ticket ticket(Stage stage, Flight flight, unsigned worker) const;
    [[nodiscard]] Span open(const Ticket& ticket) const;
    // One piece of work.
    Resume call(const Ticket& ticket, Span& span);
    // False if the run has been stopped; a frame that is written is delivered nevertheless.
    bool close(const Ticket& ticket, Span& span, SpanLog& log);
    // All pieces of a stage, on this thread. False if the run has been stopped, by this too.
    bool perform(const Ticket& ticket, SpanLog& log);

    // In a handler: keeps the exception, if it is the first, and stops the run.
    void fail(const Ticket& ticket);
    // The same of work that threw: its span ends here.
    void fail(const Ticket& ticket, Span& span, SpanLog& log);
    // Takes the spans out of a log, which is empty then. Throws nothing.
    void keep(SpanLog& log);
    RunOutcome outcome();

private:
    void note(const Span& span, SpanLog& log);

    FrameWork& work_;
    PipelineClock::time_point start_;
    double cpu_start_;
    std::stop_source stop_source_;
    std::stop_token stop_token_, outside_;
    std::mutex mutex_;
    RunOutcome outcome_;
    std::stop_callback<std::function<void()>> pass_on_; // last: it uses the above
};

// On the calling thread; in host/pipeline/concurrent.cpp.
void run_concurrent(Run& run);

} // namespace juggler
