// The timeline as one picture file that any browser shows, light or dark.
#include "host/pipeline/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace juggler {
namespace {

constexpr const char* colours[stage_count] = {"#4e79a7", "#76b7b2", "#d1495b",
                                              "#8d6cab", "#d98c3f", "#59a14f"};
constexpr double width = 1200, margin = 90;
constexpr double legend_height = 26, head_height = 44, lane_height = 26, axis_height = 24;

std::string escaped_xml(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else if (c == '&')
            safe += "&amp;";
        else if (static_cast<unsigned char>(c) >= 32)
            safe += c;
    }
    return safe;
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
    char text[400];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

// Seconds from a timeline's first span to its last one's end.
double length_of(const Timeline& timeline) {
    double length = 1e-9;
    for (const Span& span : timeline.spans)
        length = std::max(length, span.end - timeline.spans.front().begin);
    return length;
}

// One above the other, on one time axis.
class Drawing {
public:
    explicit Drawing(std::span<const Timeline> timelines) : timelines_(timelines) {
        for (const Timeline& timeline : timelines) {
            seconds_ = std::max(seconds_, length_of(timeline));
            height_ += head_height + lane_height * double(lanes_of(timeline).size());
        }
    }

    std::string draw() {
        text_ += format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
                        "font-family=\"sans-serif\" font-size=\"12\">\n",
                        width, height_);
        text_ += "<style>text{fill:#222}.grid{stroke:#8884}.paper{fill:#fff}.in{fill:#fff}"
                 "@media(prefers-color-scheme:dark){text{fill:#ddd}.paper{fill:#161616}}</style>\n";
        text_ += format("<rect class=\"paper\" width=\"%g\" height=\"%g\"/>\n", width, height_);
        legend();
        axis();
        double y = legend_height;
        for (const Timeline& timeline : timelines_)
            y = panel(timeline, y);
        return text_ + "</svg>\n";
    }

private:
    [[nodiscard]] double x(double seconds) const {
        return margin + seconds / seconds_ * (width - margin - 10);
    }

    void legend() {
        double at = margin;
        for (const Stage stage : all_stages) {
            text_ += format("<rect x=\"%g\" y=\"8\" width=\"10\" height=\"10\" fill=\"%s\"/>", at,
                            colours[+stage]);
            text_ += format("<text x=\"%g\" y=\"17\">%s</text>\n", at + 14,
                            std::string(stage_name(stage)).c_str());
            at += 90;
        }
    }

    void axis() {
        double step = std::pow(10.0, std::floor(std::log10(seconds_ / 5)));
        for (const double factor : {2.0, 2.5, 2.0})
            if (step * 1.5 < seconds_ / 5) step *= factor;
        for (int i = 0; step * i <= seconds_; ++i) {
            text_ += format("<line class=\"grid\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%g\" y2=\"%g\"/>",
                            x(step * i), x(step * i), legend_height, height_ - axis_height);
            text_ += format("<text x=\"%.2f\" y=\"%g\" text-anchor=\"middle\">%.4g s</text>\n",
                            x(step * i), height_ - 8, step * i);
        }
    }

    // Returns where the next one begins.
    double panel(const Timeline& timeline, double y) {
        text_ += format("<text x=\"8\" y=\"%g\" font-size=\"14\">", y + 18) +
                 escaped_xml(timeline.title) + ", " + escaped_xml(timeline.backend) + "</text>\n";
        text_ += format("<text x=\"8\" y=\"%g\">", y + 36) + sentence(judge(timeline), timeline) +
                 "</text>\n";
        y += head_height;
        for (const Lane& lane : lanes_of(timeline)) {
            text_ += format("<text x=\"8\" y=\"%g\">%s</text>\n", y + 16, lane.name.c_str());
            for (const Span* span : lane.spans)
                bar(timeline, *span, y);
            y += lane_height;
        }
        return y;
    }

    // What a stage only waited for is lighter: the bar's end, as waits come last.
    void bar(const Timeline& timeline, const Span& span, double y) {
        const double begin = span.begin - timeline.spans.front().begin;
        const double left = x(begin), whole = std::max(0.3, x(begin + span.seconds()) - left);
        const double busy = std::min(whole, x(begin + span.busy) - left);
        const unsigned frame = timeline.frames[span.index];
        text_ += format("<g><title>frame %u, %s: %.3f ms</title>", frame,
                        std::string(stage_name(span.stage)).c_str(), span.seconds() * 1e3);
        for (const auto& [size, opacity] : {std::pair{whole, 0.45}, std::pair{busy, 1.0}})
            text_ += format("<rect x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\" rx=\"2\" "
                            "fill=\"%s\" fill-opacity=\"%g\"/>",
                            left, y + 2, std::max(0.0, size - (whole > 2 ? 0.5 : 0)),
                            lane_height - 4, colours[+span.stage], opacity);
        if (whole > 8.0 * double(std::to_string(frame).size()))
            text_ +=
                format("<text class=\"%s\" x=\"%.2f\" y=\"%g\" text-anchor=\"middle\">%u</text>",
                       busy > whole / 2 ? "in" : "on", left + whole / 2, y + 17, frame);
        text_ += "</g>\n";
    }

    std::span<const Timeline> timelines_;
    double seconds_ = 1e-9, height_ = legend_height + axis_height;
    std::string text_;
};

} // namespace

std::string timeline_svg(std::span<const Timeline> timelines) { return Drawing(timelines).draw(); }

} // namespace juggler
