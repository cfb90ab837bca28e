// Timelines as Chrome trace files. Only what every viewer reads: M, X, C, and s and f in pairs;
// microseconds; numbers as identities.
#include "host/pipeline/timeline.h"

#include "host/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

constexpr int process = 1;
constexpr int schema = 1;

double microseconds(double seconds) { return std::round(seconds * 1e9) / 1e3; }

Json metadata(const char* name, int lane, const Json& arguments) {
    return {{"name", name}, {"ph", "M"}, {"pid", process}, {"tid", lane}, {"args", arguments}};
}

bool has_failed(const Timeline& timeline, const Span& span) {
    return timeline.end == RunEnd::failed && !span.on_device &&
           span.stage == timeline.failed_stage && span.index == timeline.failed_index;
}

Json slice(const Timeline& timeline, const Span& span, int lane) {
    Json event{{"name", stage_name(span.stage)},
               {"cat", "stage"},
               {"ph", "X"},
               {"pid", process},
               {"tid", lane},
               {"ts", microseconds(span.begin)},
               {"dur", microseconds(span.seconds())},
               {"args",
                {{"frame", timeline.frames[span.index]},
                 {"index", span.index},
                 {"worker", span.worker},
                 {"busy_us", microseconds(span.busy)},
                 {"cpu_us", microseconds(span.cpu)}}}};
    if (span.on_device) event["args"]["device"] = true;
    if (has_failed(timeline, span)) event["args"]["failed"] = true;
    return event;
}

// From a frame's first stage to its last.
Json flow(const Timeline& timeline, const Span& span, int lane) {
    const bool starts = span.stage == Stage::prepare;
    Json event{{"name", "frame"},
               {"cat", "frame"},
               {"ph", starts ? "s" : "f"},
               {"id", timeline.frames[span.index]},
               {"pid", process},
               {"tid", lane},
               {"ts", microseconds(span.begin)}};
    if (!starts) event["bp"] = "e";
    return event;
}

// The count of `name` whenever it changes.
void add_counter(Json& events, const char* name, std::vector<std::pair<double, int>> changes) {
    std::sort(changes.begin(), changes.end());
    int count = 0;
    for (size_t i = 0; i < changes.size(); ++i) {
        count += changes[i].second;
        if (i + 1 < changes.size() && changes[i + 1].first == changes[i].first) continue;
        events.push_back({{"name", name},
                          {"ph", "C"},
                          {"pid", process},
                          {"tid", 0},
                          {"ts", microseconds(changes[i].first)},
                          {"args", {{"count", count}}}});
    }
}

void add_counters(Json& events, const Timeline& timeline) {
    std::vector<std::pair<double, int>> flights, workers;
    for (const Span& span : timeline.spans) {
        if (span.on_device) continue;
        workers.emplace_back(span.begin, 1);
        workers.emplace_back(span.end, -1);
        if (span.stage == Stage::prepare) flights.emplace_back(span.begin, 1);
        if (span.stage == Stage::write) flights.emplace_back(span.end, -1);
    }
    add_counter(events, "frames in flight", std::move(flights));
    add_counter(events, "busy workers", std::move(workers));
}

Json facts(const Timeline& timeline) {
    Json workers = Json::array();
    for (const unsigned count : timeline.plan.workers)
        workers.push_back(count);
    return {{"schema", schema},
            {"title", timeline.title},
            {"backend", timeline.backend},
            {"arrangement", arrangement_name(timeline.plan.arrangement)},
            {"state", run_end_name(timeline.end)},
            {"frame_count", timeline.plan.frame_count},
            {"in_flight", timeline.plan.in_flight},
            {"parallel_workers", timeline.plan.parallel_workers},
            {"workers", workers},
            {"cores", timeline.cores},
            {"render_threads", timeline.render_threads},
            {"wall_s", timeline.wall},
            {"cpu_first_s", timeline.cpu_first},
            {"cpu_s", timeline.cpu}};
}

template <class T, size_t N, class Name>
T named(const std::string& text, const T (&values)[N], Name name) {
    for (const T value : values)
        if (text == name(value)) return value;
    throw std::invalid_argument("unknown name " + text);
}

constexpr RunEnd all_ends[] = {RunEnd::done, RunEnd::failed, RunEnd::stopped};
constexpr Arrangement all_arrangements[] = {Arrangement::sequential, Arrangement::concurrent,
                                            Arrangement::parallel, Arrangement::both};

