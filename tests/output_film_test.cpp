// Film files: what comes back is what was written, and parts make the whole or are named.
#include "temp_folder.h"

#include "host/base/error.h"
#include "host/output/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace juggler {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t spp = 9;
const Window crop{3, 2, 16, 13};

FilmSettings settings(uint32_t frame = 1) {
    FilmSettings s;
    s.version = "1.2.3";
    s.scene = 0x1234;
    s.frame = frame;
    s.width = 20;
    s.height = 14;
    s.window = crop;
    s.spp = spp;
    return s;
}

// What sample `s` adds to a channel of a pixel.
uint64_t light(uint32_t frame, uint32_t x, uint32_t y, uint32_t s, uint32_t c) {
    std::seed_seq seed{frame, x, y, s, c};
    std::mt19937_64 random(seed);
    return random() >> 17; // of sums of 2^47, 65536 fit
}

Film film_of(uint32_t frame, Window w, SampleRange range) {
    Film film(w);
    const FilmView view = film.view();
    for (uint32_t y = w.y0; y < w.y1; ++y)
        for (uint32_t x = w.x0; x < w.x1; ++x)
            for (uint32_t s = range.first; s < range.first + range.count; ++s)
                for (uint32_t c = 0; c < 3; ++c)
                    view.pixels[(y - w.y0) * view.width + x - w.x0].rgb[c] +=
                        light(frame, x, y, s, c);
    return film;
}

class FilmFiles : public testing::Test {
protected:
    TempFolder folder;

    fs::path write_part(const std::string& name, const FilmSettings& of, Part part) {
        Window w = crop;
        SampleRange samples{0, spp};
        if (part.split == Split::rows) {
            const Share rows = share_of(crop.y0, crop.y1, part.index, part.count);
            w.y0 = rows.first;
            w.y1 = rows.end;
        } else {
            const Share share = share_of(0, spp, part.index, part.count);
            samples = {share.first, share.end - share.first};
        }
        FilmHeader header;
        header.window = w;
        header.samples = samples;
        header.part = part;
        header.tone = {ToneMap::reinhard, -1.5f};
        header.nan_samples = part.index;
        const Film film = film_of(of.frame, w, samples);
        return folder.write(name, encode_film(of.notes(), header, film.pixels()));
    }
    std::vector<fs::path> write_parts(Split split, uint32_t count, uint32_t frame = 1) {
        std::vector<fs::path> files;
        for (uint32_t i = 1; i <= count; ++i)
            files.push_back(write_part(std::to_string(frame) + "." + std::to_string(i) + ".film",
                                       settings(frame), {i, count, split}));
        return files;
    }
};

std::string refusal(const std::function<void()>& act, Exit exit) {
    try {
        act();
    } catch (const Error& e) {
        EXPECT_EQ(e.exit(), exit) << e.what();
        return e.what();
    }
    return "accepted";
}

TEST_F(FilmFiles, EverySplitAddsUpToTheWhole) {
    const uint64_t whole = film_of(1, crop, {0, spp}).hash();
    for (const Split split : {Split::rows, Split::samples})
        for (uint32_t count = 1; count <= 7; ++count) {
            std::vector<fs::path> files = write_parts(split, count);
            std::reverse(files.begin(), files.end());
            const auto gathered = gather_parts(files);
            ASSERT_EQ(gathered.size(), 1u);
            EXPECT_EQ(merge_films(gathered.front()).hash(), whole) << count;
            EXPECT_EQ(gathered.front().header.nan_samples, count * (count + 1) / 2);
        }
}

TEST_F(FilmFiles, PartsOfDifferentSplitsFitIfTheyDoNotOverlap) {
    // The upper half by samples, the lower half as it is.
    std::vector<fs::path> files{write_part("low", settings(), {2, 2, Split::rows})};
    const Share upper = share_of(crop.y0, crop.y1, 1, 2);
    for (uint32_t i = 1; i <= 3; ++i) {
        const Share share = share_of(0, spp, i, 3);
        FilmHeader header;
        header.samples = {share.first, share.end - share.first};
        header.part = {i, 3, Split::samples};
        header.window = {crop.x0, upper.first, crop.x1, upper.end};
        const Film film = film_of(1, header.window, header.samples);
        files.push_back(folder.write("up" + std::to_string(i),
                                     encode_film(settings().notes(), header, film.pixels())));
    }
    EXPECT_EQ(merge_films(gather_parts(files).front()).hash(), film_of(1, crop, {0, spp}).hash());
    files.pop_back();
    EXPECT_NE(refusal([&] { (void)gather_parts(files); }, Exit::differ).find("samples are missing"),
              std::string::npos);
}

