#include "host/cli/report.h"

#include "cpu/units.h"
#include "host/base/hex.h"
#include "host/render/backend.h"

#include <nlohmann/json.hpp>

#include <cmath>

#include "version.h"

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

// File names may hold any bytes; JSON may not.
std::string text_of(const Json& json, int indent = -1) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Microseconds are as fine as these clocks are worth printing.
double rounded(double seconds) { return std::round(seconds * 1e6) / 1e6; }

Json frame_json(const FrameStats& f, bool on_device) {
    Json json{
        {"frame", f.frame},
        {"output", f.output},
        {"written", f.written},
        {"wall", rounded(f.wall)},
        {"stages",
         {{"prepare", rounded(f.prepare)},
          {"upload", rounded(f.upload)},
          {"compute", rounded(f.compute)},
          {"download", rounded(f.download)},
          {"encode", rounded(f.encode)},
          {"write", rounded(f.write)}}},
        {"film_hash", hex(f.film_hash)},
        {"rays",
         {{"camera", f.camera_rays}, {"scattered", f.scattered_rays}, {"shadow", f.shadow_rays}}},
        {"nan_samples", f.nan_samples},
        {"clamped_samples", f.clamped_samples},
        {"samples", f.samples}};
    if (f.passes > 0) {
        json["passes"] = f.passes;
        json["noise"] = f.noise;
    }
    if (on_device)
        json["device"] = {{"upload", rounded(f.device_upload)},
                          {"compute", rounded(f.device_compute)},
                          {"download", rounded(f.device_download)}};
    return json;
}

const char* bound_name(const Verdict& verdict) {
    switch (verdict.bound) {
    case Bound::in_flight:
        return "in_flight";
    case Bound::cores:
        return "cores";
    case Bound::slowest_stage:
        break;
    }
    return stage_name(verdict.stage).data();
}

Json pipeline_json(const Timeline& timeline) {
    const Verdict verdict = judge(timeline);
    const auto ratio = [](double x) { return std::round(x * 1e3) / 1e3; };
    return {{"arrangement", arrangement_name(timeline.plan.arrangement)},
            {"in_flight", timeline.plan.slots()},
            {"encoders", timeline.plan.workers_of(Stage::encode)},
            {"cores", timeline.cores},
            {"wall", rounded(verdict.wall)},
            {"one_after_another", rounded(verdict.one_after_another)},
            {"ideal", rounded(verdict.ideal)},
            {"gain", ratio(verdict.gain())},
            {"over_ideal", ratio(verdict.over_ideal())},
            {"bound", bound_name(verdict)},
            {"bound_busy", ratio(verdict.busy)}};
}

} // namespace

std::string progress_json(const ProgressLine& line) {
    Json json{{"type", "progress"},
              {"frame", line.frame},
              {"done", line.done},
              {"total", line.total},
              {"elapsed_s", rounded(line.elapsed_s)},
              {"eta_s", nullptr},
              {"mrays_per_s", line.mrays_per_s}};
    if (line.eta_s >= 0) json["eta_s"] = rounded(line.eta_s);
    return text_of(json);
}

std::string note_json(const std::string& message) {
    return text_of({{"type", "note"}, {"message", message}});
}

std::string done_json(uint32_t frames, double elapsed_s, double mrays_per_s) {
    return text_of({{"type", "done"},
                    {"frames", frames},
                    {"elapsed_s", rounded(elapsed_s)},
                    {"mrays_per_s", mrays_per_s}});
}

std::string failed_json(const std::string& stage, int exit, const std::string& message) {
    return text_of({{"type", "failed"}, {"stage", stage}, {"exit", exit}, {"message", message}});
}

