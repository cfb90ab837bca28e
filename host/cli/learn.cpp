#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/pages.h"
#include "host/cli/stop.h"
#include "host/cli/streams.h"
#include "host/image/preview.h"
#include "host/learn/lesson.h"
#include "host/scene/diagnostics.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>

#include <unistd.h>

#include "version.h"

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

std::string listing() {
    std::string text = "Lessons, each under 20 seconds: juggler learn LESSON\n\n";
    for (const Lesson& lesson : lessons()) {
        char line[160];
        std::snprintf(line, sizeof line, "  %-12s %s\n", std::string(lesson.name).c_str(),
                      std::string(lesson.title).c_str());
        text += line;
    }
    return text;
}

const Lesson& find_lesson(const std::string& name) {
    std::string known;
    for (const Lesson& lesson : lessons()) {
        if (lesson.name == name) return lesson;
        known += (known.empty() ? "" : ", ") + std::string(lesson.name);
    }
    throw UsageError("there is no lesson " + in_quotes(name) + "; there are " + known);
}

// In lines of at most 88 characters.
std::string wrapped(std::string_view text) {
    std::string lines;
    size_t column = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (column > 0 && column + 1 + word.size() > 88) {
            lines += '\n';
            column = 0;
        }
        if (column > 0) lines += ' ';
        lines += word;
        column += word.size() + (column > 0 ? 1 : 0);
        at = end + 1;
    }
    return lines + "\n";
}

// The prediction, from 0; nothing if it was skipped.
std::optional<size_t> ask(const Lesson& lesson) {
    std::string text = "\n" + wrapped(lesson.question);
    for (size_t i = 0; i < lesson.choices.size(); ++i)
        text += "  " + std::to_string(i + 1) + "  " + std::string(lesson.choices[i]) + "\n";
    say(text + "Your guess (Enter to skip): ");
    std::string line;
    if (!std::getline(std::cin, line)) return {};
    const auto n = parse_whole(line);
    return n && *n >= 1 && *n <= lesson.choices.size() ? std::optional(size_t(*n - 1))
                                                       : std::nullopt;
}

// Bars as long as their times: all on the axis of the longest.
std::string drawn(const std::vector<Timeline>& timelines) {
    const TerminalSize terminal = terminal_size(STDOUT_FILENO);
    const unsigned columns = std::clamp(terminal.columns, 60u, 120u);
    constexpr unsigned labels = 14; // about what names of lanes take
    double longest = 0;
    for (const Timeline& t : timelines)
        longest = std::max(longest, t.wall);
    std::string text;
    for (const Timeline& t : timelines) {
        const double share = longest > 0 ? t.wall / longest : 1;
        const auto width = labels + unsigned(std::lround((columns - labels) * share));
        text += "\n" + timeline_text({&t, 1}, std::max(width, 40u), isatty(STDOUT_FILENO) == 1);
    }
    return text;
}

// Rows of cells, from " " for nothing at work over shades to a full block for all.
std::string drawn(const HeatMap& map) {
    static const char* const shades[] = {"\u00b7", "\u2591", "\u2592", "\u2593", "\u2588"};
    std::string text = "\n" + map.title + "\n";
    for (size_t row = 0; row < map.rows.size(); ++row) {
        char label[40];
        std::snprintf(label, sizeof label, "  %s %-3s", map.row_name.c_str(),
                      map.rows[row].c_str());
        text += label;
        for (size_t column = 0; column < map.columns; ++column) {
            const double value = map.values[row * map.columns + column];
            const auto shade = size_t(std::clamp(value, 0.0, 1.0) * 4 + 0.5);
            text += value < 0 ? "  " : std::string(shades[shade]) + shades[shade];
        }
        text += "\n";
    }
    return text + "  from \u2588\u2588 all lanes at work over \u2593\u2593 \u2592\u2592 "
                  "\u2591\u2591 to \u00b7\u00b7 hardly any; across, the picture's width\n";
}

