#include "host/output/film_file.h"

#include "host/base/error.h"
#include "host/base/files.h"
#include "host/base/hash.h"
#include "host/base/hex.h"
#include "kernels/film.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>

namespace juggler {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "juggler film 1\n";
constexpr size_t header_limit = 16384;
constexpr uint64_t file_limit = picture_pixel_limit * sizeof(FilmPixel) + header_limit;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
    throw Error(Exit::input, "read the film " + file.string() + ": " + why);
}

uint64_t swapped(uint64_t v) {
    uint64_t turned = 0;
    for (int i = 0; i < 8; ++i, v >>= 8)
        turned = turned << 8 | (v & 255);
    return turned;
}
uint64_t little(uint64_t v) { return std::endian::native == std::endian::little ? v : swapped(v); }

// ---- numbers in the header -----------------------------------------------------------------

std::string numbers(std::initializer_list<uint64_t> values) {
    std::string text;
    for (const uint64_t value : values)
        text += (text.empty() ? "" : " ") + std::to_string(value);
    return text;
}

// Exactly N numbers with one blank or slash between them.
template <size_t N>
std::optional<std::array<uint64_t, N>> parse_numbers(std::string_view text) {
    std::array<uint64_t, N> values{};
    const char *at = text.data(), *end = at + text.size();
    for (size_t i = 0; i < N; ++i) {
        if (i > 0 && (at == end || (*at != ' ' && *at != '/'))) return std::nullopt;
        const auto [stop, error] = std::from_chars(at + (i > 0), end, values[i]);
        if (error != std::errc()) return std::nullopt;
        at = stop;
    }
    return at == end ? std::optional(values) : std::nullopt;
}

// What a film file says of itself, up to its sums.
struct Parsed {
    FilmHeader header;
    size_t header_bytes = 0; // sums start here
    uint64_t check = 0;
    uint64_t text_hash = 0; // of the header's lines before the check
};

class HeaderReader {
public:
    HeaderReader(const fs::path& file, std::string_view text) : file_(file), text_(text) {}

    Parsed read() {
        if (!text_.starts_with(first_line)) {
            const bool other = text_.starts_with("juggler film ");
            refuse(file_, other ? "it is of another version" : "it is no film");
        }
        split_lines();
        Parsed parsed;
        parsed.header_bytes = end_;
        parsed.text_hash = hash_bytes(text_.data(), check_at_);
        fill(parsed.header);
        const std::string check(value("check"));
        const auto [stop, error] =
            std::from_chars(check.data(), check.data() + check.size(), parsed.check, 16);
        if (error != std::errc() || check.size() != 16) broken();
        return parsed;
    }

private:
    [[noreturn]] void broken() const { refuse(file_, "its header is damaged"); }