std::string stats_json(const RunStats& stats, const Timeline& timeline, const RunFailure* failure) {
    Json frames = Json::array();
    double stages = stats.setup, compute = 0;
    uint64_t rays = 0;
    for (const FrameStats& f : stats.frames) {
        frames.push_back(frame_json(f, !stats.labels.gpu.empty()));
        stages += f.stages();
        compute += f.compute;
        rays += f.rays();
    }
    const double workers = timeline.plan.workers_of(Stage::render);
    Json json{{"schema", 1},
              {"tool", "juggler " JUGGLER_VERSION},
              {"scene", stats.scene},
              {"settings_hash", stats.settings_hash},
              {"backend", stats.backend},
              {"threads", stats.threads},
              {"isa", stats.labels.isa},
              {"device", stats.device},
              {"gpu", stats.labels.gpu},
              {"driver", stats.labels.driver},
              {"size", {stats.width, stats.height}},
              {"spp", stats.spp},
              {"max_depth", stats.max_depth},
              {"seed", stats.seed},
              {"pipeline", pipeline_json(timeline)},
              {"frames", frames},
              {"total",
               {{"setup", rounded(stats.setup)},
                {"wall", rounded(stats.wall)},
                {"sum_of_stages", rounded(stages)},
                {"overlap", stats.wall > 0 ? std::round(stages / stats.wall * 1e3) / 1e3 : 0},
                {"rays", rays},
                {"mrays_per_s",
                 compute > 0 ? std::round(double(rays) * workers / compute / 1e3) / 1e3 : 0},
                {"peak_rss_mb", stats.usage.peak_rss_bytes >> 20},
                {"context_switches",
                 {{"voluntary", stats.usage.voluntary_switches},
                  {"involuntary", stats.usage.involuntary_switches}}}}},
              {"status", failure ? run_end_name(timeline.end) : "ok"}};
    if (failure) {
        json["failure"] = {
            {"stage", failure->stage}, {"exit", failure->exit}, {"message", failure->message}};
        if (timeline.end == RunEnd::failed)
            json["failure"]["frame"] = timeline.frames.at(timeline.failed_index);
    }
    return text_of(json, 2);
}

std::string diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
    Json all = Json::array();
    for (const Diagnostic& d : diagnostics) {
        Json one{{"severity", d.severity == Diagnostic::Severity::error ? "error" : "warning"},
                 {"file", d.file}};
        if (d.line > 0) {
            one["line"] = d.line;
            one["column"] = d.column;
            one["length"] = d.length;
        }
        if (d.offset >= 0) one["offset"] = d.offset;
        one["pointer"] = d.pointer;
        one["message"] = d.message;
        all.push_back(std::move(one));
    }
    return text_of(all, 2);
}

std::string difference_json(const Difference& d, bool within, const FlipMap* flip) {
    Json json{{"identical", d.identical()},
              {"within_tolerance", within},
              {"pixels", d.pixel_count},
              {"differing", d.differing},
              {"max", d.max},
              {"max_at", {d.max_x, d.max_y, d.max_channel}},
              {"mean", d.mean},
              {"rmse", d.rmse},
              {"psnr", nullptr}};
    if (std::isfinite(d.psnr)) json["psnr"] = d.psnr;
    if (flip)
        json["flip"] = {
            {"mean", flip->mean}, {"max", flip->max}, {"max_at", {flip->max_x, flip->max_y}}};
    return text_of(json, 2);
}

std::string devices_json(const std::vector<BackendLine>& backends, const std::string& automatic,
                         const Cores& cores, const std::string& cpu,
                         const std::vector<std::string>& features) {
    Json list = Json::array();
    for (const BackendLine& b : backends) {
        Json one{{"name", b.name}, {"short_name", b.short_name}, {"available", true}};
        one["available"] = b.unavailable.empty();
        if (b.unavailable.empty())
            one["device"] = b.device;
        else
            one["reason"] = b.unavailable;
        list.push_back(std::move(one));
    }
    Json json{{"backends", list},
              {"auto", automatic},
              {"cores",
               {{"usable", cores.usable},
                {"online", cores.online},
                {"affinity", cores.affinity},
                {"quota", nullptr}}},
              {"cpu", cpu},
              {"features", features},
              {"isa", Json::array()}};
    for (const InstructionSet& set : instruction_sets())
        json["isa"].push_back({{"name", set.name}, {"available", set.supported()}});
    if (cores.quota > 0) json["cores"]["quota"] = cores.quota;
    return text_of(json, 2);
}

} // namespace juggler
