// Contact sheets and animations in the terminal.
#include "host/cli/show_many.h"

#include "host/cli/live.h"
#include "host/cli/machine.h"
#include "host/cli/streams.h"
#include "host/image/read.h"
#include "host/image/sheet.h"
#include "host/image/shrink.h"
#include "host/output/capture.h"
#include "host/output/child.h"
#include "host/report/page_picture.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace juggler {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
    const auto format = format_of_suffix(path.extension().string());
    return format && !facts_of(*format).clip && *format != PictureFormat::rgb24 &&
           *format != PictureFormat::film;
}

bool fits_pattern(const std::string& name, const NamePattern& pattern) {
    const size_t around = pattern.before.size() + pattern.after.size();
    if (name.size() <= around || !name.starts_with(pattern.before) ||
        !name.ends_with(pattern.after))
        return false;
    const std::string number = name.substr(pattern.before.size(), name.size() - around);
    return number.size() >= pattern.digits &&
           number.find_first_not_of("0123456789") == std::string::npos;
}

EncodedPicture small_picture(const fs::path& file, uint32_t width, uint32_t height) {
    const Shrunk small =
        shrink(displayed(read_picture(file, available_memory() / 4 * 3)), width, height);
    return as_picture(small.width, small.height, small.rgb);
}

// Shows frames in place, at a steady rate.
class Player {
public:
    Player(double fps, ShowHow how, TerminalSize fit)
        : step_(
              std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / fps))),
          how_(how), fit_(fit) {}

    void show(const EncodedPicture& picture) {
        redrawn_.draw(terminal_picture(picture, how_, fit_));
        next_ = std::max(next_ + step_, Clock::now());
        std::this_thread::sleep_until(next_);
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::duration step_;
    ShowHow how_;
    TerminalSize fit_;
    Clock::time_point next_ = Clock::now();
    Redrawn redrawn_{print};
};

} // namespace

bool is_clip_name(const fs::path& path) {
    static constexpr std::string_view suffixes[] = {".mp4", ".webm", ".gif", ".mkv", ".mov"};
    const std::string suffix = path.extension().string();
    return std::find(std::begin(suffixes), std::end(suffixes), suffix) != std::end(suffixes);
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file() && is_picture_name(entry.path())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.empty())
        throw Error(Exit::input, "show " + folder.string() + ": there are no pictures in it");
    return files;
}

std::vector<fs::path> pictures_like(const std::string& pattern_text) {
    const NamePattern pattern = parse_pattern(pattern_text);
    const fs::path folder = pattern.folder.empty() ? fs::path(".") : pattern.folder;
    std::error_code error;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
        if (fits_pattern(entry.path().filename().string(), pattern)) files.push_back(entry.path());
    // By number: more digits than the pattern has mean a larger one.
    std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
        const std::string x = a.string(), y = b.string();
        return x.size() != y.size() ? x.size() < y.size() : x < y;
    });
    if (files.empty())
        throw Error(Exit::input, "show " + pattern_text + ": there are no files of such names");
    return files;
}

void show_sheet(const std::vector<fs::path>& files, ShowHow how, TerminalSize fit) {
    how = settle_show(how);
    constexpr uint32_t least_columns = 24; // of a cell, in characters
    const uint32_t across = std::clamp<uint32_t>(fit.columns / least_columns, 1,
                                                 uint32_t(std::min<size_t>(files.size(), 8)));
    const uint32_t characters = fit.columns / across;
    // Two pixels to a character's height; twenty where the terminal draws pixels.
    const uint32_t scale = how == ShowHow::kitty || how == ShowHow::sixel ? 10 : 1;
    const uint32_t width = characters * scale - 2, height = width * 9 / 16;
    for (size_t first = 0; first < files.size(); first += across) {
        std::vector<EncodedPicture> row;
        std::string names;
        for (size_t i = first; i < std::min(files.size(), first + across); ++i) {
            row.push_back(small_picture(files[i], width, height));
            std::string name = files[i].filename().string().substr(0, characters - 1);
            name.resize(characters, ' ');
            names += name;
        }
        print(terminal_picture(contact_sheet(row, across, width, height), how,
                               {fit.columns, std::max(fit.rows, characters)}) +
              names.substr(0, names.find_last_not_of(' ') + 1) + "\n");
    }
}

void play_pictures(const std::vector<fs::path>& files, double fps, ShowHow how, TerminalSize fit) {
    Player player(fps, how, fit);
    for (const fs::path& file : files)
        player.show(displayed(read_picture(file, available_memory() / 4 * 3)));
}

void play_clip(const fs::path& file, std::optional<double> fps, ShowHow how, TerminalSize fit) {
    if (!fs::is_regular_file(file))
        throw Error(Exit::input, "open " + file.string() + ": no such file");
    const auto ffmpeg = find_program("ffmpeg");
    if (!ffmpeg)
        throw Error(Exit::failed,
                    "play " + file.string() + ": needs the ffmpeg program; apt-get install ffmpeg");
    how = settle_show(how);
    const double rate = fps.value_or(12); // what a terminal can follow
    const bool pixels = how == ShowHow::kitty || how == ShowHow::sixel;
    const uint32_t width = (pixels ? 480 : fit.columns) & ~1u;
    const uint32_t height = width * 9 / 16 & ~1u;
    const std::string size = std::to_string(width) + ":" + std::to_string(height);
    Capture clip({ffmpeg->string(), "-v", "error", "-nostdin", "-i", "file:" + file.string(), "-vf",
                  "fps=" + std::to_string(rate) + ",scale=" + size +
                      ":force_original_aspect_ratio=decrease,pad=" + size + ":(ow-iw)/2:(oh-ih)/2",
                  "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"});
    Player player(rate, how, fit);
    std::vector<uint8_t> rgb(size_t(width) * height * 3);
    bool any = false;
    while (clip.read(std::as_writable_bytes(std::span(rgb)))) {
        player.show(as_picture(width, height, rgb));
        any = true;
    }
    if (!clip.finish() || !any)
        throw Error(Exit::input, "play " + file.string() + ": ffmpeg cannot read it");
}

} // namespace juggler
