#include "host/output/sink.h"

#include <optional>
#include <utility>

namespace juggler {
namespace {

class Files : public FrameSink {
public:
    Files(std::span<const std::filesystem::path> outputs, bool no_clobber)
        : outputs_(outputs), no_clobber_(no_clobber) {}

    void write(const FinishedFrame& frame) override {
        OutputFile file(outputs_[frame.index]);
        file.write(frame.bytes);
        file.commit(no_clobber_);
    }

private:
    std::span<const std::filesystem::path> outputs_;
    bool no_clobber_;
};

class Stream : public FrameSink {
public:
    explicit Stream(std::function<void(std::span<const std::byte>)> send)
        : send_(std::move(send)) {}

    void write(const FinishedFrame& frame) override { send_(frame.bytes); }

private:
    std::function<void(std::span<const std::byte>)> send_;
};

class Clip : public FrameSink {
public:
    Clip(const std::filesystem::path& output, const ClipSettings& settings, bool no_clobber,
         StopAsked stop)
        : clip_(std::in_place, output, settings), no_clobber_(no_clobber), stop_(std::move(stop)) {}

    void write(const FinishedFrame& frame) override {
        if (!clip_->write_frame(frame.bytes, stop_)) throw SinkStopped();
    }
    void finish() override {
        if (!clip_->commit(no_clobber_, stop_)) throw SinkStopped();
    }
    void abort() noexcept override { clip_.reset(); }
    void check() const override { clip_->check(); }

private:
    std::optional<ClipFile> clip_;
    bool no_clobber_;
    StopAsked stop_;
};

} // namespace

std::unique_ptr<FrameSink> to_files(std::span<const std::filesystem::path> outputs,
                                    bool no_clobber) {
    return std::make_unique<Files>(outputs, no_clobber);
}

std::unique_ptr<FrameSink> to_stream(std::function<void(std::span<const std::byte>)> send) {
    return std::make_unique<Stream>(std::move(send));
}

std::unique_ptr<FrameSink> to_clip(const std::filesystem::path& output,
                                   const ClipSettings& settings, bool no_clobber, StopAsked stop) {
    return std::make_unique<Clip>(output, settings, no_clobber, std::move(stop));
}

} // namespace juggler
