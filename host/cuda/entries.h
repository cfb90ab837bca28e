// The entry points of kernels/*.cu, once for all who name them: X(isa, entry, task) for each of the
// namespace `isa`, in the order of RenderKernels and of what follows them in Kernels.
#pragma once

#include "kernels/launch.h"

#define JUGGLER_RENDER_ENTRIES(X, isa)                                                             \
    X(isa, render_pixels, RenderTask)                                                              \
    X(isa, render_pixels_merged, RenderTask)                                                       \
    X(isa, render_pixels_compressed, RenderTask)                                                   \
    X(isa, wave_shade, WaveTask)                                                                   \
    X(isa, wave_closest, WaveTask)                                                                 \
    X(isa, wave_shadow, WaveTask)                                                                  \
    X(isa, wave_closest_compressed, WaveTask)                                                      \
    X(isa, wave_shadow_compressed, WaveTask)
#define JUGGLER_FRAME_ENTRIES(X, isa)                                                              \
    X(isa, resolve_mean, ResolveTask)                                                              \
    X(isa, refit_leaves, RefitTask)                                                                \
    X(isa, refit_nodes, RefitTask)

// On the host they are plain functions.
#define JUGGLER_DECLARE_ENTRY(isa, entry, Task)                                                    \
    namespace juggler::isa {                                                                       \
    void entry(Task task);                                                                         \
    }
#define JUGGLER_ADDRESS_OF_ENTRY(isa, entry, Task) reinterpret_cast<const void*>(isa::entry),
// The Kernels of two namespaces: for any materials, and for common ones.
#define JUGGLER_KERNELS_OF(all, common)                                                            \
    {                                                                                              \
        {JUGGLER_RENDER_ENTRIES(JUGGLER_ADDRESS_OF_ENTRY, all)},                                   \
            {JUGGLER_RENDER_ENTRIES(JUGGLER_ADDRESS_OF_ENTRY, common)},                            \
            JUGGLER_FRAME_ENTRIES(JUGGLER_ADDRESS_OF_ENTRY, all)                                   \
    }
