#include "host/base/files.h"
#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/contest_setup.h"
#include "host/cli/streams.h"
#include "host/compare/baseline.h"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr uint64_t baseline_limit = uint64_t(16) << 20;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw Error(Exit::input, "check against " + file + ": " + why);
}

Json read_baseline(const std::string& file) {
    const std::vector<std::byte> bytes = read_file(file, baseline_limit);
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    Json json = Json::parse(text, text + bytes.size(), nullptr, false);
    if (!json.is_object() || json.value("schema", Json()) != 1 || !json["scores"].is_array() ||
        !json["machine"].is_object())
        refuse(file, "it is no baseline; make one with juggler bench SCENE --save FILE");
    return json;
}

// Times of another picture say nothing about this one.
void check_same_picture(const Json& earlier, const Json& now, const std::string& file) {
    for (const char* key : {"scene_hash", "frame", "size", "spp", "max_depth", "seed"})
        if (earlier.value(key, Json()) != now[key])
            refuse(file, std::string("its ") + key + " is " + earlier.value(key, Json()).dump() +
                             ", and now it is " + now[key].dump() +
                             "; take the settings it was saved with, or save another");
}

std::vector<double> times_in(const Json& score, const std::string& file) {
    std::vector<double> times;
    for (const Json& seconds : score.value("seconds", Json::array())) {
        if (!seconds.is_number() || !(seconds.get<double>() > 0))
            refuse(file, "it has a time that is no time");
        times.push_back(seconds.get<double>());
    }
    if (times.size() < 5) refuse(file, "it has fewer than 5 runs; save one with --runs 5 or more");
    return times;
}

const Json* score_like(const Json& baseline, const Score& score) {
    for (const Json& s : baseline["scores"])
        if (s.is_object() && s.value("backend", Json()) == score.backend &&
            s.value("threads", Json()) == score.threads)
            return &s;
    return nullptr;
}

std::string line_of(const Score& score, const Change& change, double limit) {
    char text[240];
    std::snprintf(text, sizeof text, "%-10s %2u  %9.3f ms, was %9.3f ms: %+.1f %% (p = %.2g) %s\n",
                  score.backend.c_str(), score.threads, change.now * 1e3, change.earlier * 1e3,
                  change.share() * 100, change.chance,
                  change.worse             ? "WORSE"
                  : change.share() > limit ? "slower, but it may be chance"
                                           : "ok");
    return text;
}

struct Check {
    std::string text;
    Json json = Json::array();
    bool worse = false;
};

Check check_against(const Json& baseline, const ContestRecord& record,
                    const BenchOptions& options) {
    Check check;
    if (const Json cpu = baseline["machine"].value("cpu", Json()); cpu != record.cpu)
        check.text += "note: " + options.check + " is of another machine, " + cpu.dump() + "\n";
    const double limit = options.limit_percent / 100;
    for (const Score& score : record.contest.scores) {
        const Json* earlier = score_like(baseline, score);
        if (!earlier) continue;
        const Change change = judge_change(times_in(*earlier, options.check), score.seconds, limit);
        check.text += line_of(score, change, limit);
        check.json.push_back({{"backend", score.backend},
                              {"threads", score.threads},
                              {"median", change.now},
                              {"earlier", change.earlier},
                              {"change", change.share()},
                              {"p", change.chance},
                              {"worse", change.worse}});
        check.worse |= change.worse;
    }
    if (check.json.empty()) refuse(options.check, "it has none of these back ends and threads");
    return check;
}

} // namespace

Exit bench(const BenchOptions& options, const Context& context) {
    // What cannot be read or written is told before time is spent.
    if (!options.save.empty()) check_output_place(options.save);
    const Json baseline = options.check.empty() ? Json() : read_baseline(options.check);
    const ContestRecord record = run_contest(options.contest, context.quiet);
    Json json = contest_json(record);
    Check check;
    if (!options.check.empty()) {
        check_same_picture(baseline, json, options.check);
        check = check_against(baseline, record, options);
    }
    if (!options.save.empty()) {
        OutputFile file(options.save);
        file.write(text_of(json));
        file.commit();
    }
    if (options.contest.json) {
        if (!options.check.empty()) json["check"] = check.json;
        print(text_of(json));
    } else {
        print((options.contest.markdown ? contest_markdown(record) : contest_text(record)) +
              (check.text.empty() ? "" : "\n" + check.text));
    }
    return record.contest.identical() && !check.worse ? Exit::done : Exit::differ;
}

} // namespace juggler