TEST_F(FilmFiles, FramesAreKeptApart) {
    std::vector<fs::path> files = write_parts(Split::rows, 3, 7);
    for (const fs::path& file : write_parts(Split::samples, 2, 2))
        files.push_back(file);
    const auto gathered = gather_parts(files);
    ASSERT_EQ(gathered.size(), 2u);
    EXPECT_EQ(gathered[0].header.frame, 2u);
    EXPECT_EQ(merge_films(gathered[0]).hash(), film_of(2, crop, {0, spp}).hash());
    EXPECT_EQ(merge_films(gathered[1]).hash(), film_of(7, crop, {0, spp}).hash());
}

TEST_F(FilmFiles, TheHeaderComesBack) {
    const FilmHeader h = read_film_header(write_part("a", settings(5), {2, 3, Split::samples}));
    EXPECT_EQ(h.settings, settings(5).notes());
    EXPECT_EQ(h.frame, 5u);
    EXPECT_EQ(h.width, 20u);
    EXPECT_EQ(h.crop.y1, crop.y1);
    EXPECT_EQ(h.samples.first, 3u);
    EXPECT_EQ(h.samples.count, 3u);
    EXPECT_EQ(h.tone.curve, ToneMap::reinhard);
    EXPECT_EQ(h.tone.exposure, -1.5f);
    EXPECT_EQ(h.part.index, 2u);
    EXPECT_EQ(h.part.split, Split::samples);
}

TEST_F(FilmFiles, MissingPartsAreNamed) {
    std::vector<fs::path> files = write_parts(Split::rows, 7);
    files.erase(files.begin() + 2);
    EXPECT_NE(refusal([&] { (void)gather_parts(files); }, Exit::differ)
                  .find("part 3 of 7 (rows) is missing"),
              std::string::npos);
    files.erase(files.begin() + 3);
    files.pop_back();
    EXPECT_NE(refusal([&] { (void)gather_parts(files); }, Exit::differ)
                  .find("parts 3, 5 and 7 of 7 (rows) are missing"),
              std::string::npos);
}

TEST_F(FilmFiles, PartsThatAreThereTwiceAreNamed) {
    std::vector<fs::path> files = write_parts(Split::samples, 3);
    files.push_back(write_part("copy", settings(), {2, 3, Split::samples}));
    const std::string text = refusal([&] { (void)gather_parts(files); }, Exit::differ);
    EXPECT_NE(text.find("1.2.film and "), std::string::npos) << text;
    EXPECT_NE(text.find("copy are both part 2 of 3"), std::string::npos) << text;
    files.back() = write_part("other", settings(), {2, 2, Split::rows});
    EXPECT_NE(refusal([&] { (void)gather_parts(files); }, Exit::differ).find("same samples"),
              std::string::npos);
}

TEST_F(FilmFiles, PartsOfAnotherPictureAreNamedWithWhatDiffers) {
    std::vector<fs::path> files = write_parts(Split::rows, 2);
    const auto said = [&](const std::function<void(FilmSettings&)>& change) {
        FilmSettings other = settings();
        change(other);
        files.back() = write_part("foreign", other, {2, 2, Split::rows});
        return refusal([&] { (void)gather_parts(files); }, Exit::differ);
    };
    const std::string seed = said([](FilmSettings& s) { s.seed = 5; });
    EXPECT_NE(seed.find("foreign is not of the picture"), std::string::npos) << seed;
    EXPECT_NE(seed.find("another seed (5, not 1)"), std::string::npos) << seed;
    EXPECT_NE(said([](FilmSettings& s) { s.scene = 1; }).find("scene files"), std::string::npos);
    EXPECT_NE(said([](FilmSettings& s) { s.view = "x"; }).find("camera"), std::string::npos);
    EXPECT_NE(said([](FilmSettings& s) { s.changes = "x"; }).find("--set"), std::string::npos);
    EXPECT_NE(said([](FilmSettings& s) { s.max_depth = 2; }).find("max_depth"), std::string::npos);
}