    // Settings come first, up to the part.
    void split_lines() {
        size_t at = first_line.size();
        for (;;) {
            const size_t end = text_.find('\n', at);
            if (end == std::string_view::npos) refuse(file_, "it is cut in its header");
            const std::string_view line = text_.substr(at, end - at);
            if (line.empty()) {
                end_ = end + 1;
                return;
            }
            const size_t equals = line.find('=');
            if (equals == std::string_view::npos) broken();
            if (line.substr(0, equals) == "check") check_at_ = at;
            lines_.push_back(
                {std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
            at = end + 1;
        }
    }

    [[nodiscard]] std::string_view value(std::string_view key) const {
        return note_of(lines_, key);
    }
    template <size_t N>
    [[nodiscard]] std::array<uint64_t, N> values(std::string_view key, uint64_t most) const {
        const auto found = parse_numbers<N>(value(key));
        if (!found ||
            std::any_of(found->begin(), found->end(), [&](uint64_t v) { return v > most; }))
            broken();
        return *found;
    }
    [[nodiscard]] Window window(std::string_view key) const {
        const auto v = values<4>(key, picture_side_limit);
        if (v[0] >= v[2] || v[1] >= v[3]) broken();
        return {uint32_t(v[0]), uint32_t(v[1]), uint32_t(v[2]), uint32_t(v[3])};
    }

    void fill(FilmHeader& h) const {
        const auto part_line = std::find_if(lines_.begin(), lines_.end(),
                                            [](const FileNote& n) { return n.key == "part"; });
        h.settings.assign(lines_.begin(), part_line);
        constexpr uint64_t word = std::numeric_limits<uint32_t>::max();
        h.frame = uint32_t(values<1>("frame", word)[0]);
        const auto size = values<2>("size", picture_side_limit);
        h.width = uint32_t(size[0]);
        h.height = uint32_t(size[1]);
        h.crop = window("crop");
        h.window = window("window");
        h.spp = uint32_t(values<1>("spp", film_max_samples)[0]);
        const auto samples = values<2>("samples", film_max_samples);
        h.samples = {uint32_t(samples[0]), uint32_t(samples[1])};
        fill_part(h);
        h.tone.curve = ToneMap(values<1>("tone", uint64_t(ToneMap::agx))[0]);
        h.tone.exposure = std::bit_cast<float>(uint32_t(values<1>("exposure", word)[0]));
        h.nan_samples = values<1>("nan", std::numeric_limits<uint64_t>::max())[0];
        h.clamped_samples = values<1>("clamped", std::numeric_limits<uint64_t>::max())[0];
        const bool inside = h.window.x0 >= h.crop.x0 && h.window.y0 >= h.crop.y0 &&
                            h.window.x1 <= h.crop.x1 && h.window.y1 <= h.crop.y1 &&
                            h.crop.x1 <= h.width && h.crop.y1 <= h.height;
        if (!inside || h.samples.count == 0 || h.samples.first + h.samples.count > h.spp ||
            h.pixel_count() > picture_pixel_limit ||
            !(h.tone.exposure >= -64 && h.tone.exposure <= 64))
            broken();
    }

    void fill_part(FilmHeader& h) const {
        const auto part = values<2>("part", part_limit);
        h.part = {uint32_t(part[0]), uint32_t(part[1]), Split::frames};
        const auto split =
            std::find(std::begin(split_names), std::end(split_names), value("split"));
        if (split == std::end(split_names) || part[0] < 1 || part[0] > part[1]) broken();
        h.part.split = Split(split - std::begin(split_names));
    }

    const fs::path& file_;
    std::string_view text_;
    FileNotes lines_;
    size_t check_at_ = 0, end_ = 0;
};

void check_length(const fs::path& file, const Parsed& parsed, uint64_t bytes) {
    const uint64_t wanted = parsed.header_bytes + parsed.header.pixel_count() * sizeof(FilmPixel);
    if (bytes < wanted) refuse(file, "it is cut");
    if (bytes > wanted) refuse(file, "something follows after its end");
}

// A whole file in memory, its sums checked.
struct LoadedFilm {
    FilmHeader header;
    std::vector<std::byte> bytes;
    size_t sums = 0; // their offset
};

LoadedFilm load_film(const fs::path& file) {
    LoadedFilm loaded;
    loaded.bytes = read_file(file, file_limit);
    const std::string_view text(reinterpret_cast<const char*>(loaded.bytes.data()),
                                std::min(loaded.bytes.size(), header_limit));
    const Parsed parsed = HeaderReader(file, text).read();
    check_length(file, parsed, loaded.bytes.size());
    loaded.header = parsed.header;
    loaded.sums = parsed.header_bytes;
    const uint64_t check = hash_bytes(loaded.bytes.data() + loaded.sums,
                                      loaded.bytes.size() - loaded.sums, parsed.text_hash);
    if (check != parsed.check) refuse(file, "it is damaged: its sums are not those written");
    return loaded;
}

} // namespace

std::vector<std::byte> encode_film(const FileNotes& settings, const FilmHeader& h,
                                   std::span<const FilmPixel> pixels) {
    std::string text(first_line);
    const auto line = [&](std::string_view key, const std::string& value) {
        text.append(key).append("=").append(value).append("\n");
    };
    for (const FileNote& note : settings)
        line(note.key, note.value);
    line("part", std::to_string(h.part.index) + "/" + std::to_string(h.part.count));
    line("split", split_names[size_t(h.part.split)]);
    line("window", numbers({h.window.x0, h.window.y0, h.window.x1, h.window.y1}));
    line("samples", numbers({h.samples.first, h.samples.count}));
    line("tone", numbers({uint64_t(h.tone.curve)}));
    line("exposure", numbers({std::bit_cast<uint32_t>(h.tone.exposure)}));
    line("nan", numbers({h.nan_samples}));
    line("clamped", numbers({h.clamped_samples}));

    const size_t check_bytes = std::strlen("check=") + 16 + 2;
    std::vector<std::byte> out(text.size() + check_bytes + pixels.size_bytes());
    std::byte* sums = out.data() + text.size() + check_bytes;
    std::byte* to = sums;
    for (const FilmPixel& pixel : pixels)
        for (const uint64_t sum : pixel.rgb) {
            const uint64_t stored = little(sum);
            std::memcpy(to, &stored, 8);
            to += 8;
        }
    const uint64_t check =
        hash_bytes(sums, pixels.size_bytes(), hash_bytes(text.data(), text.size()));
    text += "check=" + hex(check) + "\n\n";
    std::memcpy(out.data(), text.data(), text.size());
    return out;
}

FilmHeader read_film_header(const fs::path& file) {
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::is_regular_file(status))
        refuse(file, fs::exists(status) ? "it is no regular file" : "No such file");
    std::ifstream in(file, std::ios::binary);
    std::string text(header_limit, '\0');
    in.read(text.data(), std::streamsize(text.size()));
    if (!in.is_open()) refuse(file, "it cannot be opened");
    text.resize(size_t(in.gcount()));
    const Parsed parsed = HeaderReader(file, text).read();
    check_length(file, parsed, fs::file_size(file, error));
    return parsed.header;
}

void add_film(const fs::path& file, Film& film) {
    const LoadedFilm loaded = load_film(file);
    const Window& w = loaded.header.window;
    const FilmView view = film.view();
    if (w.x0 < view.x0 || w.y0 < view.y0 || w.x1 > view.x0 + view.width ||
        w.y1 > view.y0 + view.height)
        refuse(file, "it changed while it was read");
    const std::byte* from = loaded.bytes.data() + loaded.sums;
    for (uint32_t y = w.y0; y < w.y1; ++y)
        for (uint32_t x = w.x0; x < w.x1; ++x)
            for (uint64_t& sum :
                 view.pixels[size_t(y - view.y0) * view.width + (x - view.x0)].rgb) {
                uint64_t stored = 0;
                std::memcpy(&stored, from, 8);
                sum += little(stored);
                from += 8;
            }
}

bool is_whole_film(const fs::path& file, const FilmSettings& of, const FilmHeader& h) {
    try {
        const FilmHeader there = load_film(file).header;
        const Window& w = there.window;
        return there.settings == of.notes() && there.part.index == h.part.index &&
               there.part.count == h.part.count && there.part.split == h.part.split &&
               there.samples.first == h.samples.first && there.samples.count == h.samples.count &&
               there.tone.curve == h.tone.curve && there.tone.exposure == h.tone.exposure &&
               w.x0 == h.window.x0 && w.y0 == h.window.y0 && w.x1 == h.window.x1 &&
               w.y1 == h.window.y1;
    } catch (const Error&) {
        return false;
    }
}

} // namespace juggler