unsigned count_in(const Json& json, const char* key, unsigned most) {
    const auto value = json.at(key).get<uint64_t>();
    if (value > most) throw std::invalid_argument(std::string(key) + " is out of range");
    return unsigned(value);
}

void read_facts(const Json& json, Timeline& timeline) {
    if (json.at("schema").get<int>() != schema) throw std::invalid_argument("another schema");
    PipelinePlan& plan = timeline.plan;
    timeline.title = json.at("title").get<std::string>();
    timeline.backend = json.at("backend").get<std::string>();
    plan.arrangement = named(json.at("arrangement").get<std::string>(), all_arrangements,
                             [](Arrangement a) { return arrangement_name(a); });
    timeline.end = named(json.value("state", "done"), all_ends, run_end_name);
    plan.frame_count = count_in(json, "frame_count", 1000000);
    plan.in_flight = count_in(json, "in_flight", 1024);
    plan.parallel_workers = count_in(json, "parallel_workers", 1024);
    for (size_t i = 0; i < stage_count; ++i) {
        plan.workers[i] = json.at("workers").at(i).get<unsigned>();
        if (plan.workers[i] > 1024) throw std::invalid_argument("workers is out of range");
    }
    timeline.cores = count_in(json, "cores", 1 << 20);
    timeline.render_threads = count_in(json, "render_threads", 1 << 20);
    timeline.wall = json.at("wall_s").get<double>();
    timeline.cpu_first = json.at("cpu_first_s").get<double>();
    timeline.cpu = json.at("cpu_s").get<double>();
}

void read_slice(const Json& event, Timeline& timeline) {
    const Json& arguments = event.at("args");
    Span span{};
    span.stage = named(event.at("name").get<std::string>(), all_stages, stage_name);
    span.worker = count_in(arguments, "worker", 1024);
    span.index = count_in(arguments, "index", timeline.plan.frame_count - 1);
    span.begin = event.at("ts").get<double>() / 1e6;
    span.end = span.begin + event.at("dur").get<double>() / 1e6;
    span.busy = arguments.at("busy_us").get<double>() / 1e6;
    span.cpu = arguments.at("cpu_us").get<double>() / 1e6;
    span.on_device = arguments.value("device", false);
    if (!(span.begin >= 0 && span.end >= span.begin && span.end < 1e9))
        throw std::invalid_argument("a span has no time");
    timeline.frames[span.index] = count_in(arguments, "frame", 1000000);
    if (arguments.value("failed", false)) {
        timeline.failed_stage = span.stage;
        timeline.failed_index = span.index;
    }
    timeline.spans.push_back(span);
}

} // namespace

std::string trace_json(const Timeline& timeline) {
    Json events = Json::array();
    events.push_back(metadata("process_name", 0, {{"name", "juggler: " + timeline.title}}));
    int id = 0;
    for (const Lane& lane : lanes_of(timeline)) {
        ++id;
        events.push_back(metadata("thread_name", id, {{"name", lane.name}}));
        events.push_back(metadata("thread_sort_index", id, {{"sort_index", id}}));
        for (const Span* span : lane.spans) {
            events.push_back(slice(timeline, *span, id));
            if (span->stage == Stage::prepare || span->stage == Stage::write)
                events.push_back(flow(timeline, *span, id));
        }
    }
    add_counters(events, timeline);
    const Json trace{
        {"displayTimeUnit", "ms"}, {"otherData", facts(timeline)}, {"traceEvents", events}};
    return trace.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Timeline read_trace(const std::string& text, const std::string& file) {
    try {
        const Json trace = Json::parse(text);
        Timeline timeline;
        read_facts(trace.at("otherData"), timeline);
        if (timeline.plan.frame_count == 0) throw std::invalid_argument("it has no frame");
        timeline.frames.assign(timeline.plan.frame_count, 0);
        for (const Json& event : trace.at("traceEvents"))
            if (event.at("ph") == "X") read_slice(event, timeline);
        std::sort(timeline.spans.begin(), timeline.spans.end(),
                  [](const Span& a, const Span& b) { return a.begin < b.begin; });
        return timeline;
    } catch (const std::exception& e) {
        throw Error(Exit::input, "read " + file + ": not a trace that juggler wrote (" +
                                     std::string(e.what()) + ")");
    }
}

} // namespace juggler
