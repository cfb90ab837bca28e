// Clips: all frames in one video file, encoded by the ffmpeg program.
#pragma once

#include "host/base/output_file.h"
#include "host/image/format.h"
#include "host/output/child.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace juggler {

struct ClipSettings {
    PictureFormat format = PictureFormat::mp4; // one whose facts say `clip`
    uint32_t width = 0, height = 0;
    double fps = 24;
};

// Throws Error(Exit::output), with the line that installs it, if there is no ffmpeg.
void check_clip_encoder(const std::filesystem::path& target);

// The words ffmpeg is started with, its path first.
std::vector<std::string> clip_command(const std::filesystem::path& program,
                                      const ClipSettings& settings,
                                      const std::filesystem::path& file);

// Frames go in one after another; the file has its name once commit() has returned true, and until
// then whatever stood there stays. Destroyed before that, encoder and temporary file are gone.
// Failures throw Error(Exit::output) with the encoder's last words.
class ClipFile {
public:
    ClipFile(const std::filesystem::path& target, const ClipSettings& settings);

    // rgb is [height][width][3], codes of 8 bits. Waits while the encoder is busy; false if `stop`
    // said so before all was written.
    bool write_frame(std::span<const std::byte> rgb, const StopAsked& stop = {});
    bool commit(bool no_clobber = false, const StopAsked& stop = {});

    // Throws if the encoder has ended. Cheap: to be asked while frames are rendered, so that a dead
    // encoder does not come out only at the next frame.
    void check() const;

private:
    [[noreturn]] void fail(const std::string& what) const;

    ClipSettings settings_;
    std::vector<std::byte> widened_; // a frame with even sides
    OutputFile file_;
    Child encoder_; // last: it writes to the file
};

} // namespace juggler
