// From MTL materials to ours.
#pragma once

#include "host/base/files.h"
#include "host/scene/description.h"

#include <map>
#include <string>
#include <vector>

#include <tiny_obj_loader.h>

namespace juggler::obj {

// Decodes pictures when they are first named.
class Pictures {
public:
    Pictures(SceneDescription& into, const Folder& folder, uint64_t max_bytes)
        : into_(into), folder_(folder), left_(max_bytes) {}

    // Throws Error(Exit::input) that says which picture cannot be used, and why.
    TextureUse use(const std::string& name, const tinyobj::texture_option_t& options, bool srgb);

private:
    int place_of(const std::string& name);

    SceneDescription& into_;
    const Folder& folder_;
    uint64_t left_; // bytes
    std::map<std::string, int> places_;
};

// A name in an OBJ or MTL file, as a URI reference relative to the file's folder.
std::string uri_of(const std::string& name);

// Metallic-roughness (Pr, Pm) where the material has it, else what Phong's terms come closest to.
// Appends a note for each kind of texture that is not used.
MaterialDescription convert(const tinyobj::material_t& from, Pictures& pictures,
                            std::vector<std::string>& notes);

} // namespace juggler::obj
