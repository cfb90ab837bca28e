// The places finished frames can go to.
#pragma once

#include "host/output/clip.h"
#include "host/pipeline/frame_sink.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace juggler {

// Thrown when `stop` said so while a sink waited for another program.
struct SinkStopped {};

// Every frame a file, outputs[index]; they must outlive the sink.
std::unique_ptr<FrameSink> to_files(std::span<const std::filesystem::path> outputs,
                                    bool no_clobber);
// All frames to whatever `send` does with bytes.
std::unique_ptr<FrameSink> to_stream(std::function<void(std::span<const std::byte>)> send);
// All frames in one clip; they come as bare codes of 8 bits (rgb24).
std::unique_ptr<FrameSink> to_clip(const std::filesystem::path& output,
                                   const ClipSettings& settings, bool no_clobber, StopAsked stop);

} // namespace juggler