std::string value_text(const Figure& f) {
    char text[60];
    const bool whole = f.unit.empty() && f.value == std::floor(f.value);
    std::snprintf(text, sizeof text, whole ? "%.0f" : "%.3g", f.value);
    return std::string(text) + (f.unit.empty() ? "" : " " + f.unit);
}

std::string measured(const LessonResult& result) {
    size_t width = 0;
    for (const Figure& f : result.figures)
        width = std::max(width, f.says.size());
    std::string text = "\n";
    for (const Figure& f : result.figures)
        text += "  " + f.says + std::string(width - f.says.size() + 2, ' ') + value_text(f) + "\n";
    text += "\n";
    for (const Claim& c : result.claims) {
        char figures[80];
        std::snprintf(figures, sizeof figures, " (%.3g %s %.3g)", c.left, c.relation.c_str(),
                      c.right);
        text += wrapped((c.holds() ? "It is so: " : "Not this time: ") + c.says + figures);
    }
    return text;
}

std::string command(const Lesson& lesson) { return "juggler learn " + std::string(lesson.name); }

std::string lesson_json(const Lesson& lesson, const LessonResult& result) {
    Json figures = Json::object(), claims = Json::array(), choices = Json::array();
    for (const Figure& f : result.figures)
        figures[f.key] = f.value;
    for (const Claim& c : result.claims)
        claims.push_back({{"says", c.says},
                          {"left", c.left},
                          {"relation", c.relation},
                          {"right", c.right},
                          {"holds", c.holds()}});
    for (const std::string_view choice : lesson.choices)
        choices.push_back(choice);
    Json maps = Json::array();
    for (const HeatMap& map : result.heat_maps) {
        Json rows = Json::object();
        for (size_t row = 0; row < map.rows.size(); ++row) {
            const auto begin = map.values.begin() + std::ptrdiff_t(row * map.columns);
            rows[map.rows[row]] = std::vector<double>(begin, begin + map.columns);
        }
        maps.push_back({{"title", map.title}, {map.row_name, rows}});
    }
    const Cores c = cores();
    const Json json{{"schema", 1},
                    {"tool", "juggler " JUGGLER_VERSION},
                    {"lesson", lesson.name},
                    {"title", lesson.title},
                    {"question",
                     {{"text", lesson.question},
                      {"choices", choices},
                      {"answer", lesson.choices[lesson.answer]}}},
                    {"machine", {{"cpu", cpu_name()}, {"cores", c.usable}}},
                    {"measured", figures},
                    {"claims", claims},
                    {"heat_maps", maps},
                    {"meaning", lesson.meaning},
                    {"command", command(lesson)}};
    return json.dump(2) + "\n";
}

} // namespace

Exit learn(const LearnOptions& options, const Context& context) {
    if (options.lesson.empty()) {
        print(listing());
        return Exit::done;
    }
    const Lesson& lesson = find_lesson(options.lesson);
    if (!options.report.empty()) check_output_place(options.report);
    end_on_signals();
    const auto keep = [&](const LessonResult& result) {
        if (!options.report.empty())
            write_page(lesson_page(lesson, result, context.command), options.report);
    };
    if (options.json) {
        const LessonResult result = lesson.run();
        keep(result);
        print(lesson_json(lesson, result));
        return Exit::done;
    }
    print(std::string(lesson.title) + "\n\n" + wrapped(lesson.about));
    const bool ask_first = !options.yes && isatty(STDIN_FILENO) == 1;
    const std::optional<size_t> guess = ask_first ? ask(lesson) : std::nullopt;
    const LessonResult result = lesson.run();
    keep(result);
    std::string text = drawn(result.timelines);
    for (const HeatMap& map : result.heat_maps)
        text += drawn(map);
    text += measured(result) + "\n";
    const std::string answer(lesson.choices[lesson.answer]);
    if (guess)
        text += (*guess == lesson.answer ? "You guessed it: " : "The answer: ") + answer + "\n";
    else
        text += std::string(lesson.question) + "\n  " + answer + "\n";
    print(text + "\n" + wrapped(lesson.meaning) + "\nAgain: " + command(lesson) + "\n");
    return Exit::done;
}

} // namespace juggler
