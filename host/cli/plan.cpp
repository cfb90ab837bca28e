#include "host/cli/plan.h"

#include "host/base/output_file.h"
#include "host/cli/machine.h"
#include "host/output/clip.h"
#include "host/scene/degrees.h"
#include "host/scene/diagnostics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <system_error>

#include "version.h"

namespace juggler {
namespace {

namespace fs = std::filesystem;
using Vector = std::array<double, 3>;

constexpr uint64_t program_bytes = uint64_t(24) << 20; // of a run of next to nothing

uint32_t scaled(uint32_t side, double scale) {
    return uint32_t(std::clamp(std::floor(side * scale + 0.5), 1.0, 1e9));
}

std::string size_text(uint32_t width, uint32_t height) {
    return std::to_string(width) + "x" + std::to_string(height);
}

Window crop_window(const Crop& crop, uint32_t width, uint32_t height) {
    const auto edge = [&](size_t i) {
        const double side = i % 2 == 0 ? width : height;
        return uint32_t(std::floor(crop.fractions ? crop.edges[i] * side + 0.5 : crop.edges[i]));
    };
    const Window window{edge(0), edge(1), edge(2), edge(3)};
    if (window.x1 > width || window.y1 > height)
        throw UsageError("--crop ends at " + std::to_string(window.x1) + "," +
                         std::to_string(window.y1) + ", outside the picture of " +
                         size_text(width, height));
    if (window.x0 >= window.x1 || window.y0 >= window.y1)
        throw UsageError("--crop leaves no pixel of the picture of " + size_text(width, height));
    return window;
}

// Rows or samples of one process among several.
void take_part(FramePlan& plan, const Part& part) {
    plan.samples = {0, plan.spp};
    if (!part.of_a_picture()) return;
    const bool rows = part.split == Split::rows;
    const Share all = rows ? Share{plan.window.y0, plan.window.y1} : Share{0, plan.spp};
    const Share share = share_of(all.first, all.end, part.index, part.count);
    if (part.count > all.end - all.first)
        throw UsageError("--part: " + std::to_string(part.count) + " parts of a picture of " +
                         std::to_string(all.end - all.first) + (rows ? " rows" : " samples"));
    if (rows) {
        plan.window.y0 = share.first;
        plan.window.y1 = share.end;
    } else {
        plan.samples = {share.first, share.end - share.first};
    }
}

Vector minus(const Vector& a, const Vector& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double length(const Vector& a) { return std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]); }
Vector unit(const Vector& a) {
    const double l = length(a);
    return {a[0] / l, a[1] / l, a[2] / l};
}

// Upright as far as possible: world y is up, or z for a view straight up or down.
void look(CameraDescription& camera, const Vector& eye, const Vector& at) {
    const Vector view = minus(at, eye);
    if (!(length(view) > 1e-9)) throw UsageError("--eye and --look-at are the same point");
    const Vector back = unit({-view[0], -view[1], -view[2]});
    const bool steep = std::fabs(back[1]) > 1 - 1e-9;
    const Vector right = unit(cross(steep ? Vector{0, 0, -1} : Vector{0, 1, 0}, back));
    const Vector up = cross(back, right);
    for (size_t row = 0; row < 3; ++row) {
        double* m = &camera.to_world.m[row * 4];
        m[0] = right[row];
        m[1] = up[row];
        m[2] = back[row];
        m[3] = eye[row];
    }
    camera.focus = length(view);
}

void move_camera(const RenderOptions& options, CameraDescription& camera) {
    const auto& m = camera.to_world.m;
    const Vector eye = options.eye.value_or(Vector{m[3], m[7], m[11]});
    if (options.look_at) {
        look(camera, eye, *options.look_at);
    } else {
        for (size_t row = 0; row < 3; ++row)
            camera.to_world.m[row * 4 + 3] = eye[row];
    }
    if (options.fov_deg) {
        camera.orthographic = false;
        camera.tan_half_fov_y = tan_deg(*options.fov_deg / 2);
    }
}

const CameraDescription& find_camera(const std::string& wanted,
                                     const std::vector<CameraDescription>& cameras) {
    if (wanted.empty()) return cameras.front();
    for (const CameraDescription& camera : cameras)
        if (camera.name == wanted) return camera;
    if (const auto n = parse_whole(wanted); n && *n >= 1 && *n <= cameras.size())
        return cameras[size_t(*n - 1)];
    std::string known = cameras.size() == 1
                            ? "the scene has camera 1"
                            : "the scene has cameras 1 to " + std::to_string(cameras.size());
    std::string names;
    for (size_t i = 0; i < cameras.size() && i < 20; ++i)
        if (!cameras[i].name.empty())
            names += (names.empty() ? ": " : ", ") + in_quotes(cameras[i].name);
    throw UsageError("--camera " + in_quotes(wanted) + " is not there; " + known + names);
}

void check_output(const fs::path& output, const RenderOptions& options) {
    std::error_code ignored;
    if (fs::equivalent(output, options.scene, ignored))
        throw UsageError("--output " + in_quotes(output.string()) + " is the scene itself");
    const fs::file_status status = fs::symlink_status(output, ignored);
    if (fs::is_directory(status))
        throw Error(Exit::output, "write " + output.string() + ": it is a folder");
    if (options.no_clobber && fs::exists(status))
        throw Error(Exit::output,
                    "write " + output.string() + ": it exists, and --no-clobber was given");
}

} // namespace

