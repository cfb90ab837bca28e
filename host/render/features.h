// What camera rays meet first: guides for the denoiser, and layers of a picture.
#pragma once

#include "host/render/frame.h"
#include "host/scene/compile.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace juggler {

// Means of a window of the picture, [height][width]; colours and normals are three planes.
struct FeatureMaps {
    uint32_t width = 0, height = 0;
    std::vector<float> albedo; // over all samples; 0 where nothing is hit
    std::vector<float> normal; // over those that hit something, towards the camera
    std::vector<float> depth;  // likewise, metres along the ray; 0 where nothing is hit
    std::vector<float> cover;  // share of samples that hit something
    std::vector<float> rays;   // a path, of all kinds; empty unless asked for
};

// Whose first hits a frame's features are made of.
struct FeatureSamples {
    uint32_t count;                          // the first ones of every pixel
    uint32_t edge_first = 0, edge_count = 0; // and of pixels in which these met different things
};

inline constexpr uint32_t feature_samples = 16, feature_edge_samples = 48;

// Follows these samples of every pixel on `threads` threads of the host, whatever backend renders:
// the sums are integers, so the maps are the same everywhere. The scene needs its binary tree. With
// `rays` paths of the first samples are followed to their ends. False if `stop` became true.
bool trace_features(const CompiledScene& scene, const FrameView& frame, Window window,
                    FeatureSamples samples, bool rays, unsigned threads,
                    const std::atomic<bool>* stop, FeatureMaps& maps);

} // namespace juggler
