// A contest as text, Markdown and JSON.
#include "host/cli/contest_setup.h"
#include "host/compare/statistics.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "version.h"

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string number(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string seconds_text(double seconds) {
    return seconds < 1 ? number("%.1f ms", seconds * 1e3) : number("%.3f s", seconds);
}

std::string percent(double share) { return number("%.0f %%", share * 100); }
std::string percent_if_known(double share) { return share > 0 ? percent(share) : "-"; }

const Row heads{"backend", "threads",  "on",       "median",   "spread",
                "Mrays/s", "speed-up", "per core", "per lane", "waiting"};

Row row_of(const ContestRecord& record, const Score& score) {
    const unsigned cores = record.cores.usable;
    const Contest& all = record.contest;
    return {score.backend,
            std::to_string(score.threads),
            score.runs_on,
            seconds_text(score.median_seconds()),
            percent(spread(score.seconds)),
            number("%.2f", score.mrays_per_s()),
            number("%.2f", all.speed_up(score)),
            percent_if_known(all.core_efficiency(score, cores)),
            percent_if_known(all.efficiency(score, cores)),
            percent(median(score.waiting))};
}

// Words to the left, numbers to the right.
bool is_word(size_t column) { return column == 0 || column == 2; }

std::string aligned(const std::vector<Row>& rows) {
    std::vector<size_t> widths(heads.size(), 0);
    for (const Row& row : rows)
        for (size_t c = 0; c < row.size(); ++c)
            widths[c] = std::max(widths[c], row[c].size());
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (size_t c = 0; c < row.size(); ++c) {
            const std::string pad(widths[c] - row[c].size(), ' ');
            line += (c == 0 ? "" : "  ") + (is_word(c) ? row[c] + pad : pad + row[c]);
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

std::string machine_text(const ContestRecord& r) {
    return r.cpu + ", " + std::to_string(r.cores.usable) +
           (r.cores.usable == 1 ? " core" : " cores");
}

double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json score_json(const ContestRecord& record, const Score& score) {
    const unsigned cores = record.cores.usable;
    Json seconds = Json::array();
    for (const double s : score.seconds)
        seconds.push_back(rounded(s));
    const auto known = [](double share) {
        return share > 0 ? Json(rounded(share)) : Json(nullptr);
    };
    Json json{{"backend", score.backend},
              {"threads", score.threads},
              {"runs_on", score.runs_on},
              {"lanes", score.lanes > 0 ? Json(score.lanes) : Json(nullptr)},
              {"setup", rounded(score.setup)},
              {"seconds", seconds},
              {"median", rounded(score.median_seconds())},
              {"spread", rounded(spread(score.seconds))},
              {"rays", score.rays},
              {"mrays_per_s", rounded(score.mrays_per_s())},
              {"speed_up", rounded(record.contest.speed_up(score))},
              {"per_core", known(record.contest.core_efficiency(score, cores))},
              {"per_lane", known(record.contest.efficiency(score, cores))},
              {"waiting", rounded(median(score.waiting))},
              {"differing", score.difference.differing},
              {"same_png", score.same_file}};
    const FilmDifference& d = score.difference;
    if (!d.identical()) {
        json["first_at"] = {d.x, d.y, d.channel};
        json["values"] = {number("%a", d.reference), number("%a", d.other)};
    }
    return json;
}

} // namespace

// What is the same or not, a line each: one for all if nothing differs.
std::string contest_verdict(const ContestRecord& record) {
    const std::vector<Score>& scores = record.contest.scores;
    if (record.contest.identical())
        return sentence(scores.front().difference) +
               (scores.size() > 1 ? ", and the same bytes of PNG, from " +
                                        std::to_string(scores.size()) + " runners"
                                  : ", run after run") +
               "\n";
    std::string text;
    for (const Score& s : scores) {
        const std::string pair = " (" + scores.front().backend + " and " + s.backend + ", " +
                                 std::to_string(s.threads) +
                                 (s.threads == 1 ? " thread)" : " threads)") + "\n";
        if (!s.difference.identical())
            text += sentence(s.difference) + pair;
        else if (!s.same_file)
            text += "different: the bytes of the PNG files of identical films" + pair;
    }
    return text;
}

std::string contest_picture(const ContestRecord& r) {
    const FramePlan& p = r.plan;
    return r.scene + (r.frame > 1 ? ", frame " + std::to_string(r.frame) : "") + ", " +
           std::to_string(p.film_width()) + "x" + std::to_string(p.film_height()) + ", " +
           std::to_string(p.spp) + (p.spp == 1 ? " sample" : " samples") + " a pixel, " +
           std::to_string(r.runs) + (r.runs == 1 ? " run" : " runs in turns") + " after " +
           std::to_string(r.warmups) + (r.warmups == 1 ? " warm-up" : " warm-ups");
}

std::vector<Row> contest_rows(const ContestRecord& record) {
    std::vector<Row> rows{heads};
    for (const Score& score : record.contest.scores)
        rows.push_back(row_of(record, score));
    return rows;
}

std::string contest_text(const ContestRecord& record) {
    std::string text = contest_verdict(record);
    text += "picture  " + contest_picture(record) + "\nmachine  " + machine_text(record) + "\n\n" +
            aligned(contest_rows(record));
    for (const std::string& reason : record.absent)
        text += "not here  " + reason + "\n";
    return text;
}

std::string contest_markdown(const ContestRecord& record) {
    std::string text = contest_verdict(record) + "\n";
    const auto line = [&](const Row& row) {
        for (const std::string& cell : row)
            text += "| " + cell + " ";
        text += "|\n";
    };
    const std::vector<Row> rows = contest_rows(record);
    line(rows.front());
    for (size_t c = 0; c < heads.size(); ++c)
        text += is_word(c) ? "|---" : "|---:";
    text += "|\n";
    for (size_t i = 1; i < rows.size(); ++i)
        line(rows[i]);
    return text + "\n" + contest_picture(record) + ". " + machine_text(record) + ".\n";
}

Json contest_json(const ContestRecord& record) {
    const FramePlan& p = record.plan;
    Json rows = Json::array();
    for (const Score& score : record.contest.scores)
        rows.push_back(score_json(record, score));
    const Cores& c = record.cores;
    return {{"schema", 1},
            {"tool", "juggler " JUGGLER_VERSION},
            {"identical", record.contest.identical()},
            {"pixels", p.pixel_count()},
            {"scene", record.scene},
            {"scene_hash", record.scene_hash},
            {"frame", record.frame},
            {"size", {p.film_width(), p.film_height()}},
            {"spp", p.spp},
            {"max_depth", p.max_depth},
            {"seed", p.seed},
            {"runs", record.runs},
            {"warmups", record.warmups},
            {"machine",
             {{"cpu", record.cpu},
              {"cores", {{"usable", c.usable}, {"online", c.online}, {"affinity", c.affinity}}},
              {"features", record.features},
              {"load", rounded(record.load)}}},
            {"scores", rows},
            {"absent", record.absent}};
}

} // namespace juggler