FramePlan plan_frame(const RenderOptions& options, const ImageSettings& image) {
    FramePlan plan;
    plan.width = image.width.value_or(plan.width);
    plan.height = image.height.value_or(plan.height);
    if (options.size) {
        plan.width = options.size->width;
        plan.height = options.size->height;
    }
    const double scale = options.scale * (options.quick ? 0.25 : 1);
    plan.width = scaled(plan.width, scale);
    plan.height = scaled(plan.height, scale);
    if (plan.width > side_limit || plan.height > side_limit ||
        uint64_t(plan.width) * plan.height > pixel_limit)
        throw UsageError("a picture of " + size_text(plan.width, plan.height) +
                         " is too large: at most 65536 a side and 2^28 pixels in all");
    plan.window = {0, 0, plan.width, plan.height};
    if (options.crop) plan.window = crop_window(*options.crop, plan.width, plan.height);
    plan.crop = plan.window;
    plan.spp = options.spp.value_or(options.noise   ? noise_spp
                                    : options.quick ? 8
                                                    : image.spp.value_or(plan.spp));
    plan.filter = options.filter.value_or(image.filter.value_or(plan.filter));
    take_part(plan, options.part);
    plan.max_depth = options.max_depth.value_or(image.max_depth.value_or(plan.max_depth));
    plan.seed = options.seed.value_or(image.seed.value_or(plan.seed));
    plan.tone.curve = options.tone_map.value_or(image.tone_map.value_or(plan.tone.curve));
    plan.tone.exposure = options.exposure.value_or(image.exposure.value_or(plan.tone.exposure));
    return plan;
}

CameraDescription choose_camera(const RenderOptions& options,
                                const std::vector<CameraDescription>& cameras) {
    CameraDescription camera;
    if (!cameras.empty())
        camera = find_camera(options.camera, cameras);
    else if (!options.camera.empty())
        throw UsageError("--camera " + in_quotes(options.camera) +
                         " is not there; the scene has no camera");
    if (options.eye || options.look_at || options.fov_deg) {
        move_camera(options, camera);
        bool still = true;
        for (CameraDescription& later : camera.motion) {
            move_camera(options, later);
            still = still && same_view(later, camera);
        }
        if (still) camera.motion.clear();
    }
    return camera;
}

CameraDescription turned_camera(const RenderOptions& options, CameraDescription camera,
                                uint32_t frame) {
    if (options.turntable == 0) return camera;
    const auto turn = [&](CameraDescription& one) {
        const auto& m = one.to_world.m;
        const double x = m[3] - one.focus * m[2], z = m[11] - one.focus * m[10];
        const double half = 180.0 * ((frame - 1) % options.turntable) / options.turntable;
        one.to_world = translation(x, 0, z) * rotation(0, sin_deg(half), 0, cos_deg(half)) *
                       translation(-x, 0, -z) * one.to_world;
    };
    turn(camera);
    for (CameraDescription& later : camera.motion)
        turn(later);
    return camera;
}

FilmSettings film_settings(const RenderOptions& options, const FramePlan& plan, uint64_t scene_hash,
                           uint32_t frame) {
    const auto text = [](const auto& values) {
        std::string all;
        for (const double value : values)
            all += std::to_string(std::bit_cast<uint64_t>(value)) + " ";
        return all;
    };
    FilmSettings s;
    s.version = JUGGLER_VERSION;
    s.scene = scene_hash;
    for (const std::string& set : options.set)
        s.changes += set + "\n";
    if (options.no_sky) s.changes += "no sky\n";
    // The picture itself is among the files of the scene.
    if (!options.env.empty())
        s.changes += "env " +
                     text(std::array{options.env_rotate_deg.value_or(0),
                                     double(options.env_strength.value_or(1))}) +
                     "\n";
    if (options.noise) s.changes += "noise " + text(std::array{*options.noise}) + "\n";
    if (options.denoise) s.changes += "denoise\n";
    for (const Layer layer : options.layers)
        s.changes += "layer " + std::to_string(int(layer)) + "\n";
    if (plan.filter != filter_box) s.changes += "filter " + std::to_string(plan.filter) + "\n";
    if (options.no_light_sampling) s.changes += "no light sampling\n";
    if (!options.clip.empty()) s.changes += "clip " + options.clip + "\n";
    if (!options.variant.empty()) s.changes += "variant " + options.variant + "\n";
    if (options.fps) s.changes += "fps " + text(std::array{*options.fps}) + "\n";
    if (options.shutter) s.changes += "shutter " + text(std::array{*options.shutter}) + "\n";
    s.view = "camera " + options.camera + "\n";
    if (options.eye) s.view += "eye " + text(*options.eye) + "\n";
    if (options.look_at) s.view += "look at " + text(*options.look_at) + "\n";
    if (options.turntable > 0) s.view += "turn " + std::to_string(options.turntable) + "\n";
    if (options.fov_deg) s.view += "fov " + text(std::array{*options.fov_deg}) + "\n";
    s.frame = frame;
    s.width = plan.width;
    s.height = plan.height;
    s.window = plan.crop;
    s.spp = plan.spp;
    s.max_depth = plan.max_depth;
    s.seed = plan.seed;
    return s;
}