TEST_F(FilmFiles, EveryDamagedFileIsRefused) {
    const FilmSettings of = settings();
    FilmHeader header;
    header.samples = {0, spp};
    header.window = {3, 2, 5, 4};
    const Film film = film_of(1, header.window, header.samples);
    const std::vector<std::byte> file = encode_film(of.notes(), header, film.pixels());
    const auto whole = [&](const std::vector<std::byte>& bytes) {
        return is_whole_film(folder.write("a", bytes), of, header);
    };
    EXPECT_TRUE(whole(file));
    for (size_t size = 0; size < file.size(); size += 3)
        ASSERT_FALSE(whole({file.begin(), file.begin() + ptrdiff_t(size)})) << size;
    for (size_t at = 0; at < file.size(); ++at) {
        std::vector<std::byte> other = file;
        other[at] ^= std::byte{2};
        ASSERT_FALSE(whole(other)) << at;
    }
    std::vector<std::byte> longer = file;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(whole(longer));
    EXPECT_FALSE(is_whole_film(folder.path() / "no", of, header));
    EXPECT_FALSE(is_whole_film(folder.path(), of, header));

    FilmSettings others = of;
    others.frame = 2;
    FilmHeader other_part = header;
    other_part.part = {1, 2, Split::samples};
    folder.write("a", file);
    EXPECT_FALSE(is_whole_film(folder.path() / "a", others, header));
    EXPECT_FALSE(is_whole_film(folder.path() / "a", of, other_part));
    header.window.y1 = 5;
    EXPECT_FALSE(is_whole_film(folder.path() / "a", of, header));
}

TEST_F(FilmFiles, WhatIsNoFilmIsSaid) {
    const auto said = [&](const fs::path& file) {
        return refusal([&] { (void)read_film_header(file); }, Exit::input);
    };
    EXPECT_NE(said(folder.path() / "no").find("No such file"), std::string::npos);
    EXPECT_NE(said(folder.path()).find("no regular file"), std::string::npos);
    EXPECT_NE(said(folder.write("a", std::string_view("PNG"))).find("no film"), std::string::npos);
    EXPECT_NE(said(folder.write("a", std::string_view("juggler film 2\n"))).find("another version"),
              std::string::npos);
    EXPECT_NE(said(folder.write("a", std::string(100000, 'x'))).find("no film"), std::string::npos);
}

TEST_F(FilmFiles, AHeaderCannotClaimMoreThanTheFileHolds) {
    FilmHeader header;
    header.samples = {0, spp};
    header.window = {3, 2, 5, 4};
    const Film film = film_of(1, header.window, header.samples);
    const std::vector<std::byte> file = encode_film(settings().notes(), header, film.pixels());
    std::string text(reinterpret_cast<const char*>(file.data()), file.size());
    for (const auto& [from, to] : {std::pair{"window=3 2 5 4", "window=3 2 16 13"},
                                   {"window=3 2 5 4", "window=3 2 5 9999999999"},
                                   {"window=3 2 5 4", "window=5 4 3 2"},
                                   {"size=20 14", "size=65536 65536"},
                                   {"samples=0 9", "samples=1 9"},
                                   {"samples=0 9", "samples=0 4294967297"},
                                   {"part=1/1", "part=2/1"},
                                   {"part=1/1", "part=0/1"},
                                   {"split=frames", "split=what"},
                                   {"tone=2", "tone=9"},
                                   {"exposure=0", "exposure=2143289344"}}) {
        std::string other = text;
        const size_t at = other.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        other.replace(at, std::string(from).size(), to);
        if (std::string_view(from).starts_with("size")) continue; // the crop is inside all the same
        EXPECT_NE(refusal([&] { (void)read_film_header(folder.write("a", other)); }, Exit::input),
                  "accepted")
            << to;
    }
}

// ---- parts -----------------------------------------------------------------------------------

TEST(Parts, AreReadAsIOfN) {
    EXPECT_EQ(parse_part("3/8")->index, 3u);
    EXPECT_EQ(parse_part("3/8")->count, 8u);
    for (const char* text :
         {"", "3", "/", "0/8", "9/8", "3/", "/8", "-1/8", "1/65537", "1/2/3", "1 /2", "a/b", "1/0"})
        EXPECT_FALSE(parse_part(text)) << text;
}

