#include "host/output/merge.h"

#include "host/base/error.h"

#include <algorithm>
#include <map>
#include <string>

namespace juggler {
namespace {

namespace fs = std::filesystem;

struct PartFile {
    fs::path file;
    FilmHeader header;
};

[[noreturn]] void refuse(const std::string& why) { throw Error(Exit::differ, "merge: " + why); }

std::string label(const Part& part) {
    return "part " + std::to_string(part.index) + " of " + std::to_string(part.count);
}

// What people call a setting.
std::string name_of(const std::string& key) {
    if (key == "scene") return "other scene files";
    if (key == "changes") return "other --set, --sky or the like";
    if (key == "view") return "another camera";
    if (key == "version") return "another version of this program";
    return "another " + key;
}

void check_same_picture(const PartFile& first, const PartFile& other) {
    const FileNotes &a = first.header.settings, &b = other.header.settings;
    for (const FileNote& note : a) {
        const std::string_view there = note_of(b, note.key);
        if (note.key == "frame" || there == note.value) continue;
        refuse(other.file.string() + " is not of the picture that " + first.file.string() +
               " is of: it was made with " + name_of(note.key) + " (" + std::string(there) +
               ", not " + note.value + ")");
    }
    if (a.size() != b.size())
        refuse(other.file.string() + " has other settings than " + first.file.string());
}

bool overlap(const FilmHeader& a, const FilmHeader& b) {
    const auto apart = [](uint32_t a0, uint32_t a1, uint32_t b0, uint32_t b1) {
        return a1 <= b0 || b1 <= a0;
    };
    return !apart(a.window.x0, a.window.x1, b.window.x0, b.window.x1) &&
           !apart(a.window.y0, a.window.y1, b.window.y0, b.window.y1) &&
           !apart(a.samples.first, a.samples.first + a.samples.count, b.samples.first,
                  b.samples.first + b.samples.count);
}

void check_apart(const std::vector<PartFile>& parts) {
    for (size_t i = 0; i < parts.size(); ++i)
        for (size_t j = 0; j < i; ++j) {
            const FilmHeader &a = parts[j].header, &b = parts[i].header;
            if (!overlap(a, b)) continue;
            const bool twice = a.part.index == b.part.index && a.part.count == b.part.count;
            refuse(parts[j].file.string() + " and " + parts[i].file.string() +
                   (twice ? " are both " + label(a.part)
                          : " hold the same samples of some pixels: " + label(a.part) + " and " +
                                label(b.part)));
        }
}

uint64_t samples_in(const Window& w, uint64_t samples_a_pixel) {
    return uint64_t(w.x1 - w.x0) * (w.y1 - w.y0) * samples_a_pixel;
}

// "part 3 of 7", "parts 3, 5 and 6 of 7"
std::string missing_parts(const std::vector<PartFile>& parts) {
    const Part& like = parts.front().header.part;
    std::vector<bool> there(like.count + 1, false);
    for (const PartFile& p : parts) {
        if (p.header.part.count != like.count || p.header.part.split != like.split) return {};
        there[p.header.part.index] = true;
    }
    std::vector<std::string> missing;
    for (uint32_t i = 1; i <= like.count; ++i)
        if (!there[i]) missing.push_back(std::to_string(i));
    if (missing.empty()) return {};
    std::string text = missing.size() == 1 ? "part " : "parts ";
    for (size_t i = 0; i < missing.size() && i < 20; ++i)
        text += (i == 0 ? "" : i + 1 == missing.size() ? " and " : ", ") + missing[i];
    if (missing.size() > 20) text += " and " + std::to_string(missing.size() - 20) + " more";
    return text + " of " + std::to_string(like.count) + " (" + split_names[size_t(like.split)] +
           ")";
}

void check_whole(uint32_t frame, const std::vector<PartFile>& parts) {
    const FilmHeader& h = parts.front().header;
    uint64_t samples = 0;
    for (const PartFile& p : parts)
        samples += samples_in(p.header.window, p.header.samples.count);
    const uint64_t wanted = samples_in(h.crop, h.spp);
    if (samples == wanted) return;
    const std::string of_frame = "of frame " + std::to_string(frame) + ", ";
    const std::string missing = missing_parts(parts);
    refuse(of_frame + (missing.empty() ? std::to_string(wanted - samples) + " of " +
                                             std::to_string(wanted) + " samples are missing"
                                       : missing + (missing.starts_with("parts") ? " are" : " is") +
                                             " missing"));
}

} // namespace

std::vector<FrameParts> gather_parts(const std::vector<fs::path>& files) {
    std::map<uint32_t, std::vector<PartFile>> frames;
    const PartFile first{files.front(), read_film_header(files.front())};
    for (const fs::path& file : files) {
        PartFile part{file, read_film_header(file)};
        check_same_picture(first, part);
        frames[part.header.frame].push_back(std::move(part));
    }
    std::vector<FrameParts> gathered;
    for (const auto& [frame, parts] : frames) {
        check_apart(parts);
        check_whole(frame, parts);
        FrameParts& all = gathered.emplace_back(FrameParts{parts.front().header, {}});
        all.header.nan_samples = all.header.clamped_samples = 0;
        for (const PartFile& p : parts) {
            all.files.push_back(p.file);
            all.header.nan_samples += p.header.nan_samples;
            all.header.clamped_samples += p.header.clamped_samples;
        }
    }
    return gathered;
}

Film merge_films(const FrameParts& parts) {
    Film film(parts.header.crop);
    for (const fs::path& file : parts.files)
        add_film(file, film);
    return film;
}

} // namespace juggler
