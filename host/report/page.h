// A run as one HTML page that needs nothing beside itself: no network, no other file.
#pragma once

#include "host/pipeline/timeline.h"
#include "host/report/page_picture.h"
#include "host/report/speed_up.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace juggler {

struct PageTable {
    std::string caption;
    std::vector<std::string> heads;
    std::vector<bool> words; // of each column: to the left; numbers stand to the right
    std::vector<std::vector<std::string>> rows;
};

// Shares from 0 to 1 as shades; negative ones are left out.
struct PageHeatMap {
    std::string title, row_name;
    std::vector<std::string> rows;
    uint32_t columns = 0;
    std::vector<double> values; // [rows][columns]
};

using PageFacts = std::vector<std::pair<std::string, std::string>>; // name, value

struct Page {
    std::string title;
    std::string result; // one sentence
    bool good = true;
    std::vector<std::string> paragraphs;
    std::vector<PagePicture> pair; // two of one size, to be compared; or none
    std::optional<PagePicture> heat;
    std::string heat_says;
    std::vector<PagePicture> pictures; // to be looked at
    std::vector<PageTable> tables;
    PageFacts table_words; // what the heads of columns mean
    std::vector<Timeline> timelines;
    std::vector<PageHeatMap> heat_maps; // one kind of thing, on one scale
    std::optional<SpeedUp> speed_up;
    std::vector<std::string> commands; // that make all this again
    PageFacts machine;
};

// Bytes that all pictures of a page may have together, and all of the page.
inline constexpr size_t page_picture_bytes = 2'800'000, page_bytes = 5'000'000;

std::string page_html(const Page& page);

} // namespace juggler