TEST(Parts, SharesAreWholeAndEven) {
    for (uint32_t things = 0; things < 40; ++things)
        for (uint32_t count = 1; count < 12; ++count) {
            uint32_t at = 5;
            for (uint32_t i = 1; i <= count; ++i) {
                const Share share = share_of(5, 5 + things, i, count);
                EXPECT_EQ(share.first, at);
                EXPECT_LE(share.end - share.first, (things + count - 1) / count);
                at = share.end;
            }
            EXPECT_EQ(at, 5 + things);
        }
    EXPECT_EQ(share_of(0, 4000000000u, 65536, 65536).end, 4000000000u);
}

TEST(Parts, EveryFrameIsInOnePart) {
    std::vector<uint32_t> frames(23), all;
    for (uint32_t i = 0; i < 23; ++i)
        frames[i] = i * 2 + 1;
    for (uint32_t i = 1; i <= 5; ++i)
        for (const uint32_t frame : frames_of_part(frames, {i, 5, Split::frames}))
            all.push_back(frame);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, frames);
    EXPECT_TRUE(frames_of_part({1, 2}, {3, 5, Split::frames}).empty());
}

using Variables = std::vector<std::pair<std::string, std::string>>;

Part part_of(const Variables& variables, std::string* from = nullptr) {
    std::string told;
    const Part part = part_of_environment(
        [&](const char* name) -> const char* {
            for (const auto& [key, value] : variables)
                if (key == name) return value.c_str();
            return nullptr;
        },
        told);
    if (from) *from = told;
    return part;
}

void expect_part(const Variables& variables, uint32_t index, uint32_t count) {
    const Part part = part_of(variables);
    EXPECT_EQ(part.index, index);
    EXPECT_EQ(part.count, count);
}

Variables array(const char* id, const char* count, const char* min, const char* step = "1") {
    return {{"SLURM_ARRAY_TASK_ID", id},
            {"SLURM_ARRAY_TASK_COUNT", count},
            {"SLURM_ARRAY_TASK_MIN", min},
            {"SLURM_ARRAY_TASK_STEP", step}};
}

TEST(Parts, AreFoundInTheEnvironment) {
    expect_part({}, 1, 1);
    expect_part({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}}, 3, 4);
    expect_part({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}, 1, 4);
    const auto by_srun = [](const char* rank, const char* count) {
        return Variables{
            {"SLURM_PROCID", rank}, {"SLURM_NTASKS", count}, {"SLURM_STEP_NUM_TASKS", count}};
    };
    expect_part(by_srun("3", "4"), 4, 4);
    expect_part(by_srun("0", "1"), 1, 1);
    // A job of four tasks that starts one program, without srun.
    expect_part({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}, 1, 1);
    expect_part(array("1", "8", "1"), 1, 8);
    expect_part(array("7", "8", "0"), 8, 8);
    expect_part(array("20", "3", "10", "5"), 3, 3);
    std::string from;
    (void)part_of(array("1", "8", "1"), &from);
    EXPECT_EQ(from, "SLURM_ARRAY_TASK_ID");
    // Open MPI's words win over those of the batch system around it.
    expect_part({{"OMPI_COMM_WORLD_RANK", "1"},
                 {"OMPI_COMM_WORLD_SIZE", "2"},
                 {"SLURM_PROCID", "0"},
                 {"SLURM_STEP_NUM_TASKS", "16"}},
                2, 2);
}

TEST(Parts, ArraysTimesRanks) {
    Variables both = array("3", "4", "1");
    both.push_back({"OMPI_COMM_WORLD_RANK", "1"});
    both.push_back({"OMPI_COMM_WORLD_SIZE", "2"});
    expect_part(both, 6, 8);
}

TEST(Parts, SomeTasksOfAnArrayAloneAreRefused) {
    for (const Variables& v :
         {array("3", "1", "3"), array("5", "2", "3"), array("4", "2", "3", "3")})
        EXPECT_NE(refusal([&] { (void)part_of(v); }, Exit::usage).find("--part"),
                  std::string::npos);
    for (const Variables& v :
         {Variables{{"PMI_RANK", "4"}, {"PMI_SIZE", "4"}}, Variables{{"PMI_RANK", "x"}},
          Variables{{"PMI_RANK", "1"}, {"PMI_SIZE", "0"}}})
        expect_part(v, 1, 1);
}

} // namespace
} // namespace juggler
