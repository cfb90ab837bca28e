// The timeline as one picture file that any browser shows, light or dark.
#include "host/pipeline/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace juggler {
namespace {

constexpr const char* colours[stage_count] = {"#4e79a7", "#76b7b2", "#d1495b",
                                              "#8d6cab", "#d98c3f", "#59a14f"};
constexpr double width = 1200, margin = 90, lane_height = 26, top = 64;

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

class Drawing {
public:
    explicit Drawing(const Timeline& timeline) : timeline_(timeline), lanes_(lanes_of(timeline)) {
        for (const Span& span : timeline.spans)
            seconds_ = std::max(seconds_, span.end);
        height_ = top + lane_height * double(lanes_.size()) + 30;
    }

    std::string draw() {
        head();
        axis();
        for (size_t i = 0; i < lanes_.size(); ++i)
            lane(lanes_[i], top + lane_height * double(i));
        return text_ + "</svg>\n";
    }

private:
    [[nodiscard]] double x(double seconds) const {
        return margin + seconds / seconds_ * (width - margin - 10);
    }

    void head() {
        text_ += format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
                        "font-family=\"sans-serif\" font-size=\"12\">\n",
                        width, height_);
        text_ += "<style>text{fill:#222}.grid{stroke:#8884}.paper{fill:#fff}.in{fill:#fff}"
                 "@media(prefers-color-scheme:dark){text{fill:#ddd}.paper{fill:#161616}}</style>\n";
        text_ += format("<rect class=\"paper\" width=\"%g\" height=\"%g\"/>\n", width, height_);
        text_ += "<text x=\"8\" y=\"18\" font-size=\"14\">" + escaped_xml(timeline_.title) + ", " +
                 escaped_xml(timeline_.backend) + "</text>\n";
        text_ += "<text x=\"8\" y=\"36\">" + sentence(judge(timeline_), timeline_) + "</text>\n";
        double at = margin;
        for (const Stage stage : all_stages) {
            text_ += format("<rect x=\"%g\" y=\"44\" width=\"10\" height=\"10\" fill=\"%s\"/>", at,
                            colours[+stage]);
            text_ += format("<text x=\"%g\" y=\"53\">%s</text>\n", at + 14,
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
                            x(step * i), x(step * i), top - 4, height_ - 24);
            text_ += format("<text x=\"%.2f\" y=\"%g\" text-anchor=\"middle\">%.4g s</text>\n",
                            x(step * i), height_ - 8, step * i);
        }
    }

    void lane(const Lane& lane, double y) {
        text_ += format("<text x=\"8\" y=\"%g\">%s</text>\n", y + 16, lane.name.c_str());
        for (const Span* span : lane.spans)
            bar(*span, y);
    }

    // What a stage only waited for is lighter: the bar's end, as waits come last.
    void bar(const Span& span, double y) {
        const double left = x(span.begin), whole = std::max(0.3, x(span.end) - left);
        const double busy = std::min(whole, x(span.begin + span.busy) - left);
        const unsigned frame = timeline_.frames[span.index];
        text_ += format("<g><title>frame %u, %s: %.3f ms</title>", frame,
                        std::string(stage_name(span.stage)).c_str(), span.seconds() * 1e3);
        for (const auto& [size, opacity] : {std::pair{whole, 0.45}, std::pair{busy, 1.0}})
            text_ += format("<rect x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\" rx=\"2\" "
                            "fill=\"%s\" fill-opacity=\"%g\"/>",
                            left, y + 2, std::max(0.0, size - (whole > 2 ? 0.5 : 0)),
                            lane_height - 4, colours[+span.stage], opacity);
        if (whole > 8.0 * double(std::to_string(frame).size()))
            text_ +=
                format("<text class=\"in\" x=\"%.2f\" y=\"%g\" text-anchor=\"middle\">%u</text>",
                       left + whole / 2, y + 17, frame);
        text_ += "</g>\n";
    }

    const Timeline& timeline_;
    std::vector<Lane> lanes_;
    double seconds_ = 1e-9, height_ = 0;
    std::string text_;
};

} // namespace

std::string timeline_svg(const Timeline& timeline) { return Drawing(timeline).draw(); }

} // namespace juggler
