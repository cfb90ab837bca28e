// The work of a render: what each stage does with a frame.
#pragma once

#include "host/cli/commands.h"
#include "host/cli/live.h"
#include "host/cli/pages.h"
#include "host/cli/plan.h"
#include "host/cli/progress.h"
#include "host/cli/report.h"
#include "host/cli/scene_source.h"
#include "host/image/encode.h"
#include "host/output/film_file.h"
#include "host/pipeline/frame_sink.h"
#include "host/pipeline/pipeline.h"
#include "host/pipeline/throttle.h"
#include "host/pipeline/timeline.h"
#include "host/render/canvas.h"
#include "host/render/features.h"
#include "host/render/noise.h"
#include "host/scene/memory.h"

#include <atomic>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace juggler {

// Thrown when the run was stopped from outside.
struct Stopped {};

class RenderJob : public FrameWork {
public:
    RenderJob(const RenderOptions& options, const Context& context, RunState& state);

    // Sets up, renders and writes all frames; throws the first error, naming frame and stage, or
    // Stopped.
    void run_all(const std::stop_token& stop);

    [[nodiscard]] const RunStats& stats() const { return stats_; }
    [[nodiscard]] const Timeline& timeline() const { return timeline_; }
    // Frames were begun, so stats and timeline tell something, also of a run that failed.
    [[nodiscard]] bool has_run() const { return !timeline_.spans.empty(); }
    // If a page is asked for: frames for it to show, evenly spread, with the first and the last.
    [[nodiscard]] const std::vector<ShownFrame>& shown() const { return shown_; }
    // True after run_all if no frame was left for it.
    [[nodiscard]] bool idle() const { return frames_.empty(); }
    // What was being done when it ended, for messages.
    [[nodiscard]] const std::string& stage() const { return stage_; }
    [[nodiscard]] std::filesystem::path last_output() const;

    Resume run(const Ticket& ticket) override;

private:
    // All memory of a frame in flight.
    struct Slot {
        std::unique_ptr<Canvas> canvas;
        std::shared_ptr<const CompiledScene> scene; // between prepare and upload
        FrameView view{};
        uint32_t samples = 0;         // rendered so far
        uint32_t wanted = 0;          // samples in all, as far as is known
        uint32_t checks = 0;          // of the noise
        std::vector<FilmPixel> early; // the sums when there were `early_samples`
        uint32_t early_samples = 0;
        PartSpread spread;                           // of what is to be denoised
        std::shared_ptr<const CompiledScene> traced; // for features, once rendering is over
        FeatureMaps features;
        PassCounters counters{};
        Picture light;
        EncodeMemory encoded;
        EncodedPicture shown;
        bool written = false; // and the slow disk is waited for
    };

    void set_up(const std::stop_token& stop);
    [[nodiscard]] TreeLayouts layouts() const; // the device's, as good as was asked for
    void load_scene(const std::stop_token& stop);
    void describe_run();
    void choose_backend();
    void open_device();
    void plan_frames();
    [[nodiscard]] bool is_finished(uint32_t frame, const std::filesystem::path& output) const;
    void leave_finished();
    [[nodiscard]] FilmHeader film_header() const;
    [[nodiscard]] EncodeSettings encode_settings() const;
    void plan_pipeline();
    [[nodiscard]] bool fits(unsigned slots) const;
    void make_slots();
    [[nodiscard]] std::optional<unsigned> slots_on_device(unsigned wanted) const;
    void take_fewer_slots(unsigned slots);
    void clear_up() const;
    void open_sink();
    void tell_scene(const SceneFacts& facts) const;
    void note(const std::string& text) const;
    void finish(RunOutcome&& outcome);
    void dry_run(const std::stop_token& stop); // in dry_run.cpp
    [[noreturn]] void fail(const std::exception_ptr& error);

    Resume prepare(const Ticket& ticket, Slot& slot);
    Resume render(const Ticket& ticket, Slot& slot);
    Resume encode(const Ticket& ticket, Slot& slot);
    [[nodiscard]] uint32_t planned_end(const Slot& slot) const;
    [[nodiscard]] uint32_t next_stop(const Slot& slot) const;
    void look_at_sums(const Ticket& ticket, Slot& slot);
    [[nodiscard]] bool wants_features() const;
    [[nodiscard]] unsigned finishing_threads() const;
    bool trace_features(const Ticket& ticket, Slot& slot);
    [[nodiscard]] PictureLayers layers_of(const Slot& slot, const std::string& settings) const;
    Resume write(const Ticket& ticket, Slot& slot);
    void keep_device_times(const Ticket& ticket, const DeviceTimes& times);
    void begin_render(const Ticket& ticket);
    void show(const Ticket& ticket, const Slot& slot);
    void show_growing(const Ticket& ticket, Slot& slot, bool last);
    void count_pass(const PassCounters& before, const PassCounters& after, double seconds);
    void keep_counters(uint32_t index, const PassCounters& counters);

    const RenderOptions& options_;
    int verbosity_;
    RunState& state_;
    std::string stage_ = "setup";
    PipelineClock::time_point begin_ = PipelineClock::now();

    const Backend* backend_ = nullptr;
    DeviceOptions device_options_;
    std::vector<std::unique_ptr<Device>> devices_; // one for each render worker
    std::deque<Painter> painters_;                 // likewise
    std::vector<uint32_t> pass_counts_;            // likewise: samples of the next pass

    std::optional<SceneSource> source_;
    uint64_t scene_hash_ = 0; // of its files
    std::vector<uint32_t> frames_;
    std::vector<std::filesystem::path> outputs_;
    FramePlan plan_;
    SceneMemory scene_memory_; // of one compiled frame
    PipelinePlan pipeline_;
    std::vector<Slot> slots_;
    std::unique_ptr<FrameSink> sink_;
    std::atomic<bool> sink_halt_{false}; // the sink is not to wait any longer
    SlowDisk read_disk_, write_disk_;
    std::unique_ptr<LiveView> live_; // if somebody watches

    std::mutex mutex_; // of what is below
    uint64_t rays_ = 0;
    double render_seconds_ = 0; // of all workers
    std::vector<Span> device_spans_;

    std::vector<ShownFrame> shown_;
    RunStats stats_;
    Timeline timeline_;
};

} // namespace juggler
