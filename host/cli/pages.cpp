#include "host/cli/pages.h"

#include "host/base/output_file.h"
#include "host/compare/statistics.h"

#include <cmath>
#include <cstdio>
#include <ctime>

#include "version.h"

namespace juggler {
namespace {

std::string number(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string milliseconds(double seconds) { return number("%.2f", seconds * 1e3); }

// A date makes a measurement comparable with others of the same machine.
std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    const size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return {text, length};
}

PageFacts machine_facts() {
    const Cores all = cores();
    std::string features;
    for (const std::string& feature : cpu_features())
        features += (features.empty() ? "" : ", ") + feature;
    return {{"processor", cpu_name()},
            {"cores", std::to_string(all.usable) + " that the run may use, of " +
                          std::to_string(all.online)},
            {"vector instructions", features},
            {"program", "juggler " JUGGLER_VERSION ", " JUGGLER_COMPILER ", " JUGGLER_BUILD_TYPE},
            {"measured", today()}};
}

std::string size_text(uint32_t width, uint32_t height) {
    return std::to_string(width) + " x " + std::to_string(height);
}

PageTable frame_table(const RunStats& stats) {
    PageTable table{
        "Milliseconds of each frame's stages",
        {"frame", "file", "prepare", "upload", "render", "download", "encode", "write", "Mrays"},
        {false, true, false, false, false, false, false, false, false},
        {}};
    for (const FrameStats& f : stats.frames)
        table.rows.push_back({std::to_string(f.frame), f.output, milliseconds(f.prepare),
                              milliseconds(f.upload), milliseconds(f.compute),
                              milliseconds(f.download), milliseconds(f.encode),
                              milliseconds(f.write), number("%.3f", double(f.rays()) / 1e6)});
    return table;
}

} // namespace

std::string command_text(std::span<const std::string> words) {
    std::string text = "juggler";
    for (const std::string& word : words) {
        const bool plain =
            !word.empty() &&
            word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-./=,:@%+") == std::string::npos;
        text += ' ';
        if (plain) {
            text += word;
            continue;
        }
        text += '\'';
        for (const char c : word)
            text += c == '\'' ? std::string("'\\''") : std::string(1, c);
        text += '\'';
    }
    return text;
}

Page render_page(const RunStats& stats, const Timeline& timeline,
                 const std::vector<ShownFrame>& shown, const std::string& command,
                 const RunFailure* failure) {
    Page page;
    page.title = stats.scene;
    uint64_t rays = 0;
    for (const FrameStats& f : stats.frames)
        rays += f.rays();
    const size_t count = stats.frames.size();
    page.result = std::to_string(count) + (count == 1 ? " frame" : " frames") + " of " +
                  size_text(stats.width, stats.height) + ", " + std::to_string(stats.spp) +
                  " samples a pixel, in " + number("%.2f s", stats.wall) + " by " + stats.backend +
                  " (" + stats.device + "), " + number("%.1f million rays", double(rays) / 1e6);
    if (count == 0) page.result = "Nothing was left to do: every frame is there and whole.";
    if (failure) {
        page.good = false;
        page.result = "Failed in stage " + failure->stage + ": " + failure->message;
    }
    if (count > 1) page.paragraphs.push_back(sentence(judge(timeline), timeline) + ".");
    for (const ShownFrame& frame : shown)
        page.pictures.push_back(
            page_picture("frame " + std::to_string(stats.frames[frame.index].frame), frame.picture,
                         page_picture_bytes / shown.size()));
    // First and last lie over each other: what has moved shows.
    if (page.pictures.size() > 1) page.pair = {page.pictures.front(), page.pictures.back()};
    page.tables.push_back(frame_table(stats));
    if (count > 0) page.timelines.push_back(timeline);
    page.commands.push_back(command);
    page.machine = machine_facts();
    page.machine.emplace_back("most memory",
                              std::to_string(stats.usage.peak_rss_bytes >> 20) + " MiB");
    page.machine.emplace_back("settings", stats.settings_hash);
    return page;
}

Page difference_page(const AnyPicture& a, const AnyPicture& b, const Difference& difference,
                     const FlipMap& map, bool within, const DiffOptions& options,
                     const std::string& command) {
    Page page;
    page.title = options.a + " and " + options.b;
    page.result = difference.identical() ? "identical: every pixel is the same"
                                         : "different: " + std::to_string(difference.differing) +
                                               " of " + std::to_string(difference.pixel_count) +
                                               " pixels" + (within ? ", within the tolerance" : "");
    page.good = within;
    for (const auto& [name, picture] : {std::pair(options.a, &a), std::pair(options.b, &b)})
        page.pair.push_back(
            page_picture(name, displayed(AnyPicture(*picture)), page_picture_bytes / 3));
    page.heat =
        page_picture("FLIP, from black (looks the same) to pale yellow (looks another)",
                     as_picture(map.width, map.height, heat_map(map)), page_picture_bytes / 3);
    page.heat_says = "FLIP says how different two pictures look to people who flip between them: " +
                     number("%.6g", map.mean) + " in the mean, at most " +
                     number("%.4g", double(map.max)) + " at " + std::to_string(map.max_x) + ", " +
                     std::to_string(map.max_y) + ".";
    PageTable table{"Of " + std::to_string(difference.pixel_count) + " pixels",
                    {"measure", "value"},
                    {true, false},
                    {{"differing pixels", std::to_string(difference.differing)},
                     {"largest difference", number("%.9g", difference.max)},
                     {"mean", number("%.9g", difference.mean)},
                     {"RMSE", number("%.9g", difference.rmse)},
                     {"PSNR", std::isfinite(difference.psnr) ? number("%.6g dB", difference.psnr)
                                                             : "no difference"},
                     {"FLIP", number("%.6g", map.mean)}}};
    page.tables.push_back(std::move(table));
    page.commands.push_back(command);
    page.machine = machine_facts();
    return page;
}

Page lesson_page(const Lesson& lesson, const LessonResult& result, const std::string& command) {
    Page page;
    page.title = lesson.title;
    page.result =
        std::string(lesson.question) + " " + std::string(lesson.choices[lesson.answer]) + ".";
    page.paragraphs = {std::string(lesson.about), std::string(lesson.meaning)};
    PageTable figures{"Measured", {"what", "value", "unit"}, {true, false, true}, {}};
    for (const Figure& f : result.figures) {
        const bool whole = f.unit.empty() && f.value == std::floor(f.value);
        figures.rows.push_back({f.says, number(whole ? "%.0f" : "%.4g", f.value), f.unit});
    }
    PageTable claims{"What should be so", {"claim", "figures", "it is"}, {true, false, true}, {}};
    for (const Claim& c : result.claims) {
        page.good &= c.holds();
        claims.rows.push_back({c.says,
                               number("%.3g ", c.left) + c.relation + number(" %.3g", c.right),
                               c.holds() ? "so" : "not so this time"});
    }
    page.tables = {std::move(figures), std::move(claims)};
    page.timelines = result.timelines;
    for (const HeatMap& map : result.heat_maps)
        page.heat_maps.push_back({map.title, map.row_name, map.rows, map.columns, map.values});
    page.commands.push_back(command);
    page.machine = machine_facts();
    return page;
}

Page contest_page(const ContestRecord& record, const std::vector<Timeline>& arrangements,
                  const std::string& command) {
    Page page;
    page.title = record.scene + " by every back end";
    page.good = record.contest.identical();
    page.result = contest_verdict(record);
    page.paragraphs.push_back(contest_picture(record) + ".");
    for (const std::string& reason : record.absent)
        page.paragraphs.push_back("Not here: " + reason);
    if (record.shown.size() == 2) {
        for (const ShownRun& run : record.shown)
            page.pair.push_back(page_picture(run.backend, run.picture, page_picture_bytes / 3));
        const AnyPicture a = record.shown[0].picture, b = record.shown[1].picture;
        if (record.shown[0].picture.values == record.shown[1].picture.values) {
            page.heat_says = "Nowhere: every pixel is the same.";
        } else {
            const FlipMap map = flip(a, b);
            page.heat = page_picture(
                "FLIP, from black (looks the same) to pale yellow (looks another)",
                as_picture(map.width, map.height, heat_map(map)), page_picture_bytes / 3);
            page.heat_says = "FLIP " + number("%.6g", map.mean) + " in the mean, at most " +
                             number("%.4g", double(map.max)) + ".";
        }
    }
    const std::vector<std::vector<std::string>> rows = contest_rows(record);
    PageTable table{"Rendering alone, without reading the scene", rows.front(), {}, {}};
    for (const std::string& head : rows.front())
        table.words.push_back(head == "backend" || head == "on");
    table.rows.assign(rows.begin() + 1, rows.end());
    page.tables.push_back(std::move(table));
    page.table_words = {{"median, spread", "of the timed runs"},
                        {"speed-up", "against sequential, or the first row without it"},
                        {"per core", "speed-up against one thread, over the cores used"},
                        {"per lane", "speed-up against sequential, over cores times vector lanes"},
                        {"waiting", "share of the time of its threads in which they had no core"}};
    page.timelines = arrangements;
    std::vector<SpeedUp::Point> points;
    for (const Score& score : record.contest.scores)
        if (score.backend == "openmp") points.push_back({score.threads, score.median_seconds()});
    page.speed_up = judge_speed_up(std::move(points), record.cores.usable);
    page.commands.push_back(command);
    page.machine = machine_facts();
    page.machine.emplace_back("busy with other work",
                              number("load %.2f when it began", record.load));
    return page;
}

void write_page(const Page& page, const std::string& file) {
    OutputFile output(file);
    output.write(page_html(page));
    output.commit();
}

} // namespace juggler
