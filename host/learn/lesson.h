// A lesson: a question, a run on this machine, and what its figures say.
#pragma once

#include "host/pipeline/timeline.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

struct Figure {
    std::string key;  // in JSON
    std::string says; // for people
    double value;
    std::string unit; // "s", "times", "" for counts
};

// What the lesson says is so; it may turn out that on this machine, this time, it was not.
struct Claim {
    std::string says;
    double left;
    std::string relation; // ">=", "<=", "==" or ">"
    double right;

    [[nodiscard]] bool holds() const;
};

// Shares from 0 to 1 in rows of equal length; negative: there is nothing to tell.
struct HeatMap {
    std::string title, row_name;
    std::vector<std::string> rows;
    uint32_t columns = 0;
    std::vector<double> values; // [rows][columns]
};

struct LessonResult {
    std::vector<Figure> figures;
    std::vector<Claim> claims;
    std::vector<Timeline> timelines; // to be drawn on one time axis
    std::vector<HeatMap> heat_maps;

    void figure(std::string key, std::string says, double value, std::string unit);
    void claim(std::string says, double left, std::string relation, double right);
};

struct Lesson {
    std::string_view name, title;
    std::string_view about; // what is going to be run
    std::string_view question;
    std::vector<std::string_view> choices;
    size_t answer; // of the choices, from 0
    std::string_view meaning;
    LessonResult (*run)();
};

// In the order to take them.
std::span<const Lesson> lessons();

} // namespace juggler
