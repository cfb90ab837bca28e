#include "host/report/page.h"

#include "host/report/html.h"
#include "host/report/page_assets.h"

#include <cstdio>

namespace juggler {
namespace {

// Beyond this a drawing of spans would leave no room for the rest.
constexpr size_t timeline_bytes = 700'000;
constexpr size_t row_limit = 200;

void head(Html& html, const Page& page) {
    html.markup("<!DOCTYPE html>\n").open("html", {{"lang", "en"}}).open("head");
    html.lone("meta", {{"charset", "utf-8"}});
    html.lone("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    // Nothing is ever asked of a network, whatever a name in here may hold.
    html.lone("meta", {{"http-equiv", "Content-Security-Policy"},
                       {"content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                                   "script-src 'unsafe-inline'"}});
    html.leaf("title", page.title);
    html.open("style").markup(page_style).close().close();
}

void image(Html& html, const PagePicture& picture, std::string_view kind = "picture") {
    html.open("figure", {{"class", kind}});
    html.lone("img", {{"src", data_uri("image/png", picture.png)},
                      {"alt", picture.name},
                      {"width", std::to_string(picture.width)},
                      {"height", std::to_string(picture.height)}});
    std::string caption = picture.name;
    if (picture.whole_width > picture.width) caption += " (shrunk to fit into this page)";
    html.leaf("figcaption", caption).close();
}

void pair(Html& html, const Page& page) {
    if (page.pair.size() != 2) return;
    html.open("section", {{"aria-label", "Compare"}});
    html.leaf("h2", "Before and after");
    html.open("div", {{"class", "pair"}});
    for (const PagePicture& picture : page.pair)
        image(html, picture);
    html.close();
    html.open("div", {{"class", "controls"}, {"hidden", ""}});
    html.open("label").text("Divide ");
    html.lone("input", {{"type", "range"}, {"min", "0"}, {"max", "100"}, {"value", "50"}}).close();
    html.leaf("button", "Flip (key F)", {{"type", "button"}});
    html.leaf("output", "", {{"aria-live", "polite"}}).close();
    if (!page.heat_says.empty())
        html.leaf("h2", "Where they look different").leaf("p", page.heat_says);
    if (page.heat) image(html, *page.heat, "heat");
    html.close();
}

void pictures(Html& html, const Page& page) {
    if (page.pictures.empty()) return;
    html.open("section", {{"aria-label", "Pictures"}}).leaf("h2", "Pictures");
    html.open("div", {{"class", "pictures"}});
    for (const PagePicture& picture : page.pictures)
        image(html, picture);
    html.close().close();
}

void facts(Html& html, const PageFacts& facts) {
    html.open("dl");
    for (const auto& [name, value] : facts)
        html.leaf("dt", name).leaf("dd", value);
    html.close();
}

void table(Html& html, const PageTable& table) {
    const auto column_class = [&](size_t c) {
        return c < table.words.size() && table.words[c] ? "word" : "number";
    };
    html.open("div", {{"class", "wide"}}).open("table").leaf("caption", table.caption);
    html.open("thead").open("tr");
    for (size_t c = 0; c < table.heads.size(); ++c)
        html.leaf("th", table.heads[c], {{"scope", "col"}, {"class", column_class(c)}});
    html.close().close().open("tbody");
    for (size_t r = 0; r < table.rows.size() && r < row_limit; ++r) {
        html.open("tr");
        for (size_t c = 0; c < table.rows[r].size(); ++c)
            if (c == 0)
                html.leaf("th", table.rows[r][c], {{"scope", "row"}, {"class", column_class(c)}});
            else
                html.leaf("td", table.rows[r][c], {{"class", column_class(c)}});
        html.close();
    }
    html.close().close().close();
    if (table.rows.size() > row_limit)
        html.leaf("p", "The first " + std::to_string(row_limit) + " of " +
                           std::to_string(table.rows.size()) + " rows.");
}

void tables(Html& html, const Page& page) {
    if (page.tables.empty()) return;
    html.open("section", {{"aria-label", "Figures"}}).leaf("h2", "Figures");
    for (const PageTable& one : page.tables)
        table(html, one);
    if (!page.table_words.empty()) facts(html, page.table_words);
    html.close();
}

void timelines(Html& html, const Page& page) {
    if (page.timelines.empty()) return;
    html.open("section", {{"aria-label", "Timelines"}}).leaf("h2", "What ran when");
    html.leaf("p", page.timelines.size() > 1
                       ? "One time axis for all of them. A bar is a stage of a frame, with the "
                         "frame's number; where it is lighter, it only waited."
                       : "A bar is a stage of a frame, with the frame's number; where it is "
                         "lighter, it only waited.");
    std::string says;
    for (const Timeline& timeline : page.timelines)
        says += timeline.title + ": " + sentence(judge(timeline), timeline) + ". ";
    const std::string svg = timeline_svg(page.timelines);
    if (svg.size() <= timeline_bytes)
        html.open("div",
                  {{"class", "wide"}, {"role", "img"}, {"tabindex", "0"}, {"aria-label", says}})
            .markup(svg)
            .close();
    else
        html.leaf("p", says + "Too many frames to be drawn here: --timeline draws them into a "
                              "file of their own.");
    html.close();
}

// A drawing, with the mean of each row in words beside it.
void heat_map(Html& html, const PageHeatMap& map) {
    constexpr double cell = 18, labels = 90, values = 60;
    const double width = labels + cell * map.columns + values;
    const double height = cell * double(map.rows.size());
    char text[200];
    std::snprintf(text, sizeof text,
                  "<svg class=\"heatmap\" viewBox=\"0 0 %g %g\" font-size=\"12\">", width, height);
    std::string svg = text, says = map.title + ". Means: ";
    for (size_t row = 0; row < map.rows.size(); ++row) {
        const double y = cell * double(row);
        double sum = 0, count = 0;
        for (uint32_t column = 0; column < map.columns; ++column) {
            const double share = map.values[row * map.columns + column];
            if (share < 0) continue;
            sum += share;
            ++count;
            std::snprintf(text, sizeof text,
                          "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" "
                          "fill-opacity=\"%.2f\"><title>%.0f %%</title></rect>",
                          labels + cell * column, y, cell - 1, cell - 1, 0.06 + 0.94 * share,
                          100 * share);
            svg += text;
        }
        const std::string name = map.row_name + " " + map.rows[row];
        const std::string mean =
            count > 0 ? std::to_string(int(100 * sum / count + 0.5)) + " %" : "-";
        std::snprintf(text, sizeof text, "<text x=\"0\" y=\"%g\">", y + 13);
        svg += text + escaped_html(name) + "</text>";
        std::snprintf(text, sizeof text, "<text x=\"%g\" y=\"%g\">", width - values + 6, y + 13);
        svg += text + mean + "</text>\n";
        says += name + ": " + mean + "; ";
    }
    html.leaf("h3", map.title);
    html.open("div", {{"class", "wide"}, {"role", "img"}, {"tabindex", "0"}, {"aria-label", says}})
        .markup(svg + "</svg>")
        .close();
}

void heat_maps(Html& html, const Page& page) {
    if (page.heat_maps.empty()) return;
    html.open("section", {{"aria-label", "Heat maps"}}).leaf("h2", "Heat maps");
    html.leaf("p", "The stronger a cell, the larger its share. Across, the picture's width; beside "
                   "each row, the mean of its cells.");
    for (const PageHeatMap& map : page.heat_maps)
        heat_map(html, map);
    html.close();
}

void speed_up(Html& html, const Page& page) {
    if (!page.speed_up || page.speed_up->points.empty()) return;
    const std::string says = sentence(*page.speed_up);
    html.open("section", {{"aria-label", "Threads"}}).leaf("h2", "More threads");
    html.open("div", {{"class", "wide"}, {"role", "img"}, {"aria-label", says}})
        .markup(speed_up_svg(*page.speed_up))
        .close();
    html.leaf("p", says).close();
}

void ending(Html& html, const Page& page) {
    if (!page.commands.empty()) {
        std::string lines;
        for (const std::string& command : page.commands)
            lines += command + "\n";
        html.open("section", {{"aria-label", "Again"}}).leaf("h2", "To do it again");
        html.leaf("pre", lines, {{"tabindex", "0"}}).close();
    }
    html.open("section", {{"aria-label", "Machine"}}).leaf("h2", "The machine");
    facts(html, page.machine);
    html.close();
}

} // namespace

std::string page_html(const Page& page) {
    Html html;
    head(html, page);
    html.open("body").open("main");
    html.leaf("h1", page.title);
    html.leaf("p", page.result, {{"class", page.good ? "result" : "result bad"}});
    for (const std::string& paragraph : page.paragraphs)
        html.leaf("p", paragraph);
    pair(html, page);
    pictures(html, page);
    tables(html, page);
    timelines(html, page);
    heat_maps(html, page);
    speed_up(html, page);
    ending(html, page);
    html.close();
    if (page.pair.size() == 2) html.open("script").markup(page_script).close();
    html.close().close();
    return html.str();
}

} // namespace juggler
