#include "host/report/speed_up.h"

#include <algorithm>
#include <cstdio>
#include <functional>

namespace juggler {
namespace {

constexpr double width = 720, height = 340;
constexpr double left = 56, right = 180, top = 16, bottom = 44; // around the axes

template <class... Values>
std::string format(const char* pattern, Values... values) {
    char text[300];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

// So that at most seven labels stand on an axis that ends at `most`.
unsigned step_of(double most) {
    unsigned step = 1;
    for (unsigned i = 0; most / step > 7; ++i)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2; // 1, 2, 5, 10, 20, 50 ...
    return step;
}

class Chart {
public:
    explicit Chart(const SpeedUp& speed_up) : data_(speed_up) {
        threads_ = speed_up.points.back().threads;
        for (const SpeedUp::Point& point : speed_up.points)
            times_ = std::max(times_, speed_up.times(point));
        times_ = 1.08 * std::max(times_, speed_up.ideal(threads_));
    }

    std::string draw() {
        text_ = format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" "
                       "viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"13\">\n",
                       width, height);
        axes();
        line("ideal", "5 4", "ideal", -2, [this](double n) { return data_.ideal(n); });
        line("amdahl", "", format("Amdahl, %.1f %% serial", 100 * data_.serial_share), 14,
             [this](double n) { return data_.amdahl(n); });
        measured();
        return text_ + "</svg>\n";
    }

private:
    [[nodiscard]] double x(double threads) const {
        return left + threads / threads_ * (width - left - right);
    }
    [[nodiscard]] double y(double times) const {
        return height - bottom - times / times_ * (height - top - bottom);
    }

    void axes() {
        const unsigned along = step_of(threads_), up = step_of(times_);
        for (unsigned n = 0; n <= threads_; n += along)
            text_ += format("<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%u</text>\n", x(n),
                            height - bottom + 18, n);
        for (unsigned n = 0; n <= times_; n += up) {
            text_ += format("<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>",
                            left, width - right, y(n), y(n));
            text_ += format("<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%u</text>\n", left - 8,
                            y(n) + 4, n);
        }
        text_ += format("<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">threads</text>\n",
                        (left + width - right) / 2, height - 6);
        text_ += format("<text x=\"14\" y=\"%g\" text-anchor=\"middle\" "
                        "transform=\"rotate(-90 14 %g)\">times as fast</text>\n",
                        (top + height - bottom) / 2, (top + height - bottom) / 2);
    }

    void line(const char* name, const char* dashes, const std::string& label, double below,
              const std::function<double(double)>& times) {
        text_ += format("<polyline class=\"%s\" fill=\"none\" stroke-dasharray=\"%s\" points=\"",
                        name, dashes);
        constexpr int steps = 60;
        for (int i = 0; i <= steps; ++i) {
            const double n = 1 + (threads_ - 1.0) * i / steps;
            text_ += format("%.1f,%.1f ", x(n), y(times(n)));
        }
        text_ += "\"/>";
        text_ += format("<text class=\"%s\" x=\"%g\" y=\"%.1f\">%s</text>\n", name,
                        width - right + 8, y(times(threads_)) + below, label.c_str());
    }

    void measured() {
        text_ += "<polyline class=\"measured\" fill=\"none\" points=\"";
        for (const SpeedUp::Point& p : data_.points)
            text_ += format("%.1f,%.1f ", x(p.threads), y(data_.times(p)));
        text_ += "\"/>";
        for (const SpeedUp::Point& p : data_.points)
            text_ += format("<circle class=\"measured\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"><title>"
                            "%u threads: %.2f times as fast</title></circle>\n",
                            x(p.threads), y(data_.times(p)), p.threads, data_.times(p));
        const SpeedUp::Point& last = data_.points.back();
        text_ += format("<text class=\"measured\" x=\"%g\" y=\"%.1f\">measured</text>\n",
                        width - right + 8, y(data_.times(last)) + 30);
    }

    const SpeedUp& data_;
    double threads_ = 1, times_ = 1;
    std::string text_;
};

} // namespace

double SpeedUp::ideal(double threads) const { return std::min(threads, double(cores)); }

double SpeedUp::amdahl(double threads) const {
    return 1 / (serial_share + (1 - serial_share) / ideal(threads));
}

SpeedUp judge_speed_up(std::vector<SpeedUp::Point> points, unsigned cores) {
    SpeedUp speed_up;
    speed_up.cores = std::max(1u, cores);
    std::sort(points.begin(), points.end(),
              [](const auto& a, const auto& b) { return a.threads < b.threads; });
    if (points.size() < 2 || points.front().threads != 1) return speed_up;
    speed_up.points = std::move(points);
    // T(n) / T(1) - 1/n = s (1 - 1/n), a line through 0 with slope s.
    double xy = 0, xx = 0;
    for (const SpeedUp::Point& p : speed_up.points) {
        if (p.threads > speed_up.cores) continue;
        const double x = 1 - 1.0 / p.threads;
        const double y = p.seconds / speed_up.points.front().seconds - 1.0 / p.threads;
        xy += x * y;
        xx += x * x;
    }
    speed_up.serial_share = xx > 0 ? std::clamp(xy / xx, 0.0, 1.0) : 0;
    return speed_up;
}

std::string speed_up_svg(const SpeedUp& speed_up) { return Chart(speed_up).draw(); }

std::string sentence(const SpeedUp& speed_up) {
    std::string text = "Speed-up over one thread: ";
    for (const SpeedUp::Point& p : speed_up.points)
        text += (p.threads > 1 ? "; " : "") +
                format("%u thread%s %.2f", p.threads, p.threads == 1 ? "" : "s", speed_up.times(p));
    return text + format(". On %u cores, as Amdahl's law has it, %.1f %% of the time is serial.",
                         speed_up.cores, 100 * speed_up.serial_share);
}

} // namespace juggler
