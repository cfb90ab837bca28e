// Reads glTF 2.0 files, .gltf and .glb, into a scene description.
#pragma once

#include "host/scene/description.h"
#include "host/scene/load.h"
#include "host/scene/reach.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

struct GltfOptions {
    Affine placement;    // of the file's world in the scene's
    int scene = -1;      // which of the file's scenes, -1 = the one it names as its own
    bool lights = true;  // add the file's lights
    bool cameras = true; // add the file's cameras
};

// Appends what the file shows at rest to `into`: indices into its lists go on counting from what is
// there. Files it names are read in its folder only. Throws InputError naming the value at fault;
// `into` may then hold a part of the file.
void append_gltf(SceneDescription& into, const std::filesystem::path& file,
                 const LoadOptions& options, const GltfOptions& gltf = {});

struct GltfClip {
    std::string name;
    double seconds; // until its last key
};

inline constexpr int no_clip = -1; // the file's resting pose

// How a file is shown, at one moment, or at several evenly spaced ones while a shutter is open.
struct GltfView {
    std::vector<Affine> placements{Affine{}}; // of the file's world in the scene's, a moment each
    bool placement_changes = false;           // from frame to frame
    int clip = no_clip;
    std::vector<double> times{0}; // seconds into the clip, a moment each
    bool lights = true, cameras = true;
};

// Which meshes of a file a description holds already: places in its list.
struct GltfPlaces {
    std::map<int, int> meshes, nodes; // by the file's mesh, or node for meshes in a pose of its own
    int clip = no_clip;               // the pose of `posed`
    std::vector<double> times;
    std::map<int, int> posed;     // by node
    std::map<int, Bounds> bounds; // by the place
};

// A file in memory, to be shown in many poses. Threads may show it at the same time.
class GltfModel {
public:
    // Reads it and appends its materials and pictures to `into`; descriptions it is shown in later
    // must have them at the same places.
    GltfModel(SceneDescription& into, const std::filesystem::path& file, const LoadOptions& options,
              int scene = -1);
    ~GltfModel();
    GltfModel(const GltfModel&) = delete;
    GltfModel& operator=(const GltfModel&) = delete;

    [[nodiscard]] const std::vector<GltfClip>& clips() const noexcept;
    // What reading it left to say, a line each.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept;
    // The light from all directions that the file brings along. show() leaves it out.
    [[nodiscard]] const std::optional<SkyDescription>& sky() const noexcept;
    // Appends meshes, instances, lights and cameras. Throws InputError.
    void show(SceneDescription& into, const GltfView& view, GltfPlaces& places) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The clip of that name, or number from 1; "none" is no_clip. nullopt if there is no such clip.
std::optional<int> find_clip(const std::vector<GltfClip>& clips, std::string_view wanted);

} // namespace juggler
