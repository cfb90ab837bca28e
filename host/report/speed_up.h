// How much faster more threads are: what was measured, beside what is ideal and what Amdahl's law
// allows.
#pragma once

#include <string>
#include <vector>

namespace juggler {

struct SpeedUp {
    struct Point {
        unsigned threads;
        double seconds;
    };
    unsigned cores = 1;
    std::vector<Point> points; // by threads; the first is of one thread
    double serial_share = 0;   // of one thread's time, that more threads do not shorten

    [[nodiscard]] double times(const Point& point) const {
        return points.front().seconds / point.seconds;
    }
    [[nodiscard]] double ideal(double threads) const;
    // 1 / (s + (1 - s) / n), for n threads that each have a core (Amdahl 1967).
    [[nodiscard]] double amdahl(double threads) const;
};

// The serial share is fitted by least squares to the times of up to as many threads as cores.
// Points come in any order; without one of a single thread, or a second one, there are none.
SpeedUp judge_speed_up(std::vector<SpeedUp::Point> points, unsigned cores);

// A chart with axes from 0.
std::string speed_up_svg(const SpeedUp& speed_up);

// In words, for those who do not see the chart.
std::string sentence(const SpeedUp& speed_up);

} // namespace juggler
