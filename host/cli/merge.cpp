#include "host/output/merge.h"

#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/streams.h"
#include "host/image/encode.h"
#include "host/scene/diagnostics.h"

namespace juggler {
namespace {

namespace fs = std::filesystem;

// What a single run would have written.
std::vector<std::byte> encode(const FrameParts& parts, const Film& film,
                              const MergeOptions& options) {
    const FilmHeader& h = parts.header;
    if (options.format == PictureFormat::film) {
        FilmHeader whole = h;
        whole.window = h.crop;
        whole.samples = {0, h.spp};
        whole.part = {};
        return encode_film(h.settings, whole, film.pixels());
    }
    EncodeSettings how{options.format, h.tone, options.png_effort};
    how.tone.curve = options.tone_map.value_or(h.tone.curve);
    how.tone.exposure = options.exposure.value_or(h.tone.exposure);
    Picture light{h.crop.x1 - h.crop.x0, h.crop.y1 - h.crop.y0, film.mean(h.spp)};
    return encode_picture(std::move(light), {h.crop.x0, h.crop.y0, h.width, h.height}, how,
                          picture_hash(settings_hash(h.settings), how));
}

void check_output(const fs::path& output, const MergeOptions& options) {
    std::error_code ignored;
    for (const std::string& part : options.parts)
        if (fs::equivalent(output, part, ignored))
            throw UsageError("--output " + in_quotes(output.string()) + " is one of the parts");
    if (options.no_clobber && fs::exists(fs::symlink_status(output, ignored)))
        throw Error(Exit::output,
                    "write " + output.string() + ": it exists, and --no-clobber was given");
}

} // namespace

Exit merge(const MergeOptions& options, const Context& context) {
    check_output_folder(options.output.folder);
    const std::vector<FrameParts> frames =
        gather_parts({options.parts.begin(), options.parts.end()});
    if (frames.size() > 1 && options.output.digits == 0)
        throw UsageError("the parts are of " + std::to_string(frames.size()) +
                         " frames: put #### into the output's name where the number goes");
    for (const FrameParts& parts : frames)
        check_output(options.output.name(parts.header.frame), options);
    for (const FrameParts& parts : frames) {
        const fs::path output = options.output.name(parts.header.frame);
        (void)remove_leftovers(options.output.folder, {output.filename().string()});
        const Film film = merge_films(parts);
        OutputFile file(output);
        file.write(encode(parts, film, options));
        file.commit(options.no_clobber);
        if (context.quiet) continue;
        if (parts.header.nan_samples > 0)
            say("note: " + std::to_string(parts.header.nan_samples) +
                " samples were not a number and count as black\n");
        say("done    " + output.string() + " of " + std::to_string(parts.files.size()) +
            (parts.files.size() == 1 ? " part\n" : " parts\n"));
    }
    return Exit::done;
}

} // namespace juggler
