#include "host/output/clip.h"

#include "host/base/error.h"

#include <charconv>
#include <cstring>

namespace juggler {
namespace {

constexpr const char* encoder_name = "ffmpeg";

std::filesystem::path encoder_for(const std::filesystem::path& target) {
    if (const auto program = find_program(encoder_name)) return *program;
    throw Error(Exit::output, "write " + target.string() +
                                  ": the program ffmpeg, which encodes it, is not installed; "
                                  "install it (apt-get install ffmpeg), or write pictures instead "
                                  "(-o f_####.png)");
}

// As the shortest text that gives the same number back, whatever the locale.
std::string number(double value) {
    char text[40];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return {text, end};
}

// H.264 and VP9 halve the resolution of colour and need even sides.
bool needs_even(PictureFormat format) { return format != PictureFormat::gif; }
uint32_t even(uint32_t side) { return side + side % 2; }

std::vector<std::string> encoder_words(PictureFormat format) {
    // Codes are of the sRGB curve and primaries (Rec. 709); players assume the matrix of Rec. 709
    // for large pictures only, so the file says it.
    const std::vector<std::string> colors{
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuv420p",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "iec61966-2-1",
        "-color_range",
        "tv"};
    std::vector<std::string> words;
    switch (format) {
    case PictureFormat::webm:
        words = {"-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-cpu-used", "4", "-row-mt", "1"};
        words.insert(words.end(), colors.begin(), colors.end());
        return words;
    case PictureFormat::gif:
        // A palette for every frame: one for all would hold every frame in memory first.
        return {"-vf", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1",
                "-loop", "0"};
    default:
        words = {"-c:v", "libx264", "-preset", "medium", "-crf", "18", "-movflags", "+faststart"};
        words.insert(words.end(), colors.begin(), colors.end());
        return words;
    }
}

} // namespace

void check_clip_encoder(const std::filesystem::path& target) { (void)encoder_for(target); }

std::vector<std::string> clip_command(const std::filesystem::path& program,
                                      const ClipSettings& settings,
                                      const std::filesystem::path& file) {
    const bool widen = needs_even(settings.format);
    const uint32_t width = widen ? even(settings.width) : settings.width;
    const uint32_t height = widen ? even(settings.height) : settings.height;
    std::vector<std::string> words{program.string(),
                                   "-hide_banner",
                                   "-loglevel",
                                   "warning",
                                   "-nostats",
                                   "-nostdin",
                                   "-y",
                                   "-f",
                                   "rawvideo",
                                   "-pix_fmt",
                                   "rgb24",
                                   "-video_size",
                                   std::to_string(width) + "x" + std::to_string(height),
                                   "-framerate",
                                   number(settings.fps),
                                   "-i",
                                   "pipe:0",
                                   "-an"};
    const std::vector<std::string> encoder = encoder_words(settings.format);
    words.insert(words.end(), encoder.begin(), encoder.end());
    // Nothing of the machine or the day in the file; and "file:", or a name may be read as a
    // protocol.
    for (const std::string& word :
         {std::string("-fflags"), std::string("+bitexact"), std::string("-f"),
          std::string(facts_of(settings.format).name), "file:" + file.string()})
        words.push_back(word);
    return words;
}

ClipFile::ClipFile(const std::filesystem::path& target, const ClipSettings& settings)
    : settings_(settings), file_(target),
      encoder_(clip_command(encoder_for(target), settings, file_.place())) {}

bool ClipFile::write_frame(std::span<const std::byte> rgb, const StopAsked& stop) {
    const size_t row = size_t(settings_.width) * 3, height = settings_.height;
    const bool widen = needs_even(settings_.format);
    if (widen && (settings_.width % 2 != 0 || height % 2 != 0)) {
        // The last column and row once more.
        const size_t wide_row = size_t(even(settings_.width)) * 3;
        widened_.resize(wide_row * even(settings_.height));
        for (size_t y = 0; y < even(settings_.height); ++y) {
            const std::byte* from = rgb.data() + row * std::min(y, height - 1);
            std::byte* to = widened_.data() + wide_row * y;
            std::memcpy(to, from, row);
            if (wide_row > row) std::memcpy(to + row, from + row - 3, 3);
        }
        rgb = widened_;
    }
    const Child::Fed fed = encoder_.write(rgb, stop);
    if (fed == Child::Fed::ended) check();
    if (fed == Child::Fed::ended) fail("does not read any more");
    return fed == Child::Fed::all;
}

bool ClipFile::commit(bool no_clobber, const StopAsked& stop) {
    if (!encoder_.finish(stop)) return false;
    if (const std::string failure = encoder_.failure(); !failure.empty()) fail(failure);
    file_.commit(no_clobber);
    return true;
}

void ClipFile::check() const {
    if (!encoder_.has_ended()) return;
    const std::string failure = encoder_.failure();
    fail(failure.empty() ? "ended before it had all frames" : failure);
}

void ClipFile::fail(const std::string& what) const {
    std::string message = "write " + file_.target().string() + ": ffmpeg " + what;
    if (const std::string said = encoder_.last_lines(); !said.empty())
        message += "; it said last:\n" + said;
    throw Error(Exit::output, message);
}

} // namespace juggler
