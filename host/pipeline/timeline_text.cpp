// The timeline as lines of text.
#include "host/pipeline/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace juggler {
namespace {

// Background colours of the 256-colour palette, a darker and a lighter one, so that neighbouring
// frames can be told apart.
constexpr int palette[stage_count][2] = {{24, 31}, {30, 37},  {124, 160},
                                         {60, 97}, {94, 136}, {22, 28}};

struct Cell {
    const Span* span = nullptr; // a bar wide enough to be seen, or
    double busy = 0;            // the share of this cell's time that narrower ones fill
    char letter = ' ';          // of the number in the bar
    Stage stage{};
};

class Row {
public:
    Row(const Timeline& timeline, const Lane& lane, unsigned width, double seconds)
        : cells_(width), per_cell_(seconds / width) {
        const double start = timeline.spans.front().begin;
        for (const Span* span : lane.spans)
            add(*span, span->begin - start, timeline.frames[span->index]);
    }

    [[nodiscard]] std::string plain() const {
        std::string text;
        for (size_t i = 0; i < cells_.size(); ++i) {
            const Cell& cell = cells_[i];
            const bool edge = i == 0 || cells_[i - 1].span != cell.span;
            if (!cell.span)
                text += shade(cell.busy);
            else
                text += cell.letter != ' ' ? cell.letter : edge ? '|' : '=';
        }
        return text;
    }

    [[nodiscard]] std::string coloured() const {
        std::string text;
        int now = -1;
        for (const Cell& cell : cells_) {
            const bool bar = cell.span != nullptr || cell.busy >= 0.5;
            const int shade_index = cell.span ? int(cell.span->index % 2) : 0;
            const int colour = bar ? palette[+cell.stage][shade_index] : -1;
            if (colour != now)
                text += colour < 0 ? "\x1b[0m" : "\x1b[97;48;5;" + std::to_string(colour) + "m";
            now = colour;
            text += bar ? cell.letter : shade(cell.busy);
        }
        return text + "\x1b[0m";
    }

private:
    // `begin` in seconds on the axis.
    void add(const Span& span, double begin_s, uint32_t frame) {
        const double from = begin_s / per_cell_, to = (begin_s + span.seconds()) / per_cell_;
        const auto first = std::min(size_t(from), cells_.size() - 1);
        const auto last = std::min(size_t(std::ceil(to)), cells_.size());
        if (to - from < 1.5) {
            for (size_t i = first; i < std::max(last, first + 1); ++i) {
                const double share = std::min(to, double(i + 1)) - std::max(from, double(i));
                cells_[i].busy += std::max(0.0, share);
                if (!cells_[i].span) cells_[i].stage = span.stage;
            }
            return;
        }
        const auto begin = std::min(size_t(from + 0.5), cells_.size() - 1);
        const auto end = std::clamp(size_t(to + 0.5), begin + 1, cells_.size());
        const std::string number = std::to_string(frame);
        for (size_t i = begin; i < end; ++i) {
            cells_[i].span = &span;
            cells_[i].stage = span.stage;
            const size_t at = i - begin;
            // The first cell stays free where there is room: numbers of neighbours would meet.
            const size_t pad = end - begin > number.size() ? 1 : 0;
            cells_[i].letter =
                at >= pad && at - pad < number.size() && end - begin >= number.size() + pad
                    ? number[at - pad]
                    : ' ';
        }
    }

    static char shade(double busy) {
        return busy <= 0 ? ' ' : busy < 0.25 ? '.' : busy < 0.5 ? ':' : busy < 0.75 ? '+' : '#';
    }

    std::vector<Cell> cells_;
    double per_cell_;
};

// 0 s at the left, and ticks at round numbers of seconds.
std::string axis(unsigned width, double seconds) {
    std::string text(width, ' ');
    constexpr unsigned room = 9; // for a label and the gap behind it
    const double rough = seconds / std::clamp(width / room, 1u, 5u);
    double step = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {2.0, 2.5, 2.0})
        if (step < rough * 0.999) step *= factor;
    for (int i = 0; step * i <= seconds; ++i) {
        char tick[40];
        std::snprintf(tick, sizeof tick, "%.4g s", step * i);
        const std::string label(tick);
        const auto at = size_t(step * i / seconds * width);
        if (at + label.size() <= width) text.replace(at, label.size(), label);
    }
    return text;
}

} // namespace

std::string timeline_text(std::span<const Timeline> timelines, unsigned columns, bool colours) {
    double seconds = 1e-9;
    size_t margin = 0;
    for (const Timeline& timeline : timelines) {
        for (const Span& span : timeline.spans)
            seconds = std::max(seconds, span.end - timeline.spans.front().begin);
        for (const Lane& lane : lanes_of(timeline))
            margin = std::max(margin, lane.name.size() + 2);
    }
    const auto width = unsigned(std::max<size_t>(20, columns > margin ? columns - margin : 0));

    std::string text;
    for (const Timeline& timeline : timelines) {
        for (const Lane& lane : lanes_of(timeline)) {
            const Row row(timeline, lane, width, seconds);
            text += lane.name + std::string(margin - lane.name.size(), ' ');
            text += (colours ? row.coloured() : row.plain()) + "\n";
        }
        text += std::string(margin, ' ') + axis(width, seconds) + "\n";
        text += sentence(judge(timeline), timeline) + "\n";
    }
    return text;
}

} // namespace juggler
