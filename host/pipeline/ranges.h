// Stages as ranges for NVIDIA's profilers (NVTX), where the build has them; nothing elsewhere.
#pragma once

#include "host/pipeline/stage.h"

#ifdef JUGGLER_NVTX
#include <nvtx3/nvToolsExt.h>
#endif

namespace juggler {

// From here to its end this thread works on a stage of a frame.
class ProfiledRange {
public:
#ifdef JUGGLER_NVTX
    ProfiledRange(Stage stage, uint32_t index) {
        nvtxEventAttributes_t range{};
        range.version = NVTX_VERSION;
        range.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
        range.category = uint32_t(stage) + 1;
        range.payloadType = NVTX_PAYLOAD_TYPE_UNSIGNED_INT64;
        range.payload.ullValue = index;
        range.messageType = NVTX_MESSAGE_TYPE_ASCII;
        range.message.ascii = stage_name(stage).data();
        nvtxRangePushEx(&range);
    }
    ~ProfiledRange() { nvtxRangePop(); }
#else
    ProfiledRange(Stage /*stage*/, uint32_t /*index*/) {}
    ~ProfiledRange() {}
#endif
    ProfiledRange(const ProfiledRange&) = delete;
    ProfiledRange& operator=(const ProfiledRange&) = delete;
};

} // namespace juggler