uint64_t frame_bytes(const RenderOptions& options, const FramePlan& plan) {
    // A pixel: codes, filtered rows, and the file twice while it is copied or grows.
    const auto encoded_bytes = [&]() -> uint64_t {
        switch (options.format) {
        case PictureFormat::png:
            return 3 + 3 + 2 * 3;
        case PictureFormat::png16:
            return 6 + 6 + 2 * 6;
        case PictureFormat::exr:
            return 2 * 12;
        case PictureFormat::hdr:
            return 2 * 4;
        case PictureFormat::pfm:
            return 12;
        case PictureFormat::film:
            return 24;
        case PictureFormat::rgb24:
        case PictureFormat::mp4:
        case PictureFormat::webm:
        case PictureFormat::gif:
            return 3 + 3;
        }
        return 0;
    };
    const uint64_t shown = options.show != ShowHow::off ? 6 : 0;
    const uint64_t early = options.noise ? 24 : 0;
    const uint64_t features = options.denoise || !options.layers.empty() ? 36 : 0;
    const uint64_t filtered = options.denoise ? 36 + 124 : 0; // variance, and planes on the way
    return plan.pixel_count() *
           (24 + 12 + encoded_bytes() + shown + early + features + filtered); // sums, means
}

uint64_t memory_limit(const RenderOptions& options) {
    return std::min(available_memory(), options.max_memory.value_or(UINT64_MAX));
}

void check_memory(const RenderOptions& options, const FramePlan& plan, const SceneMemory& scene,
                  uint64_t available_bytes, InFlight in_flight) {
    const uint64_t pictures = in_flight.pictures * frame_bytes(options, plan);
    const uint64_t kept = in_flight.keeps_description ? scene.held : 0;
    const uint64_t needed = program_bytes + in_flight.scenes * scene.total() + kept + pictures;
    // What the description holds already is part of that, or will be given back.
    const uint64_t free =
        available_bytes > UINT64_MAX - scene.held ? UINT64_MAX : available_bytes + scene.held;
    const bool limited = options.max_memory && *options.max_memory < free;
    const uint64_t limit = limited ? *options.max_memory : free;
    if (needed <= limit) return;
    const auto mib = [](uint64_t bytes) { return std::to_string((bytes + 0xfffff) >> 20); };
    throw Error(Exit::failed, "render " + in_quotes(options.scene) + " at " +
                                  size_text(plan.width, plan.height) + ": it needs about " +
                                  mib(needed) + " MiB of memory (geometry " +
                                  mib(in_flight.scenes * scene.geometry) + ", trees " +
                                  mib(in_flight.scenes * scene.trees) + ", textures " +
                                  mib(in_flight.scenes * scene.textures) + ", pictures " +
                                  mib(pictures) + "), and " + std::to_string(limit >> 20) +
                                  (limited ? " MiB are allowed by --max-memory; allow more, or make"
                                           : " MiB are free; close other programs, or make") +
                                  " the picture smaller (--size, --crop) or the scene lighter");
}

std::vector<std::string> thread_notes(const RenderOptions& options, unsigned threads) {
    const char* text = std::getenv("OMP_NUM_THREADS");
    if (text == nullptr || options.threads != 0 || threads != thread_limit) return {};
    const std::string_view value = text;
    const auto wanted = parse_whole(value.substr(0, value.find(',')));
    if (!wanted || *wanted <= thread_limit) return {};
    return {"OMP_NUM_THREADS asks for " + std::to_string(*wanted) + " threads, using " +
            std::to_string(thread_limit) + ", the most there can be"};
}

std::vector<fs::path> plan_outputs(const RenderOptions& options,
                                   const std::vector<uint32_t>& frames) {
    if (options.to_stdout) {
        if (frames.size() > 1 && options.format != PictureFormat::rgb24)
            throw UsageError("-o - takes one picture; several frames need --format rgb24");
        return {};
    }
    NamePattern pattern = options.output;
    if (facts_of(options.format).clip) {
        check_output_folder(pattern.folder);
        check_output(pattern.name(1), options);
        check_clip_encoder(pattern.name(1));
        return std::vector<fs::path>(frames.size(), pattern.name(1));
    }
    if (frames.size() > 1 && pattern.digits == 0) {
        if (!options.default_name)
            throw UsageError("--output " + in_quotes(pattern.name(1).string()) +
                             " is one name for several frames: put #### where the number goes");
        pattern.before += '.';
        pattern.digits = 4;
    }
    check_output_place(pattern.name(frames.empty() ? 1 : frames.front()));
    std::vector<fs::path> outputs;
    for (const uint32_t frame : frames) {
        outputs.push_back(pattern.name(frame));
        check_output(outputs.back(), options);
    }
    return outputs;
}

} // namespace juggler
